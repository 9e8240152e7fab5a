"""A run's predictions, and the orders in which its photos deserve a second look."""

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from curator.base.errors import LibraryMissing, RunDamaged
from curator.exports.manifest import CLASSES
from curator.exports.splits import SPLITS
from curator.runs.folders import DAMAGE, Run, read_file

FILE = "predictions.csv"
OUT_OF_FOLD = "out_of_fold.csv"  # of the cross-validation, if the run has one
COLUMNS = {"id", "split", "label", "score"}
HELD_OUT = ("val", "test")  # not used for training
EXAMPLE_ID = re.compile(r"[0-9a-f]{16,64}")
RUNS_KEPT = 16  # in memory


@dataclass(frozen=True)
class Prediction:
    """`score` is the predicted probability of positive; `label` is the consensus at export."""

    id: str
    split: str
    label: str
    score: float

    @property
    def is_positive(self) -> bool:
        return self.label == CLASSES[1]

    @property
    def wrong_kind(self) -> str:
        """What it is called where it contradicts the raters."""
        return "false_negative" if self.is_positive else "false_positive"

    def is_among(self, split: str, kind: str) -> bool:
        """Tell whether it is of a split and of a kind of wrong prediction; empty means any."""
        return split in ("", self.split) and kind in ("", self.wrong_kind)


def predictions(run: Run) -> tuple[Prediction, ...]:
    """Return the run's predictions for all photos of its export; RunDamaged if unreadable."""
    return _predictions(run.folder, _state(run.folder))


def wrong_predictions(run: Run) -> tuple[Prediction, ...]:
    """Return the predictions that contradict the raters, most confident first."""
    wrong = [one for one in predictions(run) if (one.score >= run.threshold) != one.is_positive]
    return tuple(sorted(wrong, key=lambda one: (-abs(one.score - run.threshold), one.id)))


def uncertain_ids(run: Run) -> tuple[str, ...]:
    """Return the ids of all examples, least confident first."""
    return _uncertain_ids(run.folder, _state(run.folder), run.threshold)


def doubtful_labels(run: Run) -> tuple[str, ...]:
    """Return the ids of examples whose label is likely wrong, most likely first.

    Confident learning (Northcutt et al. 2021, by cleanlab) on photos that the network was not
    trained on, since it reproduces the labels it has learned: all photos if the run has a
    cross-validation, else the held-out splits. Empty if these contain a single class.

    Raises:
        LibraryMissing: cleanlab is not installed.
        RunDamaged: the run's predictions cannot be read.
    """
    if is_cross_validated(run):
        return _doubtful_labels(run.folder, OUT_OF_FOLD, _state(run.folder, OUT_OF_FOLD))
    return _doubtful_labels(run.folder, FILE, _state(run.folder))


def is_cross_validated(run: Run) -> bool:
    """Tell whether every photo was scored by a network that was not trained on it."""
    return bool(_state(run.folder, OUT_OF_FOLD))


State = tuple[int, ...]  # of the file, to notice rewritten predictions


def _state(folder: Path, file: str = FILE) -> State:
    try:
        found = os.lstat(folder / file)
    except OSError:
        return ()  # reading the file will raise the error
    return found.st_ino, found.st_size, found.st_mtime_ns


@lru_cache(RUNS_KEPT)
def _predictions(folder: Path, _state: State, file: str = FILE) -> tuple[Prediction, ...]:
    try:
        lines = read_file(folder, file).decode().splitlines()
        return tuple(_rows(csv.DictReader(lines, strict=True)))
    except (csv.Error, *DAMAGE) as error:
        raise RunDamaged("%(file)s is damaged: train the run again.", file=file) from error


def _rows(table: "csv.DictReader[str]") -> Iterator[Prediction]:
    if not set(table.fieldnames or ()) >= COLUMNS:
        raise ValueError("other columns")
    for row in table:
        found = Prediction(row["id"], row["split"], row["label"], float(row["score"]))
        known = found.split in SPLITS and found.label in CLASSES
        if not (known and EXAMPLE_ID.fullmatch(found.id) and 0 <= found.score <= 1):
            raise ValueError("no prediction")
        yield found


@lru_cache(RUNS_KEPT)
def _uncertain_ids(folder: Path, state: State, threshold: float) -> tuple[str, ...]:
    found = sorted(
        _predictions(folder, state), key=lambda one: (abs(one.score - threshold), one.id)
    )
    return tuple(one.id for one in found)


@lru_cache(RUNS_KEPT)
def _doubtful_labels(folder: Path, file: str, state: State) -> tuple[str, ...]:
    try:
        import numpy as np
        from cleanlab.filter import find_label_issues
    except ImportError:
        raise LibraryMissing(
            "Finding likely label errors needs cleanlab, which is not installed: run  pip install "
            "'malar[review]'  and restart the server."
        ) from None
    found = _predictions(folder, state, file)
    held_out = [one for one in found if file == OUT_OF_FOLD or one.split in HELD_OUT]
    labels = np.array([one.is_positive for one in held_out], dtype=int)
    if len(set(labels.tolist())) < len(CLASSES):
        return ()
    scores = np.array([one.score for one in held_out])
    ranked = find_label_issues(
        labels,
        np.column_stack((1 - scores, scores)),
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    return tuple(held_out[at].id for at in ranked)
