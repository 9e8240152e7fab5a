"""Fits one picture onto another by many small blocks, each found again near where it should lie.

In a copy all blocks lie where one common shape puts them, to a fraction of a pixel, however noisy
the copy is. In another photo of the same face they do not: a face moves.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copies.borders import Grey
from copies.shapes import Matrix, Points, composed, flattened, moved

Map = NDArray[np.float32]  # (height, width)
Place = tuple[int, int]  # x and y

FINE_PX, COARSE_PX, AROUND_PX = 1.0, 4.0, 35
FAINT_LEVELS = 2.0  # detail weaker than this is noise and is not raised to full strength
BLOCKS = (9, 14)  # along each side, in each round
HALF_PX = 14  # of a block's side
SEARCHED_PX = (5, 2)  # around a block, in each round
LEAST_ALIKE = 0.4  # correlation of a block
LEAST_BLOCKS = 12
LEAST_ENERGY = 0.09  # of a block's detail: flat skin and walls lie anywhere
OFF_PX = 1.0  # a block that lies farther off counts ever less
FIT_ROUNDS = 6
FLATNESS = 1e-3  # how strongly a perspective must be asked for by the blocks
SMOOTHED_BLOCKS = 1.2  # neighbours average out noise, not the movement of a face


@dataclass(frozen=True)
class Fit:
    """How the second picture lies on the first, and how well its blocks agree with that.

    strain: median distance of the blocks from where the matrix puts them, averaged over neighbours,
        as a share of the frame's longest side.
    """

    matrix: Matrix
    strain: float


def fit(first: Grey, second: Grey, seen: tuple[Grey, Grey], matrix: Matrix) -> Fit | None:
    """Improve how the second picture lies on the first; None where too few blocks are found again.

    Args:
        first, second: of any sizes, the second at about the first's resolution once laid on it.
        seen: of each picture, 1 where it can be compared.
        matrix: where to begin, within a few pixels.
    """
    import cv2

    size = first.shape[1], first.shape[0]
    one, other = normalised(first), normalised(second)
    found = None
    for searched_px, blocks in zip(SEARCHED_PX, BLOCKS, strict=True):
        both = seen[0] & laid_mask(seen[1], matrix, size)
        places = _worth_seeking(one, both, blocks)
        there = _warped(other, matrix, size, cv2.INTER_LINEAR)
        again = _found_again(one, there, places, searched_px)
        if len(again.places) < LEAST_BLOCKS:
            return None
        better, off = _common_shape(again)
        matrix = flattened(composed(better, matrix), size)
        strain = _typical(again.places, off, max(size) / blocks) / max(size)
        found = Fit(matrix, strain)
    return found


def laid(picture: Grey, matrix: Matrix, size: tuple[int, int]) -> Grey:
    """Return the second picture as it lies on the first."""
    import cv2

    laid = _warped(picture, matrix, size, cv2.INTER_CUBIC, cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.uint8)


def laid_mask(mask: Grey, matrix: Matrix, size: tuple[int, int]) -> Grey:
    import cv2

    return np.asarray(_warped(mask, matrix, size, cv2.INTER_NEAREST), np.uint8)


def _warped(picture: Any, matrix: Matrix, size: tuple[int, int], how: int, border: int = 0) -> Any:
    """Warp a picture; without perspective it takes a third of the time."""
    import cv2

    if matrix[2, :2].any():
        return cv2.warpPerspective(picture, matrix, size, flags=how, borderMode=border)
    return cv2.warpAffine(picture, matrix[:2], size, flags=how, borderMode=border)


def normalised(grey: Grey) -> Map:
    """Return fine detail relative to its local strength: light and filters change it little."""
    import cv2

    levels = grey.astype(np.float32)
    fine: Any = cv2.GaussianBlur(levels, (0, 0), FINE_PX)
    fine = fine - cv2.GaussianBlur(levels, (0, 0), COARSE_PX)
    strength = cv2.sqrt(cv2.blur(fine * fine, (AROUND_PX, AROUND_PX)))
    return np.asarray(fine / (strength + np.float32(FAINT_LEVELS)), np.float32)


@dataclass(frozen=True)
class _Blocks:
    """places: (N, 2) of the first picture; shifts: (N, 2) to where the second has them; alike: (N,)."""

    places: Points
    shifts: Points
    alike: NDArray[np.float64]


def _found_again(first: Map, second: Map, places: list[Place], searched_px: int) -> _Blocks:
    found = [_block(first, second, place, searched_px) for place in places]
    rows = [(*place, *each) for place, each in zip(places, found, strict=True) if each]
    table = np.array(rows, np.float64).reshape(-1, 5)
    return _Blocks(table[:, :2], table[:, 2:4], table[:, 4])


def _worth_seeking(picture: Map, seen: Grey, blocks: int) -> list[Place]:
    """Return the middles of the blocks that have detail and are seen wholly by both pictures."""
    import cv2

    height, width = picture.shape
    margin = HALF_PX + SEARCHED_PX[0] + 1
    if min(height, width) <= 2 * margin:
        return []
    side = 2 * HALF_PX + 1
    energy = cv2.blur(picture * picture, (side, side))
    visible = cv2.erode(seen, np.ones((side, side), np.uint8))
    xs, ys = (np.linspace(margin, end - margin - 1, blocks).astype(int) for end in (width, height))
    clear = (energy > LEAST_ENERGY) & (visible > 0)
    return [(x, y) for y in ys.tolist() for x in xs.tolist() if clear[y, x]]


def _block(
    first: Map, second: Map, place: Place, searched_px: int
) -> tuple[float, float, float] | None:
    """Find the block around a place again: its shift in x and y and its correlation."""
    import cv2

    (x, y), near, far = place, HALF_PX, HALF_PX + searched_px
    block = first[y - near : y + near + 1, x - near : x + near + 1]
    within = second[y - far : y + far + 1, x - far : x + far + 1]
    alike = cv2.matchTemplate(within, block, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(alike)
    last = 2 * searched_px
    if best < LEAST_ALIKE or not (0 < row < last and 0 < column < last):
        return None
    dx = _peak(alike[row, column - 1 : column + 2])
    dy = _peak(alike[row - 1 : row + 2, column])
    return column - searched_px + dx, row - searched_px + dy, best


def _peak(three: NDArray[Any]) -> float:
    """Return where a parabola through three values is highest, from the middle one."""
    before, middle, after = three.tolist()
    bend = 2 * middle - before - after
    return (after - before) / (2 * bend) if bend > 1e-6 else 0.0


def _common_shape(blocks: _Blocks) -> tuple[Matrix, Points]:
    """Return the matrix that most blocks agree on, and how far off each of them is: (N, 2).

    Source: iteratively reweighted least squares with Cauchy-like weights; Hartley and Zisserman
    2004, section 4.4.4 for the normalisation.
    """
    there = blocks.places + blocks.shifts
    middle, reach = there.mean(axis=0), float(np.abs(there - there.mean(axis=0)).max()) + 1e-9
    before, after = (there - middle) / reach, (blocks.places - middle) / reach
    trust = blocks.alike**2
    weights = trust
    matrix, off = np.eye(3), before
    for _ in range(FIT_ROUNDS):
        matrix = _least_squares(before, after, weights)
        off = (moved(before, matrix) - after) * reach
        weights = trust / (1 + (off**2).sum(axis=1) / OFF_PX**2) ** 2
    back = np.array([[reach, 0, middle[0]], [0, reach, middle[1]], [0, 0, 1]])
    return composed(back, matrix, np.linalg.inv(back)), off


def _least_squares(before: Points, after: Points, weights: NDArray[np.float64]) -> Matrix:
    (x, y), (u, v) = before.T, after.T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, one, none, none, none, -u * x, -u * y], axis=1),
            np.stack([none, none, none, x, y, one, -v * x, -v * y], axis=1),
        ]
    )
    weighted = rows * np.concatenate([weights, weights])[:, None]
    normal = weighted.T @ rows + 1e-9 * np.eye(8)
    normal[6, 6] += FLATNESS * weights.sum()
    normal[7, 7] += FLATNESS * weights.sum()
    return np.append(np.linalg.solve(normal, weighted.T @ np.concatenate([u, v])), 1).reshape(3, 3)


def _typical(places: Points, off: Points, apart_px: float) -> float:
    """Return the median length of what neighbouring blocks are off by together, in pixels."""
    reach = SMOOTHED_BLOCKS * apart_px
    apart = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    near = np.exp(-apart / (2 * reach**2))
    together = (near @ off) / near.sum(axis=1, keepdims=True)
    return float(np.median(np.hypot(*together.T)))
