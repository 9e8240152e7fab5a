"""labelme: one file a photo, alone or in a folder."""

import copy
from pathlib import Path
from typing import Any

import pytest

from curator.base.errors import InputInvalid
from curator.formats.kinds import KINDS
from curator.formats.reading import KindUnknown, read_marks
from curator.formats.shapes import box_around
from curator.formats.vocabulary import Vocabulary
from curator.ratings.outlines import Outline
from tests.curator.formats import files
from tests.curator.formats.rated import entries_in, read_file, said, write_file


def photo(**changes: object) -> dict[str, Any]:
    return {**copy.deepcopy(files.LABELME), **changes}


def shape(kind: str | None, *points: list[float], **more: object) -> dict[str, Any]:
    return {"label": "face", "points": list(points), "shape_type": kind, "flags": {}, **more}


def test_flags_that_are_set_are_answers(tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, files.LABELME)
    assert said(entry) == ("positive", {"sex": "female"}, "")
    assert entry.outline == Outline(((30, 32), (70, 32), (60, 56)), (100, 80))


def test_the_description_of_a_shape_is_a_note(tmp_path: Path) -> None:
    drawn = shape("polygon", [1, 1], [90, 1], [90, 70], description="both cheeks")
    [entry] = entries_in(tmp_path, photo(shapes=[drawn]))
    assert entry.note == "both cheeks"


def test_the_description_of_a_photo_is_a_note(tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, photo(flags={"positive": True}, description="both cheeks"))
    assert entry.note == "both cheeks"


def test_the_photo_is_looked_for_without_the_folders_above(tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, files.LABELME)
    assert (entry.file, entry.also) == ("..\\ward\\a.jpg", ("ward/a.jpg", "a.jpg"))


@pytest.mark.parametrize(
    ("drawn", "box"),
    [
        (shape("rectangle", [10, 20], [40, 60]), (10, 20, 30, 40)),
        (shape("rectangle", [40, 20], [10, 60]), (10, 20, 30, 40)),
        (shape("rectangle", [10, 20], [40, 20], [40, 60], [10, 60]), (10, 20, 30, 40)),
        (shape("circle", [50, 40], [50, 50]), (40, 30, 20, 20)),
        (shape(None, [1, 1], [9, 1], [9, 9]), (1, 1, 8, 8)),
        (shape("linestrip", [1, 1], [9, 1], [9, 9], [1, 1]), (1, 1, 8, 8)),
        (shape("rotation", [5, 1], [9, 5], [5, 9], [1, 5], attributes={}), (1, 1, 8, 8)),
        (shape("quadrilateral", [5, 1], [9, 5], [5, 9], [1, 5]), (1, 1, 8, 8)),
    ],
)
def test_each_shape_is_read(drawn: dict[str, Any], box: tuple[float, ...], tmp_path: Path) -> None:
    [marks] = read_file(tmp_path, photo(shapes=[drawn]))
    assert marks.shapes[0].outline
    assert box_around(marks.shapes[0].outline.points) == pytest.approx(box, abs=0.05)


@pytest.mark.parametrize(
    ("drawn", "problem"),
    [
        (shape("mask", [1, 2], [3, 4], mask="iVBORw0KGgo="), "a mask cannot"),
        (shape("point", [1, 2]), "points cannot"),
        (shape("line", [1, 2], [3, 4]), "an open line"),
        (shape("linestrip", [1, 2], [3, 4], [5, 9]), "an open line"),
        (
            shape("circle", [1, 2]),
            "shapes[0].points is a list in brackets: it should be a list of two",
        ),
        (shape("polygon", [1, 2], [3], [5, 9]), "shapes[0].points[1] is a list in brackets"),
    ],
)
def test_what_is_no_outline_is_named(drawn: dict[str, Any], problem: str, tmp_path: Path) -> None:
    [marks] = read_file(tmp_path, photo(shapes=[drawn]))
    found = marks.problem or marks.shapes[0].problem
    assert found
    assert problem in found.message


@pytest.mark.parametrize("size", [{"imageHeight": None}, {"imageWidth": None, "imageHeight": None}])
def test_without_its_size_the_photos_pixels_count(size: dict[str, Any], tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, photo(**size))
    assert entry.outline
    assert entry.outline.frame is None


def test_a_folder_of_files_is_read_as_one(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write_file(tmp_path, photo(imagePath=f"{name}.jpg"), f"part/{name}.json")
    write_file(tmp_path, {"editor.tabSize": 4}, "settings.json")
    write_file(tmp_path, b"\0\5\x16\7", "part/._a.json")
    write_file(tmp_path, photo(imagePath="not.jpg"), "__MACOSX/part/a.json")
    kind, marks = read_marks(tmp_path)
    assert (kind.code, kind.unit) == ("labelme", "photo")
    assert [(one.number, one.file) for one in marks] == [(1, "a.jpg"), (2, "b.jpg"), (3, "c.jpg")]
    assert len(Vocabulary().entries(marks)) == 3


def test_a_folder_of_several_kinds_is_refused(tmp_path: Path) -> None:
    write_file(tmp_path, photo(), "a.json")
    write_file(tmp_path, files.CVAT, "annotations.xml")
    with pytest.raises(InputInvalid, match="files of several kinds"):
        read_marks(tmp_path)


def test_a_folder_without_such_files_says_what_is_read(tmp_path: Path) -> None:
    with pytest.raises(KindUnknown) as refused:
        read_marks(tmp_path)
    assert "a table of ratings (CSV)" in refused.value.message
    assert all(kind.name in refused.value.message for kind in KINDS)
