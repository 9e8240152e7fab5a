"""Measures a photo's sharpness, light and make from its reduced picture; what is odd of them is in `oddness`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from copies.borders import LEAST_CONTENT_PX, content_box
from faces.scaling import Pixels, resized

RECIPE = 1  # grows when a measure of the same photo comes out differently
SIDE_PX = 256  # the longest side of what is measured; lengths below are pixels of it
CELLS = 16  # of the grid over the whole photo, each way

Values = NDArray[np.float32]
Grid = NDArray[np.uint8]
CheckRow = tuple[bytes, bytes, bytes]  # measures, look and grids, as the database keeps them

# Of the picture without uniform borders. `blur`: how wide a sharp edge is. Levels of lightness, 0 to 255: that which
# 5, 50, 95 and 98% of the pixels stay below. Shares: `flat` of pixels like their neighbours, `flat_tones` among those
# neither black nor white, `ground` of the commonest lightness, `text` of what is dense with strokes.
MEASURES = ("blur", "p05", "p50", "p95", "p98", "flat", "flat_tones", "ground", "text")

# Two scales of gradient tell how wide an edge is (Zhuo and Sim 2011).
FINE_PX, COARSE_PX = 0.7, 1.8
LEAST_EDGE = 4.0  # levels a pixel at the coarse scale: below it noise and JPEG decide
WIDEST_PX = 8.0  # wider ones, and pictures without an edge, count as this
EDGE_SHARE = 0.1  # of the pixels are edges, the strongest
SHARP_SHARE = 0.2  # of the edges are the sharp ones: those in focus
FEWEST_EDGES = 50
RIM_PX = 4  # where the picture ends is no edge
FEWEST_IN_CELL = 6
LEVELS_A_PIXEL = 24  # of a grid's blur
NO_EDGE = 255
STRIDE = 16.0  # between the cells' widths in one list, more than WIDEST_PX

STROKE = 40  # levels by which a line one pixel wide differs from both sides
STROKES_AROUND = (24, 8)  # pixels in which strokes are counted: some letters of a line
DENSE = 0.2  # of them
BLACK, WHITE = 8, 247
STEADY = 0.3  # added to the blur before its logarithm: very sharp pictures differ by little


@dataclass(frozen=True)
class Checks:
    """What is stored of a photo.

    `measures` follow MEASURES; `look` is what photos are compared by; `light` and `blur` are grids
    over the photo: mean lightness, and LEVELS_A_PIXEL times the width of the sharp edges, else NO_EDGE.
    """

    measures: Values
    look: Values
    light: Grid
    blur: Grid

    def to_row(self) -> CheckRow:
        grids = self.light.tobytes() + self.blur.tobytes()
        return self.measures.astype("<f4").tobytes(), self.look.astype("<f4").tobytes(), grids


def grids_of(stored: bytes) -> tuple[Grid, Grid]:
    """Read the grids of lightness and blur that `Checks.to_row` wrote."""
    light, blur = np.frombuffer(stored, np.uint8).reshape(2, CELLS, CELLS)
    return light, blur


def checks_of(photo: Image.Image) -> Checks:
    """Measure an upright photo, reduced or not."""
    import cv2

    pixels = _thick(resized(photo.convert("RGB"), SIDE_PX))
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    strength, width = _edges(grey.astype(np.float32))
    left, top, right, bottom = content_box(grey)
    content = np.s_[top:bottom, left:right]
    blur = _blur(strength[content], width[content])
    levels, kind = _levels(grey[content]), _kind(grey[content])
    return Checks(
        np.array([blur, *levels, *kind], np.float32),
        _look(pixels[content], grey[content], strength[content], blur, levels, kind[0]),
        np.asarray(cv2.resize(grey, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.uint8),
        _blur_by_cell(strength, width),
    )


def _thick(pixels: Pixels) -> Pixels:
    """Repeat the rim of a picture that is too thin to measure."""
    lacking = [max(0, LEAST_CONTENT_PX - side) for side in pixels.shape[:2]]
    return (
        np.pad(pixels, [*((0, more) for more in lacking), (0, 0)], "edge")
        if any(lacking)
        else pixels
    )


def _edges(grey: Values) -> tuple[Values, Values]:
    """Return how strong an edge each pixel is, and how many pixels wide."""
    fine, coarse = (_gradient(grey, sigma_px) for sigma_px in (FINE_PX, COARSE_PX))
    # A step of width b, smoothed by s, rises by 1 / sqrt(b^2 + s^2).
    ratio = (fine / np.maximum(coarse, np.float32(1e-3))) ** 2
    squared = (COARSE_PX**2 - ratio * FINE_PX**2) / np.maximum(ratio - 1, np.float32(1e-3))
    return coarse, np.sqrt(squared.clip(0, WIDEST_PX**2))


def _gradient(grey: Values, sigma_px: float) -> Values:
    import cv2

    smooth = cv2.GaussianBlur(grey, (0, 0), sigma_px)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _blur(strength: Values, width: Values) -> float:
    """Return the width of the sharp ones among the strongest edges."""
    inner = np.s_[RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]
    strength, width = strength[inner], width[inner]
    if not strength.size:
        return WIDEST_PX
    least = max(float(np.quantile(strength, 1 - EDGE_SHARE)), LEAST_EDGE)
    edges = width[strength >= least]
    return float(np.quantile(edges, SHARP_SHARE)) if len(edges) >= FEWEST_EDGES else WIDEST_PX


def _blur_by_cell(strength: Values, width: Values) -> Grid:
    """Return the width of each cell's sharp edges."""
    rows, columns = np.nonzero(strength >= LEAST_EDGE)
    height, across = strength.shape
    cells = (rows * CELLS // height) * CELLS + columns * CELLS // across
    # One sort puts each cell's edges together, the sharp ones first.
    ordered = np.sort(cells * STRIDE + width[rows, columns])
    counts = np.bincount(cells, minlength=CELLS**2)
    at = counts.cumsum() - counts + (SHARP_SHARE * counts).astype(np.int64)
    found = np.full(CELLS**2, NO_EDGE, np.uint8)
    told = np.flatnonzero(counts >= FEWEST_IN_CELL)
    found[told] = np.rint((ordered[at[told]] - told * STRIDE) * LEVELS_A_PIXEL)
    return found.reshape(CELLS, CELLS)


def _levels(grey: Pixels) -> tuple[float, ...]:
    """Return the levels that 5, 50, 95 and 98% of the pixels stay below."""
    below = np.bincount(grey.ravel(), minlength=256).cumsum() / grey.size
    return tuple(map(float, np.searchsorted(below, (0.05, 0.5, 0.95, 0.98))))


def _kind(grey: Pixels) -> tuple[float, float, float, float]:
    """Return the shares by which drawings and screenshots of text differ from photos."""
    import cv2

    levels = grey.astype(np.int16)
    corner = levels[:-1, :-1]
    is_flat = (corner == levels[:-1, 1:]) & (corner == levels[1:, :-1])
    is_tone = (corner > BLACK) & (corner < WHITE)
    strokes = np.abs(2 * levels[:, 1:-1] - levels[:, :-2] - levels[:, 2:]) > STROKE
    density = cv2.blur(strokes.astype(np.float32), STROKES_AROUND)
    common = np.bincount((grey >> 3).ravel(), minlength=32).max() / grey.size
    tones = max(int(is_tone.sum()), 1)
    return (
        float(is_flat.mean()),
        float((is_flat & is_tone).sum() / tones),
        float(common),
        float((density > DENSE).mean()),
    )


def _look(
    pixels: Pixels,
    grey: Pixels,
    strength: Values,
    blur: float,
    levels: tuple[float, ...],
    flat: float,
) -> Values:
    """Return what photos are compared by: blur, light, flatness, colours, edges and their directions."""
    import cv2

    lab = cv2.cvtColor(np.ascontiguousarray(pixels[::2, ::2]), cv2.COLOR_RGB2LAB)
    mean, spread = (each[1:, 0] for each in cv2.meanStdDev(lab))
    a, b = (cv2.extractChannel(lab, each).astype(np.float32) - 128 for each in (1, 2))
    chroma = cv2.mean(cv2.magnitude(a, b))[0]
    lightness = np.bincount((grey >> 5).ravel(), minlength=8) / grey.size
    edges = np.log(0.01 + (strength > 2 * LEAST_EDGE).mean())
    return np.array(
        [
            *(np.log(blur + STEADY), *(level / 255 for level in levels[:3]), np.sqrt(flat), edges),
            *(*(mean - 128), *spread, chroma, *np.sqrt(lightness), *_directions(grey)),
        ],
        np.float32,
    )


def _directions(grey: Pixels) -> Values:
    """Return the square roots of the shares of edges in eight directions."""
    import cv2

    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    size, angle = cv2.cartToPolar(across, down)
    eighth = (angle * (8 / np.pi)).astype(np.int32) & 7
    shares = np.bincount(eighth.ravel(), size.ravel(), 8) / max(float(size.sum()), 1.0)
    return np.asarray(np.sqrt(shares), np.float32)
