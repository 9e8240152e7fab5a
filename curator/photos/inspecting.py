"""Inspects a photo file: its size, digests, hashes, keypoints and checks, or why it is rejected."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from copies.fingerprints import fingerprint
from copies.hashes import as_text
from curator.base.errors import DecodingFailed, PhotoRejected
from curator.base.pixels import (
    READ_PX,
    Decoded,
    Limits,
    decode,
    pixel_sha256,
    preview,
    read,
    rejecting,
    same_pixels,
    whole_pixel_sha256,
)
from curator.photos.checks import CheckRow, checks_of
from faces.colours import Colours
from faces.photos import check_colour
from faces.scaling import shrunk


@dataclass(frozen=True)
class Inspected:
    """What a photo file's bytes alone reveal."""

    file_sha256: str
    pixel_sha256: str
    phash: str
    hashes: bytes
    keypoints: bytes
    content_share: float
    checks: CheckRow
    width_px: int
    height_px: int
    size_bytes: int
    format: str
    colours: Colours
    thumbnail: bytes  # JPEG; empty if the photo was decoded too small to make it


def inspect_file(
    path: Path, limits: Limits, *, is_stored: bool = False
) -> Inspected | PhotoRejected:
    """Inspect a file; return a rejection rather than raise it, since workers hand results back."""
    try:
        return inspect(read(path, limits.max_file_bytes), limits, is_stored=is_stored)
    except PhotoRejected as rejected:
        return rejected


def inspect(content: bytes, limits: Limits, *, is_stored: bool = False) -> Inspected:
    """Inspect a file's bytes.

    Args:
        is_stored: the photo was imported before, and stays whatever its colours.

    Raises:
        PhotoRejected: the file is not a usable photo; the message gives the reason.
    """
    photo = decode(content, limits, READ_PX)
    small = shrunk(photo.image, READ_PX)
    if not is_stored:
        with rejecting():
            check_colour(small)
    taken = fingerprint(small)
    hashes, keypoints, content_share = taken.to_row()
    return Inspected(
        file_sha256=hashlib.sha256(content).hexdigest(),
        pixel_sha256=pixel_sha256(small, photo.width_px, photo.height_px),
        phash=as_text(taken.hashes[0]),
        hashes=hashes,
        keypoints=keypoints,
        content_share=content_share,
        checks=checks_of(small).to_row(),
        width_px=photo.width_px,
        height_px=photo.height_px,
        size_bytes=len(content),
        format=photo.format,
        colours=photo.colours,
        thumbnail=_thumbnail(photo, small, limits.thumbnail_px),
    )


def rejection(_path: Path, failed: DecodingFailed) -> Inspected | PhotoRejected:
    return failed


@dataclass(frozen=True)
class Twins:
    """Two files whose reduced pixels have this digest."""

    path: Path
    other: Path
    pixel_sha256: str


def tell_apart(twins: Twins) -> str:
    """Return a digest that the first shares with the other only if all their pixels are the same."""
    if same_pixels(twins.other, twins.path):
        return twins.pixel_sha256
    return whole_pixel_sha256(twins.path)


def _thumbnail(photo: Decoded, small: Image.Image, side_px: int) -> bytes:
    is_enough = max(small.size) >= min(side_px, max(photo.width_px, photo.height_px))
    return preview(small, side_px) if is_enough else b""
