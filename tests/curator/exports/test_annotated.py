"""Exports of whole photos: opened by the tools they are for, and imported again without loss."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from shapely import Point, Polygon
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.models.users import User
from curator.base.pixels import load, whole_pixel_sha256
from curator.base.store import Store
from curator.exports.formats import FORMATS
from curator.ratings.regions import stored_region
from tests.curator.databases import copied
from tests.curator.exports.rated import export, run, trainers_rows

RETURNING = {form.code: form.returning for form in FORMATS if form.returning}
ANNOTATED = {form.code: form.returning for form in FORMATS if form.pictures.are_whole}
DATUMARO = Path(__file__).parents[3] / ".venv-datumaro/bin/python"


@pytest.fixture
def empty(empty_instance: Config, tmp_path: Path) -> Config:
    """An instance without photos."""
    return copied(empty_instance, tmp_path / "empty")


def said(config: Config, rater: str) -> dict[str, dict[str, str]]:
    """Return what a rater said of each photo, by the photo's pixels at full size."""
    store = Store(config.instance)
    rows = (
        select(Photo, Rating)
        .join(Rating, Rating.photo_id == Photo.id)
        .join(User, User.id == Rating.rater_id)
        .where(User.name == rater)
    )
    with open_sessions(config)() as session:
        return {
            whole_pixel_sha256(store.photo(photo.file_sha256, photo.format)): {
                name: str(getattr(rating, name)) for name in ("label", "sex", "evidence", "region")
            }
            for photo, rating in session.execute(rows)
        }


@pytest.mark.parametrize(("form", "file"), ANNOTATED.items())
def test_regions_that_come_back_count_as_imported(
    rated: Config, empty: Config, form: str, file: str
) -> None:
    """A consensus does not tell who drew its region: to call it drawn by the rater would be made up."""
    folder = export(rated, form)
    assert run(empty, "import", str(folder / "images")).exit_code == 0
    assert run(empty, "rate", str(folder / file), "--rater", "carl").exit_code == 0
    with open_sessions(empty)() as session:
        assert set(session.scalars(select(Rating.origin))) == {"imported"}


