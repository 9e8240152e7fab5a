"""Duplicate pairs, how many wait, and what was decided last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, with_polymorphic

from copies.evidence import Evidence
from curator.base.db import Sessions, reading
from curator.base.errors import NotFound
from curator.base.models.pairs import PERSON, DuplicatePair, PersonPair, PhotoPair
from curator.base.models.photos import Photo
from curator.pairs.decisions import certain_copies, count_certain, last_moment

EITHER_KIND = with_polymorphic(PhotoPair, "*")
MOST_ALIKE_FIRST = (DuplicatePair.score.desc(), DuplicatePair.distance_bits, DuplicatePair.id)


@dataclass(frozen=True)
class PairSide:
    id: int
    name: str


@dataclass(frozen=True)
class PairRow:
    id: int
    first: PairSide
    second: PairSide
    evidence: Evidence
    distance_bits: int
    score: float
    verified: bool
    decision: str | None
    decided_by: str | None


@dataclass(frozen=True)
class PairFacts:
    """A pair of either kind, its photos by id alone; `origin` as in `GroupPair`, evidence of copies only."""

    id: int
    photos: tuple[int, int]
    origin: str
    evidence: Evidence | None
    distance_bits: int | None
    score: float | None
    verified: bool
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class LookAlike:
    """A photo and another that it looks like; their pair waits for a decision."""

    pair: int
    photo: int
    other: int


@dataclass(frozen=True)
class PairToConfirm:
    """Two photos on which a decision contradicts what was found; `alignment` as in `GroupPair`."""

    id: int
    first: int
    second: int
    score: float
    verified: bool
    alignment: dict[str, Any] | None
    has_two_codes: bool


@dataclass(frozen=True)
class Act:
    """What one person decided at once: `pairs` of them, `photo` being in one."""

    decision: str
    pairs: int
    decided_at: datetime
    photo: int
    on_persons: bool  # made where photos of one post or author are decided


def pairs(sessions: Sessions) -> tuple[PairRow, ...]:
    """Return duplicate pairs, the most alike first."""
    with reading(sessions) as session:
        query = select(DuplicatePair).order_by(*MOST_ALIKE_FIRST)
        rows = session.execute(select(Photo.id, Photo.original_name))
        names = {photo: name for photo, name in rows}  # noqa: C416  # dict() takes no rows here
        return tuple(_pair_row(pair, names) for pair in session.scalars(query))


def pair_facts(sessions: Sessions, pair_id: int) -> PairFacts:
    with reading(sessions) as session:
        pair = session.scalar(select(EITHER_KIND).where(EITHER_KIND.id == pair_id))
        if pair is None:
            raise NotFound("This pair no longer exists: reload the page.")
        return _pair_facts(pair)


def pairs_after(
    sessions: Sessions, *, is_decided: bool | None = None, after: int = 0, size: int
) -> tuple[PairFacts, ...]:
    """Return pairs of both kinds by id; all, or those decided or not."""
    rows = select(EITHER_KIND).where(EITHER_KIND.id > after).order_by(EITHER_KIND.id).limit(size)
    if is_decided is not None:
        undecided = EITHER_KIND.decision.is_(None)
        rows = rows.where(~undecided if is_decided else undecided)
    with reading(sessions) as session:
        return tuple(map(_pair_facts, session.scalars(rows)))


def first_undecided(sessions: Sessions, pair_ids: list[int]) -> int | None:
    """Return the most alike of these pairs that still waits."""
    waiting = select(DuplicatePair.id).where(
        DuplicatePair.id.in_(pair_ids), DuplicatePair.decision.is_(None)
    )
    with reading(sessions) as session:
        return session.scalar(waiting.order_by(*MOST_ALIKE_FIRST).limit(1))


def pairs_to_confirm(sessions: Sessions, pair_ids: Sequence[int]) -> tuple[PairToConfirm, ...]:
    with reading(sessions) as session:
        rows = session.scalars(select(EITHER_KIND).where(EITHER_KIND.id.in_(pair_ids)))
        found = [_to_confirm(session, pair) for pair in rows]
    return tuple(sorted(found, key=lambda one: (-one.score, one.id)))


def look_alikes(sessions: Sessions, photo_id: int, most: int) -> tuple[LookAlike, ...]:
    """Return the undecided pairs that a photo is part of, the most alike first."""
    pair = DuplicatePair
    waiting = (
        select(pair.id, pair.photo_a_id, pair.photo_b_id)
        .where(
            pair.decision.is_(None), or_(pair.photo_a_id == photo_id, pair.photo_b_id == photo_id)
        )
        .order_by(*MOST_ALIKE_FIRST)
        .limit(most)
    )
    with reading(sessions) as session:
        rows = session.execute(waiting)
        return tuple(LookAlike(pair_id, photo_id, a + b - photo_id) for pair_id, a, b in rows)


def look_alikes_of_batch(sessions: Sessions, batch_id: int, most: int) -> tuple[LookAlike, ...]:
    """Return the undecided pairs of photos that one upload brought, the most alike first."""
    brought = select(Photo.id).where(Photo.batch_id == batch_id)
    a, b = DuplicatePair.photo_a_id, DuplicatePair.photo_b_id
    waiting = (
        select(DuplicatePair.id, b, a)
        .where(DuplicatePair.decision.is_(None), or_(a.in_(brought), b.in_(brought)))
        .order_by(*MOST_ALIKE_FIRST)
        .limit(most)
    )
    with reading(sessions) as session:
        return tuple(LookAlike(*row) for row in session.execute(waiting))


def count_verified(sessions: Sessions, min_score: float | None = None) -> int:
    """Return how many undecided pairs `dedup.accept_verified` would decide."""
    return verified_by_score(sessions, [min_score])[0]


def verified_by_score(sessions: Sessions, min_scores: Sequence[float | None]) -> list[int]:
    """Return for each of these scores how many pairs `dedup.accept_verified` would decide."""
    with reading(sessions) as session:
        return count_certain(session, min_scores)


def least_alike(
    sessions: Sessions, min_score: float | None = None, *, size: int
) -> tuple[PairRow, ...]:
    """Return of what `dedup.accept_verified` would decide the pairs that are least alike."""
    with reading(sessions) as session:
        certain = certain_copies(session, min_score)
        # Written into the statement: databases limit the number of parameters.
        ids: BindParameter[int] = bindparam("pairs", certain, expanding=True, literal_execute=True)
        least_first = (DuplicatePair.score, DuplicatePair.distance_bits.desc(), DuplicatePair.id)
        query = select(DuplicatePair).where(DuplicatePair.id.in_(ids))
        found = session.scalars(query.order_by(*least_first).limit(size)).all()
        sides = {photo for pair in found for photo in (pair.photo_a_id, pair.photo_b_id)}
        rows = session.execute(select(Photo.id, Photo.original_name).where(Photo.id.in_(sides)))
        names = {photo: name for photo, name in rows}  # noqa: C416  # dict() takes no rows here
        return tuple(_pair_row(pair, names) for pair in found)


def last_act(sessions: Sessions, actor: str) -> Act | None:
    """Return what `dedup.undo_last` would take back."""
    with reading(sessions) as session:
        at = last_moment(session, actor)
        pair = PhotoPair
        of_persons = case((pair.kind == PERSON, 1), else_=0)
        act = (
            select(pair.decision, func.count(), func.min(pair.photo_a_id), func.max(of_persons))
            .where(pair.decided_by == actor, pair.decided_at == at)
            .group_by(pair.decision)
        )
        row = session.execute(act).first() if at else None
        return Act(row[0] or "", row[1], at, row[2], bool(row[3])) if row and at else None


def count_undecided(sessions: Sessions) -> int:
    with reading(sessions) as session:
        return undecided(session)


def undecided(session: Session) -> int:
    return session.scalar(select(func.count(PhotoPair.id)).where(PhotoPair.decision.is_(None))) or 0


def evidence_of(pair: DuplicatePair) -> Evidence:
    return Evidence(pair.found_by, pair.keypoints, pair.mirrored)


def origin_of(pair: PhotoPair) -> str:
    """Return why it was asked whether two photos show one person; nothing of photos that look alike."""
    return pair.origin if isinstance(pair, PersonPair) else ""


def _pair_facts(pair: PhotoPair) -> PairFacts:
    measured = pair if isinstance(pair, DuplicatePair) else None
    return PairFacts(
        id=pair.id,
        photos=(pair.photo_a_id, pair.photo_b_id),
        origin=origin_of(pair),
        evidence=evidence_of(measured) if measured else None,
        distance_bits=measured.distance_bits if measured else None,
        score=measured.score if measured else None,
        verified=measured is not None and measured.verified,
        decision=pair.decision,
        decided_by=pair.decided_by,
        decided_at=pair.decided_at,
    )


def _to_confirm(session: Session, pair: PhotoPair) -> PairToConfirm:
    first, second = (session.get_one(Photo, one) for one in (pair.photo_a_id, pair.photo_b_id))
    measured = pair if isinstance(pair, DuplicatePair) else None
    return PairToConfirm(
        id=pair.id,
        first=first.id,
        second=second.id,
        score=measured.score if measured else 0,
        verified=measured is not None and measured.verified,
        alignment=measured.alignment if measured else None,
        has_two_codes=len({first.person_id, second.person_id} - {None}) == 2,
    )


def _pair_row(pair: DuplicatePair, names: dict[int, str]) -> PairRow:
    return PairRow(
        id=pair.id,
        first=PairSide(pair.photo_a_id, names[pair.photo_a_id]),
        second=PairSide(pair.photo_b_id, names[pair.photo_b_id]),
        evidence=evidence_of(pair),
        distance_bits=pair.distance_bits,
        score=pair.score,
        verified=pair.verified,
        decision=pair.decision,
        decided_by=pair.decided_by,
    )
