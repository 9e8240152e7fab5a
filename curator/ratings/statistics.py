"""Statistics of agreement beyond chance, with intervals, on plain arrays."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curator.base.messages import translatable
from intervals.bootstrap import bca_interval, drawn_weights, exact_interval, left_out_weights

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]  # one category per photo, MISSING where it has none
# Photo weights (resamples, photos) -> (statistics, resamples), NaN where undefined.
Measure = Callable[[Floats], Floats]

MISSING = -1
FEWEST = 10  # photos: an estimate over fewer is worthless and could reveal a single rating
DRAWS = 1000
MOST_LEFT_OUT = 200  # values of the jackknife, for which many groups are left out together

NONE_SHARED = translatable("no photos in common")
TOO_FEW = translatable("too few photos")
ONE_CATEGORY = translatable("only one category")

# Landis & Koch 1977, table 2: the upper end of each class.
READINGS = (
    (0.0, translatable("poor")),
    (0.2, translatable("slight")),
    (0.4, translatable("fair")),
    (0.6, translatable("moderate")),
    (0.8, translatable("substantial")),
    (1.0, translatable("almost perfect")),
)


@dataclass(frozen=True)
class Estimate:
    """A statistic over `photos`, or the `problem` that prevents it.

    `low` and `high` bound its 95% interval. If all resamples gave the same value, a share has the
    exact interval, and other statistics have none: resampling cannot say how rare disagreement is.
    """

    photos: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    problem: str = ""


def cross_table(first: Codes, second: Codes, categories: int) -> Floats:
    """Cross-tabulate two raters photo by photo: (photos, categories, categories).

    The table of a photo that either did not rate is all zeros.
    """
    tables = np.zeros((len(first), categories, categories))
    both = np.flatnonzero((first != MISSING) & (second != MISSING))
    tables[both, first[both], second[both]] = 1
    return tables


def coincidences(codes: Codes, categories: int) -> Floats:
    """Count pairs of values per photo of (photos, raters) codes: (photos, categories, categories).

    A photo with m values has m(m-1) ordered pairs of weight 1/(m-1); with fewer than two, zeros.

    Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C.
    """
    counts = (codes[..., np.newaxis] == np.arange(categories)).sum(axis=1).astype(np.float64)
    pairs = counts[:, :, np.newaxis] * counts[:, np.newaxis, :]
    diagonal = np.arange(categories)
    pairs[:, diagonal, diagonal] -= counts
    values = counts.sum(axis=1)
    return np.asarray(pairs / np.maximum(values - 1, 1)[:, np.newaxis, np.newaxis])


def share_agreed(tables: Floats) -> Floats:
    """Return the share of (..., categories, categories) counts on the diagonal."""
    return _ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))


def cohen_kappa(tables: Floats) -> Floats:
    """Return the agreement beyond what chance gives, given each rater's own frequencies.

    NaN if both raters used the same single category.

    Source: Cohen 1960, "A coefficient of agreement for nominal scales".
    """
    total = tables.sum(axis=(-2, -1))
    by_chance = _ratio((tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1), total * total)
    return _ratio(share_agreed(tables) - by_chance, 1 - by_chance)


def krippendorff_alpha(pairs: Floats) -> Floats:
    """Return nominal alpha of (..., categories, categories) coincidences; NaN for a single category.

    Source: Krippendorff 2011, section C; Hayes & Krippendorff 2007.
    """
    counts = pairs.sum(axis=-1)
    total = counts.sum(axis=-1)
    differing = total - np.trace(pairs, axis1=-2, axis2=-1)
    by_chance = _ratio(total * total - (counts * counts).sum(axis=-1), total - 1)
    return 1 - _ratio(differing, by_chance)


def of_tables(tables: Floats, *statistics: Callable[[Floats], Floats]) -> Measure:
    """Make a measure that applies statistics to the sum of the photos' tables."""

    def measure(weights: Floats) -> Floats:
        summed = np.tensordot(weights, tables, axes=1)
        return np.array([statistic(summed) for statistic in statistics])

    return measure


def of_values(values: Floats, limit: float) -> Measure:
    """Make a measure of the values' mean, median, and share at or above the limit."""
    ranked = np.sort(values)
    order = np.argsort(values)
    reached = (values >= limit).astype(np.float64)

    def measure(weights: Floats) -> Floats:
        total = weights.sum(axis=1)
        median = _median(ranked, weights[:, order])
        return np.array([weights @ values / total, median, weights @ reached / total])

    return measure


def estimates(groups: Codes, measure: Measure, is_share: Sequence[bool]) -> tuple[Estimate, ...]:
    """Estimate the statistics of a measure; `is_share` marks those that are shares of photos.

    `groups` gives each photo's group. Whole groups are resampled, since several photos of one
    person carry less information than as many of different people. It is deterministic.
    """
    photos = len(groups)
    if photos < FEWEST:
        problem = TOO_FEW if photos else NONE_SHARED
        return (Estimate(photos, problem=problem),) * len(is_share)
    seen = measure(np.ones((1, photos)))[:, 0]
    drawn = _measured(measure, drawn_weights(groups, DRAWS))
    left_out = _measured(measure, left_out_weights(groups, MOST_LEFT_OUT))
    count = len(np.unique(groups))
    return tuple(
        _estimate(Resampled(*found), photos, count)
        for found in zip(map(float, seen), drawn, left_out, is_share, strict=True)
    )


def _measured(measure: Measure, weights: Iterable[Floats]) -> Floats:
    return np.concatenate([measure(rows) for rows in weights], axis=1)


def reading(value: float) -> str:
    """Return the Landis & Koch (1977) class of a kappa or alpha."""
    return next(name for upper, name in READINGS if value <= upper or upper == READINGS[-1][0])


@dataclass(frozen=True, eq=False)
class Resampled:
    """A statistic's value, its values over draws and with groups left out, NaN where undefined."""

    value: float
    drawn: Floats
    left_out: Floats
    is_share: bool


def _estimate(one: Resampled, photos: int, groups: int) -> Estimate:
    if np.isnan(one.value):
        return Estimate(photos, problem=ONE_CATEGORY)
    return Estimate(photos, one.value, *_interval(one, groups) or ())


def _interval(one: Resampled, groups: int) -> list[float] | None:
    defined = one.drawn[~np.isnan(one.drawn)]  # a resample may hold one category only
    if len(defined) and np.ptp(defined) >= 1e-12:
        return bca_interval(one.value, one.drawn, one.left_out, groups)
    is_unanimous = one.is_share and one.value in (0, 1)
    return exact_interval(one.value, groups) if is_unanimous else None


def _median(ranked: Floats, weights: Floats) -> Floats:
    """Return the median of sorted values, each repeated by its integer weight."""
    ends = np.cumsum(weights, axis=1)
    total = ends[:, -1:]
    lower = np.argmax(ends > (total - 1) // 2, axis=1)
    upper = np.argmax(ends > total // 2, axis=1)
    return np.asarray((ranked[lower] + ranked[upper]) / 2)


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan))
