"""How similar two face regions are: aligned, copies of one photo share their fine detail.

Detail is the brightness without its slow changes, relative to the local strength of detail:
light, contrast, colour and paint change it little, another moment of the same face changes it
a lot. leaks/candidates.py chooses which regions to compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

FloatArray = np.ndarray  # float32: (side, side), or (2, 3) where it is a transform of coordinates
Pixels = np.ndarray  # uint8

# Every region becomes a square; how it was stretched is found again when two are aligned.
LARGE_PX = 192

FILL_TOLERANCE = 8  # levels; a JPEG leaves the fill colour only nearly one
FRAME_SHARE = 0.2  # of the edge's pixels that are of one very colour: skin never is
SPECK_PX = 5  # fewer neighbouring pixels in the fill colour are skin
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
FAINT_LEVELS = 1.0  # detail weaker than this is noise and is not raised to full strength
FLAT = 0.003  # detail that leaves less than this to compare proves nothing


@dataclass(frozen=True)
class Step:
    """One step of an alignment, from coarse to fine.

    side_px: the square on which it works; fine_px, coarse_px: what is smoothed away below and
    taken away above; around_px: within what the strength of detail is measured; rounds: at most
    so many; least: pairs that correlate less are not copies and skip the finer steps.
    """

    side_px: int
    fine_px: float
    coarse_px: float
    around_px: float
    rounds: int
    least: float


STEPS = (
    Step(32, 1.0, 4.0, 5.0, 20, 0.85),
    Step(64, 1.2, 4.0, 6.0, 30, 0.85),
    Step(LARGE_PX, 1.0, 5.0, 12.0, 15, 0.9),
)
RIM = 0.035  # of the side: near the outline, detail depends on what the outline cuts off
LEAST_OVERLAP = 0.3  # of the smaller region


@dataclass(frozen=True)
class Detail:
    """Detail of a region on a square, zero outside; `inside` is 1 within the outline, else 0."""

    levels: FloatArray
    inside: FloatArray

    @property
    def mirrored(self) -> Detail:
        """Flip left and right."""
        return Detail(*(np.ascontiguousarray(part[:, ::-1]) for part in (self.levels, self.inside)))


@dataclass(frozen=True)
class GreySquare:
    """One region as a grey square of LARGE_PX, with what lies inside its outline."""

    grey: Pixels
    inside: Pixels

    def detail(self, step: Step) -> Detail:
        """Return the detail that a step compares."""
        return _detail(self.grey, self.inside, step)

    @cached_property
    def small(self) -> tuple[Detail, ...]:
        """Keep the detail of all steps but the finest, which few pairs reach."""
        return tuple(self.detail(step) for step in STEPS[:-1])

    def at(self, place: int) -> Detail:
        """Return the detail of the step at this place of STEPS."""
        return self.small[place] if place < len(self.small) else self.detail(STEPS[place])


@dataclass(frozen=True)
class Alignment:
    """How one region is aligned with another: `matrix` maps points of the first to the second.

    Both on squares of `side_px`. `correlation` is the correlation of their detail, 1 for the same.
    """

    matrix: FloatArray
    side_px: int
    correlation: float


def grey_square(pixels: Pixels, inside: FloatArray) -> GreySquare:
    """Reduce an exported image, (height, width, 3), to what is compared: what is `inside_of` it."""
    import cv2

    square = (LARGE_PX, LARGE_PX)
    share = cv2.resize(inside, square, interpolation=cv2.INTER_AREA)
    light = cv2.resize(pixels @ LUMA * inside, square, interpolation=cv2.INTER_AREA)
    is_inside = share > 0.9
    grey = np.where(is_inside, light / np.maximum(share, 0.9), 0)
    return GreySquare(grey.round().astype(np.uint8), is_inside.astype(np.uint8))


def align(
    first: GreySquare, second: GreySquare, alignment: Alignment, place: int, is_mirrored: bool
) -> Alignment:
    """Improve how the second region lies on the first, and correlate their detail.

    Args:
        first: the region that stays.
        second: the region that is moved, and mirrored before if `is_mirrored`.
        alignment: where to begin, on squares of any side.
        place: of the step in STEPS.
    """
    step = STEPS[place]
    one, other = first.at(place), second.at(place)
    other = other.mirrored if is_mirrored else other
    matrix = _rescaled(alignment.matrix, step.side_px / alignment.side_px)
    matrix = _aligned(one, other, matrix, step.rounds)
    return Alignment(matrix, step.side_px, _correlation(one, other, matrix))


def inside_of(pixels: Pixels, fill_rgb: tuple[int, int, int]) -> FloatArray:
    """Mark what is not the fill colour, without the rim that a JPEG may have blended."""
    import cv2

    outside: Pixels = np.zeros(pixels.shape[:2], np.uint8)
    for colour in (fill_rgb, *_frame_colours(pixels)):
        apart = np.abs(pixels.astype(np.int16) - np.array(colour, dtype=np.int16)).max(axis=2)
        outside |= apart <= FILL_TOLERANCE
    kernel = np.ones((SPECK_PX, SPECK_PX), np.uint8)
    outside = cv2.dilate(cv2.morphologyEx(outside, cv2.MORPH_OPEN, kernel), kernel)
    return 1 - outside.astype(np.float32)


def _frame_colours(pixels: Pixels) -> Iterator[np.ndarray]:
    """Yield the colour of much of the image's edge: a filter changes the fill colour too."""
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colours, counts = np.unique(edge, axis=0, return_counts=True)
    if counts.max() >= FRAME_SHARE * len(edge):
        yield colours[counts.argmax()]


