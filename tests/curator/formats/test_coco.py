"""COCO files: written for other tools, and read as other tools write them."""

import json
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO

from curator.formats import coco
from curator.ratings.outlines import region_on
from faces.regions import as_kept
from tests.curator.formats.rated import RATED, REGION, entries_in, read_file, said, write_file

SQUARE = [10, 10, 50, 10, 50, 50, 10, 50]


def coco_file(*annotations: dict[str, Any], **image: object) -> dict[str, Any]:
    """Return a file of one photo, 100x80, as CVAT exports it."""
    return {
        "licenses": [{"name": "", "id": 0, "url": ""}],
        "info": {"contributor": "", "date_created": "", "description": "", "url": ""},
        "categories": [
            {"id": 1, "name": "face", "supercategory": ""},
            {"id": 2, "name": "Malar rash", "supercategory": ""},
            {"id": 3, "name": "negative", "supercategory": ""},
        ],
        "images": [{"id": 1, "width": 100, "height": 80, "file_name": "a.jpg", **image}],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0, **annotation}
            for number, annotation in enumerate(annotations, start=1)
        ],
    }


def points_in(folder: Path, **annotation: object) -> list[tuple[float, float]]:
    [marks] = read_file(folder, coco_file(annotation))
    assert marks.problem is None
    [shape] = marks.shapes
    assert shape.outline
    return [(round(x, 3), round(y, 3)) for x, y in shape.outline.points]


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
