"""Runs a validation: all requirements one after another on a scratch instance, and what came of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from curator.base.config import Config
from curator.base.progress import Progress, untold
from curator.validation.databases import databases_for
from curator.validation.identity import Identity, identify
from curator.validation.requirements import NOT_COVERED, REQUIREMENTS
from curator.validation.results import Outcome, Requirement, Result, carry_out
from curator.validation.scratch import (
    Scratch,
    Serve,
    is_on_same_disk,
    scratch_folder,
    settings_of,
)
from curator.validation.serving import ServerProcess

FORMAT = 1


@dataclass(frozen=True)
class Validation:
    """What was validated, when, and each requirement's result."""

    identity: Identity
    began: datetime
    ended: datetime
    results: tuple[Result, ...]
    not_covered: tuple[str, ...]
    is_on_same_disk: bool
    set_otherwise: tuple[str, ...]  # settings that the scratch instance did not take

    def with_outcome(self, outcome: Outcome) -> tuple[Result, ...]:
        return tuple(one for one in self.results if one.outcome is outcome)

    @property
    def has_passed(self) -> bool:
        return not self.with_outcome(Outcome.FAILED)

    def as_json(self) -> dict[str, Any]:
        facts = asdict(self)
        return {
            "format": FORMAT,
            **facts,
            "began": self.began.isoformat(timespec="seconds"),
            "ended": self.ended.isoformat(timespec="seconds"),
            "passed": self.has_passed,
            "counts": {one.value: len(self.with_outcome(one)) for one in Outcome},
        }


def validate(
    config: Config,
    *,
    beside: Path | None = None,
    database_urls: Sequence[str] = (),
    trains: bool = True,
    serve: Serve = ServerProcess,
    requirements: Sequence[Requirement] = REQUIREMENTS,
    progress: Progress = untold,
) -> Validation:
    """Validate an installation; its instance is only read.

    Args:
        beside: a folder for the scratch instance, in place of the one that the instance lies in.
        database_urls: empty databases, where none may be created on the server.
        trains: whether a small network is trained, which takes a minute or two.

    Raises:
        ValidationImpossible: there is no place for a scratch instance or its database.
    """
    began = datetime.now().astimezone()
    results = []
    with (
        scratch_folder(config, beside) as folder,
        databases_for(config, database_urls) as databases,
    ):
        scratch = Scratch(config, folder, databases, serve=serve, trains=trains)
        try:
            _ = scratch.config  # what cannot even begin is no row that failed
            for requirement in requirements:
                results.append(carry_out(requirement, scratch))
                progress(len(results), len(requirements))
        finally:
            scratch.close()
        same_disk = is_on_same_disk(config, folder)
        otherwise = _set_otherwise(config, scratch.config)
    return Validation(
        identify(config),
        began,
        datetime.now().astimezone(),
        tuple(results),
        NOT_COVERED,
        same_disk,
        otherwise,
    )


def _set_otherwise(real: Config, scratch: Config) -> tuple[str, ...]:
    as_real = settings_of(real, real.instance, real.database_url)
    return tuple(
        name
        for name, value in asdict(as_real).items()
        if value != getattr(real, name) or getattr(scratch, name) != value
    )
