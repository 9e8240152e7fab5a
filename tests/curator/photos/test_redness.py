"""Redness images: redder pixels are lighter, whatever the photo's own range."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from curator.photos.redness import redness, redness_picture, scaled_levels

SKIN = (214, 170, 150)


def brightness(picture: Image.Image, place: tuple[int, int]) -> int:
    x, y = place
    return int(np.asarray(picture.convert("L"))[y, x])


def test_redness_is_zero_for_grey_positive_for_red_and_negative_for_green() -> None:
    photo = Image.new("RGB", (3, 1))
    for at, colour in enumerate([(128, 128, 128), (255, 0, 0), (0, 255, 0)]):
        photo.putpixel((at, 0), colour)
    grey, red, green = redness(photo)[0]
    assert abs(grey) < 0.5
    assert round(float(red)) == 80  # a* of sRGB red and green, CIELAB with white D65
    assert round(float(green)) == -86


def test_a_rash_is_lighter_than_the_skin_around_it() -> None:
    photo = Image.new("RGB", (200, 200), SKIN)
    photo.paste((214, 140, 130), (80, 80, 120, 120))
    picture = redness_picture(photo)
    assert picture.size == photo.size
    assert brightness(picture, (100, 100)) > brightness(picture, (20, 20)) + 50


def test_a_few_red_pixels_do_not_hide_a_rash() -> None:
    photo = Image.new("RGB", (200, 200), SKIN)
    photo.paste((214, 140, 130), (80, 80, 120, 120))
    photo.paste((255, 0, 0), (0, 0, 4, 4))
    picture = redness_picture(photo)
    assert brightness(picture, (100, 100)) > brightness(picture, (100, 20)) + 50


def test_a_photo_of_one_colour_is_flat() -> None:
    noisy = np.full((50, 50), 12, np.float32) + np.random.default_rng(1).normal(0, 0.1, (50, 50))
    levels = scaled_levels(noisy.astype(np.float32)).astype(int)
    assert levels.max() - levels.min() < 40


@given(st.lists(st.floats(-80, 80, width=32), min_size=2, max_size=50))
def test_redder_pixels_are_never_darker(values: list[float]) -> None:
    ordered = np.sort(np.array(values, np.float32))
    levels = scaled_levels(ordered).astype(int)
    assert (np.diff(levels) >= 0).all()
