"""Decoding to upright sRGB without metadata; broken files are refused with a reason."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

from curator.base.errors import PhotoRejected
from curator.base.pixels import Limits, decode, png, preview, read
from curator.photos.inspecting import inspect
from faces.cutting import cut_region
from tests.curator.drawing import draw

register_heif_opener()
LIMITS = Limits(max_file_bytes=5_000_000, max_pixels=1_200_000, min_side_px=96, thumbnail_px=64)
SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def reason(content: bytes) -> str:
    with pytest.raises(PhotoRejected) as refused:
        decode(content, LIMITS, 256)
    return refused.value.message


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_each_photo_format_is_read(file_format: str) -> None:
    photo = decode(saved(draw(1), file_format), LIMITS)
    assert photo.format == file_format
    assert (photo.image.mode, photo.image.size) == ("RGB", (160, 120))
    assert (photo.width_px, photo.height_px) == (160, 120)


def test_a_rotated_photo_is_decoded_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    photo = decode(saved(draw(1), "PNG", exif=exif), LIMITS).image
    expected = draw(1).transpose(Image.Transpose.ROTATE_270)
    assert photo.tobytes() == expected.tobytes()


def test_no_metadata_survives_decoding() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Phone Inc"
    exif.get_ifd(0x8825)[1] = "N"
    content = saved(draw(1), "JPEG", exif=exif, comment=b"a name")
    photo = decode(content, LIMITS).image
    assert photo.info == {}
    for made in (png(photo), preview(photo, 64)):
        again = Image.open(io.BytesIO(made))
        assert not again.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(again.info)


def pixels(content: bytes) -> str:
    return inspect(content, LIMITS).pixel_sha256


def test_resaving_without_changing_pixels_keeps_the_pixel_hash() -> None:
    first = pixels(saved(draw(1), "PNG", compress_level=0))
    assert pixels(saved(draw(1), "PNG", compress_level=9)) == first
    assert pixels(saved(draw(2), "PNG")) != first
    assert pixels(saved(draw(1, (162, 120)), "PNG")) != first


def test_metadata_does_not_change_the_pixel_hash_even_of_a_jpeg_decoded_reduced() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Phone Inc"
    photo = draw(1, (1200, 800))
    plain = pixels(saved(photo, "JPEG", quality=80))
    assert pixels(saved(photo, "JPEG", quality=80, exif=exif, comment=b"a name")) == plain
    assert pixels(saved(photo, "JPEG", quality=81)) != plain


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(1200, 800), (800, 1199)])
def test_a_jpeg_decoded_reduced_keeps_its_upright_size(
    size: tuple[int, int], orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode(saved(draw(1, size), "JPEG", exif=exif), LIMITS, 256)
    whole = decode(saved(draw(1, size), "JPEG", exif=exif), LIMITS)
    assert (photo.width_px, photo.height_px) == whole.image.size
    assert 256 <= max(photo.image.size) < 512
    same_size = whole.image.resize(photo.image.size, Image.Resampling.BOX)
    difference = np.asarray(same_size, int) - np.asarray(photo.image, int)
    assert abs(difference).mean() < 2


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 160 * 120, dtype=np.uint16).reshape(120, 160)
    photo = decode(saved(Image.fromarray(ramp), "PNG"), LIMITS).image
    grey = np.asarray(photo)[..., 0].astype(int)
    assert abs(grey - (ramp >> 8).astype(int)).max() <= 1


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_grey_photo_is_refused_even_when_saved_in_colour(file_format: str) -> None:
    grey = draw(1).convert("L")
    for image in (grey, grey.convert("RGB")):
        with pytest.raises(PhotoRejected, match="no colour"):
            inspect(saved(image, file_format, quality=30), LIMITS)


def test_transparency_becomes_white() -> None:
    clear = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    photo = decode(saved(clear, "PNG"), LIMITS).image
    assert photo.getpixel((50, 50)) == (255, 255, 255)


def test_a_foreign_colour_profile_is_converted_to_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    broken = saved(draw(1), "PNG", icc_profile=profile.tobytes())
    photo = decode(
        broken, LIMITS
    ).image  # a Lab profile cannot fit RGB pixels, so they are read as sRGB
    assert photo.tobytes() == draw(1).tobytes()


def test_the_size_is_checked_before_pixels_are_decoded() -> None:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    bomb += struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I", 0) + b"IEND\xaeB`\x82"
    assert "too many pixels" in reason(bomb)
    assert "too many pixels: 1500x1000" in reason(saved(draw(1, (1500, 1000)), "JPEG"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty file"),
        (b"only words", "not a photo"),
        (saved(draw(1), "JPEG")[:-900], "truncated"),
        (saved(draw(1, (1200, 900)), "JPEG")[:-900], "truncated"),
        (saved(draw(1, (60, 200)), "PNG"), "too small: 60x200"),
        (saved(draw(1), "GIF"), "GIF is not accepted"),
        (saved(draw(1), "GIF", save_all=True, append_images=[draw(2)]), "animated"),
        (saved(draw(1), "WEBP", save_all=True, append_images=[draw(2)]), "animated"),
        (saved(draw(1), "PNG", save_all=True, append_images=[draw(2)]), "animated"),
        (saved(draw(1), "TIFF"), "TIFF is not accepted"),
    ],
)
def test_a_file_that_is_not_a_photo_is_refused_with_its_reason(
    content: bytes, expected: str
) -> None:
    assert expected in reason(content)


@settings(max_examples=60)
@given(
    file_format=st.sampled_from(["JPEG", "PNG", "WEBP", "HEIF", "AVIF"]),
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30),
    keep=st.floats(0.05, 1),
)
def test_a_damaged_file_is_decoded_or_refused_and_raises_nothing_else(
    file_format: str, damage: list[tuple[float, int]], keep: float
) -> None:
    content = bytearray(saved(draw(3), file_format))
    for where, value in damage:
        content[int(where * (len(content) - 1))] = value
    try:
        found = inspect(bytes(content[: int(keep * len(content))]), LIMITS)
    except PhotoRejected:
        return
    assert len(found.phash) == 16


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoRejected, match="not a regular file"):
        read(tmp_path / "pipe.jpg", 1000)


def test_a_large_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    (tmp_path / "large.jpg").write_bytes(b"x" * 2_000_000)
    with pytest.raises(PhotoRejected, match="too large: 2 MB"):
        read(tmp_path / "large.jpg", 1_000_000)


def test_a_masked_region_shows_one_grey_outside_the_outline() -> None:
    photo = Image.new("RGB", (200, 100), (200, 30, 30))
    triangle = ((0.25, 0.2), (0.75, 0.2), (0.5, 0.8))
    cut = cut_region(photo, triangle, mask=True, fill_rgb=(128, 128, 128), max_side_px=512)
    assert cut.size == (100, 60)
    assert cut.getpixel((1, 58)) == (128, 128, 128)
    assert cut.getpixel((50, 20)) == (200, 30, 30)


def test_a_box_keeps_the_pixels_around_the_outline() -> None:
    photo = draw(1)
    cut = cut_region(photo, SQUARE, mask=False, fill_rgb=(128, 128, 128), max_side_px=512)
    assert cut.tobytes() == photo.crop((40, 30, 120, 90)).tobytes()


def test_a_large_crop_is_reduced_and_a_small_one_is_not() -> None:
    photo = draw(1, (1000, 800))
    large = cut_region(photo, SQUARE, mask=True, fill_rgb=(128, 128, 128), max_side_px=100)
    assert large.size == (100, 80)
    small = cut_region(photo, SQUARE, mask=True, fill_rgb=(128, 128, 128), max_side_px=512)
    assert small.size == (500, 400)


def test_a_sliver_at_the_edge_still_yields_a_pixel() -> None:
    sliver = ((0.999, 0.0), (1.0, 0.0), (1.0, 1.0))
    cut = cut_region(draw(1), sliver, mask=True, fill_rgb=(128, 128, 128), max_side_px=512)
    assert min(cut.size) >= 1
