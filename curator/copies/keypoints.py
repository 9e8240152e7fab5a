"""Small places of a photo that are found again in its copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curator.copies.borders import Grey

PYRAMID_STEP = 1.3
EDGE_PX = 15  # what is nearer to the edge has no whole surroundings
LEAST_PICTURE_PX = 2 * EDGE_PX + 1
DESCRIPTOR_BYTES = 32
PLACE_BYTES = 2 * 4 + DESCRIPTOR_BYTES
CELLS = (
    6  # a grid of CELLS x CELLS over the picture, so that a caption's text does not take all places
)
DISTINCT = 0.85  # a place's best match against its second best; Lowe 2004, section 7.1
FARTHEST_BITS = 70
REPROJECTION_PX = 3.0


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
