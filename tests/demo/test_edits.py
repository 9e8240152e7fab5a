"""Every edit leaves a copy that still shows the original's pixels."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from demo.edits import EDIT_CYCLE, EDITS, edit_photo
from demo.faces import draw_photo
from demo.person import person_of


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return draw_photo(person_of(6, 1), 6, 0).image


def edited(photo: Image.Image, edit: str, seed: int = 0) -> Image.Image:
    return edit_photo(photo, edit, 88, np.random.default_rng(seed)).image


def test_the_cycle_holds_every_edit_and_pairs_of_them() -> None:
    assert set(EDITS) <= set(EDIT_CYCLE)
    assert sum("+" in edit for edit in EDIT_CYCLE) >= 3


def test_an_edit_is_deterministic(photo: Image.Image) -> None:
    for edit in EDIT_CYCLE:
        assert edited(photo, edit).tobytes() == edited(photo, edit).tobytes()


def test_recompressing_lowers_the_quality_and_no_pixel_before_saving(photo: Image.Image) -> None:
    copy = edit_photo(photo, "recompress", 88, np.random.default_rng(0))
    assert copy.quality < 60
    assert copy.image.tobytes() == photo.tobytes()


def test_a_mirrored_copy_mirrored_again_is_the_original(photo: Image.Image) -> None:
    assert ImageOps.mirror(edited(photo, "mirror")).tobytes() == photo.tobytes()


def test_resizing_keeps_the_shape(photo: Image.Image) -> None:
    copy = edited(photo, "resize")
    assert copy.width < 0.85 * photo.width
    assert copy.width / copy.height == pytest.approx(photo.width / photo.height, rel=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_a_crop_is_a_part_of_the_original_with_its_mark(photo: Image.Image, seed: int) -> None:
    copy = edited(photo, "crop", seed)
    assert copy.width < photo.width
    assert copy.height < photo.height
    pixels, part = np.asarray(photo), np.asarray(copy)
    # The mark starts at 4.5% of the width and ends at 4.5% of the height from below.
    left, bottom = round(photo.width * 0.035), round(photo.height * 0.035)
    corners = np.lib.stride_tricks.sliding_window_view(pixels[..., 0], (12, 12))[:, :left]
    places = np.argwhere((corners == part[:12, :12, 0]).all(axis=(2, 3)))
    found = [
        (x, y)
        for y, x in places.tolist()
        if np.array_equal(pixels[y : y + copy.height, x : x + copy.width], part)
    ]
    assert len(found) == 1
    assert photo.height - (found[0][1] + copy.height) <= bottom


@pytest.mark.parametrize("seed", range(4))
def test_a_caption_adds_a_white_bar_and_keeps_the_photo(photo: Image.Image, seed: int) -> None:
    copy = edited(photo, "caption", seed)
    bar = copy.height - photo.height
    pixels = np.asarray(copy)
    above = bool((pixels[0] == 255).all())
    assert bar > 0.08 * photo.height
    assert (np.asarray(photo) == (pixels[bar:] if above else pixels[:-bar])).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_story_is_nine_by_sixteen_around_the_photo(photo: Image.Image, seed: int) -> None:
    copy = edited(photo, "story", seed)
    assert copy.height / copy.width == pytest.approx(16 / 9, abs=0.01)
    top = (copy.height - photo.height) // 2
    middle = copy.crop((0, top + photo.height // 4, copy.width, top + photo.height))
    wanted = photo.crop((0, photo.height // 4, photo.width, photo.height))
    assert middle.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_a_filter_changes_colours_and_no_shape(photo: Image.Image, seed: int) -> None:
    copy = edited(photo, "filter", seed)
    assert copy.size == photo.size
    assert copy.tobytes() != photo.tobytes()
    first, second = (np.asarray(image.convert("L"), np.float64).ravel() for image in (photo, copy))
    assert np.corrcoef(first, second)[0, 1] > 0.95


def test_two_edits_at_once_do_both(photo: Image.Image) -> None:
    copy = edit_photo(photo, "crop+recompress", 88, np.random.default_rng(1))
    assert copy.image.width < photo.width
    assert copy.quality < 60
