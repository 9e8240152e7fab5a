"""Scores the out-of-fold predictions of a cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainer.progress import working
from trainer.runs.predictions import Prediction
from trainer.scores.definitions import scores_of
from trainer.scores.metrics import measure
from trainer.scores.sample import as_sample


def measure_folds(
    predictions: Sequence[Prediction], thresholds: Mapping[int, float]
) -> dict[str, Any]:
    """Measure all out-of-fold predictions together, and each fold's alone.

    Args:
        predictions: one per photo of the export, by the detector that never saw it.
        thresholds: by fold, as chosen on that fold's validation photos.
    """
    rows = []
    for fold, threshold in thresholds.items():
        part = [one for one in predictions if one.fold == fold]
        scores = scores_of(as_sample(part, threshold))
        rows.append({"fold": fold, "n": len(part), "threshold": threshold, **scores})
    with working("estimating intervals of the cross-validation"):
        return {"folds": rows, "all": measure(predictions, thresholds)}
