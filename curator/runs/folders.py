"""Reads the trainer's run folders, whose files may be damaged."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curator.base.config import Config
from curator.base.errors import NotFound, RunDamaged
from curator.base.messages import translatable
from curator.exports.splits import SPLITS

REPORT = "report.html"
MODEL_CARD = "model_card.md"
PARTIAL = ".partial-"  # the trainer's prefix for an unfinished folder
MEASURES = ("precision", "recall", "f1")
DEGENERATE = {
    "equal_scores": translatable("It gives all photos the same score."),
    "at_chance": translatable(
        "On validation and test photos, neither its loss nor its ranking is better than chance."
    ),
}
LARGEST_BYTES = 64_000_000
# What parsing an edited or truncated file can raise.
DAMAGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Measure:
    """A score with its 95% interval; None if undefined or not estimable."""

    value: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Confusion:
    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int


@dataclass(frozen=True)
class Scores:
    """A run's scores on one split; `measures` is keyed by MEASURES."""

    photos: int
    measures: Mapping[str, Measure]
    confusion: Confusion


@dataclass(frozen=True)
class Run:
    """A finished run; `weights`, imagenet, file or none, is what its network started from.

    `degenerate` is how its detector fails, a key of DEGENERATE, if it does.
    """

    name: str
    folder: Path
    finished_at: datetime
    network: str
    weights: str
    export: str
    settings: Mapping[str, Any]
    threshold: float
    threshold_chosen: bool
    degenerate: str | None
    splits: Mapping[str, Scores]
    has_report: bool

    @property
    def photos(self) -> int:
        return sum(scores.photos for scores in self.splits.values())

    @property
    def is_random(self) -> bool:
        """Whether the scores are meaningless because the network started from random weights."""
        return self.weights == "none"

    @property
    def is_meaningless(self) -> bool:
        return self.is_random or self.degenerate is not None

    @property
    def f1(self) -> float | None:
        return None if self.degenerate else self.splits["test"].measures["f1"].value


@dataclass(frozen=True)
class BrokenRun:
    """A folder without a readable run, and why."""

    name: str
    error: RunDamaged


def list_runs(config: Config) -> tuple[tuple[Run, ...], tuple[BrokenRun, ...]]:
    """Return the instance's runs, newest first, and the folders without a readable run."""
    runs, broken = [], []
    for folder in _folders(config):
        try:
            runs.append(_read(folder))
        except RunDamaged as error:
            broken.append(BrokenRun(_printable(folder.name), error))
    runs.sort(key=lambda run: (run.finished_at, run.name), reverse=True)
    return tuple(runs), tuple(sorted(broken, key=lambda run: run.name))


def find_run(config: Config, name: str) -> Run:
    """Return a run by its folder's name, which must be one of those listed, never a path.

    Raises:
        NotFound: there is no folder with this name.
        RunDamaged: its files cannot be read.
    """
    for folder in _folders(config):
        if folder.name == name:
            return _read(folder)
    raise NotFound("There is no such run: the Runs page lists all runs.")


def report(run: Run) -> bytes:
    """Return the trainer's report of the run, in HTML."""
    return read_file(run.folder, REPORT)


def model_card(run: Run) -> bytes:
    """Return the trainer's model card of the run, in Markdown."""
    return read_file(run.folder, MODEL_CARD)


def read_file(folder: Path, name: str) -> bytes:
    """Return a file of a run without following links, which could lead anywhere.

    Raises:
        RunDamaged: it is missing, not a plain file, or larger than any run's.
    """
    try:
        found = os.lstat(folder / name)
        if not stat.S_ISREG(found.st_mode):
            raise RunDamaged("%(file)s is not a regular file.", file=name)
        if found.st_size > LARGEST_BYTES:
            raise RunDamaged("%(file)s is too large to belong to a run.", file=name)
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise RunDamaged(
            "%(file)s is missing: the run was interrupted, or this is not a run.", file=name
        ) from None
    except OSError as error:
        raise RunDamaged(
            "%(file)s cannot be read: %(why)s.", file=name, why=error.strerror or error
        ) from error


def _folders(config: Config) -> Iterator[Path]:
    try:
        found = list(os.scandir(config.instance / "runs"))
    except FileNotFoundError:  # no training yet
        return
    for entry in found:
        shown = not entry.name.startswith(".") or entry.name.startswith(PARTIAL)
        if shown and (entry.is_dir() or entry.is_symlink()):
            yield Path(entry.path)


def _read(folder: Path) -> Run:
    if folder.name.startswith(PARTIAL):
        raise RunDamaged(
            "Still training, or interrupted: delete the folder if no training is running."
        )
    if folder.is_symlink():
        raise RunDamaged("A symbolic link, which is not followed: move the folder itself here.")
    if _printable(folder.name) != folder.name:
        raise RunDamaged("Its name is not valid UTF-8: rename the folder.")
    return _run(folder, _parsed(folder, "config.json"), _parsed(folder, "metrics.json"))


def _run(folder: Path, config: Any, metrics: Any) -> Run:
    try:
        return Run(
            name=folder.name,
            folder=folder,
            finished_at=_finished_at(folder),
            network=str(config["settings"]["arch"]),
            weights=str(config["weights"]["kind"]),
            export=str(config["export"]["name"]),
            settings=dict(config["settings"]),
            threshold=_share(metrics["threshold"]),
            threshold_chosen=bool(metrics.get("threshold_chosen", True)),
            degenerate=_degenerate(metrics.get("degenerate")),
            splits={split: _scores(metrics["splits"][split]) for split in SPLITS},
            has_report=(folder / REPORT).is_file(),
        )
    except DAMAGE as error:
        raise RunDamaged(
            "config.json and metrics.json are not those of a run: train it again."
        ) from error


def _degenerate(found: Any) -> str | None:
    kind = found and found["kind"]
    if kind and kind not in DEGENERATE:
        raise ValueError("not a kind of failure")
    return kind or None


def _finished_at(folder: Path) -> datetime:
    """Return when the run was made: as recorded, else when its scores were written."""
    try:
        created = datetime.fromisoformat(_parsed(folder, "environment.json")["created_utc"])
        return created.astimezone(UTC).replace(tzinfo=None)
    except (RunDamaged, OverflowError, *DAMAGE):
        written = (folder / "metrics.json").stat().st_mtime
        return datetime.fromtimestamp(written, UTC).replace(tzinfo=None)


def _scores(found: Any) -> Scores:
    measures = {}
    for name in MEASURES:
        value, interval = found[name], found["intervals"][name]
        measures[name] = Measure(
            None if value is None else _share(value),
            None if interval is None else (_share(interval[0]), _share(interval[1])),
        )
    counts = {name: _count(value) for name, value in found["confusion"].items()}
    return Scores(_count(found["n"]), measures, Confusion(**counts))


def _share(value: Any) -> float:
    if not 0 <= value <= 1:  # rejects NaN too
        raise ValueError("not between 0 and 1")
    return float(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("not a count")
    return value


def _parsed(folder: Path, name: str) -> Any:
    try:
        return json.loads(read_file(folder, name))
    except (ValueError, RecursionError) as error:
        raise RunDamaged("%(file)s is damaged: train the run again.", file=name) from error


def _printable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")
