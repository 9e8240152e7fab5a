"""Walks the segments, chunks and boxes of a file, to tell before any decoder reads them whether they are too many."""

import re
import struct
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import islice
from typing import NamedTuple

from PIL.JpegImagePlugin import MARKER

from faces.boxes import FULL_BOX

# What photos have, and why these are the limits: docs/decisions.md#decoding-limits.
MOST_PARTS = 2_000  # beside the pixels
MOST_METADATA_BYTES = 32_000_000
MOST_JUNK_BYTES = 1_000_000
MOST_SCANS = 100  # of a JPEG: each passes over all pixels
MOST_PIXEL_PARTS = 20_000

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
WEBP_PIXELS = (b"VP8 ", b"VP8L", b"ALPH", b"ANMF")
OPENED_BOXES = {b"meta": FULL_BOX, b"iprp": 0, b"ipco": 0}  # and where their boxes begin
SCAN, END = 0xDA, 0xD9
IN_HEADER = re.compile(rb"\xff[\x01-\xfe]")
AMONG_PIXELS = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither an escaped byte nor a restart
# As Pillow reads them: what follows another marker is searched for the next one.
WITH_LENGTH = {code & 0xFF for code, (_, _, read) in MARKER.items() if read}
GIF_IMAGE, GIF_EXTENSION = 0x2C, 0x21
MOST_GIF_BLOCKS = 1_000_000


class Kind(Enum):
    PIXELS = "pixels"
    SCAN = "scan"
    METADATA = "metadata"
    JUNK = "junk"  # between segments, read byte by byte


class Part(NamedTuple):
    kind: Kind
    size_bytes: int


class TooMuch(Exception):
    """A file holds more than a photo does: of `kind`, in parts or in bytes."""

    def __init__(self, kind: Kind, most: int, *, is_bytes: bool) -> None:
        self.kind, self.most, self.is_bytes = kind, most, is_bytes
        super().__init__(kind.value)


MOST_BYTES_OF = {Kind.METADATA: MOST_METADATA_BYTES, Kind.JUNK: MOST_JUNK_BYTES}
MOST_PARTS_OF = {
    Kind.METADATA: MOST_PARTS,
    Kind.JUNK: MOST_PARTS,
    Kind.SCAN: MOST_SCANS,
    Kind.PIXELS: MOST_PIXEL_PARTS,
}


def check_parts(content: bytes) -> None:
    """Refuse a file with more segments, chunks, boxes or metadata than photos have.

    Raises:
        TooMuch
    """
    parts, sizes = dict.fromkeys(Kind, 0), dict.fromkeys(Kind, 0)
    for kind, size_bytes in _walk(content):
        parts[kind] += 1
        sizes[kind] += size_bytes
        if parts[kind] > MOST_PARTS_OF[kind]:
            raise TooMuch(kind, MOST_PARTS_OF[kind], is_bytes=False)
        if kind in MOST_BYTES_OF and sizes[kind] > MOST_BYTES_OF[kind]:
            raise TooMuch(kind, MOST_BYTES_OF[kind], is_bytes=True)


def webp_size(content: bytes) -> tuple[int, int] | None:
    """Return the width and height that a WebP declares: its decoder makes room for them once it is opened."""
    name, body = content[12:16], content[20:30]
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(body) < 10:
        return None
    if name == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width_px, height_px = struct.unpack("<2H", body[6:10])
    return width_px & 0x3FFF, height_px & 0x3FFF


def is_animated_gif(content: bytes) -> bool:
    """Tell whether a GIF has a second image."""
    images = (code for code in islice(_gif(content), MOST_GIF_BLOCKS) if code == GIF_IMAGE)
    return len(list(islice(images, 2))) == 2


def _walk(content: bytes) -> Iterator[Part]:
    return next((walk(content) for begins, walk in WALKS if begins.match(content)), iter(()))


def _jpeg(content: bytes) -> Iterator[Part]:
    at, pattern = 2, IN_HEADER
    while found := pattern.search(content, at):
        if pattern is IN_HEADER and found.start() > at:
            yield Part(Kind.JUNK, found.start() - at)
        code, at = content[found.start() + 1], found.end()
        if code == END and pattern is AMONG_PIXELS:
            return
        if code not in WITH_LENGTH:
            yield Part(Kind.JUNK, 2)
            continue
        size_bytes = max(2, int.from_bytes(content[at : at + 2], "big"))
        at += size_bytes
        if code == SCAN:
            pattern = AMONG_PIXELS
        yield Part(Kind.SCAN if code == SCAN else Kind.METADATA, size_bytes)


def _png(content: bytes) -> Iterator[Part]:
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(content):
        size_bytes, name = struct.unpack_from(">I4s", content, at)
        kind = Kind.PIXELS if name in (b"IDAT", b"fdAT") else Kind.METADATA
        yield Part(kind, min(size_bytes, len(content) - at))
        if name == b"IEND":
            return
        at += 12 + size_bytes


def _webp(content: bytes) -> Iterator[Part]:
    at = 12
    while at + 8 <= len(content):
        name, size_bytes = struct.unpack_from("<4sI", content, at)
        kind = Kind.PIXELS if name in WEBP_PIXELS else Kind.METADATA
        yield Part(kind, min(size_bytes, len(content) - at))
        at += 8 + size_bytes + size_bytes % 2


def _boxes(content: bytes) -> Iterator[Part]:
    waiting = [(0, len(content))]
    while waiting:
        at, end = waiting.pop()
        while at + 8 <= end:
            size_bytes, name = struct.unpack_from(">I4s", content, at)
            head = 8
            if size_bytes == 1 and at + 16 <= end:
                [size_bytes], head = struct.unpack_from(">Q", content, at + 8), 16
            after = min(at + size_bytes, end) if size_bytes else end
            if after < at + head:
                break
            if name in OPENED_BOXES:
                waiting.append((at + head + OPENED_BOXES[name], after))
            yield Part(Kind.PIXELS if name == b"mdat" else Kind.METADATA, head)
            at = after


def _gif(content: bytes) -> Iterator[int]:
    """Yield what a GIF's blocks begin with; 0 for each further piece of one."""
    at = 13 + _colours(content[10:11])
    while (code := int.from_bytes(content[at : at + 1])) in (GIF_IMAGE, GIF_EXTENSION):
        yield code
        at += 11 + _colours(content[at + 9 : at + 10]) if code == GIF_IMAGE else 2
        while size_bytes := int.from_bytes(content[at : at + 1]):
            yield 0
            at += 1 + size_bytes
        at += 1


def _colours(flags: bytes) -> int:
    """Return the size of the table of colours that follows these flags."""
    value = int.from_bytes(flags)
    return 3 << (value & 7) + 1 if value & 0x80 else 0


WALKS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Iterator[Part]]], ...] = (
    (re.compile(rb"\xff\xd8"), _jpeg),
    (re.compile(re.escape(PNG_SIGNATURE)), _png),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), _webp),
    (re.compile(rb".{4}ftyp", re.DOTALL), _boxes),
)
