"""Regions and consensus: the pure rules, for all inputs where possible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.base.errors import InputInvalid
from curator.ratings.attributes import completed
from curator.ratings.consensus import Opinion, consensus
from curator.ratings.regions import (
    carry_back,
    carry_over,
    check_region,
    format_fractions,
    overlap,
    parse_fractions,
    parse_pixels,
)

SQUARE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
fractions = st.floats(0, 1)


@given(st.tuples(fractions, fractions), st.floats(0.04, 0.5), st.integers(3, 30))
def test_a_region_survives_writing_and_reading(
    centre: tuple[float, float], radius: float, points: int
) -> None:
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    x, y = (0.5 + (value - 0.5) * (1 - 2 * radius) for value in centre)
    region = tuple((float(x + radius * np.cos(a)), float(y + radius * np.sin(a))) for a in angles)
    text = format_fractions(check_region(region))
    again = parse_fractions(text)
    assert format_fractions(again) == text
    assert np.allclose(again, region, atol=1e-6)


def test_pixels_become_fractions_of_the_photo() -> None:
    region = parse_pixels("10,20 90,20 50,180", 100, 200)
    assert region == ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0.1,0.1 0.9,0.9", "3 to 200 points"),
        ("0.1,0.1 0.9,0.9 nonsense", "written"),
        ("0.1,0.1 0.9,0.9 0.1", "written"),
        ("0.1,0.1 nan,0.9 0.5,0.5", "written"),
        ("0.1,0.1 inf,0.9 0.5,0.5", "written"),
        ("10,10 90,10 50,90", "outside the photo"),
        ("0.1,0.1 0.9,0.9 0.9,0.1 0.1,0.9", "crosses itself"),
        ("0.1,0.1 0.1001,0.1 0.1,0.1001", "too small"),
        (" ".join(["0.5,0.5"] * 201), "3 to 200 points"),
    ],
)
def test_an_invalid_region_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(InputInvalid, match=complaint):
        parse_fractions(text)


def test_a_point_just_outside_is_moved_to_the_edge() -> None:
    assert parse_fractions("-0.005,0 1.004,0 0.5,1") == ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0))


def test_overlap_is_intersection_over_union() -> None:
    half = ((0.2, 0.2), (0.5, 0.2), (0.5, 0.8), (0.2, 0.8))
    assert overlap(SQUARE, SQUARE) == pytest.approx(1)
    assert overlap(SQUARE, half) == pytest.approx(0.5)


def opinion(
    label: str, rater: str = "ana", sex: str = "female", evidence: str = "visual"
) -> Opinion:
    return Opinion(rater, label, completed({"sex": sex, "evidence": evidence}), SQUARE)


def test_one_opinion_is_the_consensus() -> None:
    agreed = consensus([opinion("positive")])
    assert agreed is not None
    assert (agreed.label, agreed.raters) == ("positive", 1)
    assert agreed.values == completed({"sex": "female", "evidence": "visual"})
    assert agreed.region == SQUARE


def test_raters_who_disagree_on_the_label_have_no_consensus() -> None:
    assert consensus([opinion("positive"), opinion("negative", "ben")]) is None
    assert consensus([]) is None


def test_the_strongest_evidence_of_agreeing_raters_counts() -> None:
    agreed = consensus(
        [
            opinion("positive", evidence="self_report"),
            opinion("positive", "ben", evidence="clinician"),
        ]
    )
    assert agreed is not None
    assert (agreed.values["evidence"], agreed.raters) == ("clinician", 2)


@pytest.mark.parametrize(
    ("sexes", "expected"),
    [
        (("female", "unknown"), "female"),
        (("female", "male"), "unknown"),
        (("unknown", "unknown"), "unknown"),
    ],
)
def test_a_disputed_sex_is_unknown(sexes: tuple[str, str], expected: str) -> None:
    agreed = consensus(
        [opinion("positive", sex=sexes[0]), opinion("positive", "ben", sex=sexes[1])]
    )
    assert agreed is not None
    assert agreed.values["sex"] == expected


def test_the_consensus_region_is_the_one_most_like_the_others() -> None:
    off = ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.1))
    near = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.75), (0.2, 0.8))
    values = completed({"sex": "male"})
    drawn = enumerate((off, SQUARE, near, ()))
    agreed = consensus([Opinion(str(n), "positive", values, region) for n, region in drawn])
    assert agreed is not None
    assert agreed.region == SQUARE


@given(
    scale=st.floats(0.8, 1.15),  # larger scales could clip the region at the photo's edge
    angle=st.floats(-0.1, 0.1),
    shift=st.floats(-0.1, 0.1),
    mirrored=st.booleans(),
)
def test_a_region_carried_over_and_back_is_unchanged(
    scale: float, angle: float, shift: float, mirrored: bool
) -> None:
    region = ((0.4, 0.4), (0.6, 0.4), (0.5, 0.6))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    matrix = ((cos, -sin, shift), (sin, cos, shift))
    carried = carry_over(region, matrix, mirrored, 1.5, 1.25)
    again = carry_back(carried, matrix, mirrored, 1.25, 1.5)
    assert np.allclose(again, region, atol=1e-6)


def test_a_region_is_carried_through_a_perspective_and_back() -> None:
    region = ((0.3, 0.3), (0.7, 0.3), (0.6, 0.7))
    matrix = ((0.9, 0.05, 0.02), (0.0, 0.95, 0.03), (0.1, 0.05, 1.0))
    carried = carry_over(region, matrix, False, 1.2, 1.1)
    x, y = (0.9 * 0.3 + 0.05 * 0.36 + 0.02), (0.95 * 0.36 + 0.03)
    depth = 0.1 * 0.3 + 0.05 * 0.36 + 1
    assert carried[0] == pytest.approx((x / depth, y / depth / 1.1), abs=1e-6)
    assert np.allclose(carry_back(carried, matrix, False, 1.1, 1.2), region, atol=1e-5)


def test_a_region_follows_a_crop_a_mirror_and_a_letterbox() -> None:
    region = ((0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4))
    left_half = (
        (0.5, 0.0, 0.0),
        (0.0, 0.5, 0.0),
    )  # the second shows the first's left upper quarter
    assert np.allclose(carry_over(region, left_half, False, 1, 1), np.array(region) / 2)
    assert np.allclose(carry_back(region, left_half, False, 1, 1), np.array(region) * 2)
    same = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    assert carry_over(region, same, True, 1, 1)[0] == (0.8, 0.2)
    framed = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.5))  # the first has a bar of half its width on top
    assert np.allclose(carry_over(region, framed, False, 1, 2)[0], (0.2, 0.35))
    assert carry_back(((0.1, 0.0), (0.9, 0.0), (0.5, 0.2)), framed, False, 2, 1) == ()
