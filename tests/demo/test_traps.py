"""Every trap is what it says: the broken ones do not decode, the unusual ones are good photos."""

from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageOps

from demo.traps import READABLE, UNREADABLE

Row = dict[str, str]
SAME = {"exact", "resave"}


def test_every_trap_is_there(photos: Path) -> None:
    assert all((photos / name).is_file() for name in {**UNREADABLE, **READABLE})


@pytest.mark.parametrize(
    "name", ["trap_truncated.jpg", "trap_text.jpg", "trap_empty.jpg", "._trap_appledouble.jpg"]
)
def test_a_broken_file_does_not_decode(photos: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"identify|truncated"), Image.open(photos / name) as image:
        image.load()


def test_a_truncated_file_starts_like_a_photo(photos: Path) -> None:
    with Image.open(photos / "trap_truncated.jpg") as image:
        assert image.format == "JPEG"
        assert min(image.size) >= 720


def test_the_bomb_is_small_on_disk_and_huge_in_its_header(photos: Path) -> None:
    content = (photos / "trap_bomb.png").read_bytes()
    assert len(content) < 1000
    assert int.from_bytes(content[16:20]) == int.from_bytes(content[20:24]) == 60_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(photos / "trap_bomb.png")


def test_the_animation_moves(photos: Path) -> None:
    with Image.open(photos / "trap_animated.gif") as image:
        assert getattr(image, "n_frames", 1) == 3


def test_the_grey_png_has_sixteen_bits(photos: Path) -> None:
    with Image.open(photos / "trap_16bit.png") as image:
        assert image.mode.startswith("I")
        assert np.asarray(image).max() > 255


def test_the_thumbnail_is_too_small_for_a_face(photos: Path) -> None:
    with Image.open(photos / "trap_too_small.jpg") as image:
        assert image.size == (40, 40)


def test_the_turned_photo_is_upright_once_its_exif_is_heeded(photos: Path) -> None:
    with Image.open(photos / "trap_rotated_exif6.jpg") as image:
        assert image.getexif()[0x0112] == 6
        upright = ImageOps.exif_transpose(image)
    assert upright.size == image.size[::-1]


def test_the_gps_photo_tells_a_place(photos: Path) -> None:
    with Image.open(photos / "trap_gps.jpg") as image:
        assert image.getexif().get_ifd(0x8825)[1] == "N"


@pytest.mark.parametrize(
    ("name", "kind", "mode"),
    [
        ("trap_cmyk.jpg", "JPEG", "CMYK"),
        ("trap_photo.webp", "WEBP", "RGB"),
        ("trap_png_named.jpg", "PNG", "RGB"),
        ("trap_photo.heic", "HEIF", "RGB"),
    ],
)
def test_unusual_formats_are_what_they_claim(photos: Path, name: str, kind: str, mode: str) -> None:
    pillow_heif.register_heif_opener()
    with Image.open(photos / name) as image:
        image.load()
        assert (image.format, image.mode) == (kind, mode)


def test_readable_traps_are_photos_of_further_people(truth: list[Row]) -> None:
    trapped = {row["person"] for row in truth if row["file"] in READABLE}
    others = {
        row["person"] for row in truth if row["file"] not in READABLE and row["edit"] not in SAME
    }
    assert len(trapped) == len(READABLE)
    assert not trapped & others


def test_duplicates_without_a_change_are_the_same_to_the_byte_or_to_the_pixel(
    photos: Path, truth: list[Row]
) -> None:
    pairs = {row["edit"]: (row["file"], row["copy_of"]) for row in truth if row["edit"] in SAME}
    exact, source = (photos / name for name in pairs["exact"])
    assert exact.read_bytes() == source.read_bytes()
    resaved, source = (photos / name for name in pairs["resave"])
    assert resaved.read_bytes() != source.read_bytes()
    with Image.open(resaved) as first, Image.open(source) as second:
        assert first.tobytes() == second.tobytes()
