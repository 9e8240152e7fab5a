"""Small places of a photo that are found again in its copies, and an index of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from curator.framing import Grey

if TYPE_CHECKING:
    import faiss

PYRAMID_STEP = 1.3
EDGE_PX = 15  # what is nearer to the edge has no whole surroundings
LEAST_PICTURE_PX = 2 * EDGE_PX + 1
DESCRIPTOR_BYTES = 32
PLACE_BYTES = 2 * 4 + DESCRIPTOR_BYTES
CELLS = (
    6  # a grid of CELLS x CELLS over the picture, so that a caption's text does not take all places
)
SAME_BITS = 40  # of 256; the same place after an edit differs less, two places seldom do
NEIGHBOURS = 32  # places looked up for each place
LEAST_ALIKE = 4  # places, wherever they lie
MOST_TRIED = 6  # stored pictures, those with most places alike: the cost stays linear
BLOCK = 64  # pictures looked up at once
DISTINCT = 0.85  # a place's best match against its second best; Lowe 2004, section 7.1
FARTHEST_BITS = 70
REPROJECTION_PX = 3.0
FLAT_UP_TO = 10_000  # places: below, comparing with all is as fast as any index
PROBED_LISTS = 8
SAMPLES_A_LIST = 64
TRAINING_ROUNDS = 4
OUTGROWN = 4


@dataclass(frozen=True)
class Keypoints:
    """Places of one picture.

    points: (K, 2) float32, x and y in pixels of the picture.
    descriptors: (K, 32) uint8, what the surroundings look like: 256 comparisons of brightness.
    """

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)

    def to_bytes(self) -> bytes:
        return self.points.astype("<f4").tobytes() + self.descriptors.tobytes()

    @staticmethod
    def from_bytes(content: bytes) -> "Keypoints":
        count = len(content) // PLACE_BYTES
        points = np.frombuffer(content, "<f4", count * 2).reshape(count, 2)
        descriptors = np.frombuffer(content, np.uint8, offset=count * 8)
        return Keypoints(points, descriptors.reshape(count, DESCRIPTOR_BYTES))


def describe(grey: Grey, per_cell: int, cells: int = CELLS) -> Keypoints:
    """Describe a picture's strongest corners, at most `per_cell` from each cell of a grid.

    Source: Rublee et al. 2011 (ORB), computed by OpenCV.
    """
    orb = _orb(per_cell, cells)
    return _described(orb, grey, _strongest(orb, grey, per_cell, cells))


def describe_both(grey: Grey, per_cell: int) -> tuple[Keypoints, Keypoints]:
    """Describe a picture and its mirror image by the same places, which takes less than twice as long."""
    orb = _orb(per_cell, CELLS)
    places = _strongest(orb, grey, per_cell, CELLS)
    mirrored = [_mirrored(place, grey.shape[1]) for place in places]
    flipped = np.ascontiguousarray(grey[:, ::-1])
    return _described(orb, grey, places), _described(orb, flipped, mirrored)


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
        """Return an empty index for so many photos, its lists made for an even sample of them.

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
        rows, columns = np.nonzero((distances <= SAME_BITS) & (found >= 0))
        stored = found[rows, columns]
        owners = self.owner[stored]
        candidates, of_sought = _count_distinct(owners, rows)
        votes = np.minimum(of_sought, _count_distinct(owners, stored)[1])
        order = np.argsort(-votes, kind="stable")[:MOST_TRIED]
        tried: list[int] = candidates[order[votes[order] >= LEAST_ALIKE]].tolist()
        return tried


