"""COCO files: written for other tools, and read as other tools write them."""

import json
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO

from curator.base.errors import InputInvalid
from curator.formats import coco
from curator.formats.shapes import area, box_around
from curator.formats.vocabulary import WordsUnknown
from curator.ratings.outlines import Outline, region_on
from faces.regions import Region, as_kept
from tests.curator.formats import files
from tests.curator.formats.rated import RATED, REGION, entries_in, read_file, said, write_file

SQUARE = [10, 10, 50, 10, 50, 50, 10, 50]


def coco_file(*annotations: dict[str, Any], **image: object) -> dict[str, Any]:
    """Return a file of one photo, 100x80, with annotations of the category `face`."""
    return {
        **files.COCO,
        "images": [{"id": 1, "width": 100, "height": 80, "file_name": "a.jpg", **image}],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0, **annotation}
            for number, annotation in enumerate(annotations, start=1)
        ],
    }


def points_in(folder: Path, **annotation: object) -> Region:
    [marks] = read_file(folder, coco_file(annotation))
    assert marks.problem is None
    [shape] = marks.shapes
    assert shape.outline
    return tuple((round(x, 3), round(y, 3)) for x, y in shape.outline.points)


@pytest.mark.parametrize("size", [0, "", None, -1])
def test_a_size_that_is_none_is_not_told(tmp_path: Path, size: object) -> None:
    document = coco_file({"segmentation": [SQUARE]}, width=size, height=size)
    [marks] = read_file(tmp_path, document)
    assert marks.shapes[0].outline == Outline(((10, 10), (50, 10), (50, 50), (10, 50)), None)


def test_a_photo_may_be_named_by_its_address_alone(tmp_path: Path) -> None:
    document = coco_file({}, file_name=None, coco_url="https://example.org/set/a%20b.jpg?size=2")
    [marks] = read_file(tmp_path, document)
    assert "set/a b.jpg" in marks.also


def problem_in(folder: Path, **annotation: object) -> str:
    [marks] = read_file(folder, coco_file(annotation))
    problem = marks.problem or marks.shapes[0].problem
    assert problem
    return problem.message


def test_pycocotools_opens_what_is_written(tmp_path: Path) -> None:
    opened = COCO(str(write_file(tmp_path, coco.write(RATED))))
    [annotation] = opened.loadAnns(opened.getAnnIds(imgIds=[1]))
    assert annotation["bbox"] == pytest.approx([48.3, 47.6, 64.4, 35.7])
    assert annotation["area"] == pytest.approx((64.4 + 32.2) / 2 * 35.7)
    assert opened.annToMask(annotation).sum() == pytest.approx(annotation["area"], rel=0.05)
    assert opened.loadCats(annotation["category_id"])[0]["name"] == "positive"
    assert [image["file_name"] for image in opened.loadImgs([1, 2])] == [p.file for p in RATED]
    assert opened.getAnnIds(imgIds=[2]) == []


def test_a_written_file_reads_as_it_was_rated(tmp_path: Path) -> None:
    entries = entries_in(tmp_path, coco.write(RATED))
    assert [said(one) for one in entries] == [(p.label, p.values, p.note) for p in RATED]
    assert [one.file for one in entries] == [p.file for p in RATED]
    assert entries[0].also[-1] == RATED[0].id
    assert entries[0].outline
    assert as_kept(region_on(entries[0].outline, 161, 119)) == REGION
    assert entries[1].outline is None


def test_a_file_is_written_to_the_same_bytes() -> None:
    assert coco.write(RATED) == coco.write(RATED)
    assert json.loads(coco.write(()))["annotations"] == []


def test_an_annotation_of_cvat_says_what_its_attributes_say(tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, files.COCO)
    assert said(entry) == ("positive", {"sex": "female"}, "")
    assert entry.outline == Outline(((30, 32), (70, 32), (60, 56)), (100, 80))
    assert entry.also == ("a.jpg",)


def test_parts_that_touch_are_one_outline(tmp_path: Path) -> None:
    right = [50, 10, 90, 10, 90, 50, 50, 50]
    points = points_in(tmp_path, segmentation=[SQUARE, right])
    assert area(points) == 80 * 40
    assert (box_around(points)) == (10, 10, 80, 40)


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        ({"segmentation": [SQUARE, [60, 60, 70, 60, 70, 70]]}, "2 parts that lie apart"),
        ({"segmentation": [SQUARE, [0, 0, 50, 50, 50, 0, 0, 50]]}, "crosses itself"),
        ({"segmentation": [[1, 2, 3]]}, "3 numbers, and each point has two"),
        ({"segmentation": {"counts": [1, 2], "size": [80, 100]}, "iscrowd": 1}, "a mask cannot"),
        ({"segmentation": [{"counts": "x", "size": [80, 100]}]}, "a mask cannot"),
        ({"segmentation": [], "bbox": [1, 2, 3]}, "left, top, width and height"),
        ({"category_id": 9, "bbox": [1, 2, 3, 4]}, "category_id is 9: it should be the id"),
        ({"segmentation": [[1, 2, "x", 4, 5, 6]]}, "annotations[0].segmentation[0][2] is 'x'"),
    ],
)
def test_what_is_no_outline_is_the_photos_problem(
    annotation: dict[str, Any], said: str, tmp_path: Path
) -> None:
    assert said in problem_in(tmp_path, **annotation)


