"""How well scores serve as probabilities: Brier score, calibration error, reliability."""

from __future__ import annotations

from typing import Any

import numpy as np

from intervals.bootstrap import (
    DRAWS,
    SEED,
    TAIL,
    bca_interval,
    drawn_weights,
    exact_interval,
    left_out_weights,
    reach_of,
)
from trainer.scores.sample import Sample, ratio

BINS = 10


def weighted_calibration(sample: Sample, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the Brier score and the expected calibration error (ECE) for each row of weights.

    The ECE is the mean over bins, by their share of the photos, of the distance between
    mean score and share of positives. Its bins divide P(positive) into equal widths.

    Source: Naeini, Cooper and Hauskrecht 2015.
    """
    total = weights.sum(axis=1)
    excess = sample.scores - sample.labels
    return {
        "brier": ratio(weights @ excess**2, total),
        "ece": ratio(np.abs((weights * excess) @ _members(sample)).sum(axis=1), total),
    }


def calibration_interval(sample: Sample, value: float, drawn: np.ndarray) -> list[float] | None:
    """Estimate the 95% interval of the calibration error: the basic bootstrap's, from 0 on.

    A sum of distances is too large in every sample, by its noise, and larger still in every
    draw, so that no interval between quantiles of draws reaches down to the truth. The basic
    interval mirrors them at the value. It begins at 0 where perfect calibration is not refuted.

    Args:
        value: the error of the sample.
        drawn: (draws,) the error of each bootstrap draw.

    Source: Davison and Hinkley 1997, chapter 5; coverage: docs/decisions.md#score-intervals.
    """
    from scipy.special import ndtr

    groups = len(np.unique(sample.groups))
    if groups < 2:
        return None
    tail = ndtr(-reach_of(groups))
    low, high = np.clip(2 * value - np.quantile(drawn, [1 - tail, tail]), 0.0, 1.0)
    return [float(low) if _refutes_calibration(sample, value) else 0.0, float(high)]


def _refutes_calibration(sample: Sample, value: float) -> bool:
    """Say whether so large an error is rare if each group errs to either side equally."""
    _, member_of = np.unique(sample.groups, return_inverse=True)
    generator = np.random.default_rng(SEED)
    signs = generator.choice([-1.0, 1.0], size=(DRAWS, member_of.max() + 1))[:, member_of]
    excess = (signs * (sample.scores - sample.labels)) @ _members(sample)
    errors = np.abs(excess).sum(axis=1) / len(sample.labels)
    return bool(value > np.quantile(errors, 1 - TAIL))


def reliability(sample: Sample) -> list[dict[str, Any]]:
    """Describe each bin of the calibration error, from low scores to high; empty ones too."""
    rows = []
    for member in _members(sample).T.astype(bool):
        count = int(member.sum())
        rows.append(
            {
                "count": count,
                "mean_score": float(sample.scores[member].mean()) if count else None,
                "positive_share": float(sample.labels[member].mean()) if count else None,
                "interval": _share_interval(sample.labels[member], sample.groups[member]),
            }
        )
    return rows


def _share_interval(labels: np.ndarray, groups: np.ndarray) -> list[float] | None:
    """Estimate the 95% interval of a bin's share of positives, over its groups."""
    if not len(labels):
        return None
    share = float(labels.mean())
    if share in (0, 1):
        return exact_interval(share, len(np.unique(groups)))
    drawn, left_out = (
        np.concatenate([ratio(weights @ labels, weights.sum(axis=1)) for weights in blocks])
        for blocks in (drawn_weights(groups), left_out_weights(groups))
    )
    return bca_interval(share, drawn, left_out)


def _members(sample: Sample) -> np.ndarray:
    """Say in which bin each score lies: (N, BINS) of 0 and 1."""
    bin_of = np.minimum((sample.scores * BINS).astype(int), BINS - 1)
    members: np.ndarray = np.eye(BINS)[bin_of]
    return members
