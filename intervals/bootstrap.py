"""Resamples whole groups of photos, and turns a statistic's resamples into a 95% interval."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

DRAWS = 2000
SEED = 20240
TAIL = 0.025
FEW_GROUPS = 50  # below, what was never seen is added to what is drawn
ADDED_WEIGHT = 0.5
CELLS = 32_000  # of weights at once: they stay in the cache


def drawn_weights(groups: np.ndarray, draws: int = DRAWS) -> Iterator[np.ndarray]:
    """Draw whole groups with replacement, the same ones at each call.

    Scores of one person's photos are correlated, so drawing single photos would make intervals
    too narrow.

    Args:
        groups: (N,) the group of each photo.

    Yields:
        (rows, N) float64, how often each photo was drawn; `draws` rows in all.
    """
    names, member_of = np.unique(groups, return_inverse=True)
    generator = np.random.default_rng(SEED)
    for start, end in _blocks(draws, len(groups)):
        drawn = generator.integers(len(names), size=(end - start, len(names)))
        yield _counts(drawn)[:, member_of].astype(np.float64)


def _counts(drawn: np.ndarray) -> np.ndarray:
    """Count how often each of the numbers below N occurs in each row: (rows, N)."""
    rows, numbers = drawn.shape
    apart = drawn + np.arange(rows)[:, np.newaxis] * numbers
    return np.bincount(apart.ravel(), minlength=drawn.size).reshape(rows, numbers)


def padded_weights(groups: np.ndarray, added: int, draws: int = DRAWS) -> Iterator[np.ndarray]:
    """Draw weights for whole groups, and for photos added to them: a Bayesian bootstrap with a prior.

    What no photo shows, a few more might: no draw of the photos alone contains it. Each added photo
    counts as half a photo on average, as in Jeffreys' prior of a share.

    Args:
        groups: (N,) the group of each photo.
        added: how many photos are added.

    Yields:
        (rows, N + added) float64; `draws` rows in all.

    Source: Rubin 1981; Brown, Cai and DasGupta 2001; coverage: docs/decisions.md#few-groups.
    """
    names, member_of = np.unique(groups, return_inverse=True)
    generator = np.random.default_rng(SEED)
    for start, end in _blocks(draws, len(groups) + added):
        known = generator.standard_exponential((end - start, len(names)))[:, member_of]
        imagined = generator.gamma(ADDED_WEIGHT, size=(end - start, added))
        yield np.concatenate([known, imagined], axis=1)


def left_out_weights(groups: np.ndarray, most: int | None = None) -> Iterator[np.ndarray]:
    """Leave out one group after the other: (rows, N) of 0 and 1, as many rows as groups.

    Args:
        groups: (N,) the group of each photo.
        most: leave out several groups at once where there are more; the acceleration that BCa takes
            from these values stays the same, since it adds the groups' influences.
    """
    names, member_of = np.unique(groups, return_inverse=True)
    rows = min(len(names), most or len(names))
    for start, end in _blocks(rows, len(groups)):
        yield (np.arange(start, end)[:, np.newaxis] != member_of % rows).astype(np.float64)


def _blocks(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    step = max(1, CELLS // max(1, columns))
    return ((start, min(start + step, rows)) for start in range(0, rows, step))


def bca_interval(
    value: float, drawn: np.ndarray, left_out: np.ndarray, groups: int | None = None
) -> list[float] | None:
    """Estimate the bias-corrected and accelerated 95% interval, its tails those of Student's t.

    Args:
        value: the score of the sample.
        drawn: (draws,) the score of each bootstrap draw; NaN where undefined.
        left_out: (rows,) the score without each group, or without several; NaN where undefined.
        groups: how many groups there are, where not one row each.

    Returns:
        None where most draws leave the score undefined, or there are fewer than two groups.

    Source: Efron 1987 (BCa); Hesterberg 2015 (the tails); coverage: docs/decisions.md#score-intervals.
    """
    from scipy.special import ndtr, ndtri

    defined, groups = drawn[~np.isnan(drawn)], groups or len(left_out)
    if groups < 2 or len(defined) < len(drawn) / 2:
        return None
    below = (defined < value).mean() + (defined == value).mean() / 2
    bias = ndtri(np.clip(below, 1 / len(drawn), 1 - 1 / len(drawn)))
    reach = reach_of(groups)
    shift = bias + np.array([-reach, reach])
    # Where the denominator ends at or below zero, the quantile has passed the last draw.
    tails = ndtr(bias + shift / np.maximum(1 - _acceleration(left_out) * shift, 1e-9))
    low, high = np.quantile(defined, tails)
    return [float(low), float(high)]


def padded_interval(value: float, drawn: np.ndarray, groups: int) -> list[float]:
    """Estimate the 95% interval of a score from draws with added photos, its tails those of Student's t.

    Args:
        value: the score of the sample, which is always inside.
        drawn: (draws,) the score of each draw of `padded_weights`.
    """
    from scipy.special import ndtr

    tail = ndtr(-reach_of(groups))
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    return [min(float(low), value), max(float(high), value)]


def reach_of(groups: int) -> float:
    """Compute how many standard errors a 95% interval reaches: Student's t for so few groups."""
    from scipy.special import stdtrit

    return float(stdtrit(groups - 1, 1 - TAIL))


def _acceleration(left_out: np.ndarray) -> float:
    """Estimate how fast the standard error changes with the score, by the jackknife."""
    defined = left_out[~np.isnan(left_out)]
    away = defined.mean() - defined if len(defined) else defined
    spread = (away**2).sum() ** 1.5
    return float((away**3).sum() / (6 * spread)) if spread > 0 else 0.0


def exact_interval(value: float, groups: float) -> list[float]:
    """Widen a score that all draws share by what so few groups cannot exclude.

    The exact (Clopper-Pearson) interval of a share of `groups` trials.
    """
    from scipy.special import betaincinv

    hits = value * groups
    low = betaincinv(hits, groups - hits + 1, TAIL) if value > 0 else 0.0
    high = betaincinv(hits + 1, groups - hits, 1 - TAIL) if value < 1 else 1.0
    return [float(low), float(high)]
