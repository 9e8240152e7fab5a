"""What a file holds beside its pixels is counted before a decoder reads it; what phones write passes."""

import io
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from faces.containers import (
    MOST_METADATA_BYTES,
    MOST_PARTS,
    MOST_SCANS,
    TooMuch,
    check_parts,
    is_animated_gif,
    webp_size,
)
from faces.decoding import upright
from faces.formats import Limits
from faces.photos import PhotoRefused, opened

LARGEST_SEGMENT = 65_533
QUICK_S = 5.0  # without limits these files take 10 s and more


def saved(file_format: str, size: tuple[int, int] = (160, 120), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, file_format, **options)
    return buffer.getvalue()


def segment(marker: int, content: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content


def with_segments(*segments: bytes) -> bytes:
    plain = saved("JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


def chunk(name: bytes, content: bytes = b"") -> bytes:
    checked = name + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def with_chunks(*chunks: bytes) -> bytes:
    plain = saved("PNG")
    place = plain.index(b"IDAT") - 4
    return plain[:place] + b"".join(chunks) + plain[place:]


def with_riff_chunks(count: int) -> bytes:
    plain = saved("WEBP", xmp=b"<x/>")
    more = (b"ABCD" + struct.pack("<I", 0)) * count
    return plain[:4] + struct.pack("<I", len(plain) - 8 + len(more)) + plain[8:] + more


def with_boxes(file_format: str, count: int) -> bytes:
    return saved(file_format) + struct.pack(">I4s", 8, b"free") * count


def packed_zeros(size_bytes: int) -> bytes:
    return zlib.compress(bytes(size_bytes), 9)


def reason(content: bytes, limits: Limits | None = None) -> str:
    started = time.process_time()
    with (
        pytest.raises(PhotoRefused) as refused,
        opened(content, limits or Limits()) as image,
    ):
        upright(image)
    assert time.process_time() - started < QUICK_S
    return refused.value.message


def is_taken(content: bytes) -> bool:
    with opened(content, Limits()) as image:
        return upright(image).mode == "RGB"


BEGINNINGS = [b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\0\0\0\x08ftyp"]
EXIF, COMMENT, EMPTY = segment(0xE1, b"Exif\0\0MM\0*"), segment(0xFE, b"a"), segment(0xE5)
TEXT = b"Comment\0\0" + packed_zeros(200_000_000)
MANY: dict[str, Callable[[], bytes]] = {
    "Exif": lambda: with_segments(EXIF * 300_000),
    "comments": lambda: with_segments(COMMENT * 300_000),
    "empty segments": lambda: with_segments(EMPTY * 300_000),
    "segments of length zero": lambda: with_segments(b"\xff\xe1\0\0" * 300_000),
    "behind filling": lambda: with_segments((b"\xff\xff" + EXIF) * 300_000),
    "behind escapes": lambda: with_segments((b"\xff\0" + EXIF) * 300_000),
    "behind an end": lambda: with_segments(b"\xff\xd9", EXIF * 300_000),
    "profiles": lambda: with_segments(segment(0xE2, b"ICC_PROFILE\0\1\1") * 300_000),
    "tables": lambda: with_segments(segment(0xDB) * 300_000),
    "texts": lambda: with_chunks(chunk(b"tEXt", b"a\0b") * 300_000),
    "unknown chunks": lambda: with_chunks(chunk(b"abCd") * 300_000),
    "RIFF chunks": lambda: with_riff_chunks(300_000),
    "boxes of AVIF": lambda: with_boxes("AVIF", 300_000),
    "boxes of HEIC": lambda: with_boxes("HEIF", 300_000),
}


@pytest.mark.parametrize("kind", MANY)
def test_a_photo_of_very_many_parts_is_refused_at_once(kind: str) -> None:
    assert (
        reason(MANY[kind]()) == f"too much metadata: at most {MOST_PARTS} parts beside the pixels"
    )


@pytest.mark.parametrize(
    "content",
    [
        with_segments(segment(0xE1, b"Exif\0\0" + bytes(LARGEST_SEGMENT - 6)) * 500),
        with_segments(bytes(2_000_000)),  # no segments at all
        with_chunks(chunk(b"eXIf", bytes(MOST_METADATA_BYTES + 1))),
        with_chunks(chunk(b"zTXt", TEXT)),
        with_chunks(chunk(b"iTXt", b"a\0\1\0\0\0" + packed_zeros(200_000_000))),
        with_chunks(chunk(b"iCCP", TEXT)),
    ],
    ids=["Exif", "junk", "eXIf", "zTXt", "iTXt", "iCCP"],
)
def test_a_photo_with_very_much_beside_its_pixels_is_refused(content: bytes) -> None:
    assert reason(content).startswith("too much metadata: ")


def test_pixels_in_very_many_parts_are_refused() -> None:
    expected = f"pixels in too many parts: at most {MOST_SCANS}"
    plain = saved("JPEG", progressive=True)
    place = plain.rindex(b"\xff\xda")
    scan = plain[place:-2]
    assert reason(plain[:-2] + scan * 500 + plain[-2:]) == expected
    assert reason(with_chunks(chunk(b"IDAT") * 300_000)).startswith("pixels in too many parts: ")


def test_what_phones_write_beside_the_pixels_passes() -> None:
    """A maker's note, a picture for the depth in 200 segments, a film after the end, 20 scans."""
    depth = segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(LARGEST_SEGMENT - 40))
    film = np.random.default_rng(1).bytes(4_000_000)
    assert is_taken(with_segments(EXIF, *[depth] * 200) + film)
    assert is_taken(saved("JPEG", (800, 600), progressive=True))
    assert is_taken(saved("JPEG", restart_marker_blocks=1))
    texts = [chunk(b"tEXt", b"a\0b")] * 100
    assert is_taken(with_chunks(*texts, chunk(b"zTXt", b"a\0\0" + packed_zeros(500_000))))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_damage_is_walked_over_without_an_error(file_format: str) -> None:
    content = saved(file_format, xmp=b"<x/>")
    for place in range(0, len(content), max(1, len(content) // 300)):
        check_parts(content[:place])
        for byte in (b"\0", b"\xff"):
            check_parts(content[:place] + byte + content[place + 1 :])


@given(st.binary(max_size=300), st.sampled_from(BEGINNINGS))
def test_any_bytes_are_walked_to_an_end(content: bytes, beginning: bytes) -> None:
    check_parts(beginning + content)
    is_animated_gif(beginning + content)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*"}])
@pytest.mark.parametrize("size", [(97, 131), (1, 1), (1000, 3)])
def test_the_size_of_a_webp_is_known_before_it_is_opened(
    options: dict[str, Any], size: tuple[int, int]
) -> None:
    assert webp_size(saved("WEBP", size, **options)) == size


def declared(content: bytes, size: tuple[int, int]) -> bytes:
    """Let an extended WebP, or an AVIF or HEIC declare another size."""
    if content[12:16] == b"VP8X":
        sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
        return content[:24] + sides + content[30:]
    place = content.index(b"ispe") + 8
    return content[:place] + struct.pack(">II", *size) + content[place + 8 :]


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF", "HEIF"])
def test_a_size_that_is_only_declared_is_refused_too(file_format: str) -> None:
    content = declared(saved(file_format, xmp=b"<x/>"), (16_000, 16_000))
    assert reason(content).startswith("too many pixels: ")


def png_of_zeros(size: tuple[int, int], depth: int, colour: int, channels: int) -> bytes:
    width, height = size
    packer = zlib.compressobj(9)
    row = bytes(1 + width * channels * depth // 8)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jpeg_of_scans(size: tuple[int, int], scans: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated: each costs as much as it has pixels."""
    plain = io.BytesIO()
    Image.new("RGB", size, "tan").save(plain, "JPEG", progressive=True)
    start, end = plain.getvalue()[:-2], plain.getvalue()[-2:]
    return start + start[start.rindex(b"\xff\xda") :] * scans + end


@pytest.mark.parametrize(
    ("depth", "colour", "channels", "megabytes"),
    [(16, 6, 4, 400), (16, 2, 3, 300), (16, 0, 1, 300), (8, 6, 4, 200), (8, 3, 1, 150)],
    ids=["RGBA 16", "RGB 16", "grey 16", "RGBA 8", "palette"],
)
def test_a_budget_of_bytes_counts_the_depth(
    depth: int, colour: int, channels: int, megabytes: int
) -> None:
    content = png_of_zeros((10_000, 5_000), depth, colour, channels)
    expected = f"too large decoded: {megabytes} MB, at most 100 MB"
    assert reason(content, Limits(max_decoded_bytes=100_000_000)) == expected


def test_photos_of_the_largest_phones_are_within_the_budget() -> None:
    largest = (8_160, 6_120)
    for content in (
        saved("JPEG", largest, progressive=True),
        declared(saved("HEIF"), largest),
        declared(saved("AVIF"), largest),
    ):
        with opened(content, Limits()) as image:
            assert image.size == largest
    assert reason(png_of_zeros((10_000, 10_000), 16, 0, 1)).startswith("too many pixels: ")


@pytest.mark.parametrize("mode", ["I;16", "RGBA", "LA", "P", "PA"])
def test_flattening_in_strips_changes_no_pixel(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    if mode == "I;16":
        drawn = Image.fromarray(rng.integers(0, 65_536, (67, 53), np.uint16))
    else:
        drawn = Image.fromarray(rng.integers(0, 256, (67, 53, 4), np.uint8)).convert(mode)
    if mode == "P":
        drawn.info["transparency"] = 3
    whole = upright(drawn)
    monkeypatch.setattr("faces.decoding.STRIP_PIXELS", 500)
    assert (np.asarray(upright(drawn)) == np.asarray(whole)).all()


def test_a_gif_of_many_frames_is_told_from_a_still_one() -> None:
    frames = [Image.new("L", (120, 120), shade) for shade in range(3)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    assert is_animated_gif(buffer.getvalue())
    assert not is_animated_gif(saved("GIF"))
    still = saved("GIF")
    place = still.index(b",")  # the first image
    comments = b"!\xfe\1a\0" * 300_000
    assert reason(still[:place] + comments + still[place:]).startswith("GIF is not accepted")
    image = still[place:-1]
    assert reason(still[:-1] + image * 3_000 + b";").startswith("animated")


def test_what_is_too_much_says_what() -> None:
    with pytest.raises(TooMuch) as found:
        check_parts(with_segments(EMPTY * (MOST_PARTS + 1)))
    assert (found.value.kind.value, found.value.most) == ("metadata", MOST_PARTS)
