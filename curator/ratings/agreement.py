"""Compares raters: each pair, each rater with the rest, and all; the statistics are in `statistics`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from curator.base.messages import translatable
from curator.ratings.origins import ACCEPTED, EDITED, UNKNOWN
from curator.ratings.statistics import (
    FEWEST,
    MISSING,
    Codes,
    Estimate,
    Floats,
    cohen_kappa,
    coincidences,
    cross_table,
    estimates,
    krippendorff_alpha,
    of_tables,
    of_values,
    share_agreed,
)

Columns = tuple[int, ...]
Texts = NDArray[np.str_]
# Pairs of regions by where they are from. Two acceptances of a suggestion are no agreement of raters.
BOTH_ACCEPTED = "both_accepted"
BY_HAND = "by_hand"
KINDS = {
    BY_HAND: translatable("both without the suggestion"),
    "edited": translatable("at least one changed from the suggestion, none accepted as it was"),
    "one_accepted": translatable("one accepted as suggested"),
    "not_recorded": translatable("origin not recorded for at least one"),
}
SHARE_AND_BEYOND = (True, False)  # which of the two statistics of a table is a share of photos


@dataclass(frozen=True, eq=False)
class Categories:
    """Codes that raters assigned: one row per photo, one column per rater; `count` categories."""

    codes: Codes
    count: int


@dataclass(frozen=True, eq=False)
class Ratings:
    """All ratings: one row per photo, one column per rater.

    `attributes` are keyed by code; `regions` are shapely polygons, None where none was drawn;
    `origins` tell where they are from, as in origins.ORIGINS; `groups` numbers each photo's group.
    """

    raters: tuple[str, ...]
    label: Categories
    attributes: Mapping[str, Categories]
    regions: NDArray[np.object_]
    origins: Texts
    groups: Codes


@dataclass(frozen=True)
class Agreed:
    """Agreement on the label or an attribute; `beyond_chance` is kappa for two raters, else alpha.

    `table` cross-tabulates two raters, the first in rows; empty where it could reveal single ratings.
    """

    share: Estimate
    beyond_chance: Estimate
    table: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Overlaps:
    """Intersection over union of regions; `agreed` is the share at or above the project's threshold.

    `both_accepted` counts the photos on which two raters took the suggestion as it was: such pairs
    are left out of the rest.
    """

    mean: Estimate
    median: Estimate
    agreed: Estimate
    both_accepted: int = 0


@dataclass(frozen=True)
class RaterAgreement:
    """Two raters, or one rater and all others if `second` is empty."""

    first: str
    second: str
    photos: int
    label: Agreed
    attributes: Mapping[str, Agreed]  # by code
    regions: Overlaps


@dataclass(frozen=True)
class Report:
    """`photos` counts those with at least two ratings; `raters` is empty if there are only two.

    `regions_by_origin` are the overlaps of each of KINDS.
    """

    photos: int
    label: Agreed
    attributes: Mapping[str, Agreed]  # by code
    regions: Overlaps
    regions_by_origin: Mapping[str, Overlaps]
    pairs: tuple[RaterAgreement, ...]
    raters: tuple[RaterAgreement, ...]


def compare_raters(ratings: Ratings, agreed_overlap: float) -> Report:
    """Compare all raters; `agreed_overlap` is the least overlap at which two regions agree."""
    columns = range(len(ratings.raters))
    overlaps = {
        (one, other): _Compared(
            _overlaps(ratings.regions[:, one], ratings.regions[:, other]),
            _kinds(ratings.origins[:, one], ratings.origins[:, other]),
        )
        for one, other in combinations(columns, 2)
    }
    rest = {one: tuple(other for other in columns if other != one) for one in columns}

    def compared(one: int, others: Columns) -> RaterAgreement:
        return _rater_agreement(ratings, one, others, overlaps, agreed_overlap)

    return Report(
        photos=int(((ratings.label.codes != MISSING).sum(axis=1) > 1).sum()),
        label=_all_agreed(ratings.label, ratings.groups),
        attributes={
            code: _all_agreed(named, ratings.groups) for code, named in ratings.attributes.items()
        },
        regions=_regions([*overlaps.values()], ratings.groups, agreed_overlap),
        regions_by_origin={
            kind: _regions(
                [each.only(kind) for each in overlaps.values()], ratings.groups, agreed_overlap
            )
            for kind in KINDS
        },
        pairs=tuple(compared(one, (other,)) for one, other in overlaps),
        raters=tuple(compared(one, rest[one]) for one in columns if len(columns) > 2),
    )


def _rater_agreement(
    ratings: Ratings,
    one: int,
    others: Columns,
    overlaps: "dict[tuple[int, int], _Compared]",
    agreed_overlap: float,
) -> RaterAgreement:
    has_rated = ratings.label.codes != MISSING
    between = [overlaps[min(one, other), max(one, other)] for other in others]
    return RaterAgreement(
        first=ratings.raters[one],
        second=ratings.raters[others[0]] if len(others) == 1 else "",
        photos=int((has_rated[:, one] & has_rated[:, list(others)].any(axis=1)).sum()),
        label=_agreed(ratings.label, one, others, ratings.groups),
        attributes={
            code: _agreed(named, one, others, ratings.groups)
            for code, named in ratings.attributes.items()
        },
        regions=_regions(between, ratings.groups, agreed_overlap),
    )


def _agreed(named: Categories, one: int, others: Columns, groups: Codes) -> Agreed:
    """Compare one rater with others; each photo has weight 1, split evenly among the others."""
    codes, count = named.codes, named.count
    tables = sum(
        (cross_table(codes[:, one], codes[:, other], count) for other in others),
        start=np.zeros((len(codes), count, count)),
    )
    shared = tables.any(axis=(1, 2))
    tables = tables[shared] / tables[shared].sum(axis=(1, 2), keepdims=True)
    measure = of_tables(tables, share_agreed, cohen_kappa)
    share, kappa = estimates(groups[shared], measure, SHARE_AND_BEYOND)
    is_shown = len(others) == 1 and len(tables) >= FEWEST
    return Agreed(share, kappa, _counts(tables.sum(axis=0)) if is_shown else ())


def _all_agreed(named: Categories, groups: Codes) -> Agreed:
    pairs = coincidences(named.codes, named.count)
    several = pairs.any(axis=(1, 2))
    measure = of_tables(pairs[several], share_agreed, krippendorff_alpha)
    share, alpha = estimates(groups[several], measure, SHARE_AND_BEYOND)
    return Agreed(share, alpha)


@dataclass(frozen=True, eq=False)
class _Compared:
    """The regions of two raters: their overlap on each photo, NaN without, and the pair's kind."""

    overlaps: Floats
    kinds: Texts

    def only(self, kind: str) -> "_Compared":
        return _Compared(np.where(self.kinds == kind, self.overlaps, np.nan), self.kinds)


