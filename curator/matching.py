"""Are these two candidates copies of one photo, and which of copies is kept?"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Resampling

SIDE_PX = 64


def pattern(photo: Image.Image) -> NDArray[np.float64]:
    """Return (64, 64) luminance about its mean: what is compared of a photo."""
    grey = photo.convert("L").resize((SIDE_PX, SIDE_PX), Resampling.BOX)
    pixels: NDArray[np.float64] = np.asarray(grey, dtype=np.float64)
    return pixels - float(pixels.mean())


def similarity(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the correlation, -1..1, of two patterns.

    Indifferent to brightness, contrast and size; a flat photo correlates with nothing.
    """
    scale = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float((first * second).sum()) / scale if scale else 0.0


def keeping_order(pixels: int, size_bytes: int, photo_id: int) -> tuple[int, int, int]:
    """Return what copies are sorted by: most pixels, then least compressed, then earliest."""
    return -pixels, -size_bytes, photo_id
