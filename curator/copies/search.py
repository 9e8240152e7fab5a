"""Finds pairs of photos that may be copies of one photo, and records them with the evidence.

Candidates come from perceptual hashes and from shared keypoints; every candidate is then compared
pixel by pixel. Only what that comparison leaves possible is recorded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from copies.comparison import Match
from copies.evidence import Evidence
from copies.fingerprints import RECIPE
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid
from curator.base.journal import UNKEPT
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Photo, StoredFingerprint
from curator.base.store import Store
from curator.base.workers import COMMANDS, Lane, bounds, processes_for, spread, work_alone
from curator.copies.candidates import (
    READ_AT_ONCE,
    Candidate,
    blocks,
    look_alikes,
    read_collection,
    should_be_seen,
)
from curator.copies.files import (
    Comparing,
    compare_files,
    fingerprint_of_file,
    no_fingerprint,
    no_matches,
)

RECORDED_AT_ONCE = 200  # pairs, or photos, in one transaction
SAME_PIXELS = Evidence("pixels")


@dataclass(frozen=True)
class SearchResult:
    photos: int
    new_pairs: int
    undecided: int


def find_pairs(
    sessions: Sessions,
    config: Config,
    radius_bits: int,
    *,
    rescan: bool = False,
    lane: Lane = COMMANDS,
) -> SearchResult:
    """Compare photos not yet sought by with all photos and record new pairs.

    With `rescan`, undecided pairs are forgotten and all photos are compared with all, so that a
    smaller or larger radius takes effect; decisions stay. So it is where older code took the
    fingerprints.

    Transactions: those of fingerprints that are missing, then one for each RECORDED_AT_ONCE pairs
    or photos, so that nobody waits long. The next search makes up for an interrupted one.
    """
    if not 0 <= radius_bits <= 64:
        raise InputInvalid("The radius is %(given)s bits; it must be 0 to 64.", given=radius_bits)
    work_alone()
    rescan |= add_fingerprints(sessions, config, lane)
    with reading(sessions) as session:
        collection = read_collection(session, rescan=rescan)
        found = look_alikes(session, config, collection, radius_bits)
        settled = _known_pairs(session, found, decided_only=rescan)
        near = [each for each in found if each.pair not in settled]
        files = _files(session, config, near)
        last_pair = session.scalar(select(func.max(PhotoPair.id))) or 0
    matches = _best(zip(near, _matches(near, files, config, lane), strict=True))
    if rescan:
        # Until all is recorded these count as not sought: then whoever needs all pairs seeks them.
        _mark_sought(sessions, collection.new, pairs_sought=False)
        _forget_undecided(sessions, last_pair)
    new_pairs = _record_found(sessions, matches)
    _mark_sought(sessions, collection.new, pairs_sought=True)
    with reading(sessions) as session:
        return SearchResult(
            photos=session.scalar(select(func.count(Photo.id))) or 0,
            new_pairs=new_pairs,
            undecided=session.scalar(
                select(func.count(PhotoPair.id)).where(PhotoPair.decision.is_(None))
            )
            or 0,
        )


def _mark_sought(sessions: Sessions, photos: Sequence[int], *, pairs_sought: bool) -> None:
    """Store whether photos were sought by.

    Transactions: one for each RECORDED_AT_ONCE photos.
    """
    for part in blocks(photos, RECORDED_AT_ONCE):
        with sessions.begin() as session:
            marked = update(Photo).where(Photo.id.in_(part)).values(pairs_sought=pairs_sought)
            session.execute(marked, execution_options=UNKEPT)


def _forget_undecided(sessions: Sessions, last_pair: int) -> None:
    """Delete the undecided pairs up to this one: what an upload found meanwhile stays.

    Transactions: one for each RECORDED_AT_ONCE pairs.
    """
    undecided = PhotoPair.decision.is_(None)
    with reading(sessions) as session:
        pairs = session.scalars(select(PhotoPair.id).where(undecided, PhotoPair.id <= last_pair))
        found = pairs.all()
    for part in blocks(found, RECORDED_AT_ONCE):
        with sessions.begin() as session:
            gone = delete(PhotoPair).where(undecided, PhotoPair.id.in_(part))
            session.execute(gone, execution_options=UNKEPT)


def _record_found(sessions: Sessions, found: Sequence[tuple[Candidate, Match]]) -> int:
    """Record the pairs that are not yet; return how many.

    Transactions: one for each RECORDED_AT_ONCE pairs.
    """
    new_pairs = 0
    for part in blocks(found, RECORDED_AT_ONCE):
        with sessions.begin() as session:
            new_pairs += _record_pairs(session, part)
    return new_pairs


def finish_search(sessions: Sessions, config: Config) -> None:
    """Compare the photos that no search has seen: of a killed import, or from before an upgrade."""
    with reading(sessions) as session:
        waiting = session.scalar(select(Photo.id).where(~Photo.pairs_sought).limit(1))
    if waiting is not None:
        find_pairs(sessions, config, config.dedup_radius_bits)


def add_fingerprints(sessions: Sessions, config: Config, lane: Lane = COMMANDS) -> bool:
    """Take the fingerprints that are missing, or that older code took; say whether there were such.

    Transactions: one for each READ_AT_ONCE photos.
    """
    with reading(sessions) as session:
        there = select(StoredFingerprint.photo_id).where(StoredFingerprint.recipe == RECIPE)
        rows = session.execute(
            select(Photo.id, Photo.file_sha256, Photo.format).where(Photo.id.not_in(there))
        ).all()
        outdated = select(StoredFingerprint.photo_id).where(StoredFingerprint.recipe != RECIPE)
        was_outdated = session.scalar(outdated.limit(1)) is not None
    store = Store(config.instance)
    processes = processes_for(config, len(rows))
    for part in blocks(rows, READ_AT_ONCE):
        paths = [store.photo(row.file_sha256, row.format) for row in part]
        taken = list(
            spread(fingerprint_of_file, paths, processes, bounds(config), no_fingerprint, lane)
        )
        with sessions.begin() as session:
            ids = [row.id for row in part]
            session.execute(delete(StoredFingerprint).where(StoredFingerprint.photo_id.in_(ids)))
            session.add_all(
                as_row(one, *each) for one, each in zip(ids, taken, strict=True) if each
            )
    return was_outdated


def as_row(
    photo_id: int, hashes: bytes, keypoints: bytes, content_share: float
) -> StoredFingerprint:
    return StoredFingerprint(
        photo_id=photo_id,
        recipe=RECIPE,
        hashes=hashes,
        keypoints=keypoints,
        content_share=content_share,
    )


def _matches(
    near: Sequence[Candidate], files: dict[int, Path], config: Config, lane: Lane
) -> Iterator[Match]:
    processes = processes_for(config, len(near))
    tasks = (
        Comparing(files[first], tuple((files[each.second], each.mirrored) for each in group))
        for first, group in groupby(near, key=lambda each: each.first)
    )
    for matches in spread(compare_files, tasks, processes, bounds(config), no_matches, lane):
        yield from matches


def _best(compared: Iterable[tuple[Candidate, Match]]) -> list[tuple[Candidate, Match]]:
    """Keep what somebody should look at, each pair once, with its better match."""
    best: dict[tuple[int, int], tuple[Candidate, Match]] = {}
    for candidate, match in compared:
        known = best.get(candidate.pair)
        if should_be_seen(candidate, match) and (known is None or match.rank > known[1].rank):
            best[candidate.pair] = candidate, match
    return list(best.values())


def _files(session: Session, config: Config, near: Sequence[Candidate]) -> dict[int, Path]:
    store = Store(config.instance)
    ids = sorted({photo_id for each in near for photo_id in each.pair})
    return {
        row.id: store.photo(row.file_sha256, row.format)
        for part in blocks(ids, READ_AT_ONCE)
        for row in session.execute(
            select(Photo.id, Photo.file_sha256, Photo.format).where(Photo.id.in_(part))
        )
    }


def _known_pairs(
    session: Session, near: Sequence[Candidate], *, decided_only: bool = False
) -> set[tuple[int, int]]:
    """Return the recorded pairs of the photos that come first in these."""
    query = select(PhotoPair.photo_a_id, PhotoPair.photo_b_id)
    if decided_only:
        query = query.where(PhotoPair.decision.is_not(None))
    return {
        (first, second)
        for part in blocks(sorted({each.first for each in near}), READ_AT_ONCE)
        for first, second in session.execute(query.where(PhotoPair.photo_a_id.in_(part)))
    }


def _record_pairs(session: Session, found: Sequence[tuple[Candidate, Match]]) -> int:
    known = _known_pairs(session, [candidate for candidate, _ in found])
    ids = {photo for candidate, _ in found for photo in candidate.pair}
    there = {
        *session.scalars(select(Photo.id).where(Photo.id.in_(ids)))
    }  # others were removed meanwhile
    new = [
        (candidate, match)
        for candidate, match in found
        if candidate.pair not in known and there.issuperset(candidate.pair)
    ]
    session.add_all(
        DuplicatePair(
            photo_a_id=candidate.first,
            photo_b_id=candidate.second,
            distance_bits=candidate.distance_bits,
            score=match.score,
            verified=match.is_verified,
            alignment=asdict(match.alignment) if match.alignment else None,
            **(SAME_PIXELS if match.is_same else candidate.evidence)._asdict(),
        )
        for candidate, match in new
    )
    session.flush()
    return len(new)
