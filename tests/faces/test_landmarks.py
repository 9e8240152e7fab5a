"""Suggested regions and the eyes' line, on faces of any size, place and tilt."""

import cmath
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point as Place
from shapely import Polygon

from curator.ratings.regions import check_region, format_fractions, overlap, parse_eyes
from faces.landmarks import Eyes, Landmarks, reaches_eyes, suggested_region
from faces.regions import Point, Region

Turn = tuple[
    complex, complex, float
]  # the pupils' middle and the way between them, in widths; height by width

SHAPES = st.sampled_from([0.5, 0.75, 1.0, 4 / 3, 16 / 9])
PLACES = st.tuples(st.integers(-30, 30), st.integers(-30, 30))


def placed(place: complex, turn: Turn) -> Point:
    middle, way, shape = turn
    moved = middle + place * way
    return moved.real, moved.imag / shape


def face(turn: Turn, mouth: complex = 1.05j) -> Landmarks:
    """A face with its pupils at -0.5 and 0.5 of its own coordinates."""
    ends = (-0.5, 0.5, mouth - 0.43, mouth + 0.43)
    left_eye, right_eye, left_mouth, right_mouth = (placed(complex(end), turn) for end in ends)
    return Landmarks(left_eye, right_eye, left_mouth, right_mouth)


@st.composite
def turns(draw: st.DrawFn, farthest: float = math.pi) -> Turn:
    """Faces whose cheeks and nose lie within the photo."""
    shape = draw(SHAPES)
    size = draw(st.floats(0.08, 0.14)) * min(1, shape)
    tilt = draw(st.floats(-farthest, farthest))
    return complex(0.5, 0.5 * shape), cmath.rect(size, tilt), shape


def drawn(corners: list[tuple[float, float]], turn: Turn) -> Region:
    return tuple(placed(complex(x, y), turn) for x, y in corners)


UPRIGHT: Turn = (complex(0.5, 0.3), complex(0.2, 0), 1.0)
MOUTHS = st.builds(complex, st.floats(-0.4, 0.4), st.floats(0.5, 2.5))


@given(turns(), MOUTHS)
def test_a_suggestion_keeps_clear_of_the_eyes(turn: Turn, mouth: complex) -> None:
    landmarks = face(turn, mouth)
    region = suggested_region(landmarks, turn[2])
    assert region
    assert region == check_region(region)
    assert not reaches_eyes(region, landmarks.eyes, turn[2])


@given(turns(), st.floats(-0.4, 0.4))
def test_a_suggestion_holds_cheeks_and_nose_and_no_eye_mouth_or_forehead(
    turn: Turn, aside: float
) -> None:
    mouth = 1.05j + aside
    region = Polygon(suggested_region(face(turn, mouth), turn[2]))

    def holds(place: complex) -> bool:
        towards_mouth = place + place.imag / mouth.imag * mouth.real
        return bool(region.contains(Place(placed(towards_mouth, turn))))

    assert all(map(holds, (0.3j, 0.6j, -0.9 + 0.5j, 0.9 + 0.5j)))
    assert not any(map(holds, (-0.5, 0.5, 0j, -0.6j, 1.05j)))


@given(turns(), MOUTHS)
def test_a_tilted_face_gets_a_tilted_region(turn: Turn, mouth: complex) -> None:
    upright = suggested_region(face(UPRIGHT, mouth), 1.0)
    middle, way, _ = UPRIGHT
    moved = tuple(placed((complex(x, y) - middle) / way, turn) for x, y in upright)
    here = suggested_region(face(turn, mouth), turn[2])
    assert overlap(here, moved) == pytest.approx(1, abs=1e-6)


@given(st.floats(-0.1, 1.1), st.floats(-0.1, 1.1), st.floats(0.02, 0.5), SHAPES)
def test_a_suggestion_lies_within_the_photo_or_there_is_none(
    x: float, y: float, size: float, shape: float
) -> None:
    turn = complex(x, y * shape), complex(size, 0), shape
    region = suggested_region(face(turn), shape)
    assert all(0 <= value <= 1 for point in region for value in point)
    assert region == () or check_region(region) == region
    assert not region or not reaches_eyes(region, face(turn).eyes, shape)


