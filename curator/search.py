"""Finds pairs of photos that may be copies of one photo, and records them with the evidence.

Candidates come from perceptual hashes and from shared keypoints; every candidate is then compared
pixel by pixel. Only what that comparison leaves possible is recorded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from curator import hashing, imaging
from curator.config import Config
from curator.db import Sessions, reading
from curator.errors import InputInvalid
from curator.fingerprints import RECIPE, fingerprint
from curator.fingerprints import Fingerprint as Taken
from curator.keypoints import KeypointIndex, Keypoints, align
from curator.matching import Match, compare
from curator.models import DuplicatePair, Fingerprint, Photo
from curator.pictures import PHOTO_PX, Picture, mirror, picture
from curator.store import Store
from curator.workers import spread, work_alone

FEW = 24  # candidates that are compared here: starting processes would take longer
LEAST_SHARED = 5  # places in one arrangement; by chance two photos share 2 or 3
ENOUGH_PLACES = 25  # of a photo, to say that it shares none


@dataclass(frozen=True)
class SearchResult:
    photos: int
    new_pairs: int
    undecided: int


class Proposed(NamedTuple):
    """A new photo and another, by their index in the collection; the new one mirrored or not."""

    one: int
    other: int
    mirrored: bool


@dataclass(frozen=True)
class Candidate:
    """Two photos, by id, first < second, and what made them candidates."""

    first: int
    second: int
    mirrored: bool
    evidence: str
    distance_bits: int

    @property
    def pair(self) -> tuple[int, int]:
        return self.first, self.second

    @property
    def key(self) -> tuple[int, int, bool]:
        return self.first, self.second, self.mirrored


@dataclass(frozen=True)
class _Task:
    """One photo file and the files to compare it with, each mirrored or not."""

    first: Path
    others: tuple[tuple[Path, bool], ...]


@dataclass(frozen=True)
class Collection:
    """All fingerprints, in one order; `is_new` tells which were never sought by."""

    ids: list[int]
    is_new: list[bool]
    taken: list[Taken]

    @property
    def hashes(self) -> hashing.Hashes:
        return np.array([each.hashes for each in self.taken], np.uint64).reshape(-1, 4)


def find_pairs(
    sessions: Sessions, config: Config, radius_bits: int, *, rescan: bool = False
) -> SearchResult:
    """Compare photos not yet sought by with all photos and record new pairs.

    With `rescan`, undecided pairs are forgotten and all photos are compared with all, so that a
    smaller or larger radius takes effect; decisions stay.

    Transactions: one for fingerprints that are missing, one for the pairs.
    """
    if not 0 <= radius_bits <= 64:
        raise InputInvalid(f"The radius is {radius_bits} bits; give 0 to 64.")
    work_alone()
    add_fingerprints(sessions, config)
    with reading(sessions) as session:
        collection = read_collection(session, rescan)
        settled = _known_pairs(session, decided_only=rescan)
        files = _files(session, config)
    near = [each for each in candidates(collection, radius_bits) if each.pair not in settled]
    found = _best(zip(near, _matches(near, files, config.worker_count), strict=True))
    with sessions.begin() as session:
        if rescan:
            session.execute(delete(DuplicatePair).where(DuplicatePair.decision.is_(None)))
        new_pairs = _record_pairs(session, found)
        sought = update(Photo).where(Photo.id.in_(collection.ids))
        session.execute(sought.where(~Photo.pairs_sought).values(pairs_sought=True))
        return SearchResult(
            photos=session.scalar(select(func.count(Photo.id))) or 0,
            new_pairs=new_pairs,
            undecided=session.scalar(
                select(func.count(DuplicatePair.id)).where(DuplicatePair.decision.is_(None))
            )
            or 0,
        )


def finish_search(sessions: Sessions, config: Config) -> None:
    """Compare the photos that no search has seen: of a killed import, or from before an upgrade."""
    with reading(sessions) as session:
        waiting = session.scalar(select(Photo.id).where(~Photo.pairs_sought).limit(1))
    if waiting is not None:
        find_pairs(sessions, config, config.dedup_radius_bits)


def add_fingerprints(sessions: Sessions, config: Config) -> None:
    """Take the fingerprints that are missing, or that older code took."""
    with reading(sessions) as session:
        there = select(Fingerprint.photo_id).where(Fingerprint.recipe == RECIPE)
        rows = session.execute(
            select(Photo.id, Photo.file_sha256, Photo.format).where(Photo.id.not_in(there))
        ).all()
    store = Store(config.instance)
    paths = [store.photo(row.file_sha256, row.format) for row in rows]
    processes = config.worker_count if len(rows) > FEW else 1
    taken = list(spread(fingerprint_of_file, paths, processes))
    with sessions.begin() as session:
        for row, columns in zip(rows, taken, strict=True):
            session.merge(as_row(row.id, *columns))


def as_row(photo_id: int, hashes: bytes, keypoints: bytes, content_share: float) -> Fingerprint:
    return Fingerprint(
        photo_id=photo_id,
        recipe=RECIPE,
        hashes=hashes,
        keypoints=keypoints,
        content_share=content_share,
    )


def candidates(collection: Collection, radius_bits: int) -> list[Candidate]:
    """Return the pairs worth comparing, at least one of each new; sorted.

    Hashes and keypoints propose pairs; those stay of which enough keypoints lie in one
    arrangement. A pair may come twice, mirrored and not: a face is much like its mirror image.
    """
    if not any(collection.is_new):
        return []
    proposed = dict.fromkeys(_alike_by_keypoints(collection)) | _near_by_hash(
        collection, radius_bits
    )
    found = {}
    for pair, evidence in proposed.items():
        candidate = _candidate(collection, *pair, evidence)
        if candidate and candidate.key not in found:
            found[candidate.key] = candidate
    return [found[key] for key in sorted(found)]


def fingerprint_of_file(path: Path) -> tuple[bytes, bytes, float]:
    return fingerprint(imaging.load_reduced(path)).to_row()


def compare_files(task: _Task) -> list[Match]:
    first = _picture(task.first, mirrored=False)
    return [
        compare(first, _picture(path, mirrored), mirrored=mirrored)
        for path, mirrored in task.others
    ]


@lru_cache(maxsize=32)  # candidates of neighbouring photos are often the same few
def _picture(path: Path, mirrored: bool) -> Picture:
    found = picture(imaging.load_grey(path, PHOTO_PX))
    return mirror(found) if mirrored else found


def _near_by_hash(collection: Collection, radius_bits: int) -> dict[Proposed, str]:
    """Return photos of which one view's hash lies near another's, with the nearest view's name."""
    hashes = collection.hashes
    new = np.flatnonzero(collection.is_new).tolist()
    stored = hashes[:, : hashing.PLAIN]
    rows = hashing.neighbours(stored.ravel(), hashes[new].ravel(), radius_bits)
    nearest_last = rows[np.argsort(-rows[:, 2], kind="stable")]
    found = {}
    for sought, other, _ in nearest_last.tolist():
        one, view = new[sought // len(hashing.VIEWS)], sought % len(hashing.VIEWS)
        pair = Proposed(one, other // hashing.PLAIN, view >= hashing.PLAIN)
        found[pair] = f"pHash of the {hashing.VIEWS[view]}"
    return found


def _alike_by_keypoints(collection: Collection) -> Iterator[Proposed]:
    new = np.flatnonzero(collection.is_new).tolist()
    index = KeypointIndex([each.keypoints for each in collection.taken], sought=len(new))
    for mirrored in (True, False):
        places = [_places(collection.taken[one], mirrored) for one in new]
        for one, others in zip(new, index.alike(places), strict=True):
            yield from (Proposed(one, other, mirrored) for other in others)


def _candidate(
    collection: Collection, one: int, other: int, mirrored: bool, evidence: str | None
) -> Candidate | None:
    """Return a proposed pair if its keypoints confirm it, or are too few to say."""
    if one == other:
        return None
    sought, stored = collection.taken[one], collection.taken[other]
    places = _places(sought, mirrored)
    _, shared = align(stored.keypoints, places)
    can_say = min(len(places), len(stored.keypoints)) >= ENOUGH_PLACES
    if shared < LEAST_SHARED and (can_say or evidence is None):
        return None
    evidence = evidence or f"{shared} shared keypoints" + ", mirrored" * mirrored
    first, second = sorted((collection.ids[one], collection.ids[other]))
    return Candidate(first, second, mirrored, evidence, _least_distance(sought, stored))


def _places(taken: Taken, mirrored: bool) -> Keypoints:
    return taken.mirrored if mirrored else taken.keypoints


def _least_distance(one: Taken, other: Taken) -> int:
    plain = other.hashes[: hashing.PLAIN, None]
    return int(hashing.distance_bits(plain, one.hashes[None, :]).min())


def _matches(near: Sequence[Candidate], files: dict[int, Path], processes: int) -> Iterator[Match]:
    tasks = (
        _Task(files[first], tuple((files[each.second], each.mirrored) for each in group))
        for first, group in groupby(near, key=lambda each: each.first)
    )
    for matches in spread(compare_files, tasks, processes if len(near) > FEW else 1):
        yield from matches


def _best(compared: Iterable[tuple[Candidate, Match]]) -> list[tuple[Candidate, Match]]:
    """Keep the possible copies, each once, with its better match."""
    best: dict[tuple[int, int], tuple[Candidate, Match]] = {}
    for candidate, match in compared:
        known = best.get(candidate.pair)
        if match.is_possible and (known is None or match.score > known[1].score):
            best[candidate.pair] = candidate, match
    return list(best.values())


def read_collection(session: Session, rescan: bool) -> Collection:
    rows = session.execute(
        select(
            Photo.id,
            Photo.pairs_sought,
            Fingerprint.hashes,
            Fingerprint.keypoints,
            Fingerprint.content_share,
        )
        .join(Fingerprint, Fingerprint.photo_id == Photo.id)
        .order_by(Photo.id)
    ).all()
    return Collection(
        ids=[row.id for row in rows],
        is_new=[rescan or not row.pairs_sought for row in rows],
        taken=[Taken.from_row(row.hashes, row.keypoints, row.content_share) for row in rows],
    )


def _files(session: Session, config: Config) -> dict[int, Path]:
    store = Store(config.instance)
    rows = session.execute(select(Photo.id, Photo.file_sha256, Photo.format))
    return {row.id: store.photo(row.file_sha256, row.format) for row in rows}


def _known_pairs(session: Session, *, decided_only: bool = False) -> set[tuple[int, int]]:
    query = select(DuplicatePair.photo_a_id, DuplicatePair.photo_b_id)
    if decided_only:
        query = query.where(DuplicatePair.decision.is_not(None))
    return {(first, second) for first, second in session.execute(query)}


def _record_pairs(session: Session, found: Iterable[tuple[Candidate, Match]]) -> int:
    known = _known_pairs(session)
    new = [(candidate, match) for candidate, match in found if candidate.pair not in known]
    session.add_all(
        DuplicatePair(
            photo_a_id=candidate.first,
            photo_b_id=candidate.second,
            evidence=candidate.evidence,
            distance_bits=candidate.distance_bits,
            score=match.score,
            verified=match.is_verified,
            alignment=asdict(match.alignment) if match.alignment else None,
        )
        for candidate, match in new
    )
    session.flush()
    return len(new)
