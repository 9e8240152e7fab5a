"""Files are recognised by their content, whatever their name."""

import io
import re
import struct
from collections.abc import Callable

import pytest
from PIL import Image

from faces.formats import ACCEPT, BY_CODE, ENDING, FORMATS, Limits, name_of
from faces.photos import OPENED, PhotoRefused, opened

LIMITS = Limits()


def tiff(*tags: tuple[int, int, int], order: str = "<", more: bytes = b"") -> bytes:
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8)
    rows = [
        struct.pack(f"{order}HHI", tag, kind, 1) + number(kind, value, order)
        for tag, kind, value in tags
    ]
    return head + struct.pack(f"{order}H", len(tags)) + b"".join(rows) + bytes(4) + more


def number(kind: int, value: int, order: str) -> bytes:
    form = f"{order}Hxx" if kind == 3 else f"{order}I"
    return struct.pack(form, value)


def saved(file_format: str) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, file_format)
    return buffer.getvalue()


MAKE = (0x010F, 4, 200)
PREVIEW = (0x00FE, 4, 1)
OTHERS: list[tuple[str, bytes]] = [
    ("TIFF", saved("TIFF")),
    ("TIFF", tiff((0x0100, 3, 640), order=">")),
    ("TIFF", b"II+\0\x08\0\0\0" + bytes(60)),
    ("TIFF", tiff(MAKE, order="<")),  # a scanner names its make, too
    ("DNG (camera raw)", tiff(PREVIEW, MAKE, (0xC612, 1, 4))),
    ("NEF (camera raw)", tiff(PREVIEW, MAKE, order=">", more=b"NIKON CORPORATION")),
    ("TIFF (camera raw)", tiff(PREVIEW, MAKE, more=b"SONY")),
    ("CR2 (camera raw)", b"II*\0\x10\0\0\0CR\x02\0" + bytes(60)),
    ("CR3 (camera raw)", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"),
    ("RAF (camera raw)", b"FUJIFILMCCD-RAW 0201FF383501X-T2"),
    ("JPEG XL", b"\xff\x0a" + bytes(60)),
    ("JPEG XL", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60)),
    ("JPEG 2000", saved("JPEG2000")),
    ("BMP", saved("BMP")),
    ("GIF", saved("GIF")),
    ("SVG", b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("SVG", b"\xef\xbb\xbf<SVG width='9'/>"),
    ("PDF", saved("PDF")),
    ("PDF", b"\n\n%PDF-1.7"),
    ("HTML", b"<!doctype html><title>Sign in</title>"),
    ("ZIP", b"PK\x03\x04" + bytes(60)),
]
VIDEOS = [
    b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
    b"\0\0\0\x14ftypqt  \0\0\2\0qt  ",
    b"\0\0\0\x1cftypM4V \0\0\0\1",
    b"\0\0\0\x08wide\0\0\0\0mdat",
    b"\x1a\x45\xdf\xa3\x01\0\0\0webm",
    b"RIFF\0\0\0\0AVI LIST",
]


def reason(content: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused, opened(content, LIMITS) as image:
        image.load()
    return refused.value.message


@pytest.mark.parametrize(("name", "content"), OTHERS)
def test_what_is_no_photo_format_is_named_as_what_it_is(name: str, content: bytes) -> None:
    assert reason(content) == f"{name} is not accepted: save it as JPEG or PNG"


@pytest.mark.parametrize("content", VIDEOS)
def test_a_video_is_called_a_video(content: bytes) -> None:
    assert reason(content) == "a video: only still photos are accepted"


@pytest.mark.parametrize(
    "content", [b"only words", b"BMW and other cars, a list", b"\0" * 40, b"IIRC, he said", b"PK"]
)
def test_what_nobody_knows_is_called_no_photo(content: bytes) -> None:
    assert reason(content) == "not a photo: no known image data in it"


def test_every_prefix_of_every_file_is_named_or_not_and_raises_nothing() -> None:
    for _, content in OTHERS:
        for length in range(min(len(content), 80)):
            assert isinstance(name_of(content[:length]), str)


def damaged(content: bytes) -> bytes:
    return content[:40]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
@pytest.mark.parametrize("change", [bytes, damaged])
def test_a_photo_is_never_named_as_something_else(
    file_format: str, change: Callable[[bytes], bytes]
) -> None:
    assert name_of(change(saved(file_format))) == ""


def test_one_table_gives_endings_codes_and_what_a_browser_offers() -> None:
    for each in FORMATS:
        assert all(BY_CODE[code] is each for code in each.codes)
        assert all(ENDING.search(f"a.{ending.upper()}") for ending in each.endings)
        assert {f".{ending}" for ending in each.endings} <= set(ACCEPT.split(","))
    assert set(BY_CODE) - {"MPO"} == set(OPENED)
    assert not re.search(ENDING, "a.tif")
