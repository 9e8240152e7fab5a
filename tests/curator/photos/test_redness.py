"""Redness images: a rash has one level, whatever else is in the photo, and whatever the skin."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from curator.photos.redness import LEAST, MOST, erythema_index, levels, light_of, redness_picture
from demo.brush import Colour
from faces.landmarks import MarkedFace, spared_areas
from faces.regions import Region
from tests.curator.bare_faces import BROWN, DARK, LIGHT, drawn

Alter = Callable[[Image.Image, MarkedFace], Image.Image]

OWN = round(-LEAST * 255 / (MOST - LEAST))  # the level of the face's own skin
RED, PINK, GREEN, GREY = (176, 24, 36), (206, 92, 110), (40, 130, 60), (120, 120, 120)


def level(photo: Image.Image, face: MarkedFace | None, area: Region) -> float:
    """Return the median level, 0..255, at which the redness picture shows an area."""
    picture, _ = redness_picture(photo, face)
    return float(np.median(seen_levels(picture)[inside(photo.size, area)]))


def seen_levels(picture: Image.Image) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the level of each colour of the picture."""
    import cv2

    scale = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)
    packed = np.array([1 << 16, 1 << 8, 1])
    keys = scale[:, 0, ::-1].astype(np.int64) @ packed
    order = np.argsort(keys)
    places = np.searchsorted(keys[order], np.asarray(picture, np.int64) @ packed)
    return np.asarray(order[places])


def inside(size: tuple[int, int], *areas: Region) -> np.ndarray[tuple[int, int], np.dtype[np.bool]]:
    mask = Image.new("1", size)
    for area in areas:
        corners = [(x * size[0], y * size[1]) for x, y in area]
        ImageDraw.Draw(mask).polygon(corners, fill=1)
    return np.asarray(mask)


def garment(colour: Colour) -> Alter:
    def wear(photo: Image.Image, _face: MarkedFace) -> Image.Image:
        photo.paste(colour, (0, round(photo.height * 0.85), *photo.size))
        return photo

    return wear


def hat(colour: Colour) -> Alter:
    def wear(photo: Image.Image, face: MarkedFace) -> Image.Image:
        """Cover the forehead to above the brows."""
        forehead, *_ = spared_areas(face, photo.height / photo.width)
        photo.paste(colour, (0, 0, photo.width, round(max(y for _, y in forehead) * photo.height)))
        return photo

    return wear


def mask(colour: Colour) -> Alter:
    def wear(photo: Image.Image, face: MarkedFace) -> Image.Image:
        """Cover mouth, jaw and chin."""
        lowest = round(max(y for _, y in face.region) * photo.height)
        photo.paste(colour, (0, lowest, *photo.size))
        return photo

    return wear


def wall(colour: Colour) -> Alter:
    def stand_before(photo: Image.Image, face: MarkedFace) -> Image.Image:
        xs = [x * photo.width for area in spared_areas(face, 1) for x, _ in area]
        width = round(min(xs) - 0.1 * (max(xs) - min(xs)))
        photo.paste(colour, (0, 0, width, photo.height))
        photo.paste(colour, (photo.width - width, 0, *photo.size))
        return photo

    return stand_before


def lit(*gains: float) -> Alter:
    def shine(photo: Image.Image, _face: MarkedFace) -> Image.Image:
        """Change the light's colour as a wrong white balance does, in linear light."""
        linear = (np.asarray(photo) / 255) ** 2.2 * gains
        return Image.fromarray(np.rint(linear.clip(0, 1) ** (1 / 2.2) * 255).astype(np.uint8))

    return shine


AROUND = {
    "red garment": garment(RED),
    "pink garment": garment(PINK),
    "red wall": wall(RED),
    "green wall": wall(GREEN),
    "red light": lit(1.0, 0.75, 0.7),
    "cold light": lit(0.75, 0.9, 1.0),
    "dim light": lit(0.4, 0.4, 0.4),
}
# These hide half of the face's own skin, and the other half may differ a little from it.
ON_THE_FACE = {
    "red hat": hat(RED),
    "grey hat": hat(GREY),
    "black fringe": hat((18, 14, 12)),
    "brown fringe": hat((70, 40, 28)),
    "green mask": mask(GREEN),
    "white bar of text": mask((255, 255, 255)),
    "black beard": mask((24, 18, 15)),
}
CASES = [
    *(pytest.param(alter, 12, id=name) for name, alter in AROUND.items()),
    *(pytest.param(alter, 30, id=name) for name, alter in ON_THE_FACE.items()),
]


