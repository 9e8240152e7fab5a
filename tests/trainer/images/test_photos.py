"""A photo to predict is opened and cut as the export's photos were."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.trainer.tiny_exports import GREY, draw_region
from trainer.errors import PhotoUnreadable, RegionInvalid
from trainer.exports.manifest import Crop
from trainer.images.photos import (
    cut_for,
    find_photos,
    is_blank,
    open_photo,
    parse_region,
    region_on,
)

MASK = Crop("mask", GREY, 512)
SQUARE = ((10.0, 5.0), (30.0, 5.0), (30.0, 20.0), (10.0, 20.0))


def test_a_photo_is_opened_upright(tmp_path: Path) -> None:
    upright = draw_region(True, 1, (120, 100))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(tmp_path / "turned.png", exif=exif)
    assert (np.asarray(open_photo(tmp_path / "turned.png")) == np.asarray(upright)).all()


@pytest.mark.parametrize(
    ("mode", "grey"),
    [("L", 200), ("RGBA", 200), ("LA", 200), ("CMYK", 200), ("P", 255), ("1", 255)],
)
def test_any_mode_becomes_rgb(tmp_path: Path, mode: str, grey: int) -> None:
    file = tmp_path / ("photo.jpg" if mode == "CMYK" else "photo.png")
    Image.new("RGB", (99, 99), (grey, grey, grey)).convert(mode).save(file)
    photo = open_photo(file)
    assert photo.mode == "RGB"
    assert np.abs(np.asarray(photo).astype(int) - grey).max() <= 1


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    Image.fromarray(np.full((99, 99), 200 * 256 + 7, np.uint16)).save(tmp_path / "deep.png")
    assert (np.asarray(open_photo(tmp_path / "deep.png")) == 200).all()


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (99, 99), (10, 20, 30, 0)).save(tmp_path / "clear.png")
    assert (np.asarray(open_photo(tmp_path / "clear.png")) == 255).all()


def test_a_broken_profile_is_no_reason_to_refuse(tmp_path: Path) -> None:
    image = draw_region(True, 1, (120, 100))
    image.save(tmp_path / "broken.png", icc_profile=b"no profile")
    assert (np.asarray(open_photo(tmp_path / "broken.png")) == np.asarray(image)).all()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(tmp_path / "srgb.png", icc_profile=srgb)
    same = np.asarray(open_photo(tmp_path / "srgb.png")).astype(int)
    assert np.abs(same - np.asarray(image)).max() <= 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"no photo", "not a photo"),
        (b"\x89PNG\r\n\x1a\n", "not a photo"),
        (b"GIF89a", "GIF is not accepted: save it as JPEG or PNG"),
        (b"RIFF0000WEBP", "not a photo"),
    ],
)
def test_no_photo_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(PhotoUnreadable, match=reason):
        open_photo(tmp_path / "photo.jpg")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_truncated_photo_is_refused(tmp_path: Path, suffix: str, kept: float) -> None:
    file = tmp_path / f"photo.{suffix}"
    draw_region(True, 1, (200, 200)).save(file)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(PhotoUnreadable, match=r"truncated|unreadable"):
        open_photo(file)


def test_a_decompression_bomb_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_region(True, 1, (100, 100)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4000)
    with pytest.raises(PhotoUnreadable, match="too many pixels"):
        open_photo(tmp_path / "bomb.png")
    with pytest.raises(PhotoUnreadable, match="the file does not exist"):
        open_photo(tmp_path / "none.png")


def test_a_region_is_cut_to_its_box_and_masked() -> None:
    photo = draw_region(True, 1, (200, 100))
    triangle = region_on(photo, parse_region("50,20 150,20 50,80"))
    cut = cut_for(MASK, photo, triangle)
    box = np.asarray(photo)[20:80, 50:150]
    assert cut.shape == box.shape
    assert (cut[0, :-1] == box[0, :-1]).all()
    assert (cut[-1, -1] == GREY).all()
    assert (cut_for(Crop("box", GREY, 512), photo, triangle) == box).all()


def test_a_large_cut_is_reduced_and_the_photo_left_as_it_is() -> None:
    photo = draw_region(True, 1, (400, 200))
    whole = region_on(photo, ((0, 0), (400, 0), (400, 200), (0, 200)))
    assert cut_for(Crop("mask", GREY, 100), photo, whole).shape == (50, 100, 3)
    assert photo.size == (400, 200)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("100,100 120,100 120,120", "outside the photo of 48x30 pixels"),
        ("10,5 30,20 30,5 10,20", "crosses itself"),
        ("10,5 10.5,5 10,5.5", "too small"),
        (" ".join(["10,5"] * 201), "3 to 200 points"),
    ],
)
def test_a_region_must_be_one_that_a_rater_could_draw(text: str, problem: str) -> None:
    with pytest.raises(RegionInvalid, match=problem):
        region_on(draw_region(True, 1), parse_region(text))


def test_a_region_just_over_the_edge_is_moved_onto_it() -> None:
    photo = draw_region(True, 1)
    region = region_on(photo, parse_region("-0.3,-0.2 20,-0.2 20,10 -0.3,10"))
    assert cut_for(MASK, photo, region).shape == (10, 21, 3)


def test_files_of_a_folder_are_taken_by_their_content_and_others_left_out_with_the_reason(
    tmp_path: Path,
) -> None:
    photo = draw_region(True, 1, (120, 100))
    (tmp_path / "a").mkdir()
    photo.save(tmp_path / "a" / "z", format="AVIF")
    photo.save(tmp_path / "b.txt", format="JPEG")
    photo.save(tmp_path / "c.jpg", format="TIFF")
    photo.save(
        tmp_path / "d.webp", save_all=True, append_images=[draw_region(False, 2, (120, 100))]
    )
    draw_region(True, 1, (60, 100)).save(tmp_path / "e.png")
    photo.save(tmp_path / ".hidden.png")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "none.jpg")
    (tmp_path / "notes.txt").write_text("words")
    found = find_photos([tmp_path / "notes.txt", tmp_path])
    told = [(each.path.relative_to(tmp_path).as_posix(), each.problem) for each in found.files]
    assert told == [
        ("notes.txt", None),  # given by name: its reason is told when it is opened
        ("a/z", None),
        ("b.txt", None),
        ("c.jpg", "TIFF is not accepted: save it as JPEG or PNG"),
        ("d.webp", "animated: only still photos are accepted"),
        ("e.png", "too small: 60x100, each side needs at least 96 pixels"),
        ("gone.jpg", "a link that leads nowhere"),
        ("notes.txt", "not a photo: no known image data in it"),
    ]
    assert found.ignored == 1
    assert len(found.photos) == 3
    with pytest.raises(PhotoUnreadable, match="this folder has no photos"):
        find_photos([make_empty(tmp_path)])


def make_empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


@pytest.mark.parametrize(
    "text", ["", "1,2", "1,2 3,4", "1,2 3,4 5", "a,b c,d e,f", "1,2 3,4 5,nan"]
)
def test_a_region_of_less_than_three_points_is_refused(text: str) -> None:
    with pytest.raises(RegionInvalid, match="three or more points"):
        parse_region(text)


def test_a_region_is_read_in_pixels() -> None:
    assert parse_region(" 10,5  30,5 30,20 10,20.0 ") == SQUARE


@pytest.mark.parametrize("colour", ["black", "white", (90, 60, 50)])
def test_a_region_of_one_colour_is_blank(colour: Any, tmp_path: Path) -> None:
    file = tmp_path / "region.png"
    Image.new("RGB", (40, 30), colour).save(file)
    assert is_blank(file)
    masked = Image.new("RGB", (40, 30), (128, 128, 128))
    masked.paste(colour, (5, 5, 30, 20))
    masked.save(file)
    assert is_blank(file)
    draw_region(False, seed=1).save(file)
    assert not is_blank(file)
