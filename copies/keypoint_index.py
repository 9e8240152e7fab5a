"""An index of the keypoints of many photos: whose places are like a photo's own?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from copies.keypoints import DESCRIPTOR_BYTES, Keypoints

if TYPE_CHECKING:
    import faiss

SAME_BITS = 40  # of 256; the same place after an edit differs less, two places seldom do
NEIGHBOURS = 32  # places looked up for each place
TWICE_BITS = 10  # from SAME_BITS: a place this much nearer counts twice
LEAST_ALIKE = 1.5  # places, wherever they lie; one that is like n stored ones counts 1/n
MOST_TRIED = 10  # stored pictures, those with most places alike: the cost stays linear
BLOCK = 64  # pictures looked up at once
FLAT_UP_TO = 10_000  # places: below, comparing with all is as fast as any index
PROBED_LISTS = 4
SAMPLES_A_LIST = 64
TRAINING_ROUNDS = 4
OUTGROWN = 4


class KeypointIndex:
    """Finds the photos that have places alike, wherever they lie.

    photos: (N,) ids of the photos in it; marks: (N,) uint64, by which each is known again.
    """

    def __init__(self, index: "faiss.IndexBinary") -> None:
        self.index = index
        self.owner = np.empty(0, np.int64)  # of each place: its photo's id
        self.photos = np.empty(0, np.int64)
        self.marks = np.empty(0, np.uint64)

    @classmethod
    def of(cls, photos: Mapping[int, Keypoints], sought: int) -> "KeypointIndex":
        """Index photos by their ids; `sought` is about how many will be looked up."""
        owner, descriptors = _joined(photos)
        made = cls(_index(descriptors, sought))
        made.owner = owner
        return made

    @classmethod
    def for_many(cls, sample: Mapping[int, Keypoints], photos: int) -> "KeypointIndex | None":
        """Return an empty index for a number of photos, with lists built from an even sample of them.

        Returns:
            None where the sample has too few places to make lists of.
        """
        _, descriptors = _joined(sample)
        lists = int(np.sqrt(len(descriptors) * photos / max(1, len(sample))))
        return cls(_trained(descriptors, lists)) if len(descriptors) > lists > 0 else None

    @property
    def is_outgrown(self) -> bool:
        """Say whether its lists, made for fewer places, have become long: another way is quicker."""
        lists = int(getattr(self.index, "nlist", 0))
        return len(self.owner) > OUTGROWN * lists**2

    def add(self, photos: Mapping[int, Keypoints], marks: NDArray[np.uint64]) -> None:
        owner, descriptors = _joined(photos)
        self.owner = np.concatenate([self.owner, owner])
        self.photos = np.concatenate([self.photos, np.array(list(photos), np.int64)])
        self.marks = np.concatenate([self.marks, marks])
        self.index.add(descriptors)

    def write(self, file: IO[bytes]) -> None:
        import faiss

        index = faiss.serialize_index_binary(self.index)
        np.savez(file, index=index, owner=self.owner, photos=self.photos, marks=self.marks)

    @classmethod
    def read(cls, path: Path) -> "KeypointIndex":
        """Read a written index; whatever is wrong with the file is a ValueError."""
        import faiss

        try:
            with np.load(path) as written:
                found = cls(faiss.deserialize_index_binary(written["index"]))
                found.owner, found.photos = written["owner"], written["photos"]
                found.marks = written["marks"]
        except (OSError, EOFError, KeyError, RuntimeError, BadZipFile) as error:
            raise ValueError(f"{path} is no index of keypoints") from error
        return found

    def alike(self, sought: Sequence[Keypoints]) -> Iterator[list[int]]:
        """Yield, for each sought photo, the ids of those with most places alike, most first."""
        for start in range(0, len(sought), BLOCK):
            block = sought[start : start + BLOCK]
            ends = np.cumsum([len(each) for each in block])[:-1]
            distances, found = self._nearest(np.concatenate([each.descriptors for each in block]))
            for bits, places in zip(np.split(distances, ends), np.split(found, ends), strict=True):
                yield self._most_alike(bits, places)

    def _nearest(self, descriptors: NDArray[np.uint8]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Look up the nearest places, many at once: each call wakes all threads."""
        count = min(NEIGHBOURS, len(self.owner))
        if not count or not len(descriptors):
            return np.empty((len(descriptors), 0)), np.empty((len(descriptors), 0), np.int64)
        distances, found = self.index.search(descriptors, count)
        return distances, found

    def _most_alike(self, distances: NDArray[Any], found: NDArray[Any]) -> list[int]:
        """Return the ids of those with most places alike; what looks like many photos' places counts less."""
        rows, columns = np.nonzero((distances <= SAME_BITS) & (found >= 0))
        owners = self.owner[found[rows, columns]]
        alike = 1 + (SAME_BITS - distances[rows, columns]) / TWICE_BITS
        weights = alike / np.bincount(rows)[rows]
        _, once = np.unique(owners * len(distances) + rows, return_index=True)  # its nearest
        candidates, of = np.unique(owners[once], return_inverse=True)
        votes = np.bincount(of, weights[once])
        order = np.argsort(-votes, kind="stable")[:MOST_TRIED]
        tried: list[int] = candidates[order[votes[order] >= LEAST_ALIKE]].tolist()
        return tried


def _joined(photos: Mapping[int, Keypoints]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the descriptors of photos, one below the other, and whose each is."""
    owner = np.repeat(np.array(list(photos), np.int64), [len(each) for each in photos.values()])
    none = np.empty((0, DESCRIPTOR_BYTES), np.uint8)
    return owner, np.concatenate([none, *(each.descriptors for each in photos.values())])


def _index(descriptors: NDArray[np.uint8], sought: int) -> "faiss.IndexBinary":
    import faiss

    lists = int(np.sqrt(len(descriptors)))
    if len(descriptors) <= FLAT_UP_TO or sought < lists:  # sorting in would cost more than it saves
        index: faiss.IndexBinary = faiss.IndexBinaryFlat(DESCRIPTOR_BYTES * 8)
    else:
        index = _trained(descriptors, lists)
    index.add(descriptors)
    return index


def _trained(sample: NDArray[np.uint8], lists: int) -> "faiss.IndexBinary":
    """Return an empty index that sorts places into lists of similar ones, as the sample has them."""
    import faiss

    index = faiss.IndexBinaryIVF(
        faiss.IndexBinaryFlat(DESCRIPTOR_BYTES * 8), DESCRIPTOR_BYTES * 8, lists
    )
    index.nprobe = PROBED_LISTS
    index.cp.min_points_per_centroid = 1
    index.cp.niter = TRAINING_ROUNDS
    step = max(1, len(sample) // (SAMPLES_A_LIST * lists))
    index.train(np.ascontiguousarray(sample[::step]))
    return index
