"""What would go into an export: every photo with its consensus and group, or the reason that keeps it out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.agreement import Consensus, Word, consensus
from curator.models import EVIDENCE, DuplicatePair, Photo, Rating
from curator.regions import Region, carry_back, carry_over, parse_fractions
from curator.splits import connected
from curator.words import marked

REASONS = {
    "excluded": marked("excluded by a rater"),
    "copy": marked("copy of another photo"),
    "no_rating": marked("not rated yet"),
    "disagreement": marked("raters disagree on the label"),
    "unsure": marked("marked unsure"),
    "no_region": marked("no face region drawn"),
    "weak_evidence": marked("evidence below the minimum asked for"),
    "group_crosses_splits": marked("joined to photos of another split after the split was made"),
}

Laid = dict[tuple[int, int], dict[str, Any]]  # alignments by the ids of first and second


@dataclass(frozen=True)
class Candidate:
    """A photo that could be exported; `group` is the smallest pixel hash of its group."""

    photo_id: int
    pixel_sha256: str
    file_sha256: str
    format: str
    phash: str
    source: str
    group: str
    consensus: Consensus

    @property
    def stratum(self) -> str:
        return f"{self.consensus.label}/{self.consensus.sex}"


@dataclass(frozen=True)
class Candidates:
    ready: tuple[Candidate, ...]  # sorted by pixel hash
    left_out: dict[int, str]  # photo id -> key of REASONS


def candidates(session: Session, min_evidence: str = EVIDENCE[0]) -> Candidates:
    """Compute consensus and groups of all photos."""
    photos = session.scalars(select(Photo).order_by(Photo.pixel_sha256)).all()
    words = _words_of_kept(session, {photo.id: photo for photo in photos})
    groups = _groups(session, photos)
    ready, left_out = [], {}
    for photo in photos:
        agreed = consensus(words[photo.id])
        reason = _reason(photo, bool(words[photo.id]), agreed, EVIDENCE.index(min_evidence))
        if reason or agreed is None:
            left_out[photo.id] = reason
        else:
            ready.append(_candidate(photo, groups[photo.id], agreed))
    return Candidates(tuple(ready), left_out)


def _candidate(photo: Photo, group: str, agreed: Consensus) -> Candidate:
    return Candidate(
        photo.id,
        photo.pixel_sha256,
        photo.file_sha256,
        photo.format,
        photo.phash,
        photo.source,
        group,
        agreed,
    )


def _reason(photo: Photo, rated: bool, agreed: Consensus | None, min_rank: int) -> str:
    if photo.excluded_reason:
        return "excluded"
    if photo.copy_of_id:
        return "copy"
    if not rated:
        return "no_rating"
    if agreed is None:
        return "disagreement"
    if agreed.label == "unsure":
        return "unsure"
    if not agreed.region:
        return "no_region"
    return "weak_evidence" if agreed.evidence < min_rank else ""


def _words_of_kept(session: Session, photos: dict[int, Photo]) -> dict[int, list[Word]]:
    """Gather the raters' words, those on removed copies with the photo that was kept.

    A rater's word on the kept photo itself goes before theirs on a copy.
    """
    words: dict[int, dict[int, Word]] = defaultdict(dict)
    laid = _laid_on_each_other(session)
    rows = session.scalars(select(Rating).order_by(Rating.rater_id, Rating.photo_id)).all()
    for rating in sorted(rows, key=lambda row: photos[row.photo_id].copy_of_id is not None):
        kept_id = photos[rating.photo_id].copy_of_id or rating.photo_id
        region = parse_fractions(rating.region) if rating.region else ()
        if kept_id != rating.photo_id:
            region = _carried(region, photos[rating.photo_id], photos[kept_id], laid)
        words[kept_id].setdefault(rating.rater_id, _word(rating, region))
    return defaultdict(list, {photo_id: list(by.values()) for photo_id, by in words.items()})


def _laid_on_each_other(session: Session) -> Laid:
    rows = session.scalars(select(DuplicatePair).where(DuplicatePair.decision == "copy"))
    return {(row.photo_a_id, row.photo_b_id): row.alignment for row in rows if row.alignment}


def _carried(region: Region, copy: Photo, kept: Photo, laid: Laid) -> Region:
    """Move a region from a removed copy to the kept photo, by how they were laid on each other."""
    shapes = copy.height_px / copy.width_px, kept.height_px / kept.width_px
    if alignment := laid.get((kept.id, copy.id)):
        return carry_over(region, alignment["matrix"], alignment["mirrored"], *shapes)
    if alignment := laid.get((copy.id, kept.id)):
        return carry_back(region, alignment["matrix"], alignment["mirrored"], *shapes)
    return ()


def _word(rating: Rating, region: Region) -> Word:
    return Word(
        rater=str(rating.rater_id),
        label=rating.label,
        sex=rating.sex,
        evidence=EVIDENCE.index(rating.evidence),
        region=region,
    )


def _groups(session: Session, photos: Iterable[Photo]) -> dict[int, str]:
    """Join photos of one person, author or post, and pairs not decided to be different."""
    links: list[tuple[int, int]] = []
    first_with: dict[tuple[str, str | int], int] = {}
    for photo in photos:
        for kind in ("person_id", "author_key", "post_url"):
            value = getattr(photo, kind)
            if value is not None:
                links.append((first_with.setdefault((kind, value), photo.id), photo.id))
    pairs = select(DuplicatePair.photo_a_id, DuplicatePair.photo_b_id).where(
        DuplicatePair.decision.is_distinct_from("different")
    )
    links += [(a, b) for a, b in session.execute(pairs)]
    member_of = connected((photo.id for photo in photos), links)
    smallest: dict[int, str] = {}
    for photo in photos:
        root = member_of[photo.id]
        smallest[root] = min(smallest.get(root, photo.pixel_sha256), photo.pixel_sha256)
    return {photo.id: smallest[member_of[photo.id]][:16] for photo in photos}
