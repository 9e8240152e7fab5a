"""`rate FILE` with other tools' files: photos are found, regions lie right, and what did not match is told."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import ExifTags, Image
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.cli import curator
from curator.formats import coco, cvat
from curator.formats.marks import RatedPhoto
from curator.photos.importing import ImportResult
from curator.ratings.regions import stored_region
from faces.regions import Region
from tests.curator.databases import environment_of
from tests.curator.drawing import draw
from tests.curator.formats import files
from tests.curator.formats.rated import write_file

Rate = Callable[..., Result]
Save = Callable[..., Path]
Import = Callable[..., ImportResult]

LYING_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
SIDES = (161, 119)
BOX = (48, 40, 112, 96)  # the face in the upright photo, in pixels


@pytest.fixture
def rate_path(config: Config) -> Rate:
    def rate_path(path: Path, *options: str) -> Result:
        env = environment_of(config) | {"CURATOR_WORKERS": "1"}
        arguments = ["rate", str(path), "--rater", "ben", *options]
        return CliRunner().invoke(curator, arguments, env=env, catch_exceptions=False)

    return rate_path


@pytest.fixture
def rate(rate_path: Rate, tmp_path: Path) -> Rate:
    """Write a file and import it as ratings of ben."""

    def rate(content: object, *options: str, name: str = "ratings.json") -> Result:
        return rate_path(write_file(tmp_path / "given", content, name), *options)

    return rate


def ratings(sessions: Sessions) -> dict[str, Rating]:
    with reading(sessions) as session:
        rows = session.execute(
            select(Photo.original_name, Rating).join(Rating, Rating.photo_id == Photo.id)
        )
        return {name: rating for name, rating in rows}  # noqa: C416  # dict() takes no rows here


def coco_of(*names: str, category: str = "positive") -> dict[str, Any]:
    """Return a COCO file with the same outline on photos of 160x120."""
    return {
        "categories": [{"id": 1, "name": category}],
        "images": [
            {"id": n, "width": 160, "height": 120, "file_name": name}
            for n, name in enumerate(names, start=1)
        ],
        "annotations": [
            {"image_id": n, "category_id": 1, "segmentation": [[48, 48, 112, 48, 80, 96]]}
            for n in range(1, len(names) + 1)
        ],
    }


TRIANGLE = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.8))


def test_regions_lie_right_on_photos_of_all_orientations(
    rate: Rate, folder: Path, import_all: Import, sessions: Sessions
) -> None:
    upright, lying = {}, {}
    for orientation in range(1, 9):
        name = f"{orientation}.jpg"
        picture, face = draw(orientation, SIDES), Image.new("L", SIDES)
        face.paste(255, BOX)
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        if orientation in LYING_BY:
            picture = picture.transpose(LYING_BY[orientation])
        picture.save(folder / name, quality=95, exif=exif.tobytes())
        upright[name] = photo_with(name, face)
        lying[name] = photo_with(
            name, face.transpose(LYING_BY[orientation]) if orientation in LYING_BY else face
        )
    import_all()
    swapped = [photo for photo in lying.values() if photo.width_px == SIDES[1]]
    assert len(swapped) == 4
    for content, name in (
        (coco.write(list(upright.values())), "a.json"),
        (cvat.write(list(upright.values())), "a.xml"),
        (coco.write(swapped), "b.json"),
        (cvat.write(swapped), "b.xml"),
    ):
        result = rate(content, name=name)
        assert result.exit_code == 0, result.stderr
        found = ratings(sessions)
        assert found.keys() == upright.keys()
        assert all(box_px(stored_region(one.region)) == BOX for one in found.values()), name


def photo_with(name: str, face: Image.Image) -> RatedPhoto:
    """Return a rated photo whose region is the white part of a picture."""
    rows, columns = np.nonzero(np.asarray(face))
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    region = tuple((float(x / face.width), float(y / face.height)) for x, y in corners)
    return RatedPhoto("", name, face.width, face.height, "positive", {}, region)


def box_px(region: Region) -> tuple[int, ...]:
    xs = [x * SIDES[0] for x, _ in region]
    ys = [y * SIDES[1] for _, y in region]
    exact = (min(xs), min(ys), max(xs), max(ys))
    assert all(abs(side - round(side)) < 0.01 for side in exact)
    return tuple(round(side) for side in exact)


def test_outlines_add_to_the_ratings_of_a_spreadsheet(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    for seed, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        save(name, seed)
    import_all()
    table = "file,label,sex,note\na.jpg,positive,female,seen\nb.jpg,negative,male,\n"
    assert rate(table, name="r.csv").exit_code == 0
    result = rate(coco_of("a.jpg", "b.jpg", category="face"), "--json")
    assert json.loads(result.output)["saved"] == 2
    found = ratings(sessions)
    assert (found["a.jpg"].label, found["a.jpg"].sex, found["a.jpg"].note) == (
        "positive",
        "female",
        "seen",
    )
    assert stored_region(found["b.jpg"].region) == TRIANGLE
    again = json.loads(rate(coco_of("a.jpg", "b.jpg", category="face"), "--json").output)
    assert (again["saved"], again["unchanged"]) == (0, 2)


def test_a_corrected_spreadsheet_keeps_what_it_does_not_say(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    import_all()
    rate("file,label,sex,evidence,note\na.jpg,positive,female,clinician,seen\n", name="r.csv")
    rate(coco_of("a.jpg", category="face"))
    assert "1 saved" in rate("file,label\na.jpg,negative\n", name="r.csv").output
    rating = ratings(sessions)["a.jpg"]
    assert (rating.label, rating.sex, rating.evidence) == ("negative", "female", "clinician")
    assert (stored_region(rating.region), rating.note) == (TRIANGLE, "seen")
    assert rating.origin == "imported"


def test_a_class_that_may_be_a_label_is_named_where_none_is(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    import_all()
    result = rate(coco_of("a.jpg", category="Malar rash"))
    assert result.exit_code == 1
    assert "a.jpg has no label, and ben has not rated this photo" in result.stderr
    assert "--means 'Malar rash=VALUE'" in result.stderr
    assert ratings(sessions) == {}
    assert rate(coco_of("a.jpg", category="Malar rash"), "--means", "malar-rash=positive")
    assert ratings(sessions)["a.jpg"].label == "positive"


def test_unknown_words_stop_the_import_until_they_are_explained(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    save("ward/a.jpg", 1)
    import_all()
    content = files.CVAT.replace('width="100" height="80"', 'width="160" height="120"')
    content = content.replace(">female<", ">F<").replace('tag label="positive"', 'tag label="LE"')
    refused = rate(content, name="a.xml")
    assert refused.exit_code == 1
    assert "'LE' (1), 'sex:F' (1)" in refused.stderr
    assert "Traceback" not in refused.output
    assert ratings(sessions) == {}
    explained = ("--means", "LE=positive", "--means", "sex:F=female")
    result = rate(content, *explained, "--region", "FACE", name="a.xml")
    assert result.exit_code == 0, result.stderr
    found = ratings(sessions)["ward/a.jpg"]
    assert (found.label, found.sex, found.origin) == ("positive", "female", "imported")
    ignored = rate(content, "--ignore-unknown", name="a.xml")
    assert "1 image: 0 saved, 1 unchanged" in ignored.output


def test_a_spreadsheets_words_are_explained_too(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    import_all()
    content = "file,label,sex,evidence,note\na.jpg,Positive,F,Self report,seen\nb.jpg,none,,?,\n"
    refused = rate(content, "--means", "sex:F=female", name="r.csv")
    assert "line 3 (b.jpg): The label is 'none'; use positive, negative, unsure." in refused.stderr
    assert ratings(sessions) == {}
    means = ("--means", "sex:F=female", "--means", "none=negative", "--means", "evidence:?=")
    assert rate(content, *means, name="r.csv").exit_code == 0
    first, second = ratings(sessions)["a.jpg"], ratings(sessions)["b.jpg"]
    assert (first.label, first.sex, first.evidence, first.note) == (
        "positive",
        "female",
        "self_report",
        "seen",
    )
    assert (second.label, second.sex, second.evidence) == ("negative", "unknown", "visual")
    both = rate(content, *means, "--means", "evidence:Self report=negative", name="r.csv")
    assert "line 2 (a.jpg): label is both positive and negative" in both.stderr
    assert "2 unchanged" in rate(content, "--ignore-unknown", "--skip-bad", name="r.csv").output


def test_photos_are_found_by_their_hashes(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    for seed in range(4):
        save(f"{seed}.jpg", seed)
    import_all()
    with reading(sessions) as session:
        of = {photo.original_name: photo for photo in session.scalars(select(Photo))}
    result = rate(
        coco_of(
            of["0.jpg"].file_sha256,
            f"images/{of['1.jpg'].pixel_sha256}.png",
            f"images/{of['2.jpg'].pixel_sha256[:16]}.jpg",
            f"images/{of['3.jpg'].file_sha256[:16].upper()}.JPG",
        )
    )
    assert result.exit_code == 0, result.stderr
    assert len(ratings(sessions)) == 4


@pytest.mark.parametrize("name", ["set/face_1.jpg", "set/face1.jpg", "set/face(1.jpg"])
def test_a_name_that_is_only_alike_is_another_photos(
    name: str, rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    save("face (1).jpg", 1)
    import_all()
    result = rate(coco_of(name))
    assert f"{name} is not in the collection" in result.stderr
    assert ratings(sessions) == {}
    assert rate(coco_of("images/1a2b3c4d-face_1.jpg")).exit_code == 0  # as Label Studio writes it
    assert ratings(sessions)["face (1).jpg"].label == "positive"


def test_photos_of_one_name_are_told_apart_by_their_folders(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    save("x/1.jpg", 1)
    save("y/1.jpg", 2)
    import_all()
    refused = rate(coco_of("1.jpg"))
    assert "image 1: 2 photos are named 1.jpg" in refused.stderr
    assert rate(coco_of("images/x/1.jpg", "images/y/1.jpg")).exit_code == 0
    assert ratings(sessions).keys() == {"x/1.jpg", "y/1.jpg"}


def test_what_did_not_match_is_reported(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    for seed, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        save(name, seed)
    import_all()
    content = coco_of("a.jpg", "stranger.jpg", "b.jpg", "turned.jpg")
    del content["annotations"][2]
    content["images"][3]["id"] = 99
    result = rate(content, "--skip-bad", "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["rows"], told["saved"], told["unmarked"], told["unit"]) == (3, 1, 2, "image")
    assert [(one["line"], one["file"]) for one in told["bad"]] == [(2, "stranger.jpg"), (5, "")]
    assert told["photos_without_row"] == ["b.jpg", "c.jpg"]
    assert "image 2: stranger.jpg is not in the collection: import it first" in result.stderr
    assert "image 5: annotations[2] is of image 4" in result.stderr
    shown = rate(content, "--skip-bad").output
    assert "2 images of the file without marks, passed over" in shown


def test_the_report_names_the_photo_of_each_problem(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    import_all()
    content = coco_of("a.jpg")
    content["images"][0]["width"] = 200
    refused = rate(content)
    assert refused.exit_code == 1
    assert "image 1 (a.jpg): It was drawn on a photo of 200x120 pixels" in refused.stderr
    assert "1 bad image, nothing was written" in refused.stderr
    assert ratings(sessions) == {}


def test_two_images_of_one_photo_that_say_different_things_are_refused(
    rate: Rate, save: Save, import_all: Import
) -> None:
    save("a.jpg", 1)
    import_all()
    content = coco_of("a.jpg", "./a.jpg")
    assert rate(content).exit_code == 0  # twice the same
    content["annotations"][1]["segmentation"] = [[40, 48, 112, 48, 80, 96]]
    refused = rate(content)
    assert "image 2: ./a.jpg is already rated on image 1" in refused.stderr
    assert "1 bad image, nothing was written" in refused.stderr


def test_labelme_files_in_a_folder_are_rated(
    rate_path: Rate, save: Save, import_all: Import, sessions: Sessions, tmp_path: Path
) -> None:
    for seed, name in enumerate(("a.jpg", "b.jpg")):
        save(name, seed)
        content = {**copy.deepcopy(files.LABELME), "imagePath": name}
        content |= {"imageWidth": 160, "imageHeight": 120}
        write_file(tmp_path / "given", content, f"{name}.json")
    import_all()
    result = rate_path(tmp_path / "given")
    assert "2 photos: 2 saved, 0 unchanged" in result.output
    assert {rating.sex for rating in ratings(sessions).values()} == {"female"}


def test_a_bucket_that_label_studio_writes_to_has_files_without_an_ending(
    rate_path: Rate, save: Save, import_all: Import, sessions: Sessions, tmp_path: Path
) -> None:
    save("a.jpg", 1)
    import_all()
    said = {"type": "choices", "from_name": "label", "value": {"choices": ["positive"]}}
    stored = {"id": 7, "task": {"id": 4, "data": {"image": "s3://b/a.jpg"}}, "result": [said]}
    write_file(tmp_path / "bucket", stored, "7")
    write_file(tmp_path / "bucket", "nothing", "README")
    assert rate_path(tmp_path / "bucket").exit_code == 0
    assert ratings(sessions)["a.jpg"].label == "positive"


def test_a_written_file_gives_equal_ratings_in_another_instance(
    rate: Rate, save: Save, import_all: Import, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    import_all()
    said = {"sex": "female", "evidence": "clinician"}
    region = ((0.123457, 0.3), (0.7, 0.400001), (0.6, 0.7))
    photos = [
        RatedPhoto("", "images/a.jpg", 160, 120, "positive", said, region, note="a\nb"),
        RatedPhoto("", "images/b.jpg", 160, 120, "unsure", {"sex": "unknown"}),
    ]
    for content, name in ((coco.write(photos), "a.json"), (cvat.write(photos), "a.xml")):
        assert rate(content, name=name).exit_code == 0
        found = ratings(sessions)
        assert stored_region(found["a.jpg"].region) == region
        assert (found["a.jpg"].label, found["a.jpg"].sex, found["a.jpg"].evidence) == (
            "positive",
            "female",
            "clinician",
        )
        assert (found["a.jpg"].note, found["b.jpg"].label) == ("a\nb", "unsure")
        assert {rating.version for rating in found.values()} == {1}  # no change the second time
