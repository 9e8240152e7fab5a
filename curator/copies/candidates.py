"""Finds the pairs of photos that are worth comparing: by perceptual hashes and by shared keypoints."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.models.photos import Photo, StoredFingerprint
from curator.base.store import Store, replacing
from curator.copies.evidence import VIEW_PHASHES, Evidence
from curator.copies.fingerprints import RECIPE, Fingerprint
from curator.copies.hashes import PLAIN, VIEWS, Hashes, distance_bits, neighbours
from curator.copies.keypoint_index import KeypointIndex
from curator.copies.keypoints import Keypoints, align

Row = TypeVar("Row")

LEAST_SHARED = 5  # places in one arrangement; by chance two photos share 2 or 3
ENOUGH_PLACES = 25  # of a photo, to say that it shares none
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
    distance_bits: int

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
    arrangement. A pair may come twice, mirrored and not: a face is much like its mirror image.
    """
    if not collection.is_new.any():
        return []
    with ONE_AT_A_TIME:
        return _look_alikes(session, config, collection, radius_bits)


def _look_alikes(
    session: Session, config: Config, collection: Collection, radius_bits: int
) -> list[Candidate]:
    near = _near_by_hash(collection, radius_bits)
    indexes = open_indexes(session, config, collection)
    found: dict[tuple[int, int, bool], Candidate] = {}
    for new in blocks(collection.new, BLOCK):
        sought = read_fingerprints(session, new)
        proposed: dict[Proposed, str | None] = dict.fromkeys(_alike_by_keypoints(indexes, sought))
        for one in new:
            proposed |= near[one]
        others = {pair.other for pair in proposed} - sought.keys()
        taken = sought | read_fingerprints(session, sorted(others))
        for pair, phash in proposed.items():
            if candidate := _candidate(taken, pair, phash):
                found.setdefault(candidate.key, candidate)
    return [found[key] for key in sorted(found)]


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
    return {one: taken.keypoints for one, taken in read_fingerprints(session, photo_ids).items()}


def _written(path: Path, collection: Collection) -> KeypointIndex | None:
    try:
        index = KeypointIndex.read(path)
    except ValueError:  # missing or damaged: a cache
        return None
    _, there, here = np.intersect1d(index.photos, collection.ids, return_indices=True)
    is_same = index.marks[there] == collection.marks[here]
    return index if is_same.all() else None  # ids are given anew where a database is replaced


def _near_by_hash(
    collection: Collection, radius_bits: int
) -> defaultdict[int, dict[Proposed, str]]:
    """Return for each new photo those of which a view's hash lies near, with the nearest view's hash."""
    new = collection.new
    stored = collection.hashes[:, :PLAIN]
    sought = collection.hashes[collection.is_new]
    rows = neighbours(stored.ravel(), sought.ravel(), radius_bits)
    nearest_last = rows[np.argsort(-rows[:, 2], kind="stable")]
    found: defaultdict[int, dict[Proposed, str]] = defaultdict(dict)
    for asked, other, _ in nearest_last.tolist():
        one, view = new[asked // len(VIEWS)], asked % len(VIEWS)
        pair = Proposed(one, int(collection.ids[other // PLAIN]), view >= PLAIN)
        found[one][pair] = VIEW_PHASHES[view % PLAIN]
    return found


def _alike_by_keypoints(
    indexes: Sequence[KeypointIndex], sought: Mapping[int, Fingerprint]
) -> Iterator[Proposed]:
    for index in indexes:
        for mirrored in (True, False):
            places = [_places(taken, mirrored) for taken in sought.values()]
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
    _, shared = align(stored.keypoints, places)
    can_say = min(len(places), len(stored.keypoints)) >= ENOUGH_PLACES
    if shared < LEAST_SHARED and (can_say or not phash):
        return None
    evidence = Evidence(phash or "keypoints", None if phash else shared, pair.mirrored)
    first, second = sorted((pair.one, pair.other))
    return Candidate(first, second, evidence, _least_distance(sought, stored))


def _places(taken: Fingerprint, mirrored: bool) -> Keypoints:
    return taken.mirrored if mirrored else taken.keypoints


def _least_distance(one: Fingerprint, other: Fingerprint) -> int:
    plain = other.hashes[:PLAIN, None]
    return int(distance_bits(plain, one.hashes[None, :]).min())


def blocks(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    """Yield the rows in parts of at most `size`."""
    return (rows[start : start + size] for start in range(0, len(rows), size))
