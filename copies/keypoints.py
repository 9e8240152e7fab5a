"""Small places of a photo that are found again in its copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copies.borders import Grey
from copies.shapes import Matrix, is_mild, lifted

PYRAMID_STEP = 1.3
EDGE_PX = 15  # what is nearer to the edge has no whole surroundings
LEAST_PICTURE_PX = 2 * EDGE_PX + 1
DESCRIPTOR_BYTES = 32
PLACE_BYTES = 2 * 4 + DESCRIPTOR_BYTES + 1
CELLS = (
    6  # a grid of CELLS x CELLS over the picture, so that a caption's text does not take all places
)
DISTINCT = 0.85  # a place's best match against its second best; Lowe 2004, section 7.1
FARTHEST_BITS = 70
SHARED_PX, ALIGNED_PX = 1.5, 3.0  # how far a place may lie off; a rough alignment is fitted later
LEAST_MATCHED = 4  # places, to ask for an arrangement


@dataclass(frozen=True)
class Keypoints:
    """Places of one picture.

    points: (K, 2) float32, x and y in pixels of the picture.
    descriptors: (K, 32) uint8, what the surroundings look like: 256 comparisons of brightness.
    ranks: (K,) uint8, 0 for the strongest of its cell.
    """

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    ranks: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)

    def scaled(self, factor: float) -> "Keypoints":
        """Return them as places of a larger or smaller picture; pixel centres stay centres."""
        half = np.float32(0.5)
        points = (self.points + half) * np.float32(factor) - half
        return Keypoints(points, self.descriptors, self.ranks)

    def strongest(self, per_cell: int) -> "Keypoints":
        """Return the strongest ones of each cell."""
        kept = self.ranks < per_cell
        return Keypoints(self.points[kept], self.descriptors[kept], self.ranks[kept])

    def to_bytes(self) -> bytes:
        return (
            self.points.astype("<f4").tobytes() + self.descriptors.tobytes() + self.ranks.tobytes()
        )

    @staticmethod
    def from_bytes(content: bytes) -> "Keypoints":
        count = len(content) // PLACE_BYTES
        points = np.frombuffer(content, "<f4", count * 2).reshape(count, 2)
        size = count * DESCRIPTOR_BYTES
        descriptors = np.frombuffer(content, np.uint8, size, offset=count * 8)
        ranks = np.frombuffer(content, np.uint8, count, offset=count * 8 + size)
        return Keypoints(points, descriptors.reshape(count, DESCRIPTOR_BYTES), ranks)


def joined(one: Keypoints, other: Keypoints) -> Keypoints:
    return Keypoints(
        np.concatenate([one.points, other.points]),
        np.concatenate([one.descriptors, other.descriptors]),
        np.concatenate([one.ranks, other.ranks]),
    )


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


def shared_places(first: Keypoints, second: Keypoints, size: tuple[int, int], enough: int) -> int:
    """Count the places of both that lie in one arrangement, squeezed and slanted mildly at most; 0 for few.

    Args:
        size: of both pictures, in pixels, about.
        enough: if there are nearly so many, those of the second are sought among the first's as
            well: a place's best match is not always its match's best.
    """
    count, matrix = arranged(first, second)
    if enough / 2 <= count < enough:
        count, matrix = max((count, matrix), arranged(second, first), key=lambda found: found[0])
    return count if count >= enough / 2 and is_mild(matrix, *size) else 0


def arranged(first: Keypoints, second: Keypoints) -> tuple[int, Matrix]:
    """Count the places in one arrangement, and return what lays the second's on the first's."""
    import cv2

    places = matched(first, second)
    matrix, count = _agreed(places, cv2.estimateAffine2D, cv2.USAC_MAGSAC, 1000, SHARED_PX)
    return (0, np.eye(3)) if matrix is None else (count, lifted(matrix))


def align_freely(first: Keypoints, second: Keypoints) -> tuple[NDArray[np.float64] | None, int]:
    """Find what brings most places of the second onto the first, a squeeze, slant and perspective too.

    Returns:
        The (3, 3) matrix, or None, and how many places agree.

    Source: Barath et al. 2020 (MAGSAC++), computed by OpenCV.
    """
    import cv2

    places = matched(first, second)
    flat, flat_places = _agreed(places, cv2.estimateAffine2D, cv2.USAC_MAGSAC, 2000, ALIGNED_PX)
    if flat is None:
        return None, 0
    seen_askew, askew_places = _agreed(
        places, cv2.findHomography, cv2.USAC_MAGSAC, 2000, ALIGNED_PX
    )
    if seen_askew is not None and askew_places >= flat_places + max(4, 0.1 * flat_places):
        return seen_askew, askew_places
    return lifted(flat), flat_places


@dataclass(frozen=True)
class Matches:
    """Places of one picture that look like places of another, each with its best one.

    points: (K, 2) of the one, targets: (K, 2) of the other; rows, columns: their numbers there.
    """

    points: NDArray[np.float32]
    targets: NDArray[np.float32]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


def matched(first: Keypoints, second: Keypoints) -> Matches:
    """Match places of the second with those of the first."""
    import cv2

    nothing = np.empty(0, np.int64)
    rows, columns = nothing, nothing
    if min(len(first), len(second)) >= 2:
        bits, nearest = cv2.batchDistance(
            second.descriptors, first.descriptors, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2
        )
        is_distinct = bits[:, 0] < np.minimum(DISTINCT * bits[:, 1], FARTHEST_BITS)
        rows = np.flatnonzero(is_distinct)
        columns = nearest[rows, 0].astype(np.int64)
    return Matches(second.points[rows], first.points[columns], rows, columns)


def _agreed(
    places: Matches, estimate: Any, method: int, rounds: int, reprojection_px: float
) -> tuple[NDArray[np.float64] | None, int]:
    """Estimate a matrix from matched places, most of which may be wrong."""
    import cv2

    if len(places.rows) < LEAST_MATCHED:
        return None, 0
    cv2.setRNGSeed(0)  # the same answer each time
    options = {"method": method, "maxIters": rounds, "confidence": 0.999}
    try:
        matrix, kept = estimate(
            places.points, places.targets, ransacReprojThreshold=reprojection_px, **options
        )
    except cv2.error:  # the places lie on one line
        return None, 0
    if matrix is None:
        return None, 0
    agree = kept.ravel().astype(bool)
    count = min(len(np.unique(places.rows[agree])), len(np.unique(places.columns[agree])))
    return np.asarray(matrix, dtype=np.float64), count


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
    kept = []
    for each, at in zip(strongest_first.tolist(), rank.tolist(), strict=True):
        if at < per_cell:
            found[each].class_id = at  # what OpenCV keeps while it reorders them
            kept.append(found[each])
    return kept


def _mirrored(place: Any, width: int) -> Any:
    import cv2

    step = PYRAMID_STEP**place.octave
    # Mirrored where OpenCV found it: on its level.
    x = (round(width / step) - 1) * step - place.pt[0]
    angle = (180.0 - place.angle) % 360.0
    return cv2.KeyPoint(
        x, place.pt[1], place.size, angle, place.response, place.octave, place.class_id
    )


def _described(orb: Any, grey: Grey, places: list[Any]) -> Keypoints:
    nowhere = Keypoints.from_bytes(b"")
    if not places:
        return nowhere
    found, descriptors = orb.compute(grey, places)
    if not len(found):
        return nowhere
    # A coarse pixel's centre lies in the middle of the fine ones; OpenCV gives their corner.
    to_middle = (PYRAMID_STEP ** np.array([place.octave for place in found]) - 1) / 2
    points = (_points(found) + to_middle[:, None]).astype(np.float32)
    return Keypoints(points, descriptors, np.array([place.class_id for place in found], np.uint8))


def _points(places: Sequence[Any]) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.KeyPoint.convert(places), np.float32)
