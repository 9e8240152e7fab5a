"""Cuts a face region out of a photo, in the same way for exports and predictions."""

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

    With `mask`, everything outside the polygon is filled with `fill_rgb`.
    """
    box = bounding_box(region, photo.size)
    cut = photo.crop(box)
    if mask:
        points = [(x * photo.width - box[0], y * photo.height - box[1]) for x, y in region]
        inside = Image.new("L", cut.size, 0)
        ImageDraw.Draw(inside).polygon(points, fill=255)
        cut = Image.composite(cut, Image.new("RGB", cut.size, fill_rgb), inside)
    cut.thumbnail((max_side_px, max_side_px), Resampling.LANCZOS, reducing_gap=None)
    return cut


def bounding_box(region: Region, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return a region's left, top, right and bottom pixels on a photo of this size, at least 1 x 1."""
    width, height = size
    columns, rows = zip(*region, strict=True)
    left, top = int(min(columns) * width), int(min(rows) * height)
    right, bottom = math.ceil(max(columns) * width), math.ceil(max(rows) * height)
    return left, top, max(right, left + 1), max(bottom, top + 1)
