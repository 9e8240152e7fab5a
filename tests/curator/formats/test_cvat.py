"""CVAT for images 1.1: written for CVAT, and read as CVAT writes it."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from curator.base.errors import InputInvalid
from curator.formats import cvat
from curator.formats.marks import Shape
from curator.formats.shapes import box_around
from curator.ratings.outlines import Outline, region_on
from faces.regions import Region, as_kept
from tests.curator.formats import files
from tests.curator.formats.rated import RATED, REGION, entries_in, read_file, said


def test_a_written_file_reads_as_it_was_rated(tmp_path: Path) -> None:
    entries = entries_in(tmp_path, cvat.write(RATED), "annotations.xml")
    assert [said(one) for one in entries] == [(p.label, p.values, p.note) for p in RATED]
    assert [one.file for one in entries] == [p.file.removeprefix("images/") for p in RATED]
    assert entries[0].outline
    assert as_kept(region_on(entries[0].outline, 161, 119)) == REGION
    assert entries[1].outline is None


def test_a_file_has_what_cvat_and_datumaro_ask_for() -> None:
    root = ElementTree.fromstring(cvat.write(RATED))  # noqa: S314  # our own
    labels = {label.findtext("name"): label for label in root.findall("meta/task/labels/label")}
    used = {child.get("label") for image in root.findall("image") for child in image}
    assert used <= labels.keys()
    for tag in root.findall("image/tag"):
        label = labels[tag.get("label")]
        asked = {one.findtext("name") for one in label.findall("attributes/attribute")}
        assert {one.get("name") for one in tag.findall("attribute")} <= asked
        assert all(one.findtext("input_type") for one in label.findall("attributes/attribute"))
    assert [image.get("id") for image in root.findall("image")] == ["0", "1"]
    assert root.findtext("meta/task/id")


def test_a_file_is_written_to_the_same_bytes() -> None:
    assert cvat.write(RATED) == cvat.write(RATED)


def cvat_file(*children: str, image: str = 'name="a.jpg" width="100" height="80"') -> str:
    inside = "".join(children)
    return (
        f'<annotations><version>1.1</version><image id="3" {image}>{inside}</image></annotations>'
    )


def shape_in(folder: Path, child: str) -> Shape:
    [marks] = read_file(folder, cvat_file(child), "a.xml")
    assert marks.problem is None
    [shape] = marks.shapes
    return shape


def points_in(folder: Path, child: str) -> Region:
    outline = shape_in(folder, child).outline
    assert outline
    return tuple((round(x, 2), round(y, 2)) for x, y in outline.points)


def test_an_export_of_cvat_says_what_its_tags_and_attributes_say(tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, files.CVAT, "annotations.xml")
    assert said(entry) == ("positive", {"sex": "female"}, "")
    assert entry.outline == Outline(((30, 32), (70, 32), (60, 56)), (100, 80))
    assert (entry.file, entry.also) == ("ward/a.jpg", ("a.jpg",))


def test_a_box_is_turned_clockwise_around_its_centre(tmp_path: Path) -> None:
    box = '<box label="face" xtl="10.00" ytl="20.00" xbr="50.00" ybr="40.00" rotation="90.00"/>'
    assert points_in(tmp_path, box) == ((40, 10), (40, 50), (20, 50), (20, 10))


def test_an_ellipse_is_turned_too(tmp_path: Path) -> None:
    ellipse = '<ellipse label="face" cx="50" cy="40" rx="30" ry="10" rotation="90"/>'
    assert box_around(points_in(tmp_path, ellipse)) == pytest.approx((40, 10, 20, 60), abs=0.05)


@pytest.mark.parametrize(
    ("child", "said"),
    [
        ('<mask label="face" rle="3, 5" left="1" top="2" width="3" height="4"/>', "a mask cannot"),
        ('<points label="face" points="1,2;3,4"/>', "points cannot"),
        ('<polyline label="face" points="1,2;3,4;50,60"/>', "an open line"),
        ('<cuboid label="face" xtl1="1"/>', "a cuboid"),
        ('<skeleton label="face"><points label="1" points="1,2"/></skeleton>', "a skeleton"),
    ],
)
def test_what_is_no_outline_is_a_problem_if_it_is_to_be_the_region(
    child: str, said: str, tmp_path: Path
) -> None:
    problem = shape_in(tmp_path, child).problem
    assert problem
    assert said in problem.message
    other = '<polygon label="lesion" points="1,2;30,4;50,60"/>'
    [entry] = entries_in(tmp_path, cvat_file(child, other), "a.xml", region="lesion")
    assert entry.problem is None
    assert entry.outline


def test_a_closed_line_is_a_polygon(tmp_path: Path) -> None:
    line = '<polyline label="face" points="1.00,2.00;30.00,4.00;50.00,60.00;1.00,2.00"/>'
    assert points_in(tmp_path, line) == ((1, 2), (30, 4), (50, 60))


def test_a_value_that_nobody_chose_is_no_answer(tmp_path: Path) -> None:
    tag = '<tag label="negative"><attribute name="sex">__undefined__</attribute></tag>'
    empty = '<tag label="negative"><attribute name="evidence"></attribute></tag>'
    [entry] = entries_in(tmp_path, cvat_file(tag, empty), "a.xml")
    assert said(entry) == ("negative", {}, "")


def test_a_shape_outside_the_frame_is_not_there(tmp_path: Path) -> None:
    outside = '<box label="face" outside="1" xtl="1" ytl="2" xbr="3" ybr="4"/>'
    assert entries_in(tmp_path, cvat_file(outside), "a.xml") == []


def test_a_video_is_refused_with_what_to_export(tmp_path: Path) -> None:
    track = '<annotations><track id="0" label="face"><box frame="0"/></track></annotations>'
    with pytest.raises(InputInvalid, match=r"it has tracks.*CVAT for images 1\.1"):
        read_file(tmp_path, track, "a.xml")


@pytest.mark.parametrize(
    ("child", "said"),
    [
        ('<polygon points="1,2;3"/>', "image[1]/polygon[1].points is '1,2;3'"),
        ('<polygon points="1,2;x,4;5,6"/>', "is 'x': it should be a number"),
        ('<box xtl="1" ytl="2" xbr="3"/>', "image[1]/box[1].ybr is missing"),
        ('<box xtl="1" ytl="2" xbr="3" ybr="inf"/>', "image[1]/box[1].ybr is 'inf'"),
    ],
)
def test_damaged_numbers_are_named_with_their_place(child: str, said: str, tmp_path: Path) -> None:
    [marks] = read_file(tmp_path, cvat_file(child), "a.xml")
    assert marks.problem
    assert said in marks.problem.message


def test_a_note_has_only_characters_that_xml_can_hold(tmp_path: Path) -> None:
    photo = replace(RATED[0], note="a\x00b\x1fc\ud800d\U0001f600")
    [entry] = entries_in(tmp_path, cvat.write([photo]), "a.xml")
    assert entry.note == "abcd\U0001f600"


def test_the_labels_for_cvats_constructor_are_those_that_are_written() -> None:
    written = {spec["name"]: spec for spec in cvat.label_specs()}
    assert written.keys() == {"face", "positive", "negative", "unsure"}
    for spec in written["positive"]["attributes"]:
        assert spec["default_value"] in spec["values"]
