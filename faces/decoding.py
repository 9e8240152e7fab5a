"""Decodes photos as both programs see them: upright, 8-bit, sRGB, without metadata."""

import struct
from collections.abc import Callable

import numpy as np
from PIL import ExifTags, Image

from faces.colours import Colours, decide, read_chunks, statements, to_srgb
from faces.scaling import shrunk

READING = 3  # counts the ways to read photos: pictures made by another one are made again
STRIP_PIXELS = 1_000_000
UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # Exif's orientations


def draft(image: Image.Image, mode: str, least_side_px: int) -> None:
    """Let a JPEG be decoded at reduced size, with its longest side at least `least_side_px`."""
    scale = least_side_px / max(image.size)
    width_px, height_px = (max(1, int(side * scale)) for side in image.size)
    image.draft(mode, (width_px, height_px))


def upright(image: Image.Image) -> Image.Image:
    """Decode to 8-bit sRGB, rotated upright by EXIF, without metadata."""
    return upright_with_colours(image)[0]


def upright_with_colours(image: Image.Image) -> tuple[Image.Image, Colours]:
    """Decode like `upright`, and tell what the photo's colours were taken for.

    Give an image that is not loaded yet: some of what PNG says is read from the open file.
    """
    chunks = read_chunks(image)
    image.load()
    said = statements(image, chunks)
    flat = to_eight_bits(turned(image))
    colours = decide(said, flat.mode)
    flat = to_srgb(flat, colours)
    flat.info = {}
    return flat, colours


def turned(image: Image.Image) -> Image.Image:
    """Turn a loaded image upright as Exif says; like browsers, pass over what only XMP says."""
    turn = UPRIGHT_BY.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def orientation(image: Image.Image) -> int:
    """Return Exif's orientation, 1 to 8; 1 where there is none."""
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif") or b"")
        given = exif.get(ExifTags.Base.Orientation, 1)
        return int(given) if given in UPRIGHT_BY else 1
    except (ValueError, TypeError, LookupError, SyntaxError, OSError, struct.error):  # damaged
        return 1


def upright_reduced(image: Image.Image, least_side_px: int) -> Image.Image:
    """Decode like `upright`, but a JPEG at reduced size, and reduce by a whole factor.

    The longest side stays at least `least_side_px`.
    """
    draft(image, image.mode, least_side_px)
    return shrunk(upright(image), least_side_px)


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Flatten to mode RGB, CMYK or L, transparent parts on white; colours stay as they are."""
    if image.mode.startswith("I"):
        return _in_strips(image, "L", _scaled)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        return _in_strips(image, "RGB", _on_white)
    return image if image.mode in ("RGB", "CMYK", "L") else image.convert("RGB")


def _in_strips(
    image: Image.Image, mode: str, flatten: Callable[[Image.Image], Image.Image]
) -> Image.Image:
    """Flatten a few rows at a time: what it takes meanwhile is several times the photo."""
    flat = Image.new(mode, image.size)
    rows = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(top + rows, image.height))
        flat.paste(flatten(image.crop(box)), box)
    return flat


def _scaled(grey: Image.Image) -> Image.Image:
    """Turn 16-bit grey into 8-bit, which Pillow's conversion would clip rather than scale."""
    levels = np.asarray(grey).astype(np.int64) >> 8
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
