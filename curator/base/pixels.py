"""Decodes files within limits and makes previews."""

import hashlib
import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import (
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)
from pillow_heif import register_heif_opener

from curator.base.errors import PhotoRejected
from faces.colours import Colours
from faces.decoding import draft, to_eight_bits, upright, upright_reduced, upright_with_colours
from faces.scaling import resized, shrunk

# Pillow loads its plugins lazily and all at once; importing these avoids the rest.
PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin, GifImagePlugin)
register_heif_opener()

PHOTO_FORMATS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "HEIF": "heic"}
OPENED = ("JPEG", "PNG", "WEBP", "HEIF", "GIF")  # MPO opens as JPEG; GIF only to name the reason
READ_PX = 256  # minimum longest side for import: about a quarter of a photo on social networks
LEAST_COLOUR = 2.0  # of 255, mean spread of a pixel's channels; portraits on white have at least 7
STILL_FORMATS = {"JPEG", "MPO", "HEIF"}  # extra frames are previews or depth maps, not animation

# What Pillow and its codecs raise on broken or hostile files; in practice more than OSError.
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class Limits:
    max_file_bytes: int
    max_pixels: int
    min_side_px: int
    thumbnail_px: int


@dataclass(frozen=True)
class Decoded:
    """An upright photo; `width_px` and `height_px` are full size even if `image` is reduced."""

    image: Image.Image
    colours: Colours
    format: str
    width_px: int
    height_px: int


def decode(content: bytes, limits: Limits, least_side_px: int | None = None) -> Decoded:
    """Decode to upright sRGB, checking every limit on the header before decoding pixels.

    Args:
        least_side_px: minimum longest side; a JPEG is decoded at 1/2, 1/4 or 1/8 of its size
            down to this, which is much faster and still detects damage.

    Raises:
        PhotoRejected: the file is not a usable photo; the message gives the reason.
    """
    if not content:
        raise PhotoRejected("empty file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _open(content) as image:
                _check_header(image, limits)
                return _decoded(image, least_side_px)
        except DECODE_ERRORS as error:
            raise _rejection(error) from error


def read(path: Path, max_bytes: int) -> bytes:
    """Return a file's bytes; refuse pipes, folders and oversized files without reading them."""
    if not path.is_file():
        raise PhotoRejected("not a regular file")
    try:
        size_bytes = path.stat().st_size
        if size_bytes > max_bytes:
            raise too_large(size_bytes, max_bytes)
        return path.read_bytes()
    except OSError as error:
        raise PhotoRejected("unreadable: %(why)s", why=error.strerror) from error


def too_large(size_bytes: int, max_bytes: int) -> PhotoRejected:
    size, most = f"{size_bytes / 1e6:.0f}", f"{max_bytes / 1e6:.0f}"
    return PhotoRejected("too large: %(size)s MB, at most %(most)s MB", size=size, most=most)


def load(path: Path) -> Image.Image:
    """Decode an accepted photo."""
    with _open(path.read_bytes()) as image:
        return upright(image)


def same_pixels(first: Path, second: Path) -> bool:
    """Tell whether two accepted photos have the same upright pixels, whatever their format."""
    with _open(first.read_bytes()) as one, _open(second.read_bytes()) as other:
        if sorted(one.size) != sorted(other.size):
            return False
        pixels, others = (np.asarray(upright(image)) for image in (one, other))
        return np.array_equal(pixels, others)


def load_reduced(path: Path, least_side_px: int = READ_PX) -> Image.Image:
    """Decode an accepted photo at a fraction of its size, by default the size that import reads."""
    with _open(path.read_bytes()) as image:
        return upright_reduced(image, least_side_px)


def load_grey(path: Path, least_side_px: int) -> Image.Image:
    """Decode an accepted photo for comparison: upright and grey, less than twice `least_side_px`."""
    with _open(path.read_bytes()) as image:
        draft(image, "L", least_side_px)
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return shrunk(to_eight_bits(image).convert("L"), least_side_px)


def has_colour(photo: Image.Image) -> bool:
    """Tell whether the channels differ more than those of a grey photo saved as a colour JPEG."""
    small = photo.reduce(max(1, min(photo.size) // 64))
    red, green, blue = (np.asarray(band, dtype=np.int16) for band in small.split())
    highest = np.maximum(np.maximum(red, green), blue)
    lowest = np.minimum(np.minimum(red, green), blue)
    return float((highest - lowest).mean()) >= LEAST_COLOUR


def pixel_sha256(image: Image.Image, width_px: int, height_px: int) -> str:
    """Hash a photo's pixels, as import reads them, with its full size."""
    size = f"{width_px}x{height_px}:{image.width}x{image.height}:"
    return hashlib.sha256(size.encode() + image.tobytes()).hexdigest()


def whole_pixel_sha256(path: Path) -> str:
    """Hash all pixels of an accepted photo at full size."""
    photo = load(path)
    return pixel_sha256(photo, photo.width, photo.height)


def preview(photo: Image.Image, longest_side_px: int, quality: int = 85) -> bytes:
    """Return a JPEG of the photo, reduced if larger."""
    small = Image.fromarray(resized(photo, min(longest_side_px, max(photo.size))))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _open(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content), formats=OPENED)


def _decoded(image: Image.Image, least_side_px: int | None = None) -> Decoded:
    """Decode as `upright` does, recording the full size."""
    width_px, height_px = image.size
    if least_side_px:
        draft(image, image.mode, least_side_px)
    file_format, lying = str(image.format), image.size
    flat, colours = upright_with_colours(image)
    if flat.size != lying:
        width_px, height_px = height_px, width_px
    return Decoded(flat, colours, file_format, width_px, height_px)


def _check_header(image: Image.Image, limits: Limits) -> None:
    if image.format not in STILL_FORMATS and getattr(image, "n_frames", 1) > 1:
        raise PhotoRejected("animated: only still photos are accepted")
    if image.format not in PHOTO_FORMATS:
        raise PhotoRejected(
            "%(format)s is not accepted: use JPEG, PNG, WebP or HEIC", format=image.format
        )
    if image.width * image.height > limits.max_pixels:
        raise PhotoRejected(
            "too many pixels: %(width)sx%(height)s, at most %(most)s megapixels",
            width=image.width,
            height=image.height,
            most=f"{limits.max_pixels / 1e6:.0f}",
        )
    if min(image.size) < limits.min_side_px:
        raise PhotoRejected(
            "too small: %(width)sx%(height)s, each side needs at least %(least)s pixels",
            width=image.width,
            height=image.height,
            least=limits.min_side_px,
        )


def _rejection(error: BaseException) -> PhotoRejected:
    if isinstance(error, UnidentifiedImageError):
        return PhotoRejected("not a photo: no JPEG, PNG, WebP or HEIC data in it")
    if isinstance(error, Image.DecompressionBombError):
        return PhotoRejected("too many pixels: a decompression bomb, not decoded")
    if "truncated" in str(error).lower():
        return PhotoRejected("truncated: the end of the file is missing")
    return PhotoRejected("unreadable: the image data is damaged")
