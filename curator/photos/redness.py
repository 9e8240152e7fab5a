"""Renders a photo's redness against the face's own skin, in one scale for all photos and all skins."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.landmarks import MarkedFace, spared_areas
from faces.regions import Region

Values = NDArray[np.float32]
# What the scale's zero is: the face's own skin, else all that may be skin; grey: no colour, so nothing to see.
Scale = Literal["skin", "photo", "grey"]

LEAST, MOST = -10.0, 30.0  # of the erythema index, from the zero: darkest and lightest colour
SMOOTHED_SHARE = 0.002  # of the longest side: hides JPEG's coarse colour blocks, keeps a rash
DARKEST = 0.002  # added to linear light: noise in black hair has no ratio worth showing
LEAST_SPREAD = 3.0  # of the index over a face; real ones have at least 7, evenly toned grey ones 0

# How far skin may be from the region's median in 100 log10: red by green, green by blue, and green.
SKIN_FROM, SKIN_TO = (-40.0, -9.0, -40.0), (15.0, 9.0, 60.0)
NEUTRAL = 4.0  # a grey or white hat, scarf or bar of text; skin is at 10 and more
LEAST_SKIN_PX = 20  # of a spared area
LEAST_SKIN_SHARE = 0.25

# What may be skin where no face is found, in the same three values.
ANY_SKIN_FROM, ANY_SKIN_TO = (4.0, -5.0, -170.0), (50.0, 60.0, 0.0)

THINNED = 4  # of the whole photo, every fourth pixel of every fourth row is enough for a median

_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)


def redness_picture(photo: Image.Image, face: MarkedFace | None) -> tuple[Image.Image, Scale]:
    """Return the redness in false colours, dark to light, and what its zero is."""
    import cv2

    light = light_of(photo)
    index = erythema_index(light)
    zero, scale = zero_of(light, face)
    coloured = cv2.applyColorMap(levels(index - np.float32(zero)), cv2.COLORMAP_INFERNO)
    return Image.fromarray(np.ascontiguousarray(coloured[..., ::-1])), scale


def light_of(photo: Image.Image) -> Values:
    """Return 100 log10 of the linear light of each pixel's red, green and blue, slightly smoothed."""
    import cv2

    light = cv2.LUT(np.asarray(photo.convert("RGB")), _LINEAR.astype(np.float32))
    smooth = cv2.GaussianBlur(light, (0, 0), max(photo.size) * SMOOTHED_SHARE)
    return np.asarray(cv2.log(smooth + np.float32(DARKEST)), np.float32) * np.float32(
        100 / np.log(10)
    )


def erythema_index(light: Values) -> Values:
    """Return red by green, which blood changes and shade does not.

    Source: Takiwaki 1998; how it compares with a*: docs/decisions.md#redness-view.
    """
    return np.asarray(light[..., 0] - light[..., 1], np.float32)


def levels(differences: Values) -> NDArray[np.uint8]:
    """Map differences to the zero from LEAST..MOST to 0..255."""
    scaled = (differences - LEAST) * (255 / (MOST - LEAST))
    return np.asarray(np.rint(scaled.clip(0, 255)), np.uint8)


def zero_of(light: Values, face: MarkedFace | None) -> tuple[float, Scale]:
    """Return the erythema index that is shown as zero, and what it is."""
    everything = light[::THINNED, ::THINNED].reshape(-1, 3)
    if face is None:
        return any_skin(everything), "grey" if is_grey(everything) else "photo"
    height, width, _ = light.shape
    region = pixels_in(light, face.region)
    spared = [pixels_in(light, area) for area in spared_areas(face, height / width)]
    own = own_skin(region, spared)
    zero = any_skin(everything) if own is None else own
    if is_grey(np.concatenate([region, *spared])):
        return zero, "grey"
    return zero, "photo" if own is None else "skin"


def pixels_in(light: Values, area: Region) -> Values:
    """Return the pixels inside a polygon, (N, 3)."""
    import cv2

    height, width, _ = light.shape
    corners = np.rint(np.array(area) * (width, height)).astype(np.int32)
    inside = cv2.fillPoly(np.zeros((height, width), np.uint8), [corners], 1)
    return light[inside > 0]


def own_skin(region: Values, spared: Sequence[Values]) -> float | None:
    """Return the erythema index of a face's spared areas; None if hair, a hat or a mask hides them.

    Args:
        region, spared: (N, 3) pixels of `light_of`.
    """
    if not len(region):
        return None
    usual = np.median(_traits(region), axis=0)
    skin = [erythema_index(area[_is_skin(area, usual)]) for area in spared]
    shown = [
        np.median(pixels)
        for pixels, area in zip(skin, spared, strict=True)
        if len(pixels) > max(LEAST_SKIN_PX, LEAST_SKIN_SHARE * len(area))
    ]
    # Hair or a hat that passes for skin has half of the areas at most; the lower middle hides no rash.
    return float(np.percentile(shown, 50, method="lower")) if shown else None


def _is_skin(pixels: Values, usual: Values) -> NDArray[np.bool]:
    """Tell which pixels may be skin of a face whose region has these traits."""
    traits = _traits(pixels)
    is_neutral = np.all(abs(traits[:, :2]) < NEUTRAL, axis=1)
    apart = traits - usual
    is_near = np.all((apart > SKIN_FROM) & (apart < SKIN_TO), axis=1)
    return np.asarray(is_near & ~is_neutral)


def any_skin(pixels: Values) -> float:
    """Return the erythema index of all pixels that may be skin; of all pixels if none may."""
    traits = _traits(pixels)
    may_be = np.all((traits > ANY_SKIN_FROM) & (traits < ANY_SKIN_TO), axis=1)
    return float(np.median(erythema_index(pixels[may_be] if may_be.any() else pixels)))


def is_grey(pixels: Values) -> bool:
    """Tell whether pixels have one colour throughout, as in a grey or evenly toned photo."""
    low, high = np.percentile(erythema_index(pixels), (5, 95)) if len(pixels) else (0, 0)
    return bool(high - low < LEAST_SPREAD)


def _traits(pixels: Values) -> Values:
    """Return red by green, green by blue, and green, (N, 3)."""
    red, green, blue = pixels.T
    return np.column_stack((red - green, green - blue, green))
