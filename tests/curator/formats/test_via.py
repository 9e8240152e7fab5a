"""VIA: projects and annotations of versions 1 and 2, their table, and projects of version 3."""

import copy
import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest

from curator.base.errors import InputInvalid
from curator.formats.marks import Marks
from curator.formats.reading import is_table
from curator.formats.shapes import box_around
from curator.formats.vocabulary import WordsUnknown
from curator.ratings.outlines import Outline
from tests.curator.formats import files
from tests.curator.formats.rated import entries_in, read_file, said, write_file

FACE = Outline(((30, 32), (70, 32), (60, 56)))
POLYGON = {"name": "polygon", "all_points_x": [30, 70, 60], "all_points_y": [32, 32, 56]}


def photo_file(*regions: dict[str, Any], **file_attributes: object) -> dict[str, Any]:
    """Return VIA's annotations of one photo, without a project."""
    photo = {
        "filename": "a.jpg",
        "size": -1,
        "regions": list(regions),
        "file_attributes": file_attributes,
    }
    return {"a.jpg-1": photo}


def region(shape: dict[str, Any], **attributes: object) -> dict[str, Any]:
    return {"shape_attributes": shape, "region_attributes": attributes}


def box_of(marks: Marks) -> tuple[float, float, float, float]:
    [shape] = marks.shapes
    assert shape.outline
    return box_around(shape.outline.points)


def problem_of(marks: Marks) -> str:
    problem = marks.problem or marks.shapes[0].problem
    assert problem
    return problem.message


def test_a_project_says_what_its_attributes_say(tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, files.VIA)
    assert said(entry) == ("positive", {"sex": "female"}, "seen")
    assert (entry.file, entry.outline) == ("a.jpg", FACE)


def test_annotations_without_a_project_are_read(tmp_path: Path) -> None:
    content = photo_file(region(POLYGON, label="negative"), sex="male", checked={"yes": False})
    [entry] = entries_in(tmp_path, content)
    assert said(entry) == ("negative", {"sex": "male"}, "")
    assert entry.outline == FACE


def test_regions_of_version_1_are_numbered(tmp_path: Path) -> None:
    content = photo_file()
    content["a.jpg-1"]["regions"] = {"0": region(POLYGON, label="positive")}
    [entry] = entries_in(tmp_path, content)
    assert (entry.label, entry.outline) == ("positive", FACE)


def test_a_photo_may_be_named_by_its_address(tmp_path: Path) -> None:
    address = "https://photos.example/ward/a%20b.jpg?key=1"
    [marks] = read_file(tmp_path, {"1": {"filename": address, "regions": []}})
    assert {"ward/a b.jpg", "a b.jpg"} <= {*marks.also}


def test_a_checkbox_answers_with_what_is_checked(tmp_path: Path) -> None:
    content = photo_file(region(POLYGON, signs={"positive": True, "rosacea": True, "acne": False}))
    with pytest.raises(WordsUnknown, match="'signs:rosacea'"):
        entries_in(tmp_path, content, means={"signs:positive": "positive"})
    means = {"signs:positive": "positive", "signs:rosacea": ""}
    [entry] = entries_in(tmp_path, content, means=means)
    assert entry.label == "positive"


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        ({"name": "rect", "x": 10, "y": 20, "width": 30, "height": 40}, (10, 20, 30, 40)),
        ({"name": "circle", "cx": 50, "cy": 40, "r": 10}, (40, 30, 20, 20)),
        ({"name": "ellipse", "cx": 50, "cy": 40, "rx": 30, "ry": 10}, (20, 30, 60, 20)),
        (
            {"name": "ellipse", "cx": 50, "cy": 40, "rx": 30, "ry": 10, "theta": math.pi / 2},
            (40, 10, 20, 60),
        ),
        (
            {"name": "polyline", "all_points_x": [1, 9, 9, 1], "all_points_y": [1, 1, 9, 1]},
            (1, 1, 8, 8),
        ),
        ({"name": "polygon", "all_points_x": ["1", 9, 9], "all_points_y": [1, 1, 9]}, (1, 1, 8, 8)),
    ],
)
def test_each_shape_is_read(shape: dict[str, Any], box: tuple[float, ...], tmp_path: Path) -> None:
    [marks] = read_file(tmp_path, photo_file(region(shape)))
    assert box_of(marks) == pytest.approx(box, abs=0.05)


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ({"name": "point", "cx": 1, "cy": 2}, "points cannot be read"),
        ({"name": "polyline", "all_points_x": [1, 2], "all_points_y": [1, 2]}, "an open line"),
        ({"name": "polygon", "all_points_x": [1, 2], "all_points_y": [1]}, "as many numbers"),
        ({"name": "rect", "x": 1, "y": 2, "width": None, "height": 1}, "width is missing"),
    ],
)
def test_what_is_no_outline_is_named(shape: dict[str, Any], problem: str, tmp_path: Path) -> None:
    [marks] = read_file(tmp_path, photo_file(region(shape)))
    assert problem in problem_of(marks)


