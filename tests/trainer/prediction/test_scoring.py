"""A run is asked about photos: faces found by the real networks, or regions given; reasons instead of guesses."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from demo.faces import draw_photo
from demo.person import person_of
from faces.formats import Limits
from faces.landmarks import Landmarks
from faces.search import Found, find_faces, networks
from tests.trainer.tiny_exports import draw_region
from trainer.cli import main
from trainer.exports.manifest import Export
from trainer.prediction.records import COLUMNS, PhotoPrediction, csv_text
from trainer.prediction.scoring import BATCH
from trainer.run import FinishedRun

ROOT = Path(__file__).parents[3]
REGION = "20,10 180,10 180,110 20,110"
WITHOUT_MTCNN = (
    "import sys; sys.modules['mtcnn'] = None; from trainer.cli import main; main({arguments!r})"
)


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    told = json.loads(capsys.readouterr().out)
    assert told["positive_class"] == "positive"
    predictions: list[dict[str, Any]] = told["predictions"]
    assert all(tuple(each) == COLUMNS for each in predictions)
    return predictions


def face(person: int) -> Image.Image:
    return draw_photo(person_of(5, person), 5, 0).image


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    face(1).resize((200, 250)).save(tmp_path / "skin.png")
    return tmp_path / "skin.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One face, two faces, a landscape, and a file that is no photo."""
    folder = tmp_path / "folder"
    folder.mkdir()
    large, small = face(1), face(3)
    large.save(folder / "1-face.jpg", quality=92)
    both = Image.new("RGB", (large.width * 2, large.height), "white")
    both.paste(small.resize((small.width // 2, small.height // 2)), (0, 0))
    both.paste(large, (large.width, 0))
    both.save(folder / "2-faces.png")
    landscape = Image.merge(
        "RGB", [Image.radial_gradient("L").rotate(turn) for turn in (0, 90, 180)]
    ).resize((300, 200))
    landscape.paste("#208040", (150, 0, 300, 200), Image.linear_gradient("L").resize((150, 200)))
    landscape.save(folder / "3-landscape.jpg")
    (folder / "4-broken.jpg").write_text("no photo")
    (folder / "notes.txt").write_text("no photo, and none is expected")
    return folder


@pytest.mark.slow
def test_a_folder_is_scored_by_suggested_regions_and_reasons_are_told(
    finished: FinishedRun, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("predict", finished.path, folder, "--json") == 1
    told = capsys.readouterr()
    one, two, landscape, broken, notes = json.loads(told.out)["predictions"]
    assert [one["faces"], two["faces"], landscape["faces"], broken["faces"]] == [1, 2, 0, None]
    for scored in (one, two):
        assert 0 <= scored["score"] <= 1
        assert scored["label"] == (
            "positive" if scored["score"] >= finished.metrics["threshold"] else "negative"
        )
        assert (scored["region_from"], scored["problem"]) == ("suggested", None)
        assert len(scored["region"]) == 12
    assert min(x for x, _ in two["region"]) > face(1).width  # of the larger face
    for unscored in (landscape, broken, notes):
        assert (unscored["score"], unscored["label"], unscored["region"]) == (None, None, [])
    assert told.err == (
        f"trainer: {folder}/3-landscape.jpg: no face was found: give its region with --region\n"
        f"trainer: {folder}/4-broken.jpg: not a photo: no known image data in it\n"
        f"trainer: {folder}/notes.txt: not a photo: no known image data in it\n"
    )


@pytest.mark.slow
def test_the_search_for_faces_leaves_the_trainers_tensorflow_as_it_is(tensorflow: None) -> None:
    from tensorflow.config import threading

    threads = threading.get_intra_op_parallelism_threads()
    environment = dict(os.environ)
    networks.cache_clear()  # as if nobody had searched before
    assert find_faces(face(1)).faces == 1
    assert dict(os.environ) == environment
    assert threading.get_intra_op_parallelism_threads() == threads


@pytest.mark.slow
def test_a_suggested_region_given_again_scores_nearly_the_same(
    finished: FinishedRun, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = folder / "1-face.jpg"
    assert call("predict", finished.path, target, "--csv", "-") == 0
    [suggested] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert call("predict", finished.path, target, "--region", suggested["region"], "--json") == 0
    [given] = answers(capsys)
    assert given["region_from"] == "given"
    assert given["faces"] is None
    assert given["score"] == pytest.approx(float(suggested["score"]), abs=1e-3)


@pytest.mark.slow
def test_a_face_that_no_region_fits_is_not_guessed_at(
    finished: FinishedRun,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    flat = Landmarks((0.4, 0.5), (0.6, 0.5), (0.4, 0.5), (0.6, 0.5))  # the mouth at the eyes
    monkeypatch.setattr("trainer.prediction.face_crops.find_faces", lambda _: Found(1, flat))
    assert call("predict", finished.path, folder / "1-face.jpg") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith("no region fits the face that was found: give one with --region\n")


@pytest.mark.slow
def test_without_mtcnn_one_line_says_what_to_install(finished: FinishedRun, photo: Path) -> None:
    asked = ["predict", str(finished.path), str(photo)]
    for arguments, code in ((asked, 1), ([*asked, "--region", REGION], 0)):
        script = WITHOUT_MTCNN.format(arguments=arguments)
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == code
        assert done.stderr.count("\n") == code
        assert ("pip install 'malar[suggest]'" in done.stderr) == bool(code)


def test_given_regions_are_scored_in_a_table(
    finished: FinishedRun, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_text("no photo")
    assert call("predict", finished.path, broken, photo, "--region", REGION) == 1
    told = capsys.readouterr()
    assert told.err == f"trainer: {broken}: not a photo: no known image data in it\n"
    head, row = told.out.splitlines()
    assert head.split() == ["score", "label", "region", "faces", "photo"]
    score, label, source, faces, name = row.split()
    assert 0 <= float(score) <= 1
    assert (label in ("positive", "negative"), source, faces, name) == (
        *(True, "given", "-", str(photo)),
    )


def test_each_photo_may_have_a_region_of_its_own(
    finished: FinishedRun, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [part for region in (REGION, "0,0 90,0 90,90") for part in ("--region", region)]
    assert call("predict", finished.path, photo, photo, *flags, "--json") == 0
    first, second = answers(capsys)
    assert first["score"] != second["score"]
    assert second["region"] == [[0, 0], [90, 0], [90, 90]]


def test_more_photos_than_a_batch_keep_their_order(
    finished: FinishedRun, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.png"
    draw_region(False, 5, (200, 120)).save(other)
    many = [photo, other, tmp_path / "none.png"] * (BATCH // 2)
    assert call("predict", finished.path, *many, "--region", REGION, "--json") == 1
    told = answers(capsys)
    assert [each["photo"] for each in told] == [str(path) for path in many]
    for place, each in enumerate(told):
        same = told[place % 3]["score"]
        assert each["score"] == (same and pytest.approx(same, abs=1e-5))
    assert told[0]["score"] != told[1]["score"]
    assert told[2]["problem"] == "the file does not exist"


@pytest.mark.parametrize(
    ("regions", "code", "expected"),
    [
        (["1,1 2,2"], 1, "three or more points"),
        (["900,900 950,900 950,950"], 1, "outside the photo of 200x250 pixels"),
        (["1,1 9,1 9,9"] * 3, 2, "3 regions for 1 photo:"),
    ],
)
def test_a_wrong_region_is_refused(
    finished: FinishedRun,
    photo: Path,
    regions: list[str],
    code: int,
    expected: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    flags = [part for region in regions for part in ("--region", region)]
    assert call("predict", finished.path, photo, *flags) == code
    assert expected in capsys.readouterr().err


def test_an_exported_region_gets_the_runs_own_score(
    finished: FinishedRun,
    export: Export,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The regions of the tests' tiny export are smaller and plainer than a photo may be.
    monkeypatch.setattr("trainer.images.photos.LIMITS", Limits(min_side_px=1))
    monkeypatch.setattr("trainer.prediction.face_crops.check_photo", lambda _: None)
    example = export.of_split("test")[0]
    call("predict", finished.path, example.path, "--region", "0,0 48,0 48,30 0,30", "--json")
    [answer] = answers(capsys)
    rows = (finished.path / "predictions.csv").read_text().splitlines()
    stored = next(row for row in rows if row.startswith(example.id)).split(",")[-1]
    assert answer["score"] == pytest.approx(float(stored), abs=1e-5)


def test_a_table_is_written_where_it_is_asked_for_and_only_there(
    finished: FinishedRun, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "scores.csv"
    before = set(tmp_path.rglob("*"))
    assert call("predict", finished.path, photo, "--region", REGION, "--csv", table) == 0
    assert capsys.readouterr().out == ""
    assert set(tmp_path.rglob("*")) - before == {table}
    [row] = csv.DictReader(table.open(newline=""))
    assert (row["photo"], row["region"], row["problem"]) == (str(photo), REGION, "")
    away = tmp_path / "nowhere" / "scores.csv"
    assert call("predict", finished.path, photo, "--region", REGION, "--csv", away) == 1
    assert "cannot write" in capsys.readouterr().err
    assert call("predict", finished.path, photo, "--csv", table, "--json") == 2


@pytest.mark.parametrize("name", ["=1+1.jpg", "+1.jpg", "-1.jpg", "@x.jpg", "\t=1.jpg"])
def test_a_file_named_like_a_formula_stays_a_name(name: str) -> None:
    [row] = csv.DictReader(io.StringIO(csv_text([PhotoPrediction(Path(name), problem="none")])))
    assert row["photo"] == f"./{name}"
    assert Path(row["photo"]) == Path(name)


def test_a_name_is_one_cell_for_spreadsheets_that_part_by_semicolons() -> None:
    _head, line = csv_text([PhotoPrediction(Path("a;=1.jpg"), 0.5, "positive")]).splitlines()
    assert line.startswith('"a;=1.jpg",0.5,"positive",')


def test_without_a_run_that_is_said(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("predict", tmp_path / "nothing", photo) == 1
    told = capsys.readouterr()
    assert told.err.startswith("trainer: there is no run at")
    assert told.err.count("\n") == 1


def test_what_import_refuses_is_left_out_by_the_same_words(
    finished: FinishedRun, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    colour = Image.open(photo)
    colour.save(folder / "a.avif", quality=95)
    colour.convert("L").save(folder / "b.jpg")
    colour.save(folder / "c.tif")
    (folder / os.fsdecode(b"d\xe9.txt")).write_text("words")
    (folder / ".DS_Store").touch()
    assert call("predict", finished.path, folder, "--region", REGION, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ignored"] == 1
    problems = {Path(each["photo"]).name: each["problem"] for each in told["predictions"]}
    assert problems == {
        "a.avif": None,
        "b.jpg": "no colour: redness cannot be seen in a grey photo",
        "c.tif": "TIFF is not accepted: save it as JPEG or PNG",
        "dé.txt": "not a photo: no known image data in it",
    }
    assert call("predict", finished.path, folder, "--region", REGION, "--csv", "-") == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {Path(row["photo"]).name: row["problem"] or None for row in rows} == problems
