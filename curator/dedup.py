"""Duplicate pairs: find candidates, record decisions, and derive which photos are removed copies."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from curator import hashing
from curator.config import Config
from curator.db import Sessions, reading
from curator.errors import InputInvalid, NotFound
from curator.events import record
from curator.matching import keeping_order, pattern, similarity
from curator.models import DECISIONS, DuplicatePair, Photo, utc_now
from curator.previews import open_preview
from curator.splits import connected


@dataclass(frozen=True)
class SearchResult:
    photos: int
    new_pairs: int
    undecided: int


@dataclass(frozen=True)
class Candidate:
    """Two photo ids, first < second, and how alike they are."""

    photo_a: int
    photo_b: int
    distance_bits: int
    score: float = 0.0


def find_pairs(
    sessions: Sessions, config: Config, radius_bits: int, *, rescan: bool = False
) -> SearchResult:
    """Compare photos not yet searched with all photos and record new candidate pairs.

    With `rescan`, undecided pairs are forgotten and all photos are compared with all, so that a
    smaller or larger radius takes effect; decisions stay.
    """
    if not 0 <= radius_bits <= 64:
        raise InputInvalid(f"The radius is {radius_bits} bits; give 0 to 64.")
    with reading(sessions) as session:
        known = set() if rescan else _known_pairs(session)
        near = [
            c for c in _near(session, radius_bits, rescan) if (c.photo_a, c.photo_b) not in known
        ]
    scored = _score(sessions, config, near)
    with sessions.begin() as session:
        if rescan:
            session.execute(delete(DuplicatePair).where(DuplicatePair.decision.is_(None)))
        new_pairs = _record_pairs(session, scored)
        session.execute(update(Photo).where(~Photo.pairs_sought).values(pairs_sought=True))
        return SearchResult(
            photos=session.scalar(select(func.count(Photo.id))) or 0,
            new_pairs=new_pairs,
            undecided=session.scalar(
                select(func.count(DuplicatePair.id)).where(DuplicatePair.decision.is_(None))
            )
            or 0,
        )


def decide_pair(sessions: Sessions, pair_id: int, decision: str | None, *, actor: str) -> None:
    """Record a decision on a pair; None takes the decision back and restores what it removed."""
    if decision is not None and decision not in DECISIONS:
        raise InputInvalid(f"A decision is one of {', '.join(DECISIONS)}.")
    with sessions.begin() as session:
        pair = session.get(DuplicatePair, pair_id)
        if pair is None:
            raise NotFound("This pair is not known any more: reload the page.")
        _decide(session, pair, decision, actor)
        settle_copies(session, {pair.photo_a_id, pair.photo_b_id}, actor)


def accept_verified(sessions: Sessions, config: Config, *, actor: str) -> int:
    """Decide `copy` for every undecided pair so alike that no other explanation is left."""
    verified = select(DuplicatePair).where(
        DuplicatePair.decision.is_(None),
        DuplicatePair.distance_bits <= config.verified_bits,
        DuplicatePair.score >= config.verified_score,
    )
    with sessions.begin() as session:
        pairs = session.scalars(verified.order_by(DuplicatePair.id)).all()
        for pair in pairs:
            _decide(session, pair, "copy", actor)
        touched = {photo for pair in pairs for photo in (pair.photo_a_id, pair.photo_b_id)}
        settle_copies(session, touched, actor)
        return len(pairs)


def settle_copies(session: Session, photo_ids: Iterable[int], actor: str) -> None:
    """Derive from the `copy` decisions which photo of each touched group is kept.

    Kept is the photo with the most pixels, then the least compressed, then the earliest.
    """
    touched = set(photo_ids)
    rows = session.execute(
        select(DuplicatePair.photo_a_id, DuplicatePair.photo_b_id).where(
            DuplicatePair.decision == "copy"
        )
    ).all()
    links = [(a, b) for a, b in rows]
    member_of = connected(touched | {photo for link in links for photo in link}, links)
    groups = {member_of[photo] for photo in touched}
    affected = [photo for photo, group in member_of.items() if group in groups]
    photos = session.scalars(select(Photo).where(Photo.id.in_(affected))).all()
    for group in groups:
        _keep_best([photo for photo in photos if member_of[photo.id] == group], session, actor)


def _keep_best(photos: list[Photo], session: Session, actor: str) -> None:
    keeper = min(photos, key=_keeping_order)
    for photo in photos:
        copy_of = None if photo is keeper else keeper.id
        if photo.copy_of_id != copy_of:
            before = {"copy_of": photo.copy_of_id}
            photo.copy_of_id = copy_of
            action = "copy removed" if copy_of else "copy restored"
            record(session, actor, action, "photo", photo.id, before, {"copy_of": copy_of})


def _keeping_order(photo: Photo) -> tuple[int, int, int]:
    return keeping_order(photo.width_px * photo.height_px, photo.size_bytes, photo.id)


def _decide(session: Session, pair: DuplicatePair, decision: str | None, actor: str) -> None:
    before = {"decision": pair.decision}
    pair.decision = decision
    pair.decided_by = actor if decision else None
    pair.decided_at = utc_now() if decision else None
    action = "pair decided" if decision else "decision taken back"
    record(session, actor, action, "pair", pair.id, before, {"decision": decision})


def _known_pairs(session: Session) -> set[tuple[int, int]]:
    rows = session.execute(select(DuplicatePair.photo_a_id, DuplicatePair.photo_b_id))
    return {(a, b) for a, b in rows}


def _near(session: Session, radius_bits: int, rescan: bool) -> list[Candidate]:
    """Return the candidates with at least one photo not yet searched (`rescan`: all)."""
    rows = session.execute(
        select(Photo.id, Photo.phash, Photo.pairs_sought).order_by(
            Photo.pairs_sought.desc(), Photo.id
        )
    ).all()
    new_from = 0 if rescan else sum(row.pairs_sought for row in rows)
    hashes = hashing.as_numbers([row.phash for row in rows])
    found = hashing.neighbours(hashes, radius_bits, new_from).tolist()
    pairs = ((rows[i].id, rows[j].id, bits) for i, j, bits in found)
    return [Candidate(min(a, b), max(a, b), bits) for a, b, bits in pairs]


def _score(sessions: Sessions, config: Config, near: list[Candidate]) -> list[Candidate]:
    """Compare the candidates' previews; each is decoded once."""
    wanted = {photo for one in near for photo in (one.photo_a, one.photo_b)}
    with reading(sessions) as session:
        rows = session.execute(select(Photo.id, Photo.file_sha256, Photo.format)).all()
    patterns = {
        row.id: pattern(open_preview(config, row.file_sha256, row.format))
        for row in rows
        if row.id in wanted
    }
    return [
        Candidate(
            one.photo_a,
            one.photo_b,
            one.distance_bits,
            similarity(patterns[one.photo_a], patterns[one.photo_b]),
        )
        for one in near
    ]


def _record_pairs(session: Session, scored: Iterable[Candidate]) -> int:
    known = _known_pairs(session)
    new = [one for one in scored if (one.photo_a, one.photo_b) not in known]
    session.add_all(
        DuplicatePair(
            photo_a_id=one.photo_a,
            photo_b_id=one.photo_b,
            distance_bits=one.distance_bits,
            score=one.score,
        )
        for one in new
    )
    session.flush()
    return len(new)
