"""What a photo is: the one rule of both programs, by a file's content and never by its name."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import (
    AvifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)
from pillow_heif import register_heif_opener

from faces.containers import Kind, TooMuch, check_parts, is_animated_gif, webp_size
from faces.formats import BY_CODE, HEAD_BYTES, VIDEO, Limits, name_of
from faces.greyness import shows_colour

# Pillow loads its plugins lazily and all at once; importing these avoids the rest.
PLUGINS = (AvifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
register_heif_opener()

OPENED = tuple(code for code in BY_CODE if code != "MPO")  # which opens as JPEG

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


class PhotoRefused(Exception):
    """A file is not a usable photo; `message` is the reason, made of a `template` and its `values`."""

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        self.message = template % values if values else template
        super().__init__(self.message)


def read_file(path: Path, max_bytes: int) -> bytes:
    """Return a file's bytes; refuse pipes, folders and oversized files without reading them.

    Raises:
        PhotoRefused
    """
    try:
        if not path.is_file():
            raise PhotoRefused("not a regular file")
        size_bytes = path.stat().st_size
        if size_bytes > max_bytes:
            raise too_large(size_bytes, max_bytes)
        return path.read_bytes()
    except OSError as error:
        raise unreadable(error) from error


def unreadable(error: OSError) -> PhotoRefused:
    return PhotoRefused("unreadable: %(why)s", why=error.strerror)


def too_large(size_bytes: int, max_bytes: int) -> PhotoRefused:
    size, most = f"{size_bytes / 1e6:.0f}", f"{max_bytes / 1e6:.0f}"
    return PhotoRefused("too large: %(size)s MB, at most %(most)s MB", size=size, most=most)


@contextmanager
def opened(content: bytes, limits: Limits) -> Iterator[Image.Image]:
    """Open a file, checking every limit first; decode its pixels inside this context.

    Raises:
        PhotoRefused: the file is not a usable photo, also where decoding fails inside.
    """
    if not content:
        raise PhotoRefused("empty file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _check_container(content, limits)
            with open_image(content) as image:
                _check_header(image, limits)
                yield image
        except DECODE_ERRORS as error:
            raise _refusal(error, content) from error


def open_image(content: bytes) -> Image.Image:
    """Open an accepted photo without checking it."""
    return Image.open(io.BytesIO(content), formats=OPENED)


def check_colour(photo: Image.Image) -> None:
    """Refuse an upright photo, reduced or not, in which redness could not be seen.

    Raises:
        PhotoRefused
    """
    if not shows_colour(photo):
        raise PhotoRefused("no colour: redness cannot be seen in a grey photo")


def decoded_bytes(image: Image.Image) -> int:
    """Return the size of an opened image's pixels at the depth that its file holds, in colour."""
    channels = max(3, len(image.getbands()))
    return image.width * image.height * channels * _bytes_per_channel(image)


def _bytes_per_channel(image: Image.Image) -> int:
    if image.format == "AVIF":
        return 2  # it may have 10 or 12 bits, which Pillow does not tell
    tiles = image.tile if isinstance(image, ImageFile.ImageFile) else []
    is_deep = any("16" in str(tile.args) for tile in tiles) or image.info.get("bit_depth", 8) > 8
    return 2 if is_deep else 1


def _check_container(content: bytes, limits: Limits) -> None:
    """Refuse what would cost much before Pillow has told its size."""
    try:
        check_parts(content)
    except TooMuch as found:
        raise _too_much(found) from found
    if size := webp_size(content):
        _check_pixels(*size, limits)


def _check_header(image: Image.Image, limits: Limits) -> None:
    has_extras = BY_CODE[str(image.format)].has_extras
    if not has_extras and getattr(image, "is_animated", False):
        raise _animated()
    _check_pixels(*image.size, limits)
    if decoded_bytes(image) > limits.max_decoded_bytes:
        raise PhotoRefused(
            "too large decoded: %(size)s MB, at most %(most)s MB",
            size=f"{decoded_bytes(image) / 1e6:.0f}",
            most=f"{limits.max_decoded_bytes / 1e6:.0f}",
        )
    if min(image.size) < limits.min_side_px:
        raise PhotoRefused(
            "too small: %(width)sx%(height)s, each side needs at least %(least)s pixels",
            width=image.width,
            height=image.height,
            least=limits.min_side_px,
        )


def _check_pixels(width_px: int, height_px: int, limits: Limits) -> None:
    if width_px * height_px > limits.max_pixels:
        raise PhotoRefused(
            "too many pixels: %(width)sx%(height)s, at most %(most)s megapixels",
            width=width_px,
            height=height_px,
            most=f"{limits.max_pixels / 1e6:.0f}",
        )


def _too_much(found: TooMuch) -> PhotoRefused:
    if found.kind in (Kind.SCAN, Kind.PIXELS):
        return PhotoRefused("pixels in too many parts: at most %(most)s", most=found.most)
    if found.is_bytes:
        most = f"{found.most / 1e6:.0f}"
        return PhotoRefused("too much metadata: at most %(most)s MB beside the pixels", most=most)
    return PhotoRefused(
        "too much metadata: at most %(most)s parts beside the pixels", most=found.most
    )


def _animated() -> PhotoRefused:
    return PhotoRefused("animated: only still photos are accepted")


def _not_accepted(name: str) -> PhotoRefused:
    return PhotoRefused("%(format)s is not accepted: save it as JPEG or PNG", format=name)


def _refusal(error: BaseException, content: bytes) -> PhotoRefused:
    if isinstance(error, UnidentifiedImageError):
        return _unknown(content)
    if isinstance(error, MemoryError):
        return PhotoRefused("takes too much memory to decode")
    if "MAX_TEXT" in str(error):  # of a PNG, unpacked
        return PhotoRefused("too much metadata: its texts or colour profile are too long")
    if isinstance(error, Image.DecompressionBombError):
        return PhotoRefused("too many pixels: a decompression bomb, not decoded")
    if "truncated" in str(error).lower():
        return PhotoRefused("truncated: the end of the file is missing")
    return PhotoRefused("unreadable: the image data is damaged")


def _unknown(content: bytes) -> PhotoRefused:
    name = name_of(content[:HEAD_BYTES])
    if name == "GIF" and is_animated_gif(content):
        return _animated()
    if name == VIDEO:
        return PhotoRefused("a video: only still photos are accepted")
    return _not_accepted(name) if name else PhotoRefused("not a photo: no known image data in it")
