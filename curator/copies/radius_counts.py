"""Counts the pairs of photos that each radius of the hash search would bring for comparison."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from copies.hashes import PLAIN, VIEWS, Hashes
from curator.base.db import Sessions, reading
from curator.base.models.photos import StoredFingerprint

BITS = 64
MOST_BITS = 16  # the radii that are shown, unless a larger one is set
SEED = 1
MOST_SOUGHT = 1000  # photos, where not all can be
MOST_COMPARED = 50_000_000  # photos with photos: about half a second


@dataclass(frozen=True)
class RadiusCounts:
    """`pairs` holds one count for each radius from 0; an estimate where not all photos were sought."""

    pairs: tuple[int, ...]
    photos: int
    sought: int

    @property
    def is_estimate(self) -> bool:
        return self.sought < self.photos


def count_by_radius(sessions: Sessions, most_bits: int) -> RadiusCounts:
    """Count the pairs that hashes would bring, with the photos that share keypoints left aside.

    All photos are sought among all while that is quick, else a drawn part of them, the same at each
    call, and the counts are scaled up: docs/decisions.md#radius-counts.
    """
    hashes = _read_hashes(sessions)
    photos = hashes.shape[1]
    sought = _sought(photos)
    counts = np.zeros(BITS + 1, np.int64)
    for one in sought:
        counts += np.bincount(_least_bits(hashes, one), minlength=BITS + 1)
    # Every photo lies 0 bits from itself, and a pair is met from both its ends.
    counts[0] -= len(sought)
    within = np.cumsum(counts[: most_bits + 1]) * (photos / max(1, len(sought)) / 2)
    pairs = tuple(int(count) for count in np.rint(within))
    return RadiusCounts(pairs, photos, len(sought))


def _read_hashes(sessions: Sessions) -> Hashes:
    """Return the hashes of all photos, one row a view, without their keypoints, which are large."""
    rows = select(StoredFingerprint.hashes)
    with reading(sessions) as session:
        read = b"".join(session.scalars(rows.order_by(StoredFingerprint.photo_id)))
    return np.ascontiguousarray(np.frombuffer(read, "<u8").reshape(-1, len(VIEWS)).T)


def _sought(photos: int) -> list[int]:
    if photos * photos <= MOST_COMPARED:
        return list(range(photos))
    size = max(1, min(MOST_SOUGHT, MOST_COMPARED // photos))
    drawn = np.random.default_rng(SEED).choice(photos, size, replace=False)
    return [int(one) for one in drawn]


def _least_bits(hashes: Hashes, one: int) -> NDArray[np.uint8]:
    """Return how far each photo lies from one of them, by their nearest views, mirrored or not."""
    least = np.full(hashes.shape[1], BITS, np.uint8)
    own, mirrored = set(hashes[:PLAIN, one].tolist()), set(hashes[PLAIN:, one].tolist())
    for views, against in ((own, hashes), (mirrored, hashes[:PLAIN])):
        for view in views:  # one, where the content is the whole photo
            for others in against:
                np.minimum(least, np.bitwise_count(others ^ np.uint64(view)), out=least)
    return least
