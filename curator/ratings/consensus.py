"""The consensus of several raters on one photo, and what they disagree about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from curator.ratings.attributes import attributes
from curator.ratings.regions import overlap
from faces.regions import Region


@dataclass(frozen=True)
class Opinion:
    """One rater's assessment; `region` is empty where none was drawn."""

    rater: str
    label: str
    values: Mapping[str, str]
    region: Region = ()


@dataclass(frozen=True)
class Consensus:
    label: str
    values: Mapping[str, str]
    region: Region
    raters: int


def consensus(opinions: Sequence[Opinion], ruling: Opinion | None = None) -> Consensus | None:
    """Return the raters' consensus, or None if there is no rating or the labels differ.

    Each attribute combines the raters' values by its own rule; the region is the one that overlaps
    most with the others. An adjudicator's `ruling` overrides them all, but without a region of its
    own it keeps theirs.
    """
    drawn = [opinion.region for opinion in opinions if opinion.region]
    raters = {opinion.rater for opinion in opinions}
    if ruling:
        region = ruling.region or _central(drawn)
        return Consensus(ruling.label, ruling.values, region, len(raters | {ruling.rater}))
    if len({opinion.label for opinion in opinions}) != 1:
        return None
    values = {
        attribute.code: attribute.consensus(_given(opinions, attribute.code))
        for attribute in attributes()
    }
    return Consensus(opinions[0].label, values, _central(drawn), len(raters))


def _given(opinions: Sequence[Opinion], attribute: str) -> list[str]:
    return [opinion.values[attribute] for opinion in opinions]


def _central(regions: Sequence[Region]) -> Region:
    """Return the region with the largest total overlap with the others; ties go to the first."""
    if len(regions) <= 2:  # two regions overlap each other equally
        return next(iter(regions), ())
    return max(regions, key=lambda one: sum(overlap(one, other) for other in regions))


def disputed(opinions: Sequence[Opinion], agreed_overlap: float) -> tuple[str, ...]:
    """Return what raters disagree about: `label`, attribute codes, `region`.

    Regions disagree if their mean overlap is below `agreed_overlap`.
    """
    overlap_seen = mean_overlap([opinion.region for opinion in opinions if opinion.region])
    claims = {
        "label": len({opinion.label for opinion in opinions}) > 1,
        **{
            attribute.code: attribute.is_disputed(_given(opinions, attribute.code))
            for attribute in attributes()
        },
        "region": overlap_seen is not None and overlap_seen < agreed_overlap,
    }
    return tuple(about for about, holds in claims.items() if holds)


def mean_overlap(regions: Sequence[Region]) -> float | None:
    """Return the mean overlap over all pairs of regions, None for fewer than two."""
    overlaps = [overlap(one, other) for one, other in combinations(regions, 2)]
    return sum(overlaps) / len(overlaps) if overlaps else None
