"""Measures the predictions of a run: the content of metrics.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trainer.exports.manifest import POSITIVE, SPLITS
from trainer.progress import counted
from trainer.runs.predictions import Prediction
from trainer.scores.calibration import reliability
from trainer.scores.definitions import scores_of
from trainer.scores.degeneracy import describe_degeneracy
from trainer.scores.intervals import intervals_of
from trainer.scores.parts import key_of, parts_of
from trainer.scores.sample import Sample, Threshold, as_sample
from trainer.scores.thresholds import is_threshold_chosen

LEAST_PHOTOS = 10


def measure_run(predictions: Sequence[Prediction], threshold: float) -> dict[str, Any]:
    """Measure every split: the part of metrics.json that follows from predictions alone."""
    of_split = {split: [one for one in predictions if one.split == split] for split in SPLITS}
    return {
        "positive_class": POSITIVE,
        "threshold": threshold,
        "threshold_chosen": is_threshold_chosen(of_split["val"]),
        "degenerate": describe_degeneracy(predictions),
        "splits": {
            split: measure(of_split[split], threshold)
            for split in counted("estimating intervals", SPLITS, len(SPLITS), "splits")
        },
    }


def measure(predictions: Sequence[Prediction], threshold: Threshold) -> dict[str, Any]:
    """Measure one set of predictions, whole and by sex, evidence, further attributes and source.

    A part with fewer than LEAST_PHOTOS photos is not estimable: None.
    """
    sample = as_sample(predictions, threshold)
    return {
        **measure_sample(sample),
        "reliability": reliability(sample),
        **{
            key_of(column): _measure_parts(parts, threshold)
            for column, parts in parts_of(predictions).items()
        },
    }


def _measure_parts(
    parts: Mapping[str, Sequence[Prediction]], threshold: Threshold
) -> dict[str, Any]:
    return {
        value: measure_sample(as_sample(part, threshold)) if len(part) >= LEAST_PHOTOS else None
        for value, part in parts.items()
    }


def measure_sample(sample: Sample) -> dict[str, Any]:
    """Measure one sample: counts, scores, and 95% intervals."""
    return {
        "n": len(sample.labels),
        "positives": int(sample.labels.sum()),
        "groups": len(np.unique(sample.groups)),
        **scores_of(sample),
        "confusion": confusion_counts(sample),
        "intervals": intervals_of(sample),
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
