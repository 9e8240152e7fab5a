"""Cuts a face region out of a photo, for an export and for a prediction alike."""

import math

from PIL import Image, ImageDraw
from PIL.Image import Resampling

from faces.regions import Region


def cut_region(
    photo: Image.Image,
    region: Region,
    *,
    mask: bool,
    fill_rgb: tuple[int, int, int],
    max_side_px: int,
) -> Image.Image:
    """Cut a region to its bounding box at full resolution, then reduce it to `max_side_px`.

    With `mask`, what lies outside the polygon becomes one colour.
    """
    points = [(x * photo.width, y * photo.height) for x, y in region]
    left, top = (int(min(values)) for values in zip(*points, strict=True))
    right, bottom = (math.ceil(max(values)) for values in zip(*points, strict=True))
    cut = photo.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    if mask:
        inside = Image.new("L", cut.size, 0)
        ImageDraw.Draw(inside).polygon([(x - left, y - top) for x, y in points], fill=255)
        cut = Image.composite(cut, Image.new("RGB", cut.size, fill_rgb), inside)
    cut.thumbnail((max_side_px, max_side_px), Resampling.LANCZOS, reducing_gap=None)
    return cut
