"""What a matrix does to a picture: read off, bounded, and rewritten between widths."""

import numpy as np
import pytest

from copies.shapes import (
    Matrix,
    composed,
    from_rows,
    in_widths,
    inverse,
    is_mild,
    moved,
    scaling,
    shape_of,
)

SIZE = (400.0, 300.0)


def matrix(*rows: tuple[float, float, float]) -> Matrix:
    return np.array(rows, np.float64)


def turned(degrees: float) -> Matrix:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return matrix((cos, -sin, 0), (sin, cos, 0), (0, 0, 1))


SQUEEZED = matrix((0.9, 0, 0), (0, 1, 0), (0, 0, 1))
SLANTED = matrix((1, 0.1, 0), (0, 1, 0), (0, 0, 1))
TILTED = matrix((1, 0, 0), (0, 1, 0), (0.0005, 0, 1))


def test_a_squeeze_is_width_by_height() -> None:
    assert shape_of(SQUEEZED, *SIZE).squeeze == pytest.approx(0.9)
    assert shape_of(composed(turned(30), SQUEEZED), *SIZE).squeeze == pytest.approx(0.9)


def test_a_slant_is_told_from_a_turn() -> None:
    assert shape_of(SLANTED, *SIZE).slant == pytest.approx(0.1)
    plain = shape_of(turned(12), *SIZE)
    assert (plain.slant, plain.squeeze) == pytest.approx((0, 1), abs=1e-9)
    assert plain.rotation_degrees == pytest.approx(12)


def test_a_tilt_is_how_much_nearer_a_corner_is() -> None:
    assert shape_of(TILTED, *SIZE).tilt == pytest.approx(1.2)
    assert shape_of(scaling(3), *SIZE).tilt == 1


@pytest.mark.parametrize("mild", [SQUEEZED, SLANTED, TILTED, turned(90), scaling(0.3), scaling(4)])
def test_what_a_repost_does_is_mild(mild: Matrix) -> None:
    assert is_mild(mild, *SIZE)
    assert is_mild(inverse(mild), *SIZE)


@pytest.mark.parametrize(
    "wild",
    [
        matrix((0.4, 0, 0), (0, 1, 0), (0, 0, 1)),
        matrix((-1, 0, 0), (0, 1, 0), (0, 0, 1)),
        matrix((1, 0, 0), (0, 1, 0), (0.003, 0, 1)),
        matrix((1, 0, 0), (0, 1, 0), (-0.004, 0, 1)),
        matrix((np.nan, 0, 0), (0, 1, 0), (0, 0, 1)),
        scaling(0.01),
        scaling(50),
    ],
    ids=["crushed", "mirrored", "steep", "folded", "unknown", "tiny", "huge"],
)
def test_no_repost_is_crushed_folded_or_mirrored_by_its_matrix(wild: Matrix) -> None:
    assert not is_mild(wild, *SIZE)


def test_a_matrix_between_widths_maps_the_same_points() -> None:
    between = from_rows(in_widths(composed(TILTED, SLANTED), 400, 200))
    pixels = np.array([(10.0, 20.0), (190.0, 90.0)])
    expected = moved(pixels, composed(TILTED, SLANTED)) / 400
    assert moved(pixels / 200, between) == pytest.approx(expected, abs=1e-4)


def test_an_alignment_of_an_earlier_version_has_two_rows() -> None:
    assert from_rows([[1, 0, 0.5], [0, 1, 0]]).tolist() == [[1, 0, 0.5], [0, 1, 0], [0, 0, 1]]


def test_an_inverse_takes_points_back() -> None:
    points = np.array([(0.0, 0.0), (400.0, 300.0)])
    assert moved(moved(points, TILTED), inverse(TILTED)) == pytest.approx(points)
