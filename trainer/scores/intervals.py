"""The 95% interval of each score, over groups of photos."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from intervals.bootstrap import (
    FEW_GROUPS,
    bca_interval,
    drawn_weights,
    exact_interval,
    left_out_weights,
    padded_interval,
    padded_weights,
)
from trainer.scores.calibration import calibration_interval
from trainer.scores.definitions import weighted_scores
from trainer.scores.sample import Sample

Scores = Callable[[Sample, np.ndarray], dict[str, np.ndarray]]

NO_WIDTH = 1e-9  # all draws gave one value, but for rounding


@dataclass(frozen=True)
class Resampled:
    """A score, NaN where undefined: of the sample, of each draw, without each group.

    `padded` are draws with added photos, where there are few groups.
    """

    value: float
    drawn: np.ndarray
    left_out: np.ndarray
    padded: np.ndarray | None


def intervals_of(sample: Sample) -> dict[str, list[float] | None]:
    """Estimate a 95% interval of each score by bootstrap over groups."""
    return {
        name: interval_of(sample, name, found)
        for name, found in resampled(sample, weighted_scores).items()
    }


def resampled(sample: Sample, scores: Scores) -> dict[str, Resampled]:
    """Compute scores of a sample and of its resamples."""
    groups = sample.groups
    whole = scores(sample, np.ones((1, len(groups))))
    drawn = _scored(sample, scores, drawn_weights(groups))
    left_out = _scored(sample, scores, left_out_weights(groups))
    padded = {}
    if len(np.unique(groups)) < FEW_GROUPS:
        more = with_unseen(sample)
        added = len(more.labels) - len(sample.labels)
        padded = _scored(more, scores, padded_weights(groups, added))
    return {
        name: Resampled(float(whole[name][0]), drawn[name], left_out[name], padded.get(name))
        for name in whole
    }


def with_unseen(sample: Sample) -> Sample:
    """Add a surely right and a surely wrong photo of each label."""
    count = len(sample.labels)
    return Sample(
        labels=np.append(sample.labels, [True, True, False, False]),
        scores=np.append(sample.scores, [1.0, 0.0, 1.0, 0.0]),
        groups=np.append(sample.groups, [""] * 4),
        threshold=np.append(np.broadcast_to(sample.threshold, count), [0.5] * 4),
    )


def _scored(sample: Sample, scores: Scores, blocks: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    rows = [scores(sample, weights) for weights in blocks]
    return {name: np.concatenate([one[name] for one in rows]) for name in rows[0]}


def interval_of(sample: Sample, name: str, found: Resampled) -> list[float] | None:
    """Turn one score's resamples into its 95% interval; None where it is not estimable."""
    if np.isnan(found.value):
        return None
    interval = (
        calibration_interval(sample, found.value, found.drawn)
        if name == "ece"
        else bca_interval(found.value, found.drawn, found.left_out)
    )
    if interval is None:
        return None
    if min(interval[1] - interval[0], np.nanmax(found.drawn) - np.nanmin(found.drawn)) < NO_WIDTH:
        return exact_interval(found.value, witnesses(sample, name))
    if found.padded is not None and name != "ece":
        return padded_interval(found.value, found.padded, len(found.left_out))
    return interval


def witnesses(sample: Sample, name: str) -> int:
    """Count the groups that a score rests on, those of the rarer class if it needs both."""
    labels, called = sample.labels, sample.called
    spoken_of = {
        "precision": [called],
        "recall": [labels],
        "f1": [labels | called],
        "accuracy": [labels | ~labels],
        "brier": [labels | ~labels],
        "ece": [labels | ~labels],
    }.get(name, [labels, ~labels])
    return min(len(np.unique(sample.groups[mask])) for mask in spoken_of)
