"""Label Studio's files: what annotators said there is read, however their versions wrote it."""

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from curator.base.db import Sessions
from curator.formats.kinds import KINDS
from curator.formats.labelstudio.config import labelling_config
from curator.formats.labelstudio.minimal import read_minimal
from curator.formats.labelstudio.names import photo_names
from curator.formats.labelstudio.tasks import read_tasks, skipped
from curator.formats.labelstudio.writing import write
from curator.formats.marks import Marks, RatedPhoto
from curator.formats.reading import is_table, read_marks
from curator.formats.vocabulary import Vocabulary
from curator.photos.importing import ImportResult
from curator.ratings.attributes import attributes
from curator.ratings.entries import Entry, rate_entries
from curator.ratings.outlines import Outline, region_on
from faces.regions import Region
from tests.curator.formats.rated import write_file

SIZE = {"original_width": 400, "original_height": 200, "image_rotation": 0}
SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def drawn(kind: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    labelled = {**value, f"{kind}labels": ["face region"]}
    place = {"from_name": "box", "to_name": "image", "type": f"{kind}labels"}
    return {"id": "r1", **place, **SIZE, "value": labelled, **more}


def chosen(name: str, *choices: str, **more: Any) -> dict[str, Any]:
    value = {"choices": list(choices)}
    return {"id": f"c-{name}", "from_name": name, "type": "choices", "value": value, **more}


def task(
    *results: dict[str, Any], image: str = "/data/upload/1/1a2b3c4d-a.jpg", **annotation: Any
) -> Any:
    said = {"id": 7, "completed_by": 1, "was_cancelled": False, "result": list(results)}
    return {"id": 11, "data": {"image": image}, "annotations": [said | annotation]}


def marks(*tasks: Any, **options: bool) -> list[Marks]:
    return list(read_tasks(list(tasks), **options))


def outline(*results: dict[str, Any]) -> Region:
    [one] = marks(task(*results))
    assert one.problem is None
    [shape] = one.shapes
    assert shape.outline
    return region_on(shape.outline, 400, 200)


def kinds(document: Any) -> list[str]:
    return [kind.code for kind in KINDS if kind.recognises(document)]


def near(region: Region) -> Any:
    return tuple(pytest.approx(point, abs=1e-6) for point in region)


def test_a_rectangle_is_percent_of_the_photo() -> None:
    value = {"x": 25, "y": 25, "width": 50, "height": 50, "rotation": 0}
    assert outline(drawn("rectangle", value)) == near(SQUARE)


def test_a_rotated_rectangle_turns_clockwise_around_its_top_left_corner_in_pixels() -> None:
    value = {
        "x": 50,
        "y": 25,
        "width": 25,
        "height": 25,
        "rotation": 90,
    }  # 100 x 50 px at (200, 50)
    corners = ((200, 50), (200, 150), (150, 150), (150, 50))
    assert outline(drawn("rectangle", value)) == near(tuple((x / 400, y / 200) for x, y in corners))


def test_a_rotated_ellipse_turns_around_its_centre() -> None:
    value = {"x": 50, "y": 50, "radiusX": 20, "radiusY": 10, "rotation": 90}  # 80 x 20 px
    points = outline(drawn("ellipse", value))
    assert max(y for _, y in points) * 200 == pytest.approx(100 + 80, abs=0.1)
    assert max(x for x, _ in points) * 400 == pytest.approx(200 + 20, abs=0.1)


@pytest.mark.parametrize("end", [[], [[25, 25]]])
def test_a_polygon_is_read_whether_or_not_it_ends_where_it_began(end: list[list[float]]) -> None:
    points = [[25, 25], [75, 25], [75, 75], [25, 75], *end]
    assert outline(drawn("polygon", {"points": points})) == near(SQUARE)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turning_the_view_moves_no_region(turn: int) -> None:
    value = {"x": 25, "y": 25, "width": 50, "height": 50}
    assert outline(drawn("rectangle", value, image_rotation=turn)) == near(SQUARE)


def test_percent_need_no_size_of_the_photo() -> None:
    result = drawn("rectangle", {"x": 25, "y": 25, "width": 50, "height": 50})
    del result["original_width"], result["original_height"]
    assert outline(result) == near(SQUARE)


def test_a_rotation_needs_the_size_of_the_photo() -> None:
    result = drawn("rectangle", {"x": 25, "y": 25, "width": 50, "height": 50, "rotation": 10})
    [one] = marks(task(result | {"original_width": 0}))
    assert one.problem
    assert "size" in one.problem.message


def test_a_shape_and_its_labels_may_be_two_results() -> None:
    box = {"x": 25, "y": 25, "width": 50, "height": 50, "rotation": 0}
    shape = {"id": "r", "from_name": "rect", "type": "rectangle", "value": box, **SIZE}
    name = shape | {"from_name": "tag", "type": "labels", "value": {**box, "labels": ["face"]}}
    sex = shape | {"from_name": "sex", "type": "choices", "value": {**box, "choices": ["male"]}}
    [one] = marks(task(name, sex, shape))
    [face] = one.shapes
    assert face.name == "face"
    assert [(answer.question, answer.value) for answer in face.answers] == [("sex", "male")]


BOX = drawn("rectangle", {"x": 25, "y": 25, "width": 50, "height": 50}) | {"id": "r2"}
BRUSH = drawn("brush", {"rle": [1, 2], "format": "rle"})
VECTOR = {**drawn("vector", {"vertices": []}), "value": {"vectorlabels": ["face region", "skin"]}}


@pytest.mark.parametrize("mask", [BRUSH, VECTOR])
def test_a_mask_is_refused_as_the_face_region(mask: dict[str, Any]) -> None:
    [entry] = Vocabulary().entries(marks(task(mask)))
    assert entry.problem
    assert f"is drawn as {mask['type']}" in entry.problem.message


def test_a_mask_of_another_class_is_passed_over() -> None:
    hair = {**BRUSH, "value": {"rle": [1, 2], "format": "rle", "brushlabels": ["hair"]}}
    said = marks(task(BOX, hair, chosen("label", "positive")))
    [entry] = Vocabulary(region="face region").entries(said)
    assert (entry.problem, entry.label) == (None, "positive")
    assert entry.outline
    [either] = Vocabulary().entries(said)
    assert either.problem
    assert "2 outlines (face region, hair)" in either.problem.message


def test_key_points_are_passed_over() -> None:
    point = drawn("keypoint", {"x": 1, "y": 1, "width": 0.5})
    [points] = marks(task(point, BOX))
    assert points.problem is None
    assert len(points.shapes) == 1


@pytest.mark.parametrize(
    ("origin", "read"),
    [
        ("manual", "drawn"),
        ("prediction", "accepted"),
        ("prediction-changed", "edited"),
        (None, "imported"),
    ],
)
def test_where_a_region_is_from_is_read(origin: str | None, read: str) -> None:
    box = {"x": 25, "y": 25, "width": 50, "height": 50}
    [one] = marks(task(drawn("rectangle", box, origin=origin)))
    assert [shape.origin for shape in one.shapes] == [read]


@pytest.mark.parametrize(
    ("completed_by", "author"),
    [
        (5, "5"),
        ({"id": 5, "email": "ana@example.org", "first_name": "Ana"}, "ana@example.org"),
        ("ana@example.org", "ana@example.org"),
        (None, ""),
    ],
)
def test_the_annotator_is_read_however_named(completed_by: object, author: str) -> None:
    [one] = marks(task(chosen("label", "positive"), completed_by=completed_by))
    assert one.author == author


def test_each_annotation_counts_but_cancelled_ones_and_predictions() -> None:
    said = chosen("label", "positive")
    first = task(said, lead_time=12.5)
    first["annotations"].append(
        {"id": 8, "completed_by": 2, "result": [said], "was_cancelled": True}
    )
    first["annotations"].append({"id": 9, "completed_by": 3, "result": [said]})
    first["predictions"] = [{"model_version": "v1", "result": [chosen("label", "negative")]}]
    first["drafts"] = [{"result": []}]
    assert [(one.author, one.active_s) for one in marks(first)] == [("1", 12.5), ("3", None)]
    assert [one.author for one in marks(first, predictions=True)] == ["1", "3", "v1"]
    counted = skipped([first])
    assert (counted.cancelled, counted.predictions, counted.drafts) == (1, 1, 1)


def test_older_files_and_files_of_one_annotation_are_read() -> None:
    said = {"id": 1, "completed_by": 1, "result": [chosen("label", "positive")]}
    old = {"id": 3, "data": {"image": "a.jpg"}, "completions": [said]}
    stored = {**said, "task": {"id": 4, "data": {"image": "b.jpg"}}}
    skipped = {"id": 5, "data": {"image": "c.jpg"}, "completions": [{**said, "skipped": True}]}
    for document, expected in ((old, ["a.jpg"]), ([old, skipped], ["a.jpg"]), (stored, ["b.jpg"])):
        assert kinds(document) == ["labelstudio"]
        assert [one.file for one in read_tasks(document)] == expected


@pytest.mark.parametrize(
    ("address", "likeliest"),
    [
        ("/data/upload/12/1a2b3c4d-my_photo.jpg", "my_photo.jpg"),
        ("upload/1a2b3c4d-my_photo.jpg", "my_photo.jpg"),
        ("/data/local-files/?d=study%2Fday%201%2Fa.jpg", "study/day 1/a.jpg"),
        ("http://localhost:8080/data/local-files/?d=a.jpg", "a.jpg"),
        ("s3://bucket/faces/a.jpg", "faces/a.jpg"),
        ("gs://bucket/a%20b.jpg", "a b.jpg"),
        ("https://host/p/a.jpg?X-Amz-Signature=1&x=2", "p/a.jpg"),
        ("https://host/p/a.jpg?d=12", "p/a.jpg"),
        ("/tasks/9/resolve/?fileuri=czM6Ly9idWNrZXQvZmFjZXMvYS5qcGc=", "faces/a.jpg"),
        ("C:\\photos\\a.jpg", "C:\\photos\\a.jpg"),
        ("100%.jpg", "100%.jpg"),
        ("s3://bucket/a#1.jpg", "a#1.jpg"),
        ("s3://bucket/1a2b3c4d-a.jpg", "1a2b3c4d-a.jpg"),
        ("/data/local-files/?d=1a2b3c4d-a.jpg", "1a2b3c4d-a.jpg"),
    ],
)
def test_a_photo_is_named_by_its_address(address: str, likeliest: str) -> None:
    names = photo_names({"image": address})
    assert names[0] == likeliest
    assert any(name.endswith(likeliest.replace("\\", "/").rpartition("/")[2]) for name in names)


def test_a_hash_is_likelier_than_a_name() -> None:
    assert photo_names({"image": "a.jpg", "sha256": "ab" * 32})[0] == "ab" * 32


def test_the_picture_is_found_among_a_tasks_data() -> None:
    data: dict[str, object] = {
        "title": "Seen in 3/4 view",
        "id": "x",
        "picture": "/data/upload/1/1a2b3c4d-a.png",
    }
    data |= {"tags": ["#lupus", "#rash"], "related": []}
    assert photo_names(data)[0] == "a.png"


def test_the_name_of_an_uploaded_table_names_no_picture() -> None:
    assert photo_names({"image": "s3://bucket/a.jpg"}, "1a2b3c4d-tasks.csv") == ["a.jpg"]


@pytest.mark.parametrize(
    "data",
    [
        {"left": "/data/upload/1/1a2b3c4d-a.jpg", "right": "/data/upload/1/1a2b3c4d-b.jpg"},
        {"image1": "s3://bucket/a.jpg", "image2": "s3://bucket/b.jpg"},
        {"url": "https://posts.example/7", "1": "s3://bucket/a.jpg", "2": "s3://bucket/b.jpg"},
        {"images": ["s3://bucket/a.jpg", "s3://bucket/b.jpg"]},
    ],
)
def test_a_task_of_two_pictures_is_refused(data: dict[str, Any]) -> None:
    [one] = marks({**task(chosen("label", "positive")), "data": data})
    assert one.problem
    assert "the task has 2 pictures" in one.problem.message


def test_an_annotation_of_two_pictures_is_refused_though_one_has_the_name_of_the_photo() -> None:
    data = {"image": "s3://bucket/a.jpg", "image2": "s3://bucket/b.jpg", "caption": "rash"}
    said = [chosen("label", "positive", to_name="image"), chosen("sex", "female", to_name="image2")]
    both, first = marks(*({**task(*results), "data": data} for results in (said, said[:1])))
    assert both.problem
    assert "the task has 2 pictures" in both.problem.message
    assert (first.file, first.problem) == ("a.jpg", None)
    one = {**data, "image2": "shown beside the photo"}
    [marked] = marks({**task(*said), "data": one})
    assert marked.problem is None


@pytest.mark.parametrize("also", [{"image": "s3://bucket/c.jpg"}, {"sha256": "ab" * 32}])
def test_a_task_may_tell_which_of_its_pictures_is_meant(also: dict[str, str]) -> None:
    data = {"left": "s3://bucket/a.jpg", "right": "s3://bucket/b.jpg", **also}
    assert photo_names(data)[0] in ("c.jpg", "ab" * 32)


def test_damaged_annotations_are_problems_of_their_own() -> None:
    good = task(chosen("label", "positive"))
    bad = [
        task(drawn("rectangle", {"x": "left"})),
        task(drawn("polygon", {"points": [[1], [2], [3]]})),
        task(drawn("polygon", {"points": [[1, math.inf], [2, 2], [3, 3]]})),
        task(drawn("ellipse", {"x": math.nan, "y": 1, "radiusX": 1, "radiusY": 1})),
        task({"type": "choices", "from_name": "label", "value": "x"}, drawn("ellipse", {})),
        {"id": 1, "data": {"image": ["a.jpg", "b.jpg"]}, "annotations": [{"result": []}]},
        {"id": 1, "data": {}, "annotations": [{"result": []}]},
    ]
    found = marks(*bad, good)
    assert [one.problem is not None for one in found] == [True] * len(bad) + [False]


ROW = {
    "image": "/data/upload/1/1a2b3c4d-a.jpg",
    "caption": "at home",
    "id": 11,
    "box": [
        {
            "x": 25,
            "y": 25,
            "width": 50,
            "height": 50,
            "rotation": 0,
            "rectanglelabels": ["face region"],
        }
        | {"original_width": 400, "original_height": 200}
    ],
    "label": "positive",
    "tags": {"choices": ["a", "b"]},
    "more": ["c", "d"],
    "comment": "looks red",
    "annotator": 1,
    "annotation_id": 5,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "lead_time": 3.5,
}


@pytest.mark.parametrize("row", [ROW, {name: ROW[name] for name in sorted(ROW)}])
def test_json_min_is_read(row: dict[str, Any]) -> None:
    assert kinds([row]) == ["labelstudio-min"]
    [one] = read_minimal([row])
    answers = {(answer.question, answer.value) for answer in one.answers}
    assert {("label", "positive"), ("tags", "a"), ("tags", "b"), ("more", "d")} <= answers
    assert (one.file, one.author, one.active_s, one.note) == ("a.jpg", "1", 3.5, "looks red")
    [shape] = one.shapes
    assert shape.name == "face region"
    assert shape.outline
    assert region_on(shape.outline, 400, 200) == near(SQUARE)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_table_of_annotations_is_read_as_json_min(delimiter: str, tmp_path: Path) -> None:
    cells = [one if isinstance(one, str) else json.dumps(one) for one in ROW.values()]
    buffer = io.StringIO()
    rows = ([*ROW], cells, ["/data/upload/1/1a2b3c4d-b.jpg", "", "12"])
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    path = write_file(tmp_path, "\ufeff" + buffer.getvalue(), "project-1.csv")
    assert not is_table(path)
    kind, [one, other] = read_marks(path)
    [expected] = read_minimal([ROW])
    assert (kind.code, one) == ("labelstudio-min", expected)
    assert (other.file, other.number, other.answers) == ("b.jpg", 12, ())


def test_an_answer_called_rater_is_not_the_annotator() -> None:
    [one] = read_minimal([{**ROW, "rater": "clara", "completed_by": 9}])
    assert one.author == "1"


def test_a_photo_after_the_id_of_its_task_is_no_answer() -> None:
    """Where the task's own data begin with an id, the photo comes after it."""
    [one] = read_minimal([{"id": 11, **ROW}])
    assert one.file == "a.jpg"
    assert "image" not in {answer.question for answer in one.answers}


def test_other_tools_files_are_not_taken_for_label_studios() -> None:
    coco: dict[str, object] = {"images": [], "annotations": [], "categories": []}
    via = {"a.jpg1": {"filename": "a.jpg", "regions": []}}
    assert [kinds(one) for one in (coco, via)] == [["coco"], ["via"]]
    nothing: tuple[object, ...] = ([], {}, [1], "x", None)
    assert [kinds(one) for one in nothing] == [[]] * 5


def test_what_is_written_is_read_back_equal() -> None:
    region = ((0.1, 0.123456), (0.9, 0.2), (0.5, 0.8))
    values = {"sex": "female", "evidence": "clinician"}
    made = [
        RatedPhoto("ab" * 8, "images/a.jpg", 300, 500, label, values, shape, note=note, rater=rater)
        for label, shape, note, rater in (
            ("positive", region, "one & two\nlines", "ana"),
            ("unsure", (), "", "ben"),
        )
    ]
    document = json.loads(write(made))
    assert len(document) == 1
    entries = Vocabulary().entries(list(read_tasks(document)))
    assert [entry.file for entry in entries] == ["ab" * 8] * 2
    for entry, rated in zip(entries, made, strict=True):
        assert said(entry) == (rated.label, rated.values, rated.note)
    assert entries[0].outline
    assert region_on(entries[0].outline, 300, 500) == near(region)


def said(entry: Entry) -> tuple[str, dict[str, str], str]:
    return entry.label, dict(entry.values), entry.note


def test_an_uploaded_photo_is_found_though_its_name_was_cleaned(
    sessions: Sessions, save: Callable[..., Path], import_all: Callable[..., ImportResult]
) -> None:
    for seed, name in enumerate(("My face (2).jpg", "trip/b.jpg", "other/b.jpg")):
        save(name, seed)
    import_all()
    uploads = ("1a2b3c4d-My_face_2.jpg", "1a2b3c4d-My_face_3.jpg", "1a2b3c4d-b.jpg")
    said = [chosen("label", "positive"), chosen("sex", "female")]
    tasks = [task(*said, image=f"/data/upload/1/{name}") for name in uploads]
    entries = Vocabulary().entries(marks(*tasks))
    result = rate_entries(sessions, entries, "ben", skip_bad=True, unit="task")
    assert result.saved == 1
    assert ["not in the collection" in row.reason for row in result.bad] == [True, False]
    assert "2 photos are named" in result.bad[1].reason


def test_the_labelling_config_asks_for_the_studys_attributes_and_presets_none() -> None:
    config = fromstring(labelling_config())
    asked = {tag.get("name"): tag for tag in config.iter("Choices")}
    assert set(asked) == {"label"} | {attribute.code for attribute in attributes()}
    for attribute in attributes():
        tag = asked[attribute.code]
        codes = {choice.get("alias"): choice.get("value") for choice in tag.iter("Choice")}
        assert codes == attribute.names
        assert (tag.get("required") == "true") == attribute.is_required
    assert [one for one in config.iter("Choice") if one.get("selected")] == []


def test_an_ellipse_keeps_its_area() -> None:
    value = {"x": 50, "y": 50, "radiusX": 20, "radiusY": 20, "rotation": 30}
    [one] = marks(task(drawn("ellipse", value)))
    [shape] = one.shapes
    assert shape.outline
    points = shape.outline.points
    area = (
        abs(
            sum(
                a[0] * b[1] - b[0] * a[1]
                for a, b in zip(points, points[1:] + points[:1], strict=True)
            )
        )
        / 2
    )
    assert area == pytest.approx(math.pi * 80 * 40, rel=0.003)


def test_a_frame_of_fractions_needs_no_size() -> None:
    assert region_on(Outline(SQUARE, (1.0, 1.0)), 123, 45) == SQUARE
