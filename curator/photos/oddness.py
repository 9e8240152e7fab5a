"""Says which photos are odd and why, from their checks, the faces found in them, and the other photos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.base.messages import Translatable, translatable
from curator.photos.checks import CELLS, LEVELS_A_PIXEL, MEASURES, NO_EDGE, SIDE_PX, Grid, Values
from faces.regions import Region

Flags = NDArray[np.bool_]
Box = tuple[float, float, float, float]  # left, top, right, bottom, in fractions of the photo

# Thresholds; how they were measured: docs/decisions.md#odd-photos.
BLURRED_PX, FACE_BLURRED_PX = 1.7, 1.5
DARK, FACE_DARK = 110, 64  # the lightest parts are below
FACE_BRIGHT = 215  # most of the face is above
PALE, LEAST_CONTRAST = 150, 60  # the whole photo is above, and has less
SMALL_FACE_PX = 64  # the region's width at full size
TEXT, GROUND, FLAT_GROUND = 0.1, 0.45, 0.4
FLAT_TONES, DRAWN_EDGE_PX = 0.55, 0.85

COMMON = 0.5  # what more than this share of the photos has is nothing odd
FEWEST = 20  # photos, below which none is compared with the others
NEIGHBOUR = 5  # so many photos of one odd kind are still found
COMPARED = 500  # photos with which each is compared, spread over the collection
FENCE = 2.0  # interquartile ranges of the logarithm of distances, above the upper quartile
LEAST_RATIO = 1.5  # of the median distance: in an even collection the quartiles lie close together
LEAST_SPREAD = 0.05  # of a feature, where all photos have nearly the same

# Eyes and mouth have the edges that cheeks lack: the region's height is added so many times above and below it.
ABOVE, BELOW = 0.7, 0.4
SHARPEST, LIGHTEST = 0.35, 0.9  # of the cells around a face, by which blur and darkness are told


class InFace(NamedTuple):
    """Of the face around a region: its blur in pixels, the lightness of most and of the lightest parts."""

    blur: float
    middle: float
    lightest: float


NO_FACE = InFace(np.nan, np.nan, np.nan)


@dataclass(frozen=True, eq=False)
class Measured:
    """A collection's photos, a row each. `faces` is -1 where none was sought; no region: NaN."""

    ids: NDArray[np.int64]
    measures: Values
    looks: Values
    longest_px: Values
    faces: NDArray[np.int64]
    in_face: Values
    region_px: Values

    def __getitem__(self, name: str) -> Values:
        """Return a measure by name."""
        return self.measures[:, MEASURES.index(name)]

    @cached_property
    def unlikeness(self) -> Values:
        return unlikeness(self.looks)


@dataclass(frozen=True)
class Odd:
    """An odd photo, and the codes of the REASONS."""

    photo_id: int
    reasons: tuple[str, ...]


class Reason(NamedTuple):
    code: str
    text: Translatable
    holds: Callable[[Measured], Flags]


def odd_photos(measured: Measured) -> tuple[Odd, ...]:
    """Return the odd photos, those with most reasons first, then those least like the others."""
    held = np.column_stack([_news(reason.holds(measured)) for reason in REASONS])
    standing = np.lexsort((measured.ids, -measured.unlikeness, -held.sum(axis=1)))
    return tuple(
        Odd(
            int(measured.ids[row]),
            tuple(reason.code for reason, holds in zip(REASONS, held[row], strict=True) if holds),
        )
        for row in standing
        if held[row].any()
    )


def in_face(light: Grid, blur: Grid, region: Box) -> InFace:
    """Read the grids around a region."""
    left, top, right, bottom = region
    height = bottom - top
    rows = _cells(top - ABOVE * height, bottom + BELOW * height)
    around = rows, _cells(left, right)
    edges, levels = blur[around], light[around]
    edges = edges[edges != NO_EDGE]
    sharp = _part(edges, SHARPEST) / LEVELS_A_PIXEL if len(edges) else np.nan
    return InFace(sharp, _part(levels, 0.5), _part(levels, LIGHTEST))


def of_region(
    light: Grid, blur: Grid, region: Region | None, width_px: int
) -> tuple[InFace, float]:
    """Return what the grids say of the face around a region, and how many pixels wide that is."""
    if not region:
        return NO_FACE, np.nan
    xs, ys = zip(*region, strict=True)
    box = min(xs), min(ys), max(xs), max(ys)
    return in_face(light, blur, box), (max(xs) - min(xs)) * width_px


