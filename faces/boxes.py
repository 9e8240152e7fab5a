"""Reads the boxes of an AVIF file for the numbers that say what its colours mean, which Pillow passes over."""

import struct
from collections.abc import Iterator

MOST_BOXES = 1000  # on one level: a photo has some dozens
FULL_BOX = 4  # bytes of version and flags


def coded_colours(content: bytes) -> tuple[int, int] | None:
    """Return H.273's numbers of the main picture's primaries and transfer curve; None if it has none."""
    try:
        meta = _first(content, b"meta")[FULL_BOX:]
        properties = _first(meta, b"iprp")
        listed = [*_boxes(_first(properties, b"ipco"))]
        for place in _places(_first(properties, b"ipma"), _main_item(_first(meta, b"pitm"))):
            name, box = listed[place - 1] if 0 < place <= len(listed) else (b"", b"")
            if name == b"colr" and box[:4] == b"nclx":
                primaries, curve = struct.unpack_from(">HH", box, 4)
                return primaries, curve
    except (LookupError, struct.error):  # damaged
        return None
    return None


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes on one level: name and content."""
    start = 0
    for _ in range(MOST_BOXES):
        if start + 8 > len(content):
            return
        size, name = struct.unpack_from(">I4s", content, start)
        head = 8
        if size == 1:
            [size], head = struct.unpack_from(">Q", content, start + 8), 16
        end = start + size if size else len(content)
        if end < start + head:
            return
        yield name, content[start + head : end]
        start = end


def _first(content: bytes, wanted: bytes) -> bytes:
    """Return the first box of a name.

    Raises:
        LookupError: there is none.
    """
    for name, box in _boxes(content):
        if name == wanted:
            return box
    raise LookupError(wanted)


def _main_item(pitm: bytes) -> int:
    [item] = struct.unpack_from(">I" if pitm[0] else ">H", pitm, FULL_BOX)
    return int(item)


def _places(ipma: bytes, wanted: int) -> list[int]:
    """Return the places, from 1, of the properties of an item."""
    is_long, is_wide = ipma[0] > 0, ipma[3] & 1
    [count] = struct.unpack_from(">I", ipma, FULL_BOX)
    at = FULL_BOX + 4
    for _ in range(count):
        item, properties = struct.unpack_from(">IB" if is_long else ">HB", ipma, at)
        at += 5 if is_long else 3
        kind = ">H" if is_wide else ">B"
        size = struct.calcsize(kind)
        if item == wanted:
            mask = 0x7FFF if is_wide else 0x7F
            numbers = (struct.unpack_from(kind, ipma, at + n * size)[0] for n in range(properties))
            return [number & mask for number in numbers]
        at += properties * size
    raise LookupError(wanted)