@pytest.mark.parametrize("segmentation", [[], None, [[]], [[10, 20, 50, 20, 50, 40, 10, 40]]])
def test_a_box_is_turned_around_its_centre(segmentation: object, tmp_path: Path) -> None:
    points = points_in(
        tmp_path,
        segmentation=segmentation,
        bbox=[10, 20, 40, 20],
        attributes={"rotation": 90.0, "occluded": False},
    )
    assert points == ((40, 10), (40, 50), (20, 50), (20, 10))


@pytest.mark.parametrize("empty", [[], {}, "", None])
def test_what_is_empty_may_be_empty_in_any_way(empty: object, tmp_path: Path) -> None:
    points_in(tmp_path, segmentation=[SQUARE], attributes=empty, bbox=empty)
    [marks] = read_file(tmp_path, coco_file({"segmentation": empty}, attributes=empty))
    assert marks.problem is None


def test_a_polygon_without_the_list_around_it_is_read(tmp_path: Path) -> None:
    assert points_in(tmp_path, segmentation=SQUARE) == ((10, 10), (50, 10), (50, 50), (10, 50))


def test_the_same_outline_twice_is_one(tmp_path: Path) -> None:
    both = coco_file({"segmentation": [SQUARE]}, {"segmentation": [SQUARE], "category_id": 3})
    [entry] = entries_in(tmp_path, both)
    assert entry.problem is None
    assert entry.label == "negative"
    assert entry.outline


def test_an_annotation_without_an_outline_is_a_class_of_the_photo(tmp_path: Path) -> None:
    [entry] = entries_in(tmp_path, coco_file({"category_id": 3, "segmentation": [], "bbox": []}))
    assert (entry.label, entry.outline) == ("negative", None)
    with pytest.raises(WordsUnknown, match="'Malar rash' \\(1\\)"):
        entries_in(tmp_path, coco_file({"category_id": 2}))


def test_photos_without_annotations_are_passed_over(tmp_path: Path) -> None:
    assert entries_in(tmp_path, coco_file()) == []


def test_annotations_of_an_image_that_is_not_there_are_reported(tmp_path: Path) -> None:
    _, stranger = read_file(tmp_path, coco_file({"segmentation": [SQUARE], "image_id": 99}))
    assert stranger.problem
    assert stranger.problem.message == (
        "annotations[0] is of image 99, which the file does not have"
    )


def test_two_images_of_one_id_are_both_refused(tmp_path: Path) -> None:
    document = coco_file({"segmentation": [SQUARE]})
    document["images"] *= 2
    problems = [one.problem.message for one in read_file(tmp_path, document) if one.problem]
    assert problems == ["2 images of the file have the id 1"] * 2


def test_two_categories_of_one_id_are_refused(tmp_path: Path) -> None:
    document = coco_file({"segmentation": [SQUARE]})
    document["categories"] = [*document["categories"], {"id": 1, "name": "negative"}]
    with pytest.raises(InputInvalid, match="'face' and 'negative' are both category 1"):
        read_file(tmp_path, document)


@pytest.mark.parametrize("one", ["1", 1.0])
def test_ids_may_be_texts(one: object, tmp_path: Path) -> None:
    [marks] = read_file(tmp_path, coco_file({"segmentation": [SQUARE]}, id=one))
    assert marks.shapes


@pytest.mark.parametrize(
    ("image", "names"),
    [
        (
            {"file_name": "a_b_jpg.rf.0f3c2d1e.jpg", "extra": {"name": "a b.jpg"}},
            ["a_b_jpg.rf.0f3c2d1e.jpg", "a b.jpg", "a_b.jpg"],
        ),
        ({"file_name": "b_JPEG.rf.x1Y2.jpg"}, ["b_JPEG.rf.x1Y2.jpg", "b.JPEG"]),
        (
            {"file_name": "images/0a1b2c3d-a.jpg"},
            ["images/0a1b2c3d-a.jpg", "0a1b2c3d-a.jpg", "a.jpg"],
        ),
        ({"file_name": "x\\y\\a.jpg"}, ["x\\y\\a.jpg", "y/a.jpg", "a.jpg"]),
        ({"file_name": "a%20b.jpg"}, ["a%20b.jpg", "a b.jpg"]),
        ({"file_name": "a?b.jpg"}, ["a?b.jpg"]),
        ({"file_name": None}, [""]),
    ],
)
def test_a_photo_is_looked_for_by_the_name_that_it_had(
    image: dict[str, Any], names: list[str], tmp_path: Path
) -> None:
    [marks] = read_file(tmp_path, coco_file(**image))
    assert [marks.file, *marks.also] == names
