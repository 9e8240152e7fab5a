"""Tells whether redness could be seen in a photo: whether its face has colours that its light does not explain."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.landmarks import suggested_region
from faces.regions import Region
from faces.search import can_search, find_faces

Values = NDArray[np.float32]

# In a toned photo (sepia, cyanotype, grey) a* follows from L*; what a cubic leaves of a* is colour of its own.
DEGREE = 3
SIDE_PX, TILES = 64, 8  # the whole photo, looked at coarsely: tiles of 8 x 8 pixels
SMOOTHED_PX = 1.0  # hides the coarse colour blocks of JPEG
# Of a*: its own spread in a tile, and that as a share of the tile's chroma.
LEAST_IN_TILE = (0.5, 0.05)
GREY_ALL_OVER = 0.1  # of a*: with less of its own in every tile, no face needs to be found
# With more, the middle has colour all over: no banner or frame covers that much.
MOST_IN_MIDDLE = 0.6
ENOUGH_IN_MIDDLE = 0.4  # where no face is found

ALIKE_SHARE = 0.05  # of the cheeks and nose, taken for equally light
FACE_SMOOTHED_SHARE = 1 / 64  # of the photo's longest side
# Of a*: its own spread over cheeks and nose.
LEAST_ON_FACE = 0.4
# With fewer coloured tiles, the photo may be toned as a whole; then compression alone gives its face some spread, more
# where the tone is strong: so much, and so much of the chroma.
MOST_IN_TONED = 0.15
MOST_BY_COMPRESSION = (0.5, 0.038)


def shows_colour(photo: Image.Image) -> bool:
    """Tell whether the face in an upright photo has colour of its own; without a face, the middle.

    Few photos need the search for a face: most have such colour all over their middle, or none anywhere.
    What was measured: docs/decisions.md#grey-photos.
    """
    spread, chroma = _tiles(photo)
    if spread.max() < GREY_ALL_OVER:
        return False
    least, share = LEAST_IN_TILE
    coloured = spread > np.maximum(least, share * chroma)
    quarter = TILES // 4
    in_middle = float(coloured[quarter:-quarter, quarter:-quarter].mean())
    if in_middle >= MOST_IN_MIDDLE:
        return True
    region = _cheeks_and_nose(photo)
    if not region:
        return in_middle >= ENOUGH_IN_MIDDLE
    return _has_own_colour(photo, region, may_be_toned=coloured.mean() < MOST_IN_TONED)


def _tiles(photo: Image.Image) -> tuple[Values, Values]:
    """Return the spread of each tile's own a*, and its mean chroma: (TILES, TILES)."""
    import cv2

    coarse = photo.reduce(max(1, min(photo.size) // SIDE_PX))
    size = (SIDE_PX, SIDE_PX)
    small = np.asarray(cv2.resize(np.asarray(coarse), size, interpolation=cv2.INTER_AREA), np.uint8)
    lab = np.asarray(cv2.GaussianBlur(_lab(small), (0, 0), SMOOTHED_PX), np.float32)
    side_px = SIDE_PX // TILES
    tiles = lab.reshape(TILES, side_px, TILES, side_px, 3).swapaxes(1, 2)
    tiles = tiles.reshape(TILES, TILES, side_px * side_px, 3)
    return np.asarray(own_colour(tiles).std(-1)), _chroma(tiles)


def _cheeks_and_nose(photo: Image.Image) -> Region | None:
    """Return the region of the largest face, which banners and stickers leave free more often than the forehead."""
    largest = find_faces(photo).largest if can_search() else None
    return suggested_region(largest, photo.height / photo.width) if largest else None


def _has_own_colour(photo: Image.Image, region: Region, *, may_be_toned: bool) -> bool:
    """Tell whether a photo has colour of its own in a region."""
    import cv2

    inside = np.zeros((photo.height, photo.width), np.float32)
    cv2.fillPoly(inside, [np.rint(np.array(region) * photo.size).astype(np.int32)], 1.0)
    is_skin = inside > 0
    skin = _lab(np.asarray(photo))[is_skin]
    if not len(skin):
        return False
    own = np.zeros_like(inside)
    own[is_skin] = own_colour_on_face(skin)
    sigma_px = max(photo.size) * FACE_SMOOTHED_SHARE
    weights = cv2.GaussianBlur(inside, (0, 0), sigma_px)[is_skin]
    smooth = cv2.GaussianBlur(own, (0, 0), sigma_px)[is_skin] / weights
    low, high = np.percentile(smooth, (5, 95))
    if not may_be_toned:
        return bool(high - low >= LEAST_ON_FACE)
    least, share = MOST_BY_COMPRESSION
    return bool(high - low >= max(least, share * float(_chroma(skin))))


def own_colour(lab: Values) -> Values:
    """Return what is left of a* when a cubic of L* is taken away: (..., N) of (..., N, 3)."""
    light = lab[..., 0].astype(np.float64) / 50 - 1
    powers = light[..., np.newaxis] ** np.arange(DEGREE + 1)
    transposed = powers.swapaxes(-1, -2)
    redness = lab[..., 1, np.newaxis].astype(np.float64)
    # Where all pixels are equally light, no cubic is the only one.
    steady = 1e-3 * np.eye(DEGREE + 1)
    factors = np.linalg.solve(transposed @ powers + steady, transposed @ redness)
    return np.asarray((redness - powers @ factors)[..., 0], np.float32)


def own_colour_on_face(lab: Values) -> Values:
    """Return what is left of a* when its mean at the same lightness is taken away: (N,) of (N, 3).

    Unlike a cubic, the mean follows a tone whose red is clipped, as the usual sepia's is on light skin.
    """
    by_light = np.argsort(lab[:, 0], kind="stable")
    width = max(1, int(len(lab) * ALIKE_SHARE))
    redness = lab[by_light, 1].astype(np.float64)
    around = np.ones(width)
    means = np.convolve(redness, around, "same") / np.convolve(np.ones(len(lab)), around, "same")
    own = np.empty(len(lab), np.float32)
    own[by_light] = redness - means
    return own


def _chroma(lab: Values) -> Values:
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]).mean(-1), np.float32)


def _lab(pixels: NDArray[np.uint8]) -> Values:
    import cv2

    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