def _regions(between: Sequence[_Compared], groups: Codes, agreed_overlap: float) -> Overlaps:
    """Summarise overlaps; a photo with several counts once, as their mean."""
    every = np.array([each.overlaps for each in between]).reshape(len(between), len(groups))
    kinds = np.array([each.kinds for each in between]).reshape(every.shape)
    both_accepted = ~np.isnan(every) & (kinds == BOTH_ACCEPTED)
    stacked = np.where(both_accepted, np.nan, every)
    present = ~np.isnan(stacked)
    drawn = present.any(axis=0)
    values = np.where(present, stacked, 0).sum(axis=0)[drawn] / present.sum(axis=0)[drawn]
    measure = of_values(values, agreed_overlap)
    mean, median, agreed = estimates(groups[drawn], measure, (False, False, True))
    return Overlaps(mean, median, agreed, int(both_accepted.any(axis=0).sum()))


def _kinds(first: Texts, second: Texts) -> Texts:
    """Return the kind of each pair of origins: one of KINDS or BOTH_ACCEPTED."""

    def is_any(origin: str) -> NDArray[np.bool_]:
        return np.asarray((first == origin) | (second == origin))

    both_accepted = (first == ACCEPTED) & (second == ACCEPTED)
    conditions = [both_accepted, is_any(UNKNOWN), is_any(ACCEPTED), is_any(EDITED)]
    names = [BOTH_ACCEPTED, "not_recorded", "one_accepted", "edited"]
    return np.select(conditions, names, BY_HAND)


def _overlaps(first: NDArray[np.object_], second: NDArray[np.object_]) -> Floats:
    """Return the intersection over union of each pair of polygons, NaN where either is missing."""
    both = shapely.area(shapely.intersection(first, second))
    return np.asarray(both / (shapely.area(first) + shapely.area(second) - both))


def _counts(table: NDArray[Any]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(count) for count in row) for row in table)
