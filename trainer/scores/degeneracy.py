"""Whether a detector is degenerate: one score for all photos, or nothing better than chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainer.runs.predictions import Prediction
from trainer.scores.definitions import weighted_curves
from trainer.scores.intervals import interval_of, resampled
from trainer.scores.sample import Sample, as_sample
from trainer.scores.thresholds import HALF

ROUNDING = 1e-6  # of probabilities in float32, several times over
LEAST_GAIN = 0.01  # share by which the loss must be below that of chance
LEAST_AREA = 0.6  # a ROC AUC that is no chance result on few photos either
SUREST = 1e-7  # as Keras limits probabilities in its loss

EQUAL_SCORES, AT_CHANCE = "equal_scores", "at_chance"


def describe_degeneracy(predictions: Sequence[Prediction]) -> dict[str, str] | None:
    """Say why the detector of these predictions is degenerate; None if it is not.

    At chance: neither the loss nor the ranking of the validation and test photos is better than
    without a detector. Why both: docs/decisions.md#degenerate.

    Returns:
        kind: EQUAL_SCORES or AT_CHANCE.
        reason: a sentence with the evidence.
    """
    scores = as_sample(predictions, HALF).scores
    if not len(scores):
        return None
    if np.ptp(scores) <= ROUNDING:
        reason = f"all {len(scores)} photos have the same score, {scores.mean():.3f}."
        return {"kind": EQUAL_SCORES, "reason": reason}
    evidence = _why_at_chance(predictions)
    return {"kind": AT_CHANCE, "reason": evidence} if evidence else None


def _why_at_chance(predictions: Sequence[Prediction]) -> str | None:
    learned = as_sample([one for one in predictions if one.split == "train"], HALF)
    held_out = as_sample([one for one in predictions if one.split != "train"], HALF)
    if not learned.has_both_classes or not held_out.has_both_classes:
        return None
    loss = _cross_entropy(held_out, held_out.scores)
    by_chance = _cross_entropy(held_out, learned.labels.mean())
    if loss < (1 - LEAST_GAIN) * by_chance:
        return None
    area = resampled(held_out, weighted_curves)["roc_auc"]
    interval = interval_of(held_out, "roc_auc", area)
    if interval is None or interval[0] > 0.5 or area.value >= LEAST_AREA:
        return None
    return (
        f"on the {len(held_out.labels)} validation and test photos its loss is {loss:.3f}, and "
        f"{by_chance:.3f} without a detector, from the share of positives alone; its ROC AUC is "
        f"{area.value:.2f} (95% interval {interval[0]:.2f} to {interval[1]:.2f}), and 0.50 by chance."
    )


def _cross_entropy(sample: Sample, scores: np.ndarray | float) -> float:
    likelihood = np.where(sample.labels, scores, 1 - np.asarray(scores))
    return float(-np.log(np.clip(likelihood, SUREST, 1)).mean())
