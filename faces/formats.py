"""The formats and sizes of photos that are taken, and how other files are recognised by what they begin with."""

import re
from dataclasses import dataclass
from typing import Literal

HEAD_BYTES = 4096  # of a file, enough to recognise it


@dataclass(frozen=True)
class Limits:
    max_file_bytes: int = 40_000_000
    max_pixels: int = 60_000_000
    min_side_px: int = 96
    max_decoded_bytes: int = 360_000_000


@dataclass(frozen=True)
class Format:
    """A format of photos.

    Attributes:
        codes: Pillow's names for it.
        endings: of its files' names; the first is that of a stored file.
        has_extras: further frames are previews or depth maps, not an animation.
    """

    name: str
    codes: tuple[str, ...]
    endings: tuple[str, ...]
    has_extras: bool = False


FORMATS = (
    Format("JPEG", ("JPEG", "MPO"), ("jpg", "jpeg", "jpe", "jfif"), has_extras=True),
    Format("PNG", ("PNG",), ("png",)),
    Format("WebP", ("WEBP",), ("webp",)),
    Format("HEIC", ("HEIF",), ("heic", "heif", "hif"), has_extras=True),
    Format("AVIF", ("AVIF",), ("avif",)),
)
BY_CODE = {code: each for each in FORMATS for code in each.codes}
NAMES = ", ".join(each.name for each in FORMATS)
ENDING = re.compile(
    rf"\.({'|'.join(ending for each in FORMATS for ending in each.endings)})$", re.IGNORECASE
)
# For a browser's file dialog: endings too, since not every system knows the newer ones as images.
ACCEPT = ",".join(("image/*", *(f".{ending}" for each in FORMATS for ending in each.endings)))

RAW = "camera raw"
VIDEO = "video"
# What other files begin with; the first that fits counts.
OTHERS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("JPEG XL", rb"\xff\x0a|\0\0\0\x0cJXL "),
        ("JPEG 2000", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
        (f"CR2 ({RAW})", rb"II\*\0.{4}CR"),
        (f"CR3 ({RAW})", rb".{4}ftypcrx "),
        (f"RAF ({RAW})", rb"FUJIFILMCCD-RAW"),
        (f"ORF ({RAW})", rb"II(RO|RS)|MMOR"),
        (f"RW2 ({RAW})", rb"IIU\0"),
        (f"X3F ({RAW})", rb"FOVb"),
        ("TIFF", rb"II[*+]\0|MM\0[*+]"),
        ("GIF", rb"GIF8[79]a"),
        ("BMP", rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"),
        ("Photoshop", rb"8BPS"),
        ("ICO", rb"\0\0[\x01\x02]\0[^\0]"),
        ("EPS", rb"%!PS|\xc5\xd0\xd3\xc6"),
        ("PDF", rb".{0,1023}%PDF-"),
        ("SVG", rb"(?i)(\xef\xbb\xbf)?\s*(<\?xml.{0,2048}|<!--.{0,2048}|<!DOCTYPE svg.{0,2048})?<svg"),
        ("HTML", rb"(?i)(\xef\xbb\xbf)?\s*(<!--.{0,512}-->\s*)?<(!DOCTYPE html|html|head)"),
        (VIDEO, rb".{4}ftyp(?!avi[fs]|hei|hev|mif1|msf1)"),
        (VIDEO, rb".{4}(?:moov|mdat|wide|free|skip)"),
        (VIDEO, rb"\x1a\x45\xdf\xa3|RIFF.{4}AVI |\0\0\x01[\xba\xb3]|FLV\x01|OggS|\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
        ("ZIP", rb"PK\x03\x04"),
    )
)  # fmt: skip
# Tags of a TIFF's first directory.
DNG_VERSION, MAKE, SUBFILE_TYPE = 0xC612, 0x010F, 0x00FE
REDUCED = 1  # a subfile type: the first picture of a camera's raw file is its preview


def name_of(head: bytes) -> str:
    """Name what a file holds by its first bytes, of formats that are not taken; empty if unknown."""
    name = next((name for name, pattern in OTHERS if pattern.match(head)), "")
    return _name_of_tiff(head) if name == "TIFF" else name


def _name_of_tiff(head: bytes) -> str:
    """Tell a camera's raw file, which is a TIFF by its first bytes, from a picture."""
    tags = _first_directory(head)
    if DNG_VERSION in tags:
        return f"DNG ({RAW})"
    if MAKE in tags and tags.get(SUBFILE_TYPE) == REDUCED:
        return f"NEF ({RAW})" if b"NIKON" in head else f"TIFF ({RAW})"
    return "TIFF"


def _first_directory(head: bytes) -> dict[int, int]:
    """Return tags and values of a TIFF's first directory, as far as the first bytes hold it."""
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"

    def number(start: int, size: int) -> int:
        return int.from_bytes(head[start : start + size], order)

    start = number(4, 4)
    entries = range(start + 2, min(start + 2 + 12 * number(start, 2), len(head) - 11), 12)
    return {number(at, 2): number(at + 8, 2 if number(at + 2, 2) == 3 else 4) for at in entries}
