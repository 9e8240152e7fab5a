"""Are two look-alikes copies of one photo? Aligned, a copy's fine detail coincides everywhere."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from curator.copies.borders import Grey
from curator.copies.detail import Map, coincidence
from curator.copies.keypoints import align
from curator.copies.views import Matrix, Picture, closer, in_widths, on_one_frame

LEAST_PLACES = 12
SCALES = (0.1, 10.0)
VERIFIED, AT_PX, LESS_A_PX = 0.76, 512, 0.27 / 512  # 0.92 at 200 pixels
MOST_DIFFERING = 0.018  # of the detail, in one place
DOUBT = 0.05
ALMOST = 0.9999  # 1 is for the same pixels
BLURRED_PX = 64  # photos without corners are compared as they lie, this large
SHAPE_RATIO = 1.03
BLURRED_VERIFIED, BLURRED_DOUBT = 0.995, 0.015


@dataclass(frozen=True)
class Alignment:
    """How the second photo lies on the first.

    `matrix` maps (x, y) of the second, mirrored first where `mirrored`, to the first; both in
    widths of their photo, origin top left.
    """

    mirrored: bool
    matrix: tuple[tuple[float, ...], ...]
    scale: float
    rotation_degrees: float
    overlap: float  # share of the first photo's content that could be compared
    places: int  # that agree with it; 0 for photos without corners
    frame_px: int  # longest side at which the photos were compared
    covered: float = 0.0  # share of the detail that has nothing in common
    patch: float = 0.0  # share of the detail in the largest place that differs


@dataclass(frozen=True)
class Match:
    """`score`, 0..1: the share of the fine detail that coincides, where nothing covers it.

    It is 1 for the same pixels only.
    """

    score: float = 0.0
    alignment: Alignment | None = None

    @property
    def is_same(self) -> bool:
        return self.score == 1

    @property
    def is_verified(self) -> bool:
        """Say whether no other explanation than a copy is left."""
        laid = self.alignment
        return laid is not None and self.score >= required(laid) and laid.patch <= MOST_DIFFERING

    @property
    def is_possible(self) -> bool:
        """Say whether a human should look at the pair."""
        if self.alignment is None:
            return False
        doubt = DOUBT if self.alignment.places else BLURRED_DOUBT
        return self.score >= required(self.alignment) - doubt


def required(alignment: Alignment) -> float:
    """Return the score that verifies a copy; a small frame shows less of a moved mouth."""
    if not alignment.places:
        return BLURRED_VERIFIED
    return VERIFIED + (AT_PX - alignment.frame_px) * LESS_A_PX


def compare(first: Picture, second: Picture, *, mirrored: bool = False) -> Match:
    """Lay the second photo on the first and measure how much of their detail coincides.

    Args:
        mirrored: the second is a mirror image already; noted in the alignment.
    """
    if max(len(first.keypoints), len(second.keypoints)) < LEAST_PLACES:
        return _compare_blurred(first, second, mirrored)
    rough = _laid(first, second)
    parts = closer(first, second, rough[0]) if rough else None
    if parts is None:
        return Match()
    exact = rough if parts[0] is first else _laid(*parts)
    if exact is None:
        return Match()
    return _measured(*parts, *exact, overlap=_share(parts[0], first), mirrored=mirrored)


def _laid(first: Picture, second: Picture) -> tuple[Matrix, int] | None:
    """Align two pictures: the matrix and how many places agree with it, if they are enough."""
    matrix, places = align(first.keypoints, second.keypoints)
    if matrix is None or places < LEAST_PLACES or not SCALES[0] < _scale(matrix) < SCALES[1]:
        return None
    return matrix, places


def _measured(
    first: Picture, second: Picture, matrix: Matrix, places: int, *, overlap: float, mirrored: bool
) -> Match:
    one, other, seen = on_one_frame(first, second, matrix)
    found = coincidence(one, other, seen)
    alignment = Alignment(
        mirrored=mirrored,
        matrix=in_widths(matrix, first, second),
        scale=round(_scale(matrix) * second.width_px / first.width_px, 4),
        rotation_degrees=round(float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))), 2),
        overlap=round(overlap, 4),
        places=places,
        frame_px=max(one.shape),
        covered=round(found.covered, 4),
        patch=round(found.patch, 4),
    )
    return Match(min(found.score, ALMOST), alignment)


def _scale(matrix: Matrix) -> float:
    return float(np.hypot(*matrix[:, 0]))


def _compare_blurred(first: Picture, second: Picture, mirrored: bool) -> Match:
    """Correlate two photos that have no corner to align them by: they count if framed alike."""
    shapes = [each.grey.shape[0] / each.grey.shape[1] for each in (first, second)]
    if not 1 / SHAPE_RATIO < shapes[0] / shapes[1] < SHAPE_RATIO:
        return Match()
    levels = [_levels(each.grey) for each in (first, second)]
    scale = float(np.linalg.norm(levels[0]) * np.linalg.norm(levels[1]))
    score = float((levels[0] * levels[1]).sum()) / scale if scale else 0.0
    ratio = first.grey.shape[1] / second.grey.shape[1]
    matrix = np.array([[ratio, 0, 0], [0, ratio, 0]])
    frame_px = min(max(first.grey.shape), max(second.grey.shape))
    whole = in_widths(matrix, first, second)
    scale = round(ratio * second.width_px / first.width_px, 4)
    return Match(
        min(max(score, 0.0), ALMOST), Alignment(mirrored, whole, scale, 0.0, 1.0, 0, frame_px)
    )


def _levels(grey: Grey) -> Map:
    """Return (64, 64) levels about their mean: indifferent to size, and soon to brightness."""
    small = Image.fromarray(grey).resize((BLURRED_PX, BLURRED_PX), Image.Resampling.BOX)
    levels: Map = np.asarray(small, dtype=np.float64)
    return levels - float(levels.mean())


def _share(part: Picture, whole: Picture) -> float:
    """Return which share of a picture's area a part of it has."""
    scale = whole.width_px / part.width_px
    return min(1.0, part.grey.size * scale**2 / whole.grey.size)