@pytest.mark.parametrize(("form", "file"), ANNOTATED.items())
def test_an_export_can_be_imported_into_an_empty_instance(
    rated: Config, empty: Config, form: str, file: str
) -> None:
    folder = export(rated, form)
    assert run(empty, "import", str(folder / "images")).exit_code == 0
    done = run(empty, "rate", str(folder / file), "--rater", "carl", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["saved"] == 16
    assert said(empty, "carl") == said(rated, "ben")


@pytest.mark.parametrize(("form", "file"), RETURNING.items())
def test_the_original_photos_are_found_by_their_hash(rated: Config, form: str, file: str) -> None:
    folder = export(rated, form)
    done = run(rated, "rate", str(folder / file), "--rater", "carl", "--json")
    assert done.exit_code == 0, done.output
    assert said(rated, "carl") == said(rated, "ben")


@pytest.mark.parametrize("form", ANNOTATED)
def test_whole_photos_are_upright_with_all_pixels_and_without_metadata(
    rated: Config, form: str
) -> None:
    originals = {load(path).tobytes() for path in (rated.instance / "photos").rglob("*.jpg")}
    pictures = list((export(rated, form) / "images").rglob("*.png"))
    assert len(pictures) == 16
    for path in pictures:
        with Image.open(path) as picture:
            assert (picture.mode, picture.info) == ("RGB", {})
            assert picture.tobytes() in originals


@pytest.mark.parametrize("form", ANNOTATED)
def test_the_help_says_that_the_whole_face_is_shown(rated: Config, form: str) -> None:
    shown = " ".join(run(rated, "export", "--help").output.split())
    sentence = next(part for part in shown.split(". ") if "show the whole face" in part)
    assert form in sentence


def test_pycocotools_draws_our_regions(rated: Config, capsys: pytest.CaptureFixture[str]) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    folder = export(rated, "coco")
    rows = {row["id"]: row for row in trainers_rows(rated)}
    for split in ("train", "val", "test"):
        read = coco.COCO(str(folder / "annotations" / f"instances_{split}.json"))
        assert len(read.imgs) == sum(row["split"] == split for row in rows.values())
        for image in read.imgs.values():
            row = rows[Path(image["file_name"]).stem]
            with Image.open(folder / "images" / split / image["file_name"]) as picture:
                assert picture.size == (image["width"], image["height"])
            [annotation] = read.imgToAnns[image["id"]]
            assert read.cats[annotation["category_id"]]["name"] == row["label"]
            assert annotation["attributes"]["sex"] == row["sex"]
            drawn = read.annToMask(annotation).astype(bool)
            size = image["width"], image["height"]
            outline = [(x * size[0], y * size[1]) for x, y in stored_region(row["region"])]
            rows_apart, columns_apart = np.nonzero(drawn != cut_out(outline, size))
            apart = zip(columns_apart + 0.5, rows_apart + 0.5, strict=True)
            edge = Polygon(outline).exterior
            assert all(edge.distance(Point(pixel)) < 1.5 for pixel in apart)
            assert drawn.sum() > 1000


def cut_out(outline: list[tuple[float, float]], size: tuple[int, int]) -> Any:
    """Return the pixels that the trainer's export keeps of a photo."""
    mask = Image.new("1", size)
    ImageDraw.Draw(mask).polygon(outline, fill=1)
    return np.asarray(mask)


@pytest.mark.parametrize("form", ANNOTATED)
def test_the_whole_folder_can_be_given(rated: Config, form: str) -> None:
    done = run(rated, "rate", str(export(rated, form)), "--rater", "carl", "--json")
    assert done.exit_code == 0, done.output
    assert said(rated, "carl") == said(rated, "ben")


@pytest.mark.parametrize("form", ANNOTATED)
def test_the_folder_itself_warns_of_whole_faces(rated: Config, form: str) -> None:
    assert "whole faces" in (export(rated, form) / "README.txt").read_text()


def test_label_studios_own_library_accepts_the_tasks(rated: Config) -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface
    folder = export(rated, "labelstudio")
    config = interface((folder / "config.xml").read_text())
    tasks = json.loads((folder / "tasks.json").read_text())
    assert len(tasks) == 16
    for task in tasks:
        assert config.validate_task({"data": task["data"]})
        assert all(config.validate_annotation(one) for one in task["annotations"])
        assert (folder / task["data"]["image"].partition("?d=")[2]).is_file()


@pytest.mark.slow
@pytest.mark.skipif(not DATUMARO.exists(), reason="make test-all installs datumaro")
@pytest.mark.parametrize("form", ["coco", "cvat"])
def test_datumaro_reads_labels_values_and_outlines(
    rated: Config, tmp_path: Path, form: str
) -> None:
    folder = export(rated, form)
    script = """
import json, sys
import datumaro
read = datumaro.Dataset.import_from(sys.argv[1], sys.argv[2])
labels = read.categories()[datumaro.AnnotationType.label]
print(json.dumps({item.id: {
    "size": [item.media.data.shape[1], item.media.data.shape[0]],
    "points": [list(one.points) for one in item.annotations if one.type.name == "polygon"],
    "labels": [labels[one.label].name for one in item.annotations],
    "sex": [one.attributes["sex"] for one in item.annotations if "sex" in one.attributes],
    "subset": item.subset,
} for item in read}))
"""
    # A home of its own, where no consent to reports lies.
    command = [str(DATUMARO), "-c", script, str(folder), form]
    done = subprocess.run(
        command, env={"HOME": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    read = json.loads(done.stdout)
    rows = {row["id"]: row for row in trainers_rows(rated)}
    assert len(read) == len(rows)
    for name, item in read.items():
        row = rows[Path(name).stem]
        width, height = item["size"]
        expected = [
            side * way
            for point in stored_region(row["region"])
            for side, way in zip(point, (width, height), strict=True)
        ]
        [points] = item["points"]
        assert points == pytest.approx(expected, abs=0.01)
        assert row["label"] in item["labels"]
        assert set(item["sex"]) == {row["sex"]}  # COCO's reader makes a label of the category, too
        assert item["subset"] == (row["split"] if form == "coco" else "annotations")


@pytest.mark.slow
@pytest.mark.skipif(not DATUMARO.exists(), reason="make test-all installs datumaro")
@pytest.mark.parametrize("target", ["cvat", "coco_instances"])
def test_what_datumaro_converted_is_read(
    rated: Config, empty: Config, tmp_path: Path, target: str
) -> None:
    """It rounds outlines to a hundredth of a pixel, and writes CVAT's without attributes."""
    folder, converted = export(rated, "coco"), tmp_path / "converted"
    script = """
import datumaro, sys
datumaro.Dataset.import_from(sys.argv[1], "coco").export(sys.argv[2], sys.argv[3])
"""
    command = [str(DATUMARO), "-c", script, str(folder), str(converted), target]
    subprocess.run(command, env={"HOME": str(tmp_path)}, cwd=tmp_path, check=True)
    files = converted / "annotations" if target == "coco_instances" else converted
    assert run(empty, "import", str(folder / "images")).exit_code == 0
    done = run(empty, "rate", str(files), "--rater", "carl")
    assert done.exit_code == 0, done.output
    found, expected = said(empty, "carl"), said(rated, "ben")
    kept = {photo: expected[photo] for photo in found}
    assert len(found) == len(trainers_rows(rated))
    for photo, told in found.items():
        assert told["label"] == kept[photo]["label"]
        one, other = (Polygon(stored_region(each["region"])) for each in (told, kept[photo]))
        assert one.hausdorff_distance(other) < 0.0001