def _detail(grey: Pixels, inside: Pixels, step: Step) -> Detail:
    import cv2

    square = (step.side_px, step.side_px)
    share = cv2.resize(inside.astype(np.float32), square, interpolation=cv2.INTER_AREA)
    light = cv2.resize(grey.astype(np.float32), square, interpolation=cv2.INTER_AREA)
    seen = (share > 0.9).astype(np.float32)
    light = light / np.maximum(share, 0.9)
    fine = _smoothed(light, seen, step.fine_px) - _smoothed(light, seen, step.coarse_px)
    strength = np.sqrt(np.maximum(_smoothed(fine * fine, seen, step.around_px), 0))
    return Detail((fine / (strength + FAINT_LEVELS) * seen).astype(np.float32), seen)


def _smoothed(levels: FloatArray, seen: FloatArray, radius_px: float) -> FloatArray:
    """Smooth only what is inside, so that an outline leaves no edge."""
    import cv2

    weight = np.maximum(cv2.GaussianBlur(seen, (0, 0), radius_px), 1e-3)
    smooth: FloatArray = cv2.GaussianBlur(levels * seen, (0, 0), radius_px) / weight
    return smooth


def _aligned(one: Detail, other: Detail, matrix: FloatArray, rounds: int) -> FloatArray:
    """Improve an affine alignment; if that fails, return the given one.

    Source: Evangelidis and Psarakis 2008, enhanced correlation coefficient.
    """
    import cv2

    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, rounds, 1e-4)
    seen = other.inside.astype(np.uint8)
    try:
        _, found = cv2.findTransformECC(
            one.levels, other.levels, matrix.copy(), cv2.MOTION_AFFINE, criteria, seen, 1
        )
    except cv2.error:
        return matrix
    better: FloatArray = found.astype(np.float32)
    return better


def _correlation(one: Detail, other: Detail, matrix: FloatArray) -> float:
    """Correlate two details where both are inside, away from their outlines."""
    import cv2

    side = one.levels.shape[0]
    rim = 2 * max(1, round(RIM * side)) + 1
    laid, seen = (
        cv2.warpAffine(part, matrix, (side, side), flags=how | cv2.WARP_INVERSE_MAP)
        for part, how in ((other.levels, cv2.INTER_LINEAR), (other.inside, cv2.INTER_NEAREST))
    )
    both = cv2.erode(
        seen * one.inside, np.ones((rim, rim), np.uint8), borderType=cv2.BORDER_CONSTANT
    )
    area = float(both.sum())
    if not area or area < LEAST_OVERLAP * min(one.inside.sum(), other.inside.sum()):
        return 0.0
    first, second = one.levels * both, laid * both
    strength = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / (strength + FLAT * area)


def _rescaled(matrix: FloatArray, factor: float) -> FloatArray:
    """Rescale a matrix to squares of another size; pixels are counted at their centres."""
    scaled = matrix.copy()
    shift = (factor - 1) / 2 * (1 - matrix[:, :2].sum(axis=1))
    scaled[:, 2] = factor * matrix[:, 2] + shift
    return scaled
