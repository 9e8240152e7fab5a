"""What would go into an export: every photo with its consensus and group, or the reason that keeps it out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.agreement import Consensus, Word, consensus
from curator.models import EVIDENCE, DuplicatePair, Photo, Rating
from curator.regions import parse_fractions
from curator.splits import connected

REASONS = {
    "excluded": "excluded by a rater",
    "copy": "copy of another photo",
    "no_rating": "not rated yet",
    "disagreement": "raters disagree on the label",
    "unsure": "marked unsure",
    "no_region": "no face region drawn",
    "weak_evidence": "evidence below the minimum asked for",
    "group_crosses_splits": "joined to photos of another split after the split was made",
}
SAME_FRAME = (
    0.98  # a copy that correlates this well is framed alike: its region fits the kept photo
)


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
    framed_alike = _framed_alike(session)
    rows = session.scalars(select(Rating).order_by(Rating.rater_id, Rating.photo_id)).all()
    for rating in sorted(rows, key=lambda row: photos[row.photo_id].copy_of_id is not None):
        kept_id = photos[rating.photo_id].copy_of_id or rating.photo_id
        fits = kept_id == rating.photo_id or frozenset((kept_id, rating.photo_id)) in framed_alike
        words[kept_id].setdefault(rating.rater_id, _word(rating, fits))
    return defaultdict(list, {photo_id: list(by.values()) for photo_id, by in words.items()})


def _framed_alike(session: Session) -> set[frozenset[int]]:
    alike = select(DuplicatePair.photo_a_id, DuplicatePair.photo_b_id).where(
        DuplicatePair.score >= SAME_FRAME
    )
    return {frozenset((a, b)) for a, b in session.execute(alike)}


def _word(rating: Rating, region_fits: bool) -> Word:
    return Word(
        rater=str(rating.rater_id),
        label=rating.label,
        sex=rating.sex,
        evidence=EVIDENCE.index(rating.evidence),
        region=parse_fractions(rating.region) if rating.region and region_fits else (),
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
