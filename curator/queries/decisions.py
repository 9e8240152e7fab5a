"""Decided pairs, newest first; what waits is in `groups` and `pairs`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import aliased

from copies.evidence import Evidence
from curator.base.db import Sessions, reading
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Photo
from curator.queries.pairs import EITHER_KIND, PairSide, evidence_of, origin_of
from curator.queries.places import Place


@dataclass(frozen=True)
class DecidedPair:
    id: int
    first: PairSide
    second: PairSide
    evidence: Evidence | None
    score: float
    origin: str  # as `GroupPair` has it
    decision: str
    decided_by: str
    decided_at: datetime

    @property
    def is_measured(self) -> bool:
        return self.evidence is not None

    @property
    def place(self) -> Place:
        return self.decided_at, self.id


@dataclass(frozen=True)
class Decision:
    """What somebody decided on at least one of some pairs."""

    decision: str
    by: str


def decisions_on_pairs(
    sessions: Sessions, pair_ids: Collection[int], *, among: Collection[int] = ()
) -> tuple[Decision, ...]:
    """Return what was decided on these pairs, or on those `among` photos, and by whom."""
    wanted = PhotoPair.id.in_(pair_ids)
    return _decisions(sessions, wanted & _lies_among(among) if among else wanted)


def decisions_among(sessions: Sessions, photo_ids: Collection[int]) -> tuple[Decision, ...]:
    """Return what was decided on pairs of these photos, and by whom."""
    return _decisions(sessions, _lies_among(photo_ids))


def decided_pairs(
    sessions: Sessions, *, decision: str = "", by: str = "", before: Place | None, size: int
) -> tuple[DecidedPair, ...]:
    """Return decided pairs, newest first, from the place `before` on; an empty filter takes all."""
    first, second = aliased(Photo), aliased(Photo)
    pair = EITHER_KIND
    rows = (
        select(pair, first.original_name, second.original_name)
        .join(first, first.id == pair.photo_a_id)
        .join(second, second.id == pair.photo_b_id)
        .where(*_filters(decision, by))
        .order_by(pair.decided_at.desc(), pair.id.desc())
        .limit(size)
    )
    if before:
        rows = rows.where(tuple_(pair.decided_at, pair.id) < before)
    with reading(sessions) as session:
        return tuple(_decided_pair(*row) for row in session.execute(rows))


def count_decided(sessions: Sessions, *, decision: str = "", by: str = "") -> int:
    counted = select(func.count()).select_from(PhotoPair).where(*_filters(decision, by))
    with reading(sessions) as session:
        return session.scalar(counted) or 0


def deciders(sessions: Sessions) -> tuple[str, ...]:
    """Return who decided pairs whose decision stands, by name."""
    names = select(PhotoPair.decided_by).where(PhotoPair.decided_by.is_not(None))
    with reading(sessions) as session:
        return tuple(sorted(name for name in session.scalars(names.distinct()) if name))


def _lies_among(photo_ids: Collection[int]) -> ColumnElement[bool]:
    return PhotoPair.photo_a_id.in_(photo_ids) & PhotoPair.photo_b_id.in_(photo_ids)


def _decisions(sessions: Sessions, where: ColumnElement[bool]) -> tuple[Decision, ...]:
    columns = (PhotoPair.decision, PhotoPair.decided_by)
    decided = select(*columns).where(where, PhotoPair.decision.is_not(None)).distinct()
    with reading(sessions) as session:
        return tuple(
            Decision(decision or "", by or "somebody")
            for decision, by in session.execute(decided.order_by(*columns))
        )


def _filters(decision: str, by: str) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [PhotoPair.decided_at.is_not(None)]
    if decision:
        wanted.append(PhotoPair.decision == decision)
    if by:
        wanted.append(PhotoPair.decided_by == by)
    return wanted


def _decided_pair(pair: PhotoPair, first: str, second: str) -> DecidedPair:
    return DecidedPair(
        id=pair.id,
        first=PairSide(pair.photo_a_id, first),
        second=PairSide(pair.photo_b_id, second),
        evidence=evidence_of(pair) if isinstance(pair, DuplicatePair) else None,
        score=pair.score if isinstance(pair, DuplicatePair) else 0,
        origin=origin_of(pair),
        decision=pair.decision or "",
        decided_by=pair.decided_by or "",
        decided_at=pair.decided_at or datetime.min,
    )
