"""One coordinate truth: a region goes out and in again through each format within half a pixel."""

import cmath
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from curator.base.errors import RegionInvalid
from curator.formats import coco, cvat
from curator.formats.labelstudio import writing
from curator.formats.marks import RatedPhoto
from curator.formats.reading import read_marks
from curator.formats.shapes import area
from curator.formats.vocabulary import Vocabulary
from curator.ratings.outlines import Outline, region_on
from curator.ratings.regions import format_fractions, parse_fractions
from curator.ratings.table import read_ratings
from faces.regions import Region, as_kept
from tests.curator.formats.rated import write_file

Carry = Callable[[RatedPhoto, Path], Outline]

# Where an upright point lies in the file, by Exif's orientation, with y pointing down.
LYING: dict[int, Callable[[float, float], tuple[float, float]]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (y, 1 - x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (1 - y, x),
}


def _through_file(write: Callable[[Sequence[RatedPhoto]], bytes]) -> Carry:
    def carry(photo: RatedPhoto, folder: Path) -> Outline:
        [entry] = Vocabulary().entries(read_marks(write_file(folder, write([photo])))[1])
        assert entry.outline
        return entry.outline

    return carry


def _through_table(photo: RatedPhoto, folder: Path) -> Outline:
    points = " ".join(f"{x},{y}" for x, y in photo.outline_px)
    path = write_file(folder, f'file,label,region\na.jpg,positive,"{points}"\n', "a.csv")
    [entry] = read_ratings(path)
    assert entry.outline
    return entry.outline


def _through_fractions(photo: RatedPhoto, _folder: Path) -> Outline:
    region = parse_fractions(format_fractions(photo.region))
    return Outline(region, (1, 1))


FILES = {
    "coco": _through_file(coco.write),
    "cvat": _through_file(cvat.write),
    "labelstudio": _through_file(writing.write),
}
CARRIES: dict[str, Carry] = {"fractions": _through_fractions, "pixels": _through_table, **FILES}


@st.composite
def outlines_px(draw: st.DrawFn, width: int, height: int) -> Region:
    """Draw a polygon, a rectangle or a turned rectangle, mostly within the photo."""
    short = min(width, height)
    centre = complex(
        draw(st.floats(0.4, 0.6)) * width,
        draw(st.floats(0.4, 0.6)) * height,
    )
    if draw(st.booleans()):
        turns = sorted(draw(st.sets(st.integers(0, 35), min_size=6, max_size=30)))
        radii = draw(st.lists(st.floats(0.1, 0.35), min_size=len(turns), max_size=len(turns)))
        gaps = [b - a for a, b in zip(turns, [*turns[1:], turns[0] + 36], strict=True)]
        assume(max(gaps) < 18)  # around the centre, so that the outline does not cross itself
        points = [
            centre + cmath.rect(radius * short, turn * math.pi / 18)
            for turn, radius in zip(turns, radii, strict=True)
        ]
    else:
        points = [centre + corner for corner in _corners(draw, short)]
    return tuple((point.real, point.imag) for point in points)


def _corners(draw: st.DrawFn, short: float) -> list[complex]:
    right, down = draw(st.floats(0.1, 0.25)) * short, draw(st.floats(0.1, 0.25)) * short
    turn = cmath.rect(1, math.radians(draw(st.sampled_from([0, 0, 7.3, 45, 90, 211, 359.9]))))
    return [
        complex(x, y) * turn
        for x, y in ((-right, -down), (right, -down), (right, down), (-right, down))
    ]


@st.composite
def photos(draw: st.DrawFn) -> RatedPhoto:
    width = draw(st.integers(64, 4001))
    height = int(width * draw(st.floats(0.4, 2.5)))
    points = draw(outlines_px(width, height))
    region = as_kept(tuple((x / width, y / height) for x, y in points))
    assume(area(region) > 0.002)
    return rated(width, height, region)


def rated(width: int, height: int, region: Region) -> RatedPhoto:
    return RatedPhoto("0123456789abcdef", "a.jpg", width, height, "positive", {}, region)


def lying(photo: RatedPhoto, orientation: int) -> RatedPhoto:
    """Return a photo as a tool shows it that does not turn it upright."""
    width, height = photo.width_px, photo.height_px
    sides = (height, width) if orientation >= 5 else (width, height)
    return rated(*sides, tuple(LYING[orientation](x, y) for x, y in photo.region))


def is_within_half_a_pixel(region: Region, photo: RatedPhoto) -> bool:
    return len(region) == len(photo.region) and all(
        abs(x - u) * photo.width_px <= 0.5 and abs(y - v) * photo.height_px <= 0.5
        for (x, y), (u, v) in zip(region, photo.region, strict=True)
    )


@pytest.mark.parametrize("carry", CARRIES.values(), ids=CARRIES)
@given(photo=photos(), orientation=st.integers(1, 8))
def test_a_region_on_an_upright_photo_comes_back(
    carry: Carry, photo: RatedPhoto, orientation: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outline = carry(photo, tmp_path_factory.getbasetemp())
    region = region_on(outline, photo.width_px, photo.height_px, lambda: orientation)
    assert as_kept(region) == photo.region
    assert is_within_half_a_pixel(region, photo)


@pytest.mark.parametrize("carry", FILES.values(), ids=FILES)
@given(photo=photos(), orientation=st.integers(5, 8))
@example(
    photo=rated(1000, 1004, ((0.3, 0.4), (0.7, 0.4), (0.6, 0.7))), orientation=6
)  # almost square
def test_a_region_on_a_lying_photo_comes_back_upright(
    carry: Carry, photo: RatedPhoto, orientation: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume(abs(photo.width_px - photo.height_px) > 2)  # which rounding would explain
    outline = carry(lying(photo, orientation), tmp_path_factory.getbasetemp())
    region = region_on(outline, photo.width_px, photo.height_px, lambda: orientation)
    assert is_within_half_a_pixel(region, photo)


@given(
    photo=photos(),
    orientation=st.integers(1, 8),
    longest_px=st.integers(32, 2000),
    more=st.tuples(st.sampled_from([-1, 0, 1]), st.sampled_from([-1, 0, 1])),
)
def test_a_region_on_a_thumbnail_comes_back(
    photo: RatedPhoto, orientation: int, longest_px: int, more: tuple[int, int]
) -> None:
    scale = longest_px / max(photo.width_px, photo.height_px)
    width = max(1, int(photo.width_px * scale + 0.5))
    height = max(1, int(photo.height_px * scale + 0.5))
    for frame in ((width, height), (photo.width_px + more[0], photo.height_px + more[1])):
        points = tuple((x * frame[0], y * frame[1]) for x, y in photo.region)
        outline = Outline(points, frame)
        region = region_on(outline, photo.width_px, photo.height_px, lambda: orientation)
        is_turned = orientation >= 5 and not is_within_half_a_pixel(region, photo)
        # Almost square, a frame can be that of the lying photo as well.
        assert not is_turned or abs(photo.width_px - photo.height_px) * scale <= 2


@given(
    width=st.integers(300, 900),
    height=st.integers(300, 900),
    turn=st.floats(0, 360).map(lambda degrees: round(degrees, 2)),
)
def test_a_turned_rectangle_is_that_of_the_tools(
    width: int, height: int, turn: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    left, top, right, bottom = width / 2 - 60, height / 2 - 30, width / 2 + 40, height / 2 + 50
    centre = complex((left + right) / 2, (top + bottom) / 2)
    corners = (
        complex(left, top),
        complex(right, top),
        complex(right, bottom),
        complex(left, bottom),
    )
    expected = [centre + (one - centre) * cmath.rect(1, math.radians(turn)) for one in corners]
    coco = {
        "images": [{"id": 1, "width": width, "height": height, "file_name": "a.jpg"}],
        "annotations": [
            {
                "image_id": 1,
                "segmentation": [],
                "bbox": [left, top, right - left, bottom - top],
                "attributes": {"rotation": turn},
            }
        ],
    }
    cvat = (
        f'<annotations><image name="a.jpg" width="{width}" height="{height}">'
        f'<box label="face" xtl="{left:.2f}" ytl="{top:.2f}" xbr="{right:.2f}" ybr="{bottom:.2f}"'
        f' rotation="{turn:.2f}"/></image></annotations>'
    )
    for content in (coco, cvat):
        [marks] = read_marks(write_file(folder, content))[1]
        assert marks.shapes[0].outline
        region = region_on(marks.shapes[0].outline, width, height)
        for (x, y), point in zip(region, expected, strict=True):
            assert abs(complex(x * width, y * height) - point) < 0.5


def test_a_frame_of_another_shape_is_another_photo() -> None:
    points = ((10.0, 10.0), (50.0, 10.0), (50.0, 50.0))
    for frame in ((100, 83), (100, 77), (80, 103), (0, 0), (-100, -80), (640, 640)):
        with pytest.raises(RegionInvalid):
            region_on(Outline(points, frame), 100, 80, lambda: 6)
    with pytest.raises(RegionInvalid, match="another photo"):
        region_on(Outline(points, (80, 100)), 100, 80, lambda: 3)  # which swaps no sides


def test_a_turned_rectangle_at_the_edge_is_clipped_to_the_photo() -> None:
    beyond = ((50.0, -20.0), (95.0, 40.0), (50.0, 90.0), (5.0, 40.0))
    region = region_on(Outline(beyond, (100, 80)), 100, 80)
    assert all(0 <= value <= 1 for point in region for value in point)
    assert len(region) == 6
    with pytest.raises(RegionInvalid, match="outside the photo"):
        region_on(Outline(beyond), 100, 80)  # perhaps of another photo: no frame says
    with pytest.raises(RegionInvalid, match="outside the photo"):
        region_on(Outline(tuple((x + 80, y) for x, y in beyond), (100, 80)), 100, 80)


def test_an_outline_of_many_points_is_simplified_within_half_a_pixel() -> None:
    count = 1500
    circle = tuple(
        (
            500 + 300 * math.cos(2 * math.pi * k / count),
            400 + 300 * math.sin(2 * math.pi * k / count),
        )
        for k in range(count)
    )
    region = region_on(Outline(circle, (1000, 800)), 1000, 800)
    assert 20 < len(region) <= 200
    assert all(abs(math.hypot(x * 1000 - 500, y * 800 - 400) - 300) < 0.5 for x, y in region)


def test_repeated_points_are_one() -> None:
    points = ((10.0, 10.0), (10.0, 10.0), (50.0, 10.0), (50.0, 50.0), (10.0, 10.0))
    assert region_on(Outline(points, (100, 80)), 100, 80) == (
        (0.1, 0.125),
        (0.5, 0.125),
        (0.5, 0.625),
    )
