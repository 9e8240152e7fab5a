"""Predictions of a test's choosing, and random ones with photos in groups of one to three."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.runs.predictions import Prediction
from trainer.scores.sample import Sample


def prediction(
    positive: bool, score: float, group: str = "g", *, id: str = "0" * 16, **changed: Any
) -> Prediction:
    known: dict[str, Any] = {
        "split": "test",
        "fold": 0,
        "label": "positive" if positive else "negative",
        "sex": "female",
        "evidence": "visual",
        "source": "",
    }
    return Prediction(id=id, group=group, score=score, **known | changed)


def apart(pairs: Sequence[tuple[bool, float]], **changed: Any) -> list[Prediction]:
    """Predictions of photos that are a group each."""
    return [
        prediction(label, score, f"g{at}", id=f"{at:016x}", **changed)
        for at, (label, score) in enumerate(pairs)
    ]


def random_sample(
    generator: np.random.Generator, photos: int, distance: float = 0.0, threshold: float = 0.5
) -> Sample:
    """Draw scores that labels move by `distance` standard deviations; groups of 1 to 3 photos.

    Photos of a group have a common part in their scores. Half of the groups have one label.
    """
    sizes = generator.choice([1, 2, 3], size=photos, p=[0.25, 0.55, 0.2])
    groups = np.repeat(np.arange(photos), sizes)[:photos]
    of_group, of_photo = generator.random((2, photos)) < 0.5
    is_mixed = generator.random(photos) < 0.5
    labels = np.where(is_mixed[groups], of_photo, of_group[groups])
    common, own = generator.normal(size=(2, photos)) * np.sqrt(0.5)
    logit = common[groups] + own + distance * (labels - 0.5)
    return Sample(labels, 1 / (1 + np.exp(-logit)), groups, threshold)
