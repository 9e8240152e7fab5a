"""How one picture lies on another: matrices that allow a squeeze, a slant and a mild perspective."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]  # (3, 3): a homography, its last element 1
Points = NDArray[np.float64]  # (N, 2): x and y
Span = NDArray[np.float64]  # (2, 2): left and top, right and bottom

SCALES = (0.08, 12.0)
MOST_SQUEEZED = 1.8  # the longer by the shorter scale
UNSEEN_PX = 0.1
MOST_TILTED = 1.6  # how much nearer one corner may be than another
# A pixel's centre lies half a pixel from its corner: matrices map centres, boxes are of corners.
TO_CENTRES = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])


@dataclass(frozen=True)
class Shape:
    """What a matrix does at the middle of a picture.

    scale: of lengths. squeeze: width by height, 1 for neither. slant: how far x moves with y.
    tilt: how much nearer the nearest corner is than the farthest; 1 for a flat look.
    """

    scale: float
    rotation_degrees: float
    squeeze: float
    slant: float
    tilt: float


def moved(points: Points, matrix: Matrix) -> Points:
    lifted = points @ matrix[:, :2].T + matrix[:, 2]
    out: Points = lifted[:, :2] / lifted[:, 2:]
    return out


def from_rows(rows: Sequence[Sequence[float]]) -> Matrix:
    """Read a stored matrix; those of version 0.2 and before have no third row."""
    return np.array(rows if len(rows) > 2 else (*rows, (0, 0, 1)), np.float64)


def lifted(matrix: NDArray[np.float64]) -> Matrix:
    """Return an affine (2, 3) matrix as one of (3, 3)."""
    return np.vstack([matrix, (0.0, 0.0, 1.0)])


def inverse(matrix: Matrix) -> Matrix:
    turned = np.linalg.inv(matrix)
    return np.asarray(turned / turned[2, 2], np.float64)


def composed(*matrices: Matrix) -> Matrix:
    """Return what applies these from the last to the first."""
    whole: Any = np.linalg.multi_dot(matrices) if len(matrices) > 1 else matrices[0]
    return np.asarray(whole / whole[2, 2], np.float64)


def scaling(factor: float, shift: tuple[float, float] = (0.0, 0.0)) -> Matrix:
    return np.array([[factor, 0, shift[0]], [0, factor, shift[1]], [0, 0, 1]], np.float64)


def corners_of(span: Span) -> Points:
    (left, top), (right, bottom) = span
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def around(points: Points) -> Span:
    return np.array([points.min(axis=0), points.max(axis=0)])


def flattened(matrix: Matrix, size: tuple[int, int]) -> Matrix:
    """Leave out a perspective that moves nothing on a picture of this size, in pixels, by `UNSEEN_PX`."""
    corners = corners_of(np.array([(0, 0), size], np.float64))
    flat = matrix.copy()
    flat[2, :2] = 0
    shift = np.abs(moved(corners, matrix) - moved(corners, flat)).max()
    return flat if shift < UNSEEN_PX else matrix


def shape_of(matrix: Matrix, width: float, height: float) -> Shape:
    """Describe what a matrix does with a picture of this size."""
    at = matrix @ (width / 2, height / 2, 1)
    local = (matrix[:2, :2] - np.outer(at[:2] / at[2], matrix[2, :2])) / at[2]
    across = float(np.hypot(*local[:, 0]))
    area = float(np.linalg.det(local))
    depths = _depths(matrix, width, height)
    return Shape(
        scale=float(np.sqrt(max(area, 0.0))),
        rotation_degrees=float(np.degrees(np.arctan2(local[1, 0], local[0, 0]))),
        squeeze=across**2 / area if area > 0 else 0.0,
        slant=float(local[:, 0] @ local[:, 1]) / area if area > 0 else 0.0,
        tilt=float(depths.max() / depths.min()) if depths.min() > 0 else float("inf"),
    )


def is_mild(matrix: Matrix, width: float, height: float) -> bool:
    """Say whether a picture of this size stays what a repost may look like: neither folded nor crushed."""
    if not np.isfinite(matrix).all() or _depths(matrix, width, height).min() <= 0:
        return False
    at = matrix @ (width / 2, height / 2, 1)
    local = (matrix[:2, :2] - np.outer(at[:2] / at[2], matrix[2, :2])) / at[2]
    least, most = sorted(np.linalg.svd(local, compute_uv=False).tolist())
    return bool(
        np.linalg.det(local) > 0
        and SCALES[0] < least
        and most < min(SCALES[1], MOST_SQUEEZED * least)
        and shape_of(matrix, width, height).tilt < MOST_TILTED
    )


def in_widths(matrix: Matrix, first_px: float, second_px: float) -> tuple[tuple[float, ...], ...]:
    """Rewrite a matrix between pixels of two photos as one between their widths."""
    whole = composed(scaling(1 / first_px), matrix, scaling(second_px))
    return tuple(tuple(round(float(value), 6) for value in row) for row in whole)


def _depths(matrix: Matrix, width: float, height: float) -> NDArray[np.float64]:
    corners = corners_of(np.array([(0, 0), (width, height)], np.float64))
    depths: NDArray[np.float64] = corners @ matrix[2, :2] + matrix[2, 2]
    return depths