@pytest.mark.parametrize("skin", [LIGHT, BROWN, DARK])
@pytest.mark.parametrize(("alter", "most"), CASES)
def test_a_rash_keeps_its_level_whatever_else_is_in_the_photo(
    alter: Alter, most: int, skin: Colour
) -> None:
    photo, face = drawn(skin)
    altered = alter(photo.copy(), face)
    before = level(photo, face, face.region)
    assert level(altered, face, face.region) == pytest.approx(before, abs=most)
    assert redness_picture(altered, face)[1] == "skin"


@pytest.mark.parametrize("number", [4, 9, 15])
def test_one_rash_has_similar_levels_on_light_and_dark_skin(number: int) -> None:
    rash, none = (
        [level(*face, face[1].region) for face in faces]
        for faces in (
            [drawn(skin, "bmr", number) for skin in (LIGHT, BROWN, DARK)],
            [drawn(skin, "none", number) for skin in (LIGHT, BROWN, DARK)],
        )
    )
    assert max(none) - min(none) < 10
    assert max(rash) - min(rash) < 45  # on dark skin, gloss covers more of it
    assert all(ill > well + 20 for ill, well in zip(rash, none, strict=True))


@pytest.mark.parametrize("skin", [LIGHT, BROWN, DARK])
def test_skin_without_a_rash_has_the_level_of_the_face_s_own_skin(skin: Colour) -> None:
    photo, face = drawn(skin, "none")
    assert level(photo, face, face.region) == pytest.approx(OWN, abs=25)
    forehead, *_ = spared_areas(face, photo.height / photo.width)
    assert level(photo, face, forehead) == pytest.approx(OWN, abs=30)


def test_a_face_that_is_red_all_over_does_not_look_like_a_rash() -> None:
    photo, face = drawn(LIGHT, "flush")
    assert level(photo, face, face.region) < level(*drawn(LIGHT, "bmr"), face.region) - 30


def test_grey_and_green_are_darker_than_skin() -> None:
    photo, face = drawn(LIGHT)
    photo = wall(GREY)(photo.copy(), face)
    corner = ((0.0, 0.4), (0.05, 0.4), (0.05, 0.6), (0.0, 0.6))
    assert level(photo, face, corner) < OWN - 30


def test_a_photo_without_a_face_says_so_and_a_red_garment_still_hides_no_rash() -> None:
    photo, face = drawn(LIGHT)
    dressed = garment(RED)(photo.copy(), face)
    picture, scale = redness_picture(dressed, None)
    assert picture.size == photo.size
    assert scale == "photo"
    assert level(dressed, None, face.region) == pytest.approx(
        level(photo, None, face.region), abs=15
    )


def test_a_face_whose_own_skin_is_hidden_says_so() -> None:
    photo, face = drawn(LIGHT)
    covered = mask(GREEN)(hat(RED)(photo.copy(), face), face)
    assert redness_picture(covered, face)[1] == "photo"


@pytest.mark.parametrize("tone", [(1.0, 1.0, 1.0), (1.0, 0.8, 0.6)])
def test_a_grey_or_toned_photo_says_that_there_is_nothing_to_see(
    tone: tuple[float, float, float],
) -> None:
    photo, face = drawn(LIGHT)
    toned = lit(*tone)(photo.convert("L").convert("RGB"), face)
    assert redness_picture(toned, face)[1] == "grey"
    assert redness_picture(toned, None)[1] == "grey"


def test_the_index_is_zero_for_grey_positive_for_red_and_negative_for_green() -> None:
    photo = Image.new("RGB", (90, 30))
    for at, colour in enumerate([(128, 128, 128), (200, 60, 60), (60, 200, 60)]):
        photo.paste(colour, (30 * at, 0, 30 * at + 30, 30))
    grey, red, green = erythema_index(light_of(photo))[15, [15, 45, 75]]
    assert abs(grey) < 0.1
    assert red == pytest.approx(-green)
    assert red == pytest.approx(109, abs=3)  # 100 log10 of linear 200 by linear 60


@given(st.lists(st.floats(-80, 80, width=32), min_size=2, max_size=50))
def test_redder_pixels_are_never_darker(values: list[float]) -> None:
    seen = levels(np.sort(np.array(values, np.float32))).astype(int)
    assert (np.diff(seen) >= 0).all()
