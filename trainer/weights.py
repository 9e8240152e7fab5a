"""Where a network's starting weights come from: ImageNet, a file, or random numbers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import WeightsUnavailable
from trainer.file_kinds import problem_of_weights

IMAGENET = "imagenet"
RANDOM = "none"


@dataclass(frozen=True)
class WeightsSource:
    """What the weights were, for the record; without a path, which would reveal the machine."""

    kind: str
    file: str | None = None
    sha256: str | None = None


def describe_weights(weights: str) -> WeightsSource:
    """Describe `imagenet`, `none` or a file of weights.

    Raises:
        WeightsUnavailable: a file is named that is not there, or cannot hold weights.
    """
    if weights in (IMAGENET, RANDOM):
        return WeightsSource(kind=weights)
    file = Path(weights)
    if not file.exists():
        raise WeightsUnavailable(
            f"no weights file at {weights}: give --weights imagenet, none, or a .h5 without top"
        )
    if problem := problem_of_weights(file):
        raise WeightsUnavailable(f"{file.name} {problem}; or give --weights imagenet")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return WeightsSource(kind="file", file=file.name, sha256=digest)
