"""Decodes files within limits and makes previews."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from curator.base.errors import PhotoRejected
from faces.colours import Colours
from faces.decoding import (
    draft,
    to_eight_bits,
    turned,
    upright,
    upright_reduced,
    upright_with_colours,
)
from faces.formats import Limits as PhotoLimits
from faces.photos import PhotoRefused, open_image, opened, read_file
from faces.scaling import resized, shrunk

READ_PX = 256  # minimum longest side for import: about a quarter of a photo on social networks


@dataclass(frozen=True)
class Limits(PhotoLimits):
    thumbnail_px: int = 256


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
    with rejecting(), opened(content, limits) as image:
        return _decoded(image, least_side_px)


@contextmanager
def rejecting() -> Iterator[None]:
    """Hand on what the shared rule refuses as an error of curator's."""
    try:
        yield
    except PhotoRefused as refused:
        raise PhotoRejected.of(refused) from refused


def read(path: Path, max_bytes: int) -> bytes:
    """Return a file's bytes; refuse pipes, folders and oversized files without reading them."""
    with rejecting():
        return read_file(path, max_bytes)


def load(path: Path) -> Image.Image:
    """Decode an accepted photo."""
    with open_image(path.read_bytes()) as image:
        return upright(image)


def same_pixels(first: Path, second: Path) -> bool:
    """Tell whether two accepted photos have the same upright pixels, whatever their format."""
    with open_image(first.read_bytes()) as one, open_image(second.read_bytes()) as other:
        if sorted(one.size) != sorted(other.size):
            return False
    # One after the other: a large photo takes much memory while it is decoded.
    return whole_pixel_sha256(first) == whole_pixel_sha256(second)


def load_reduced(path: Path, least_side_px: int = READ_PX) -> Image.Image:
    """Decode an accepted photo at a fraction of its size, by default the size that import reads."""
    with open_image(path.read_bytes()) as image:
        return upright_reduced(image, least_side_px)


def load_grey(path: Path, least_side_px: int) -> Image.Image:
    """Decode an accepted photo for comparison: upright and grey, less than twice `least_side_px`."""
    with open_image(path.read_bytes()) as image:
        draft(image, "L", least_side_px)
        image.load()
        return shrunk(to_eight_bits(turned(image)).convert("L"), least_side_px)


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


def png(image: Image.Image, compress_level: int = 6) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=compress_level)
    return buffer.getvalue()


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
