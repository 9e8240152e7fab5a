"""Decided pairs, newest first; what waits is in `groups` and `pairs`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import aliased

from curator.base.db import Sessions, reading
from curator.base.models import PROVENANCE, DuplicatePair, Photo
from curator.queries.pairs import PairSide

Place = tuple[datetime, int]  # in the list: when a pair was decided, and its id


@dataclass(frozen=True)
class DecidedPair:
    id: int
    first: PairSide
    second: PairSide
    evidence: str
    distance_bits: int
    score: float
    decision: str
    decided_by: str
    decided_at: datetime

    @property
    def is_measured(self) -> bool:
        return self.evidence not in PROVENANCE

    @property
    def place(self) -> Place:
        return self.decided_at, self.id


@dataclass(frozen=True)
class Word:
    """What somebody decided on at least one of some pairs."""

    decision: str
    by: str


def words_on_pairs(
    sessions: Sessions, pair_ids: Collection[int], *, among: Collection[int] = ()
) -> tuple[Word, ...]:
    """Return what was decided on these pairs, or on those `among` photos, and by whom."""
    wanted = DuplicatePair.id.in_(pair_ids)
    return _words(sessions, wanted & _lies_among(among) if among else wanted)


def words_among(sessions: Sessions, photo_ids: Collection[int]) -> tuple[Word, ...]:
    """Return what was decided on pairs of these photos, and by whom."""
    return _words(sessions, _lies_among(photo_ids))


def decided_pairs(
    sessions: Sessions, *, decision: str = "", by: str = "", before: Place | None, size: int
) -> tuple[DecidedPair, ...]:
    """Return decided pairs, newest first, from the place `before` on; an empty filter takes all."""
    first, second = aliased(Photo), aliased(Photo)
    newest_first = (DuplicatePair.decided_at.desc(), DuplicatePair.id.desc())
    rows = (
        select(DuplicatePair, first.original_name, second.original_name)
        .join(first, first.id == DuplicatePair.photo_a_id)
        .join(second, second.id == DuplicatePair.photo_b_id)
        .where(*_filters(decision, by))
        .order_by(*newest_first)
        .limit(size)
    )
    if before:
        rows = rows.where(tuple_(DuplicatePair.decided_at, DuplicatePair.id) < before)
    with reading(sessions) as session:
        return tuple(_decided_pair(*row) for row in session.execute(rows))


def count_decided(sessions: Sessions, *, decision: str = "", by: str = "") -> int:
    counted = select(func.count()).select_from(DuplicatePair).where(*_filters(decision, by))
    with reading(sessions) as session:
        return session.scalar(counted) or 0


def deciders(sessions: Sessions) -> tuple[str, ...]:
    """Return who decided pairs whose decision stands, by name."""
    names = select(DuplicatePair.decided_by).where(DuplicatePair.decided_by.is_not(None))
    with reading(sessions) as session:
        return tuple(sorted(name for name in session.scalars(names.distinct()) if name))


def _lies_among(photo_ids: Collection[int]) -> ColumnElement[bool]:
    return DuplicatePair.photo_a_id.in_(photo_ids) & DuplicatePair.photo_b_id.in_(photo_ids)


def _words(sessions: Sessions, where: ColumnElement[bool]) -> tuple[Word, ...]:
    said = (DuplicatePair.decision, DuplicatePair.decided_by)
    words = select(*said).where(where, DuplicatePair.decision.is_not(None)).distinct()
    with reading(sessions) as session:
        return tuple(
            Word(decision or "", by or "somebody")
            for decision, by in session.execute(words.order_by(*said))
        )


def _filters(decision: str, by: str) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [DuplicatePair.decided_at.is_not(None)]
    if decision:
        wanted.append(DuplicatePair.decision == decision)
    if by:
        wanted.append(DuplicatePair.decided_by == by)
    return wanted


def _decided_pair(pair: DuplicatePair, first: str, second: str) -> DecidedPair:
    return DecidedPair(
        id=pair.id,
        first=PairSide(pair.photo_a_id, first),
        second=PairSide(pair.photo_b_id, second),
        evidence=pair.evidence,
        distance_bits=pair.distance_bits,
        score=pair.score,
        decision=pair.decision or "",
        decided_by=pair.decided_by or "",
        decided_at=pair.decided_at or datetime.min,
    )
