"""Redness of a photo as a picture: its green-red axis, in colours whose steps look equal. Changes no photo."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LOWEST, HIGHEST = 1, 99.7  # percentiles of the pixels: a red dot must not set the scale, a rash may
SMOOTHED_SHARE = 0.002  # of the longest side: JPEG keeps colours in coarse blocks, a rash is larger
LEAST_RANGE = 8.0  # of a*: a photo of one colour shall look flat, not full of noise


def redness(photo: Image.Image) -> NDArray[np.float32]:
    """Return a* of CIELAB for each pixel: above 0 redder than grey, below 0 greener.

    Source: a* as a measure of erythema, Takiwaki et al. 1994; conversion of sRGB, white D65.
    """
    import cv2

    pixels = np.asarray(photo.convert("RGB"), np.float32) / 255
    lab: NDArray[np.float32] = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), np.float32)
    return lab[..., 1]


def redness_picture(photo: Image.Image) -> Image.Image:
    """Return the redness in false colours, dark to light, scaled between the photo's own extremes."""
    import cv2

    smooth = cv2.GaussianBlur(redness(photo), (0, 0), max(photo.size) * SMOOTHED_SHARE)
    levels = scaled_levels(np.asarray(smooth, np.float32))
    coloured = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)
    return Image.fromarray(np.ascontiguousarray(coloured[..., ::-1]))


def scaled_levels(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Spread values over 0..255; what lies beyond nearly all of them is cut off."""
    low, high = np.percentile(values, (LOWEST, HIGHEST))
    missing = max(0.0, LEAST_RANGE - (high - low))
    low, high = low - missing / 2, high + missing / 2
    levels = (values - low) * (255 / (high - low))
    return np.asarray(np.rint(levels.clip(0, 255)), np.uint8)
