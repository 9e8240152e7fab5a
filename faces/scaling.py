"""Resizes photos: by a whole factor first, which is quick and sharp, then by the rest."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def shrunk(photo: Image.Image, least_side_px: int) -> Image.Image:
    """Return the photo reduced by an integer factor, its longest side at least `least_side_px`."""
    factor = max(photo.size) // least_side_px
    return photo.reduce(factor) if factor > 1 else photo


def resized(photo: Image.Image, side_px: int) -> Pixels:
    """Return a photo's pixels with longest side `side_px`: (height, width) or (height, width, bands)."""
    import cv2

    photo = shrunk(photo, side_px)
    scale = side_px / max(photo.size)
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    pixels = np.asarray(photo)
    # The remaining factor is below 2, so linear interpolation skips no pixel.
    return pixels if size == photo.size else np.asarray(cv2.resize(pixels, size), np.uint8)
