"""Renders a photo's redness: its green-red axis, in a perceptually uniform colour map."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LOWEST, HIGHEST = 1, 99.7  # percentiles: a red dot must not set the scale, but a rash may
SMOOTHED_SHARE = 0.002  # of the longest side: hides JPEG's coarse colour blocks, keeps a rash
LEAST_RANGE = 8.0  # of a*: a photo of one colour should look flat, not noisy


def redness(photo: Image.Image) -> NDArray[np.float32]:
    """Return CIELAB a* for each pixel: above 0 redder than grey, below 0 greener.

    Source: a* measures erythema, Takiwaki et al. 1994; converted from sRGB, white point D65.
    """
    import cv2

    pixels = np.asarray(photo.convert("RGB"), np.float32) / 255
    lab: NDArray[np.float32] = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), np.float32)
    return lab[..., 1]


def redness_picture(photo: Image.Image) -> Image.Image:
    """Return the redness in false colours, dark to light, scaled to the photo's own range."""
    import cv2

    smooth = cv2.GaussianBlur(redness(photo), (0, 0), max(photo.size) * SMOOTHED_SHARE)
    levels = scaled_levels(np.asarray(smooth, np.float32))
    coloured = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)
    return Image.fromarray(np.ascontiguousarray(coloured[..., ::-1]))


def scaled_levels(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Stretch values to 0..255, clipping those outside the LOWEST and HIGHEST percentiles."""
    low, high = np.percentile(values, (LOWEST, HIGHEST))
    missing = max(0.0, LEAST_RANGE - (high - low))
    low, high = low - missing / 2, high + missing / 2
    levels = (values - low) * (255 / (high - low))
    return np.asarray(np.rint(levels.clip(0, 255)), np.uint8)
