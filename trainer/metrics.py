"""Scores of predictions for the class `positive`, with intervals by bootstrap over groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.evaluate import Prediction
from trainer.manifest import POSITIVE, SEXES, SPLITS

THRESHOLD = 0.5
LEAST_PHOTOS = 10
BOOTSTRAP_DRAWS = 2000
BOOTSTRAP_SEED = 20240
INTERVAL = (0.025, 0.975)
COUNTED = ("precision", "recall", "f1", "accuracy")
NAMES = (*COUNTED, "roc_auc", "pr_auc")


@dataclass(frozen=True)
class Sample:
    """Labels, scores and groups of one set of predictions, as arrays of one length."""

    labels: np.ndarray
    scores: np.ndarray
    groups: np.ndarray

    @property
    def called(self) -> np.ndarray:
        """Say which examples the detector calls positive."""
        return self.scores >= THRESHOLD


def as_sample(predictions: Sequence[Prediction]) -> Sample:
    """Arrange predictions as arrays."""
    return Sample(
        labels=np.array([p.example.is_positive for p in predictions], dtype=bool),
        scores=np.array([p.score for p in predictions], dtype=np.float64),
        groups=np.array([p.example.group for p in predictions], dtype=str),
    )


def measure_run(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Measure every split: the content of metrics.json."""
    splits = {
        split: measure([p for p in predictions if p.example.split == split]) for split in SPLITS
    }
    return {"positive_class": POSITIVE, "threshold": THRESHOLD, "splits": splits}


def measure(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Measure one set of predictions, whole and by sex.

    A sex with fewer than LEAST_PHOTOS photos is not estimable: None.
    """
    by_sex = {}
    for sex in SEXES:
        part = [p for p in predictions if p.example.sex == sex]
        by_sex[sex] = measure_sample(as_sample(part)) if len(part) >= LEAST_PHOTOS else None
    return {**measure_sample(as_sample(predictions)), "by_sex": by_sex}


def measure_sample(sample: Sample) -> dict[str, Any]:
    """Measure one sample: counts, scores, and 95% intervals."""
    confusion = confusion_counts(sample)
    values = scores_of(sample)
    return {
        "n": len(sample.labels),
        "positives": int(sample.labels.sum()),
        "groups": len(np.unique(sample.groups)),
        **values,
        "confusion": confusion,
        "intervals": bootstrap_intervals(sample),
    }


def confusion_counts(sample: Sample) -> dict[str, int]:
    """Count right and wrong calls."""
    labels, called = sample.labels, sample.called
    return {
        "true_positive": int((labels & called).sum()),
        "false_negative": int((labels & ~called).sum()),
        "false_positive": int((~labels & called).sum()),
        "true_negative": int((~labels & ~called).sum()),
    }


def scores_of(sample: Sample) -> dict[str, float | None]:
    """Compute the scores as scikit-learn defines them; an AUC of one class is None."""
    from sklearn import metrics

    labels, called = sample.labels, sample.called
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels, called, average="binary", zero_division=0.0
    )
    both = bool(labels.any() and not labels.all())
    return {
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "accuracy": float(metrics.accuracy_score(labels, called)),
        "roc_auc": float(metrics.roc_auc_score(labels, sample.scores)) if both else None,
        "pr_auc": float(metrics.average_precision_score(labels, sample.scores)) if both else None,
    }


def bootstrap_intervals(sample: Sample) -> dict[str, list[float] | None]:
    """Estimate 95% intervals by drawing whole groups with replacement.

    Photos of one person stand or fall together, so that drawing single photos would make
    the intervals too narrow. A score that most draws leave undefined has no interval.
    """
    groups, member_of = np.unique(sample.groups, return_inverse=True)
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    even = np.full(len(groups), 1 / len(groups))
    drawn = generator.multinomial(len(groups), even, size=BOOTSTRAP_DRAWS)
    weights = drawn[:, member_of].astype(np.float64)
    draws = {**weighted_rates(sample, weights), **weighted_areas(sample, weights)}
    return {name: _interval(draws[name]) for name in NAMES}


def weighted_rates(sample: Sample, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Compute precision, recall, F1 and accuracy for each row of weights.

    Args:
        sample: N predictions.
        weights: (draws, N) how often each prediction was drawn.
    """
    labels, called = sample.labels, sample.called
    hit = weights @ (labels & called)
    missed = weights @ (labels & ~called)
    alarm = weights @ (~labels & called)
    right = weights @ (labels == called)
    return {
        "precision": _ratio(hit, hit + alarm),
        "recall": _ratio(hit, hit + missed),
        "f1": _ratio(2 * hit, 2 * hit + missed + alarm),
        "accuracy": _ratio(right, weights.sum(axis=1)),
    }


def weighted_areas(sample: Sample, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the areas under the ROC and precision-recall curves for each row of weights.

    Equal scores form one step of the curves, as scikit-learn has it.
    """
    steps, step_of = np.unique(-sample.scores, return_inverse=True)
    member = np.zeros((len(sample.scores), len(steps)))
    member[np.arange(len(sample.scores)), step_of] = 1.0
    hits = (weights * sample.labels) @ member
    alarms = (weights * ~sample.labels) @ member
    hits_so_far, alarms_so_far = hits.cumsum(axis=1), alarms.cumsum(axis=1)
    positives, negatives = hits_so_far[:, -1], alarms_so_far[:, -1]
    ranked = (alarms * (hits_so_far - hits / 2)).sum(axis=1)
    precision = np.nan_to_num(_ratio(hits_so_far, hits_so_far + alarms_so_far))
    average = _ratio((hits * precision).sum(axis=1), positives)
    return {
        "roc_auc": _ratio(ranked, positives * negatives),
        "pr_auc": np.where(negatives > 0, average, np.nan),
    }


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    undefined = np.full(whole.shape, np.nan)
    ratio: np.ndarray = np.divide(part, whole, out=undefined, where=whole > 0)
    return ratio


def _interval(draws: np.ndarray) -> list[float] | None:
    defined = draws[~np.isnan(draws)]
    if len(defined) < len(draws) / 2:
        return None
    low, high = np.quantile(defined, INTERVAL)
    return [float(low), float(high)]
