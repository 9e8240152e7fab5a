"""How each score is computed, for a sample and all its resamples at once."""

from __future__ import annotations

import numpy as np

from trainer.scores.calibration import weighted_calibration
from trainer.scores.sample import Sample, ratio

SPECIFICITY = 0.9
COUNTED = ("precision", "recall", "f1", "accuracy")
SCORES = (
    *COUNTED,
    "macro_f1",
    "roc_auc",
    "pr_auc",
    "sensitivity_at_specificity",
    "brier",
    "ece",
)


def scores_of(sample: Sample) -> dict[str, float | None]:
    """Compute the scores; None where a score is not defined, as a precision of no calls."""
    whole = weighted_scores(sample, np.ones((1, len(sample.labels))))
    return {
        name: None if np.isnan(values[0]) else float(values[0]) for name, values in whole.items()
    }


def weighted_scores(sample: Sample, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Compute each of SCORES for each row of weights, as scikit-learn defines those it has.

    Args:
        sample: N predictions.
        weights: (rows, N) how often each prediction counts.

    Returns:
        Per score (rows,) float64; NaN where it is not defined.
    """
    return {
        **weighted_rates(sample, weights),
        **weighted_curves(sample, weights),
        **weighted_calibration(sample, weights),
    }


def weighted_rates(sample: Sample, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the scores of calls; the macro F1 only if both classes are present."""
    labels, called = sample.labels, sample.called
    hit = weights @ (labels & called)
    missed = weights @ (labels & ~called)
    alarm = weights @ (~labels & called)
    passed = weights @ (~labels & ~called)
    f1, f1_of_negative = f1_of_counts(hit, missed, alarm), f1_of_counts(passed, alarm, missed)
    both = (hit + missed > 0) & (alarm + passed > 0)
    return {
        "precision": ratio(hit, hit + alarm),
        "recall": ratio(hit, hit + missed),
        "f1": f1,
        "accuracy": ratio(hit + passed, weights.sum(axis=1)),
        "macro_f1": np.where(both, (f1 + f1_of_negative) / 2, np.nan),
    }


def f1_of_counts(hit: np.ndarray, missed: np.ndarray, alarm: np.ndarray) -> np.ndarray:
    """Compute F1 from counts; NaN if nothing is positive and nothing was called positive."""
    return ratio(2 * hit, 2 * hit + missed + alarm)


def weighted_curves(sample: Sample, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the scores of the ROC and precision-recall curves, which need no threshold.

    Equal scores form one step of the curves. The sensitivity is the highest at any step
    whose specificity is at least SPECIFICITY; that step is sought in the same sample.
    """
    order = np.argsort(-sample.scores, kind="stable")
    ranked, labels = sample.scores[order], sample.labels[order]
    steps = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    weights = weights[:, order]
    hits = np.add.reduceat(weights * labels, steps, axis=1)
    alarms = np.add.reduceat(weights * ~labels, steps, axis=1)
    hits_so_far, alarms_so_far = hits.cumsum(axis=1), alarms.cumsum(axis=1)
    positives, negatives = hits_so_far[:, -1], alarms_so_far[:, -1]
    area = (alarms * (hits_so_far - hits / 2)).sum(axis=1)
    precision = np.nan_to_num(ratio(hits_so_far, hits_so_far + alarms_so_far))
    average = ratio((hits * precision).sum(axis=1), positives)
    # Counts are whole numbers: a thousandth of one absorbs the rounding of 0.1 * negatives.
    allowed = ((1 - SPECIFICITY) * negatives + 1e-3)[:, np.newaxis]
    found = np.where(alarms_so_far <= allowed, hits_so_far, 0.0).max(axis=1)
    sensitivity = ratio(found, positives)
    return {
        "roc_auc": ratio(area, positives * negatives),
        "pr_auc": np.where(negatives > 0, average, np.nan),
        "sensitivity_at_specificity": np.where(negatives > 0, sensitivity, np.nan),
    }
