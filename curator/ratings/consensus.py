"""What several raters' words on one photo amount to."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from curator.ratings.regions import overlap
from faces.regions import Region


@dataclass(frozen=True)
class Word:
    """One rater's rating; `region` is empty where none was drawn."""

    rater: str
    label: str
    sex: str
    evidence: int  # rank: 0 is the weakest
    region: Region = ()


@dataclass(frozen=True)
class Consensus:
    label: str
    sex: str
    evidence: int
    region: Region
    raters: int


def consensus(words: Sequence[Word], ruling: Word | None = None) -> Consensus | None:
    """Return what the raters agree on, or None where there is no rating or the labels differ.

    Raters who differ on the sex leave it `unknown`; of several regions the one that overlaps most
    with the others is taken; the evidence is the strongest given. An adjudicator's `ruling` goes
    before all of them; where it draws no region, theirs stands.
    """
    if ruling:
        region = ruling.region or _central([word.region for word in words if word.region])
        raters = {word.rater for word in words} | {ruling.rater}
        return Consensus(ruling.label, ruling.sex, ruling.evidence, region, len(raters))
    if len({word.label for word in words}) != 1:
        return None
    known = {word.sex for word in words} - {"unknown"}
    return Consensus(
        label=words[0].label,
        sex=known.pop() if len(known) == 1 else "unknown",
        evidence=max(word.evidence for word in words),
        region=_central([word.region for word in words if word.region]),
        raters=len({word.rater for word in words}),
    )


def _central(regions: Sequence[Region]) -> Region:
    """Return the region with the largest overlap with all others; ties go to the first."""
    if len(regions) <= 2:  # two overlap each other alike
        return next(iter(regions), ())
    return max(regions, key=lambda one: sum(overlap(one, other) for other in regions))


def disputed(words: Sequence[Word], agreed_overlap: float) -> tuple[str, ...]:
    """Name what raters disagree about: label, sex (of those who know it), region.

    Regions do where their mean overlap lies below `agreed_overlap`.
    """
    sexes = {word.sex for word in words} - {"unknown"}
    overlap_seen = mean_overlap([word.region for word in words if word.region])
    claims = {
        "label": len({word.label for word in words}) > 1,
        "sex": len(sexes) > 1,
        "region": overlap_seen is not None and overlap_seen < agreed_overlap,
    }
    return tuple(about for about, holds in claims.items() if holds)


def mean_overlap(regions: Sequence[Region]) -> float | None:
    """Return the mean overlap of each two regions, None of fewer than two."""
    overlaps = [overlap(one, other) for one, other in combinations(regions, 2)]
    return sum(overlaps) / len(overlaps) if overlaps else None