def unlikeness(looks: Values) -> Values:
    """Return how far each photo's look is from that of its neighbours, in standard deviations.

    Zero for fewer than FEWEST photos.
    """
    import faiss

    if len(looks) < FEWEST:
        return np.zeros(len(looks), np.float32)
    scaled = (looks - looks.mean(axis=0)) / np.maximum(looks.std(axis=0), LEAST_SPREAD)
    scaled = np.ascontiguousarray(scaled, np.float32)
    compared = np.linspace(0, len(looks) - 1, min(len(looks), COMPARED)).astype(np.int64)
    index = faiss.IndexFlatL2(looks.shape[1])
    index.add(scaled[compared])
    squared, _ = index.search(scaled, NEIGHBOUR + 1)
    nearest = np.full(len(looks), NEIGHBOUR - 1)
    nearest[compared] = NEIGHBOUR  # the first is the photo itself
    found = squared[np.arange(len(looks)), nearest]
    return np.asarray(np.sqrt(found.clip(0)), np.float32)


def _cells(start: float, end: float) -> slice:
    """Return the cells from one place to another, at least one."""
    first = min(max(int(start * CELLS), 0), CELLS - 1)
    return slice(first, max(first + 1, min(int(np.ceil(end * CELLS)), CELLS)))


def _part(cells: Grid, share: float) -> float:
    """Return what a share of the cells stays below; np.quantile takes fifty times as long for so few."""
    ordered = np.sort(cells, axis=None)
    return float(ordered[round(share * (len(ordered) - 1))])


def _news(held: Flags) -> Flags:
    """Drop what most photos have: of drawn photos, none is odd for being drawn."""
    is_common = len(held) >= FEWEST and held.mean() > COMMON
    return np.zeros_like(held) if is_common else held


def _is_blurred(photos: Measured) -> Flags:
    return (photos["blur"] > BLURRED_PX) | (photos.in_face[:, 0] > FACE_BLURRED_PX)


def _is_dark(photos: Measured) -> Flags:
    return (photos["p98"] < DARK) | (photos.in_face[:, 2] < FACE_DARK)


def _is_bright(photos: Measured) -> Flags:
    is_pale = (photos["p05"] > PALE) & (photos["p95"] - photos["p05"] < LEAST_CONTRAST)
    return is_pale | (photos.in_face[:, 1] > FACE_BRIGHT)


def _is_text(photos: Measured) -> Flags:
    has_ground = (photos["ground"] >= GROUND) & (photos["flat"] >= FLAT_GROUND)
    return has_ground & (photos["text"] >= TEXT)


def _is_drawing(photos: Measured) -> Flags:
    is_drawn = (photos["flat_tones"] >= FLAT_TONES) & (photos["blur"] < DRAWN_EDGE_PX)
    return is_drawn & ~_is_text(photos)


def _is_unlike(photos: Measured) -> Flags:
    apart = photos.unlikeness
    if not apart.any():
        return np.zeros(len(apart), np.bool_)
    logarithms = np.log(np.maximum(apart, 1e-6))
    lower, middle, upper = np.quantile(logarithms, (0.25, 0.5, 0.75))
    fence = max(upper + FENCE * (upper - lower), middle + np.log(LEAST_RATIO))
    return np.asarray(logarithms > fence)


# In the order in which they are said.
REASONS: Sequence[Reason] = (
    Reason("no_face", translatable("No face found"), lambda photos: photos.faces == 0),
    Reason("several_faces", translatable("Several faces"), lambda photos: photos.faces > 1),
    Reason("text", translatable("Looks like a screenshot of text"), _is_text),
    Reason("drawing", translatable("Looks like a drawing"), _is_drawing),
    Reason("blurred", translatable("Blurred"), _is_blurred),
    Reason("dark", translatable("Dark"), _is_dark),
    Reason("bright", translatable("Too bright or washed out"), _is_bright),
    Reason(
        "small_face",
        translatable("Very small face"),
        lambda photos: photos.region_px < SMALL_FACE_PX,
    ),
    Reason("small", translatable("Very small photo"), lambda photos: photos.longest_px < SIDE_PX),
    Reason("unlike", translatable("Unlike the other photos"), _is_unlike),
)
REASON_TEXTS = {reason.code: reason.text for reason in REASONS}
