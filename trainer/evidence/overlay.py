"""Draws a photo beside its heat map."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from trainer.evidence.heat_maps import Explanation, stretched

HEAT_OPACITY = 0.6


JPEG_QUALITY = 85


def draw_explanation(explanation: Explanation) -> Image.Image:
    """Draw a photo beside its heat map, with the region's outline: (2 * size, size) RGB.

    The map is laid over the photo in grey, so that every colour comes from the map.
    """
    photo = Image.fromarray(explanation.pixels)
    heat = stretched(explanation.heat, photo.width)
    grey = ImageOps.grayscale(photo).convert("RGB")
    mapped = np.asarray(Image.blend(grey, _coloured(heat), HEAT_OPACITY)).copy()
    mapped[_outline(explanation.region)] = 255
    pair = Image.new("RGB", (2 * photo.width, photo.height))
    pair.paste(photo, (0, 0))
    pair.paste(Image.fromarray(mapped), (photo.width, 0))
    return pair


def as_jpeg(image: Image.Image) -> bytes:
    """Encode a picture without metadata."""
    buffer = BytesIO()
    image.save(buffer, format="JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _coloured(heat: np.ndarray) -> Image.Image:
    """Colour a map by viridis, whose lightness rises evenly and which no skin resembles."""
    from matplotlib import colormaps

    return Image.fromarray(colormaps["viridis"](heat, bytes=True)[..., :3])


def _outline(region: np.ndarray) -> np.ndarray:
    """Select the region's pixels that touch its outside: bool of the same shape."""
    padded = np.pad(region, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge: np.ndarray = region & ~inner
    return edge