def test_the_class_of_the_face_is_one_of_the_attributes(tmp_path: Path) -> None:
    other = {"name": "rect", "x": 1, "y": 1, "width": 5, "height": 5}
    content = photo_file(region(other, part="mole"), region(POLYGON, part="Face", label="positive"))
    with pytest.raises(WordsUnknown, match="'part:mole'"):
        entries_in(tmp_path, content, region="face")
    [entry] = entries_in(tmp_path, content, region="face", means={"mole": ""})
    assert (entry.label, entry.outline) == ("positive", FACE)
    with pytest.raises(InputInvalid, match="No outline in the file is of the class 'faec'"):
        entries_in(tmp_path, content, region="faec", ignores_unknown=True)


@pytest.mark.parametrize("header", ["", "#", "\ufeff"])
def test_the_table_of_annotations_is_known_by_its_header(header: str, tmp_path: Path) -> None:
    path = write_file(tmp_path, header + files.VIA_CSV, "via.csv")
    assert not is_table(path)
    [entry] = entries_in(tmp_path, header + files.VIA_CSV, "via.csv")
    assert said(entry) == ("positive", {"sex": "female"}, "seen")
    assert (entry.file, entry.outline) == ("a.jpg", FACE)


@pytest.mark.parametrize("first", ["", "sep=;\r\n"])
def test_the_table_may_have_been_saved_again_by_a_spreadsheet(first: str, tmp_path: Path) -> None:
    again = io.StringIO()
    csv.writer(again, delimiter=";").writerows(csv.reader(io.StringIO(files.VIA_CSV)))
    [entry] = entries_in(tmp_path, first + again.getvalue(), "via.csv")
    assert (said(entry), entry.outline) == (("positive", {"sex": "female"}, "seen"), FACE)


def test_a_damaged_cell_of_the_table_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match=r"via\.csv is damaged.*line 2"):
        read_file(tmp_path, files.VIA_CSV.replace('""polygon""', '""polygon'), "via.csv")


def test_a_table_of_ratings_stays_one(tmp_path: Path) -> None:
    assert is_table(write_file(tmp_path, "file,label\na.jpg,positive\n", "a.csv"))
    assert is_table(write_file(tmp_path, "filename,label\n", "b.csv"))


def test_a_project_of_version_3_says_what_its_attributes_say(tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, files.VIA3)
    assert said(entry) == ("positive", {"sex": "female"}, "seen")
    assert (entry.file, entry.outline) == ("a.jpg", FACE)


def project(xy: list[object], **metadata: object) -> dict[str, Any]:
    changed = copy.deepcopy(files.VIA3)
    changed["metadata"] = {"1_a": {"vid": "1", "z": [], "xy": xy, "av": {}, **metadata}}
    return changed


@pytest.mark.parametrize(
    ("xy", "box"),
    [
        ([2, 10, 20, 30, 40], (10, 20, 30, 40)),
        ([3, 50, 40, 10], (40, 30, 20, 20)),
        ([4, 50, 40, 30, 10], (20, 30, 60, 20)),
        ([6, 1, 1, 9, 1, 9, 9, 1, 1], (1, 1, 8, 8)),
        ([7, 1, 1, 9, 1, 9, 9], (1, 1, 8, 8)),
        ([8, 1, 5, 5, 1, 9, 5, 5, 9], (1, 1, 8, 8)),
    ],
)
def test_each_shape_of_version_3_is_read(
    xy: list[object], box: tuple[float, ...], tmp_path: Path
) -> None:
    [marks] = read_file(tmp_path, project(xy))
    assert box_of(marks) == pytest.approx(box, abs=0.05)


@pytest.mark.parametrize(
    ("xy", "metadata", "problem"),
    [
        ([1, 5, 5], {}, "points cannot"),
        ([9, 1, 5, 5, 1, 9, 5], {}, "a circle through three points"),
        ([42, 1, 2], {}, "42 cannot"),
        ([2, 1, 2, 3], {}, "as many numbers as it needs"),
        ([7, 1, 2, 3], {}, "each point has two"),
        ([], {"z": [1.5, 2.5]}, "a part of a video or sound"),
    ],
)
def test_what_is_no_outline_of_a_photo_is_named(
    xy: list[object], metadata: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    [marks] = read_file(tmp_path, project(xy, **metadata))
    assert problem in problem_of(marks)


def test_a_checkbox_of_version_3_has_several_values(tmp_path: Path) -> None:
    content = project([], av={"1": "1,0"})
    [marks] = read_file(tmp_path, content)
    assert [answer.value for answer in marks.answers] == ["positive", "negative"]


def test_a_view_of_several_files_is_refused(tmp_path: Path) -> None:
    content = copy.deepcopy(files.VIA3)
    content["view"]["1"]["fid_list"] = ["1", "2"]
    [marks] = read_file(tmp_path, content)
    assert "view.1 shows 2 files" in problem_of(marks)


def test_a_photo_of_version_3_is_looked_for_by_its_address(tmp_path: Path) -> None:
    content = json.loads(
        json.dumps(files.VIA3).replace('"a.jpg"', '"https://h.example/p/a%20b.jpg"')
    )
    [marks] = read_file(tmp_path, content)
    assert "a b.jpg" in marks.also