def _count_distinct(
    owners: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the owners, and how many distinct places each has."""
    order = np.lexsort((places, owners))
    owners, places = owners[order], places[order]
    is_first = np.ones(len(owners), dtype=np.bool_)
    is_first[1:] = (np.diff(owners) != 0) | (np.diff(places) != 0)
    return np.unique(owners[is_first], return_counts=True)


def align(first: Keypoints, second: Keypoints) -> tuple[NDArray[np.float64] | None, int]:
    """Find what brings most places of the second onto the first; see `arrangement`."""
    import cv2

    if min(len(first), len(second)) < 2:
        return None, 0
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    pairs = matcher.knnMatch(second.descriptors, first.descriptors, k=2)
    distinct = [
        best
        for best, next_best in pairs
        if best.distance < min(DISTINCT * next_best.distance, FARTHEST_BITS)
    ]
    rows = np.array([match.queryIdx for match in distinct], dtype=np.int64)
    columns = np.array([match.trainIdx for match in distinct], dtype=np.int64)
    return arrangement(second.points, first.points, rows, columns)


def arrangement(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> tuple[NDArray[np.float64] | None, int]:
    """Find the shift, turn and scale on which most paired places agree.

    Args:
        first, second: (N, 2) and (M, 2) points in pixels.
        rows, columns: which of the first is paired with which of the second.

    Returns:
        The (2, 3) matrix from the first to the second, or None, and how many places agree.

    Source: Fischler and Bolles 1981 (RANSAC), computed by OpenCV.
    """
    import cv2

    if len(rows) < 2:
        return None, 0
    cv2.setRNGSeed(0)  # the same answer each time
    matrix, kept = cv2.estimateAffinePartial2D(
        first[rows],
        second[columns],
        method=cv2.RANSAC,
        ransacReprojThreshold=REPROJECTION_PX,
        maxIters=1000,
        confidence=0.999,
    )
    if matrix is None:
        return None, 0  # type: ignore[unreachable]
    agree = kept.ravel().astype(bool)
    places = min(len(np.unique(rows[agree])), len(np.unique(columns[agree])))
    return np.asarray(matrix, dtype=np.float64), places


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


def _orb(per_cell: int, cells: int) -> Any:
    import cv2

    return cv2.ORB.create(
        nfeatures=5 * per_cell * cells * cells,
        scaleFactor=PYRAMID_STEP,
        nlevels=5,
        fastThreshold=8,
        edgeThreshold=EDGE_PX,
    )


def _strongest(orb: Any, grey: Grey, per_cell: int, cells: int) -> list[Any]:
    """Find the strongest corners of each cell."""
    found = orb.detect(grey, None) if min(grey.shape) >= LEAST_PICTURE_PX else ()
    if not found:
        return []
    height, width = grey.shape
    columns, rows = (_points(found) * (cells / width, cells / height)).astype(np.int64).T
    cell = columns * cells + rows
    strongest_first = np.lexsort(([-place.response for place in found], cell))
    _, starts, counts = np.unique(cell[strongest_first], return_index=True, return_counts=True)
    rank = np.arange(len(found)) - np.repeat(starts, counts)
    return [found[each] for each in strongest_first[rank < per_cell].tolist()]


def _mirrored(place: Any, width: int) -> Any:
    import cv2

    step = PYRAMID_STEP**place.octave
    # Mirrored where OpenCV found it: on its level.
    x = (round(width / step) - 1) * step - place.pt[0]
    angle = (180.0 - place.angle) % 360.0
    return cv2.KeyPoint(x, place.pt[1], place.size, angle, place.response, place.octave)


def _described(orb: Any, grey: Grey, places: list[Any]) -> Keypoints:
    nowhere = Keypoints(np.empty((0, 2), np.float32), np.empty((0, DESCRIPTOR_BYTES), np.uint8))
    if not places:
        return nowhere
    found, descriptors = orb.compute(grey, places)
    if not len(found):
        return nowhere
    # A coarse pixel's centre lies in the middle of the fine ones; OpenCV gives their corner.
    to_middle = (PYRAMID_STEP ** np.array([place.octave for place in found]) - 1) / 2
    return Keypoints((_points(found) + to_middle[:, None]).astype(np.float32), descriptors)


def _points(places: Sequence[Any]) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.KeyPoint.convert(places), np.float32)
