"""Finds the pairs of photos that are worth comparing: by perceptual hashes and by shared keypoints."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from copies.comparison import Match
from copies.evidence import VIEW_PHASHES, Evidence
from copies.fingerprints import INDEXED, RECIPE, SIDE_PX, Fingerprint
from copies.hashes import PLAIN, VIEWS, Hashes, distance_bits, neighbours
from copies.keypoint_index import KeypointIndex
from copies.keypoints import Keypoints, shared_places
from curator.base.config import Config
from curator.base.models.photos import Photo, StoredFingerprint
from curator.base.store import Store, replacing

Row = TypeVar("Row")

MOST_NEAR = 10  # photos by hash, the nearest: the cost stays linear
ALWAYS_SHOWN_BITS = 2  # between two hashes: somebody should look, whatever the pixels say
LEAST_SHARED = 10  # places in one arrangement; by chance two photos share 4 to 6
ENOUGH_PLACES = 50  # of a photo, to say that it shares none
BLOCK = 64  # new photos looked up at once
READ_AT_ONCE = 5000  # rows: databases limit how many ids a query names
LEAST_WRITTEN = 2000  # photos: an index of fewer is made anew in a moment
MOST_UNWRITTEN = 500
SAMPLED = 2000
ONE_AT_A_TIME = Lock()  # an index of many photos is large: uploads at once must not load several


class Proposed(NamedTuple):
    """A new photo and another, by id; the new one mirrored or not."""

    one: int
    other: int
    mirrored: bool


@dataclass(frozen=True)
class Candidate:
    """Two photos, by id, first < second, and what made them candidates."""

    first: int
    second: int
    evidence: Evidence
    distance_bits: int  # between their nearest views, mirrored or not
    must_be_seen: bool = False  # as they are, their hashes are nearly the same

    @property
    def pair(self) -> tuple[int, int]:
        return self.first, self.second

    @property
    def mirrored(self) -> bool:
        return self.evidence.mirrored

    @property
    def key(self) -> tuple[int, int, bool]:
        return self.first, self.second, self.mirrored


@dataclass(frozen=True)
class Collection:
    """All photos with a fingerprint, in the order of their ids.

    ids: (N,); is_new: (N,), which were never sought by; hashes: (N, 4), see VIEWS.
    """

    ids: NDArray[np.int64]
    is_new: NDArray[np.bool_]
    hashes: Hashes

    @property
    def marks(self) -> NDArray[np.uint64]:
        """What tells whether an id still means the same photo: (N,)."""
        return self.hashes[:, 0]

    @property
    def new(self) -> list[int]:
        found: list[int] = self.ids[self.is_new].tolist()
        return found


def read_collection(session: Session, *, rescan: bool = False) -> Collection:
    """Read what is known of all photos but for their keypoints, which are large."""
    rows = session.execute(
        select(Photo.id, Photo.pairs_sought, StoredFingerprint.hashes)
        .join(StoredFingerprint, StoredFingerprint.photo_id == Photo.id)
        .order_by(Photo.id)
    ).all()
    hashes = np.frombuffer(b"".join(row.hashes for row in rows), "<u8")
    return Collection(
        ids=np.array([row.id for row in rows], np.int64),
        is_new=np.array([rescan or not row.pairs_sought for row in rows], np.bool_),
        hashes=hashes.reshape(-1, len(VIEWS)),
    )


def look_alikes(
    session: Session, config: Config, collection: Collection, radius_bits: int
) -> list[Candidate]:
    """Return the pairs worth comparing, at least one of each new; sorted.

    Hashes and keypoints propose pairs; those stay of which enough keypoints lie in one
    arrangement, and those of nearly the same hash. A pair may come twice, mirrored and not: a face
    is much like its mirror image.
    """
    if not collection.is_new.any():
        return []
    with ONE_AT_A_TIME:
        indexes = open_indexes(session, config, collection)
        found: dict[tuple[int, int, bool], Candidate] = {}
        for new in blocks(collection.new, BLOCK):
            sought = read_fingerprints(session, new)
            for each in candidates_of(session, collection, indexes, sought, radius_bits):
                found.setdefault(each.key, each)
    return [found[key] for key in sorted(found)]


def candidates_of(
    session: Session,
    collection: Collection,
    indexes: Sequence[KeypointIndex],
    sought: Mapping[int, Fingerprint],
    radius_bits: int,
) -> Iterator[Candidate]:
    """Yield the pairs of these photos with the collection's that are worth comparing.

    Args:
        sought: by id, in the collection or not.
    """
    proposed: dict[Proposed, str | None] = dict.fromkeys(_alike_by_keypoints(indexes, sought))
    proposed |= _near_by_hash(collection, sought, radius_bits)
    others = {pair.other for pair in proposed} - sought.keys()
    taken = {**sought, **read_fingerprints(session, sorted(others))}
    for pair, phash in proposed.items():
        if candidate := _candidate(taken, pair, phash):
            yield candidate


def should_be_seen(candidate: Candidate, match: Match) -> bool:
    """Say whether somebody should look at a pair: it may be a copy, or has nearly the same hash."""
    return match.is_possible or candidate.must_be_seen


def open_indexes(
    session: Session, config: Config, collection: Collection
) -> tuple[KeypointIndex, ...]:
    """Open the written index of keypoints, and one of the photos that are not in it yet.

    The file is a cache: it grows with the collection, and is made anew where it is missing,
    damaged, outgrown or of other photos.
    """
    path = Store(config.instance).keypoint_index(RECIPE)
    ids = collection.ids
    index = _written(path, collection)
    if len(ids) >= LEAST_WRITTEN and (index is None or index.is_outgrown):
        sample = ids[:: max(1, len(ids) // SAMPLED)].tolist()
        index = KeypointIndex.for_many(_read_keypoints(session, sample), len(ids))
    missing = ~np.isin(ids, index.photos) if index else np.ones(len(ids), np.bool_)
    if index and missing.sum() > MOST_UNWRITTEN:
        _add(session, index, ids[missing], collection.marks[missing])
        with replacing(path, lasting=False) as file:
            index.write(file)
        return (index,)
    if index and not missing.any():
        return (index,)
    keypoints = _read_keypoints(session, ids[missing].tolist())
    rest = KeypointIndex.of(keypoints, sought=len(collection.new))
    return (index, rest) if index else (rest,)


def _add(
    session: Session, index: KeypointIndex, ids: NDArray[np.int64], marks: NDArray[np.uint64]
) -> None:
    for start in range(0, len(ids), READ_AT_ONCE):
        part = slice(start, start + READ_AT_ONCE)
        index.add(_read_keypoints(session, ids[part].tolist()), marks[part])


def read_fingerprints(session: Session, photo_ids: Sequence[int]) -> dict[int, Fingerprint]:
    found = {}
    for ids in blocks(photo_ids, READ_AT_ONCE):
        rows = select(StoredFingerprint).where(StoredFingerprint.photo_id.in_(ids))
        for row in session.scalars(rows.order_by(StoredFingerprint.photo_id)):
            found[row.photo_id] = Fingerprint.from_row(row.hashes, row.keypoints, row.content_share)
            session.expunge(row)  # a session would keep all of them
    return found


def _read_keypoints(session: Session, photo_ids: Sequence[int]) -> dict[int, Keypoints]:
    taken = read_fingerprints(session, photo_ids)
    return {one: each.keypoints.strongest(INDEXED) for one, each in taken.items()}


def _written(path: Path, collection: Collection) -> KeypointIndex | None:
    try:
        index = KeypointIndex.read(path)
    except ValueError:  # missing or damaged: a cache
        return None
    _, there, here = np.intersect1d(index.photos, collection.ids, return_indices=True)
    is_same = index.marks[there] == collection.marks[here]
    return index if is_same.all() else None  # ids are given anew where a database is replaced


def _near_by_hash(
    collection: Collection, sought: Mapping[int, Fingerprint], radius_bits: int
) -> dict[Proposed, str]:
    """Pair each photo with those of which a view's hash lies nearest, and the nearest view's hash."""
    hashes = np.concatenate([taken.hashes for taken in sought.values()])
    most = PLAIN * (MOST_NEAR + 1)  # the photo itself is among the stored ones
    rows = neighbours(collection.hashes[:, :PLAIN].ravel(), hashes, radius_bits, most)
    ids = list(sought)
    found: dict[Proposed, str] = {}
    taken: Counter[int] = Counter()
    for asked, other, _ in rows[np.argsort(rows[:, 2], kind="stable")].tolist():
        one, view = ids[asked // len(VIEWS)], asked % len(VIEWS)
        pair = Proposed(one, int(collection.ids[other // PLAIN]), view >= PLAIN)
        if pair.other != one and pair not in found and taken[one] < MOST_NEAR:
            taken[one] += 1
            found[pair] = VIEW_PHASHES[view % PLAIN]
    return found


def _alike_by_keypoints(
    indexes: Sequence[KeypointIndex], sought: Mapping[int, Fingerprint]
) -> Iterator[Proposed]:
    for index in indexes:
        for mirrored in (True, False):
            places = [_places(taken, mirrored).strongest(INDEXED) for taken in sought.values()]
            for one, others in zip(sought, index.alike(places), strict=True):
                yield from (Proposed(one, other, mirrored) for other in others)


def _candidate(
    taken: Mapping[int, Fingerprint], pair: Proposed, phash: str | None
) -> Candidate | None:
    """Return a proposed pair if its keypoints confirm it, or are too few to say against its `phash`."""
    sought, stored = taken[pair.one], taken.get(pair.other)
    if stored is None or stored is sought:
        return None
    places = _places(sought, pair.mirrored)
    shared = shared_places(stored.keypoints, places, (SIDE_PX, SIDE_PX), LEAST_SHARED)
    can_say = min(len(places), len(stored.keypoints)) >= ENOUGH_PLACES
    distances = _distances(sought, stored)
    is_near = not pair.mirrored and distances[:, :PLAIN].min() <= ALWAYS_SHOWN_BITS
    if shared < LEAST_SHARED and (can_say or not phash) and not is_near:
        return None
    evidence = Evidence(phash or "keypoints", None if phash else shared, pair.mirrored)
    first, second = sorted((pair.one, pair.other))
    return Candidate(first, second, evidence, int(distances.min()), bool(is_near))


def _places(taken: Fingerprint, mirrored: bool) -> Keypoints:
    return taken.mirrored if mirrored else taken.keypoints


def _distances(one: Fingerprint, other: Fingerprint) -> NDArray[np.int64]:
    """Return the bits between the other's plain views and each of VIEWS of the one: (2, 4)."""
    return distance_bits(other.hashes[:PLAIN, None], one.hashes[None, :])


def blocks(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    """Yield the rows in parts of at most `size`."""
    return (rows[start : start + size] for start in range(0, len(rows), size))