def test_half_a_face_gets_half_a_region() -> None:
    at_the_edge = (complex(0.0, 0.3), complex(0.2, 0), 1.0)
    whole = Polygon(suggested_region(face(UPRIGHT), 1.0))
    half = Polygon(suggested_region(face(at_the_edge), 1.0))
    assert half.area == pytest.approx(whole.area / 2, rel=0.01)


@pytest.mark.parametrize("mouth", [0.1j, -1j, 4j, 1j + 0.9], ids=str)
def test_points_that_are_no_face_suggest_nothing(mouth: complex) -> None:
    assert suggested_region(face(UPRIGHT, mouth), 1.0) == ()


def test_eyes_in_one_place_suggest_nothing() -> None:
    one = (0.5, 0.5)
    assert suggested_region(Landmarks(one, one, (0.4, 0.7), (0.6, 0.7)), 1.0) == ()


# Outlines in a face's own coordinates: the pupils at (-0.5, 0) and (0.5, 0), the mouth at (0, 1).
CLEAR = {
    "both cheeks and the nose's back": [
        *((-1, 0.15), (-0.45, 0.2), (0, 0.03), (0.45, 0.2), (1, 0.15), (0.7, 1), (-0.7, 1)),
    ],
    "a box under the lids": [(-0.9, 0.12), (0.9, 0.12), (0.9, 1), (-0.9, 1)],
    "one cheek": [(0.3, 0.3), (0.9, 0.3), (0.6, 0.9)],
    "a temple, beside the eye": [(0.85, -0.3), (1.2, -0.3), (1.2, 0.5), (0.85, 0.5)],
    "the nose's bridge up to the pupils": [(-0.15, 0.01), (0.15, 0.01), (0.3, 0.8), (-0.3, 0.8)],
}
REACHING = {
    "a box around the face": [(-1.2, -1), (1.2, -1), (1.2, 1.8), (-1.2, 1.8)],
    "the forehead alone": [(-0.5, -1), (0.5, -1), (0.5, -0.5), (-0.5, -0.5)],
    "one corner on a lower lid": [(0.5, 0.05), (0.9, 0.5), (0.2, 0.5)],
    "the nose up to between the brows": [(0, -0.2), (0.3, 0.8), (-0.3, 0.8)],
    "a box that takes the lids in": [(-0.9, 0.05), (0.9, 0.05), (0.9, 1), (-0.9, 1)],
    "one eye within a large outline": [(0, -0.5), (2, -0.5), (2, 2), (0, 2)],
}


@pytest.mark.parametrize("corners", CLEAR.values(), ids=CLEAR)
@pytest.mark.parametrize("tilt", [0, 0.4, -1.2, math.pi])
def test_what_lies_below_or_beside_the_eyes_is_clear_of_them(
    corners: list[tuple[float, float]], tilt: float
) -> None:
    turn = (complex(0.5, 0.6), cmath.rect(0.1, tilt), 1.25)
    assert not reaches_eyes(drawn(corners, turn), face(turn).eyes, 1.25)


@pytest.mark.parametrize("corners", REACHING.values(), ids=REACHING)
@pytest.mark.parametrize("tilt", [0, 0.4, -1.2, math.pi])
def test_what_touches_an_eye_or_lies_above_reaches_the_line(
    corners: list[tuple[float, float]], tilt: float
) -> None:
    turn = (complex(0.5, 0.6), cmath.rect(0.1, tilt), 1.25)
    assert reaches_eyes(drawn(corners, turn), face(turn).eyes, 1.25)


@given(turns(), turns(), st.lists(PLACES, min_size=3, max_size=3, unique=True))
def test_neither_place_size_nor_tilt_of_a_face_changes_what_reaches_its_eyes(
    one: Turn, other: Turn, places: list[tuple[int, int]]
) -> None:
    # Off the line by more than rounding: no triangle touches it by a hair.
    corners = [(x / 20 + 0.0123, y / 20 + 0.0077) for x, y in places]
    if Polygon(corners).area < 1e-3:
        return
    answers = {
        reaches_eyes(drawn(corners, turn), face(turn).eyes, turn[2]) for turn in (one, other)
    }
    assert len(answers) == 1


@given(turns())
def test_eyes_are_read_as_they_were_written(turn: Turn) -> None:
    eyes: Eyes = face(turn).eyes
    for read, written in zip(parse_eyes(format_fractions(eyes)), eyes, strict=True):
        assert read == pytest.approx(written, abs=1e-6)
