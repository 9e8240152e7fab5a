"""The consensus of several raters on one photo, and what they disagree about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from curator.ratings.attributes import attributes
from curator.ratings.origins import ACCEPTED, UNKNOWN
from curator.ratings.regions import overlap
from faces.regions import Region


@dataclass(frozen=True)
class Opinion:
    """One rater's assessment; `region` is empty where none was drawn.

    `origin` and `source_shown` tell how it came about, as in Provenance.
    """

    rater: str
    label: str
    values: Mapping[str, str]
    region: Region = ()
    origin: str = UNKNOWN
    source_shown: bool | None = None


@dataclass(frozen=True)
class Consensus:
    """What raters agree on; `origin` is that of the region, `opinions` are those it rests on."""

    label: str
    values: Mapping[str, str]
    region: Region
    raters: int
    origin: str = UNKNOWN
    opinions: tuple[Opinion, ...] = ()


def consensus(opinions: Sequence[Opinion], ruling: Opinion | None = None) -> Consensus | None:
    """Return the raters' consensus, or None if there is no rating or the labels differ.

    Each attribute combines the raters' values by its own rule; the region is the one that overlaps
    most with the others. An adjudicator's `ruling` overrides them all, but without a region of its
    own it keeps theirs.
    """
    drawn = [opinion for opinion in opinions if opinion.region]
    raters = {opinion.rater for opinion in opinions}
    if ruling:
        outlined = ruling if ruling.region else _central(drawn) or ruling
        return Consensus(
            ruling.label,
            ruling.values,
            outlined.region,
            len(raters | {ruling.rater}),
            outlined.origin,
            (*opinions, ruling),
        )
    if len({opinion.label for opinion in opinions}) != 1:
        return None
    values = {
        attribute.code: attribute.consensus(_given(opinions, attribute.code))
        for attribute in attributes()
    }
    outlined = _central(drawn) or opinions[0]
    return Consensus(
        opinions[0].label, values, outlined.region, len(raters), outlined.origin, tuple(opinions)
    )


def _given(opinions: Sequence[Opinion], attribute: str) -> list[str]:
    return [opinion.values[attribute] for opinion in opinions]


def _central(drawn: Sequence[Opinion]) -> Opinion | None:
    """Return the opinion whose region overlaps most with the others; ties go to the first."""
    if len(drawn) <= 2:  # two regions overlap each other equally
        return next(iter(drawn), None)
    return max(drawn, key=lambda one: sum(overlap(one.region, other.region) for other in drawn))


def disputed(opinions: Sequence[Opinion], agreed_overlap: float) -> tuple[str, ...]:
    """Return what raters disagree about: `label`, attribute codes, `region`.

    Regions disagree if their mean overlap is below `agreed_overlap`.
    """
    overlap_seen = mean_overlap(opinions)
    claims = {
        "label": len({opinion.label for opinion in opinions}) > 1,
        **{
            attribute.code: attribute.is_disputed(_given(opinions, attribute.code))
            for attribute in attributes()
        },
        "region": overlap_seen is not None and overlap_seen < agreed_overlap,
    }
    return tuple(about for about, holds in claims.items() if holds)


def mean_overlap(opinions: Sequence[Opinion]) -> float | None:
    """Return the mean overlap over all pairs of regions that can be compared, None without any."""
    overlaps = [
        share
        for one, other in combinations([said for said in opinions if said.region], 2)
        if (share := overlap_of(one, other)) is not None
    ]
    return sum(overlaps) / len(overlaps) if overlaps else None


def overlap_of(one: Opinion, other: Opinion) -> float | None:
    """Return the overlap of two regions, None where both were accepted as suggested: nobody drew them."""
    if one.origin == other.origin == ACCEPTED:
        return None
    return overlap(one.region, other.region)
