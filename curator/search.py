"""Finds pairs of photos that look alike and records them with their evidence."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from curator import hashing
from curator.config import Config
from curator.db import Sessions, reading
from curator.errors import InputInvalid
from curator.matching import pattern, similarity
from curator.models import DuplicatePair, Photo
from curator.previews import open_preview


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
        new_pairs = _record_pairs(session, config, scored)
        session.execute(update(Photo).where(~Photo.pairs_sought).values(pairs_sought=True))
        return SearchResult(
            photos=session.scalar(select(func.count(Photo.id))) or 0,
            new_pairs=new_pairs,
            undecided=session.scalar(
                select(func.count(DuplicatePair.id)).where(DuplicatePair.decision.is_(None))
            )
            or 0,
        )


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


def _record_pairs(session: Session, config: Config, scored: Iterable[Candidate]) -> int:
    known = _known_pairs(session)
    new = [one for one in scored if (one.photo_a, one.photo_b) not in known]
    session.add_all(
        DuplicatePair(
            photo_a_id=one.photo_a,
            photo_b_id=one.photo_b,
            distance_bits=one.distance_bits,
            score=one.score,
            verified=one.distance_bits <= config.verified_bits
            and one.score >= config.verified_score,
        )
        for one in new
    )
    session.flush()
    return len(new)
