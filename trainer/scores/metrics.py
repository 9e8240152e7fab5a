"""Measures the predictions of a run: the content of metrics.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from intervals.bootstrap import (
    bca_interval,
    drawn_weights,
    exact_interval,
    left_out_weights,
)
from trainer.exports.manifest import POSITIVE, SPLITS
from trainer.runs.predictions import Prediction
from trainer.scores.calibration import calibration_interval, reliability
from trainer.scores.definitions import SCORES, weighted_scores
from trainer.scores.parts import key_of, parts_of
from trainer.scores.sample import Sample, Threshold, as_sample

LEAST_PHOTOS = 10
NO_WIDTH = 1e-9  # all draws gave one value, but for rounding


def measure_run(predictions: Sequence[Prediction], threshold: float) -> dict[str, Any]:
    """Measure every split: the content of metrics.json."""
    splits = {
        split: measure([one for one in predictions if one.split == split], threshold)
        for split in SPLITS
    }
    return {"positive_class": POSITIVE, "threshold": threshold, "splits": splits}


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


def scores_of(sample: Sample) -> dict[str, float | None]:
    """Compute the scores; None where a score is not defined, as a precision of no calls."""
    whole = weighted_scores(sample, np.ones((1, len(sample.labels))))
    return {
        name: None if np.isnan(values[0]) else float(values[0]) for name, values in whole.items()
    }


def intervals_of(sample: Sample) -> dict[str, list[float] | None]:
    """Estimate a 95% interval of each score by bootstrap over groups."""
    drawn = _resampled(sample, drawn_weights(sample.groups))
    left_out = _resampled(sample, left_out_weights(sample.groups))
    found = scores_of(sample)
    return {
        name: interval_of(sample, name, found[name], drawn[name], left_out[name]) for name in SCORES
    }


def _resampled(sample: Sample, blocks: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    scored = [weighted_scores(sample, weights) for weights in blocks]
    return {name: np.concatenate([one[name] for one in scored]) for name in SCORES}


def interval_of(
    sample: Sample, name: str, value: float | None, drawn: np.ndarray, left_out: np.ndarray
) -> list[float] | None:
    """Turn one score's resamples, and its values without each group, into its 95% interval."""
    if value is None:
        return None
    if name == "ece":
        return calibration_interval(sample, value, drawn)
    interval = bca_interval(value, drawn, left_out)
    if interval is not None and interval[1] - interval[0] < NO_WIDTH:
        return exact_interval(value, _witnesses(sample, name))
    return interval


def _witnesses(sample: Sample, name: str) -> int:
    """Count the groups that a score rests on, those of the rarer class if it needs both."""
    labels, called = sample.labels, sample.called
    spoken_of = {
        "precision": [called],
        "recall": [labels],
        "f1": [labels | called],
        "accuracy": [labels | ~labels],
        "brier": [labels | ~labels],
    }.get(name, [labels, ~labels])
    return min(len(np.unique(sample.groups[mask])) for mask in spoken_of)
