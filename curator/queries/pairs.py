"""Duplicate pairs and how many wait."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from curator.db import Sessions, reading
from curator.matching import keeping_order
from curator.models import DuplicatePair, Photo


@dataclass(frozen=True)
class PairSide:
    id: int
    name: str
    width_px: int
    height_px: int
    size_bytes: int
    format: str
    source: str
    removed: bool


@dataclass(frozen=True)
class PairRow:
    id: int
    first: PairSide
    second: PairSide
    evidence: str
    distance_bits: int
    score: float
    decision: str | None
    decided_by: str | None

    @property
    def better(self) -> PairSide:
        """Return the side that would be kept if the two were copies."""
        return min(
            (self.first, self.second),
            key=lambda side: keeping_order(
                side.width_px * side.height_px, side.size_bytes, side.id
            ),
        )


def pairs(
    sessions: Sessions, *, undecided_only: bool = False, limit: int | None = None
) -> tuple[PairRow, ...]:
    """Return duplicate pairs, the most alike first."""
    with reading(sessions) as session:
        query = _most_alike_first(select(DuplicatePair))
        if undecided_only:
            query = query.where(DuplicatePair.decision.is_(None))
        found = session.scalars(query.limit(limit)).all()
        ids = {photo for pair in found for photo in (pair.photo_a_id, pair.photo_b_id)}
        photos = {p.id: p for p in session.scalars(select(Photo).where(Photo.id.in_(ids)))}
        return tuple(_pair_row(pair, photos) for pair in found)


def place_of_pair(sessions: Sessions, pair_id: int) -> int:
    """Return how many undecided pairs come before this one."""
    with reading(sessions) as session:
        waiting = select(DuplicatePair.id).where(DuplicatePair.decision.is_(None))
        ids = session.scalars(_most_alike_first(waiting)).all()
        return ids.index(pair_id) if pair_id in ids else 0


def count_look_alikes(sessions: Sessions, photo_id: int) -> int:
    """Return how many undecided pairs a photo is part of."""
    with reading(sessions) as session:
        return (
            session.scalar(
                select(func.count(DuplicatePair.id)).where(
                    DuplicatePair.decision.is_(None),
                    (DuplicatePair.photo_a_id == photo_id) | (DuplicatePair.photo_b_id == photo_id),
                )
            )
            or 0
        )


def count_verified(sessions: Sessions) -> int:
    """Return how many undecided pairs `dedup.accept_verified` would decide."""
    with reading(sessions) as session:
        return (
            session.scalar(
                select(func.count(DuplicatePair.id)).where(
                    DuplicatePair.decision.is_(None), DuplicatePair.verified
                )
            )
            or 0
        )


def last_decided_pair(sessions: Sessions, decided_by: str | None = None) -> PairRow | None:
    """Return the pair that was decided last, by this account where one is named."""
    query = select(DuplicatePair).where(DuplicatePair.decision.is_not(None))
    if decided_by is not None:
        query = query.where(DuplicatePair.decided_by == decided_by)
    with reading(sessions) as session:
        pair = session.scalar(
            query.order_by(DuplicatePair.decided_at.desc(), DuplicatePair.id.desc()).limit(1)
        )
        if pair is None:
            return None
        photos = {key: session.get_one(Photo, key) for key in (pair.photo_a_id, pair.photo_b_id)}
        return _pair_row(pair, photos)


def count_undecided(sessions: Sessions) -> int:
    with reading(sessions) as session:
        return undecided(session)


def undecided(session: Session) -> int:
    return (
        session.scalar(select(func.count(DuplicatePair.id)).where(DuplicatePair.decision.is_(None)))
        or 0
    )


def _most_alike_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(DuplicatePair.score.desc(), DuplicatePair.distance_bits, DuplicatePair.id)


def _pair_row(pair: DuplicatePair, photos: dict[int, Photo]) -> PairRow:
    return PairRow(
        id=pair.id,
        first=_side(photos[pair.photo_a_id]),
        second=_side(photos[pair.photo_b_id]),
        evidence=pair.evidence,
        distance_bits=pair.distance_bits,
        score=pair.score,
        decision=pair.decision,
        decided_by=pair.decided_by,
    )


def _side(photo: Photo) -> PairSide:
    return PairSide(
        id=photo.id,
        name=photo.original_name,
        width_px=photo.width_px,
        height_px=photo.height_px,
        size_bytes=photo.size_bytes,
        format=photo.format,
        source=photo.source,
        removed=photo.copy_of_id is not None,
    )
