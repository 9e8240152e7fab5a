"""What a drawn face promises: the region lies where a rater draws it, and a rash shows inside it."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageOps

from demo.faces import REGION, draw_photo, shot_of
from demo.features import eye_outline
from demo.person import Kind, Label, Person, person_of
from demo.sitter import Sitter

Row = dict[str, str]


def polygon(row: Row) -> list[tuple[int, int]]:
    corners = (corner.split(",") for corner in row["region"].split())
    return [(int(x), int(y)) for x, y in corners]


def test_regions_are_polygons_of_twelve_corners_inside_the_upright_photo(
    photos: Path, truth: list[Row]
) -> None:
    pillow_heif.register_heif_opener()
    for row in truth:
        if row["copy_of"]:
            continue
        with Image.open(photos / row["file"]) as image:
            width, height = ImageOps.exif_transpose(image).size
        corners = polygon(row)
        assert len(corners) == 12
        assert all(0 <= x < width and 0 <= y < height for x, y in corners)


@pytest.mark.parametrize("number", range(1, 41))
def test_a_region_holds_no_part_of_an_eye(number: int) -> None:
    person = person_of(2, number)
    shot = shot_of(person, 2, 0)
    sitter = Sitter(Image.new("RGB", (1, 1)), person, shot.pose, shot.expression)
    region = Image.new("L", shot.setting.size)
    corners = [(x, y) for x, y in shot.pose.place(REGION).tolist()]
    ImageDraw.Draw(region).polygon(corners, fill=255)
    for side in (-1.0, 1.0):
        eye = Image.new("L", shot.setting.size)
        upper, lower = eye_outline(sitter, side)
        almond = shot.pose.place(np.vstack([upper, lower[::-1]])).tolist()
        ImageDraw.Draw(eye).polygon([(x, y) for x, y in almond], fill=255)
        assert ImageChops.multiply(region, eye).getbbox() is None


def bare(kind: Kind, number: int) -> Person:
    """A person as they are, but with another sign and nothing that covers the forehead."""
    person = person_of(4, number)
    label: Label = "positive" if kind == "bmr" else "negative"
    return replace(person, kind=kind, label=label, style="bald", glasses=False, sign_strength=0.4)


@cache
def drawn(person: Person) -> Image.Image:
    """Draw each person of these tests only once."""
    return draw_photo(person, 4, 0).image


def colours(person: Person, outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean colour inside an outline on the face."""
    image = drawn(person)
    mask = Image.new("1", image.size)
    corners = shot_of(person, 4, 0).pose.place(outline).tolist()
    ImageDraw.Draw(mask).polygon([(x, y) for x, y in corners], fill=1)
    mean: NDArray[np.float64] = np.asarray(image)[np.asarray(mask)].mean(axis=0)
    return mean


def redness(person: Person, outline: NDArray[np.float64]) -> float:
    """The share of red in the colour of an area, which light and shade leave alone."""
    colour = colours(person, outline)
    return float(colour[0] / colour.sum())


FOREHEAD = np.array([(-0.4, -0.8), (0.4, -0.8), (0.4, -0.5), (-0.4, -0.5)])
CHEEK = np.array([(0.35, 0.3), (0.65, 0.3), (0.65, 0.52), (0.4, 0.52)])
BRIDGE = np.array([(-0.06, 0.2), (0.06, 0.2), (0.06, 0.42), (-0.06, 0.42)])


def excess(kind: Kind, number: int, outline: NDArray[np.float64]) -> float:
    """How much redder an area is than the forehead."""
    person = bare(kind, number)
    return redness(person, outline) - redness(person, FOREHEAD)


@pytest.mark.parametrize("number", [1, 4, 6, 9])
def test_a_rash_is_redder_than_the_forehead_by_more_than_bare_skin_is(number: int) -> None:
    region = np.array(REGION)
    assert excess("bmr", number, region) > excess("none", number, region) + 0.01


@pytest.mark.parametrize("number", [1, 6])
def test_look_alikes_differ_from_a_rash_where_they_should(number: int) -> None:
    none = {"cheek": excess("none", number, CHEEK), "bridge": excess("none", number, BRIDGE)}
    assert excess("bmr", number, BRIDGE) > none["bridge"] + 0.01
    assert excess("blush", number, CHEEK) > none["cheek"] + 0.01
    assert abs(excess("blush", number, BRIDGE) - none["bridge"]) < 0.01
    assert abs(excess("flush", number, CHEEK) - none["cheek"]) < 0.03
    assert redness(bare("flush", number), FOREHEAD) > redness(bare("none", number), FOREHEAD)


def test_a_rash_on_dark_skin_is_darker_and_more_violet_than_on_light_skin() -> None:
    people = [person_of(4, number) for number in range(1, 41)]
    number = {person.tone: person.number for person in people}
    kept = {
        tone: colours(bare("bmr", number[tone]), CHEEK) / colours(bare("none", number[tone]), CHEEK)
        for tone in ("I", "VI")
    }
    assert kept["VI"][0] < kept["I"][0]
    assert kept["VI"][2] / kept["VI"][1] > kept["I"][2] / kept["I"][1]


def test_two_photos_of_a_person_show_one_face_in_two_poses() -> None:
    person = person_of(1, 5)
    first, second = shot_of(person, 1, 0), shot_of(person, 1, 1)
    assert first.pose != second.pose
    assert first.setting != second.setting


def test_drawing_twice_gives_the_same_pixels() -> None:
    person = person_of(1, 7)
    assert draw_photo(person, 1, 0).image.tobytes() == draw_photo(person, 1, 0).image.tobytes()


def test_the_mark_is_written_outside_the_face() -> None:
    photo = draw_photo(person_of(1, 1), 1, 0)
    image = photo.image
    corner = image.crop((0, round(image.height * 0.92), image.width // 3, image.height))
    levels = np.asarray(corner.convert("L"))
    assert (levels > 245).sum() > 100
    assert max(y for _, y in photo.region) < image.height * 0.9
