"""Draws the faces of the scratch instance: no photo of anybody is needed to validate an installation."""

import io

import numpy as np
from PIL import Image, ImageDraw

QUALITY = 92


def draw_face(seed: int, side_px: int) -> Image.Image:
    """Draw a face; another seed is another person before another background."""
    chance = np.random.default_rng(seed)
    picture = _noise(chance, (6, 6), side_px)
    skin = _noise(chance, (9, 9), side_px)
    mask = Image.new("L", picture.size)
    left, top = chance.uniform(0.12, 0.3, 2) * side_px
    right, bottom = chance.uniform(0.7, 0.88, 2) * side_px
    ImageDraw.Draw(mask).ellipse((left, top, right, bottom), fill=255)
    picture.paste(skin, mask=mask)
    pen, width, height = ImageDraw.Draw(picture), right - left, bottom - top
    for share in (0.33, 0.67):
        x, y, radius = left + share * width, top + 0.4 * height, chance.uniform(0.03, 0.07) * width
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_colour(chance))
    mouth = (left + 0.35 * width, top + 0.7 * height, left + 0.65 * width, top + 0.78 * height)
    pen.ellipse(mouth, fill=_colour(chance))
    return picture


def as_jpeg(picture: Image.Image, quality: int = QUALITY) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def as_png(content: bytes) -> bytes:
    """Return a picture's pixels in another file."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.save(buffer, "PNG")
    return buffer.getvalue()


def _noise(chance: np.random.Generator, cells: tuple[int, int], side_px: int) -> Image.Image:
    coarse = chance.integers(0, 256, (*cells, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((side_px, side_px), Image.Resampling.BICUBIC)


def _colour(chance: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(part) for part in chance.integers(0, 256, 3))
    return red, green, blue
