"""Recomputes the numbers of metrics.json from predictions.csv, and lists those that differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.errors import RunBroken
from trainer.runs.folder import OUT_OF_FOLD, read_metrics
from trainer.runs.predictions import read_predictions
from trainer.scores.cross_validation import measure_folds
from trainer.scores.metrics import measure_run
from trainer.scores.thresholds import choose_threshold

NEWER = {"threshold_chosen", "degenerate"}  # parts of metrics.json that earlier runs lack
TOLERANCE = 1e-9  # relative; sums are rounded differently on other processors


@dataclass(frozen=True)
class Difference:
    """A number of metrics.json that differs when recomputed; None: missing."""

    name: str
    stored: Any
    recomputed: Any


@dataclass(frozen=True)
class Verification:
    """The result of verifying a run.

    `numbers` were compared; the `unverified` parts of metrics.json cannot be computed from
    predictions alone. `degenerate` says why the detector is, as its predictions show.
    """

    run: Path
    numbers: int
    differences: tuple[Difference, ...]
    unverified: tuple[str, ...]
    degenerate: str | None


def verify_run(folder: Path) -> Verification:
    """Recompute the threshold and all scores, intervals and counts of a run.

    Raises:
        RunBroken: metrics.json or predictions.csv is missing, or is none of a run's.
    """
    predictions, metrics = read_predictions(folder), read_metrics(folder)
    threshold = choose_threshold([one for one in predictions if one.split == "val"])
    measured = measure_run(predictions, threshold)
    degenerate = measured["degenerate"] and measured["degenerate"]["reason"]
    for name in NEWER - set(metrics):
        del measured[name]
    if "cross_validation" in metrics:
        measured["cross_validation"] = _cross_validation(folder, metrics)
    recomputed = dict(_leaves(measured))
    stored = dict(_leaves({key: part for key, part in metrics.items() if key in measured}))
    names = list(recomputed | stored)
    differences = tuple(
        Difference(name, stored.get(name), recomputed.get(name))
        for name in names
        if not (name in stored and name in recomputed and _agree(stored[name], recomputed[name]))
    )
    unverified = tuple(key for key in metrics if key not in measured)
    return Verification(folder, len(names), differences, unverified, degenerate)


def _cross_validation(folder: Path, metrics: dict[str, Any]) -> dict[str, Any]:
    """Measure the out-of-fold predictions again, at the thresholds that the run chose."""
    try:
        folds = metrics["cross_validation"]["folds"]
        thresholds = {int(row["fold"]): float(row["threshold"]) for row in folds}
        return measure_folds(read_predictions(folder, OUT_OF_FOLD), thresholds)
    except (KeyError, TypeError, ValueError) as error:
        raise RunBroken(f"{folder}: the cross-validation is damaged: train it again") from error


def _leaves(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Name each number by its path, for instance splits.test.intervals.f1.0."""
    if isinstance(content, dict | list) and content:
        parts = content.items() if isinstance(content, dict) else enumerate(content)
        for key, part in parts:
            yield from _leaves(part, f"{name}.{key}" if name else str(key))
    else:
        yield name, content


def _agree(stored: Any, recomputed: Any) -> bool:
    if _is_number(stored) and _is_number(recomputed):
        return math.isclose(stored, recomputed, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(stored == recomputed)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
