"""A run folder is there whole or not at all, and holds what the contract names."""

import csv
import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import trainer.run
from tests.trainer.conftest import TINY
from trainer.archs import ARCHS
from trainer.config import RunConfig
from trainer.errors import (
    DiskFull,
    FileGone,
    FolderUnwritable,
    RunBroken,
    RunExists,
    RunUnfinished,
    from_os_error,
)
from trainer.exports.manifest import Export
from trainer.instance import latest_export
from trainer.networks.detector import load_detector
from trainer.run import FinishedRun, train_run
from trainer.runs.folder import next_run, open_run, read_run, unfinished_run

FILES = {
    "config.json",
    "environment.json",
    "history.csv",
    "metrics.json",
    "model.keras",
    "model_card.md",
    "predictions.csv",
    "report-with-photos.html",
    "report.html",
}


def read_table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as handle:
        return list(csv.DictReader(handle))


def test_a_run_holds_every_file_and_nothing_is_left_beside_it(finished: FinishedRun) -> None:
    assert {path.name for path in finished.path.iterdir()} == FILES
    assert [path.name for path in finished.path.parent.iterdir()] == ["mobilenet-1"]


def test_predictions_cover_every_example(finished: FinishedRun, export: Export) -> None:
    rows = read_table(finished.path / "predictions.csv")
    assert list(rows[0]) == [
        "id",
        "split",
        "fold",
        "label",
        "sex",
        "evidence",
        "source",
        "group",
        "score",
    ]
    told = [(row["id"], row["split"], row["label"]) for row in rows]
    assert told == [(x.id, x.split, x.label) for x in export.examples]
    assert all(0 <= float(row["score"]) <= 1 for row in rows)


def test_metrics_follow_from_the_predictions(finished: FinishedRun) -> None:
    from sklearn.metrics import f1_score

    stored = json.loads((finished.path / "metrics.json").read_text())
    rows = read_table(finished.path / "predictions.csv")
    assert stored["positive_class"] == "positive"
    for split, scores in stored["splits"].items():
        part = [row for row in rows if row["split"] == split]
        labels = [row["label"] == "positive" for row in part]
        called = [float(row["score"]) >= stored["threshold"] for row in part]
        assert scores["f1"] == f1_score(labels, called, zero_division=0)
        assert scores["n"] == len(part)


def test_scores_are_those_of_the_saved_model_on_raw_pixels(
    finished: FinishedRun, export: Export
) -> None:
    from trainer.images.squares import squared

    detector = load_detector(ARCHS["mobilenet"], TINY.img_size, finished.path / "model.keras")
    stored = {row["id"]: row for row in read_table(finished.path / "predictions.csv")}
    for example in export.examples:
        with Image.open(example.path) as image:
            pixels = squared(np.asarray(image), TINY.img_size, TINY.resize, export.crop.fill_rgb)
        assert pixels.dtype == "uint8"
        score = detector.model.predict_on_batch(pixels.numpy()[None])[0, 1]
        assert score == pytest.approx(float(stored[example.id]["score"]), abs=1e-5)


def test_history_has_a_row_per_epoch_and_one_best(finished: FinishedRun) -> None:
    rows = read_table(finished.path / "history.csv")
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [row["is_best"] for row in rows].count("True") == 1


def test_no_file_names_the_machine(
    finished: FinishedRun, export: Export, config: RunConfig
) -> None:
    for name in FILES - {"model.keras"}:
        text = (finished.path / name).read_text()
        assert str(export.path) not in text
        assert str(Path(config.weights).parent) not in text
        assert str(Path.home()) not in text
        assert str(Path.cwd()) not in text


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, None])
def test_a_full_disk_leaves_nothing(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(*([number] if number else []), "No space left on device")

    monkeypatch.setattr(trainer.run, "build_detector", lambda *_: None)
    monkeypatch.setattr(trainer.run, "load_pixels", full)
    with pytest.raises(DiskFull, match="the disk is full"):
        train_run(TINY, export, tmp_path / "runs" / "one")
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_goes_wrong_nothing_half_written_stays(
    tmp_path: Path, error: type[BaseException]
) -> None:
    def fail() -> None:
        with open_run(tmp_path / "one", {}, resume=False) as (folder, _):
            (folder / "model.keras").write_text("half")
            assert folder.name.startswith(".partial-")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_run_never_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "precious").touch()
    (tmp_path / "file").touch()
    for name in ("one", "file"):
        with pytest.raises(RunExists), open_run(tmp_path / name, {}, resume=True):
            pytest.fail("the block must not run")
    with open_run(tmp_path / "empty", {}, resume=False) as (folder, _):
        (folder / "made").touch()
    assert (tmp_path / "empty" / "made").exists()


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave a run of the instance that was stopped by hand after its first checkpoint."""
    monkeypatch.setenv("CURATOR_INSTANCE", str(tmp_path))
    target = tmp_path / "runs" / "one"

    def stop() -> None:
        with open_run(target, {"seed": 1}, resume=False) as (_, checkpoints):
            (checkpoints / "head.npz").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    return target


def test_an_interrupted_run_continues(interrupted: Path) -> None:
    assert unfinished_run({"seed": 1}) == interrupted
    with open_run(interrupted, {"seed": 1}, resume=True) as (_, checkpoints):
        assert [file.name for file in checkpoints.iterdir()] == ["head.npz"]
    assert list(interrupted.parent.iterdir()) == [interrupted]
    assert list(interrupted.iterdir()) == []
    assert unfinished_run({"seed": 1}) is None


@pytest.mark.parametrize(
    ("seed", "resume", "told"), [(1, False, "--resume"), (2, True, "with other settings")]
)
def test_an_interrupted_run_is_not_lost_by_another(
    interrupted: Path, seed: int, resume: bool, told: str
) -> None:
    assert unfinished_run({"seed": 2}) is None
    with (
        pytest.raises(RunUnfinished, match=told),
        open_run(interrupted, {"seed": seed}, resume),
    ):
        pytest.fail("the block must not run")
    assert unfinished_run({"seed": 1}) == interrupted
    assert next_run("one").name == "one-1"


def test_a_run_in_training_is_left_alone(tmp_path: Path) -> None:
    with open_run(tmp_path / "one", {}, resume=False) as (folder, _):
        with (
            pytest.raises(RunUnfinished, match="is being trained"),
            open_run(tmp_path / "one", {}, resume=True),
        ):
            pytest.fail("the block must not run")
        assert folder.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(FolderUnwritable, match="--out"),
        open_run(tmp_path / "file" / "run", {}, False),
    ):
        pytest.fail("the block must not run")
    told = from_os_error(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "the run x")
    assert "Permission denied" in str(told)


def test_a_photo_that_goes_away_meanwhile_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(
            FileGone, match=r"the run .*one was not written: .*photo\.png has disappeared"
        ),
        open_run(tmp_path / "one", {}, False),
    ):
        (tmp_path / "photo.png").read_bytes()


def test_runs_are_numbered_and_exports_found_in_the_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATOR_INSTANCE", str(tmp_path))
    assert latest_export() == tmp_path / "exports" / "latest"
    assert next_run("vgg16") == tmp_path / "runs" / "vgg16-1"
    for name in ("vgg16-2", "vgg16-10", "vgg16-old", "mobilenet-40", ".partial-vgg16-12"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    assert next_run("vgg16").name == "vgg16-13"


def test_a_run_is_read_back(finished: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = read_run(finished.path)
    assert stored.config == replace(TINY, weights="own.weights.h5")
    assert stored.crop.fill_rgb == (128, 128, 128)
    assert stored.threshold == finished.metrics["threshold"]
    monkeypatch.setenv("CURATOR_INSTANCE", str(finished.path.parent.parent))
    finished.path.parent.rename(finished.path.parent.parent / "runs")
    try:
        assert read_run(Path("mobilenet-1")).config.seed == TINY.seed
    finally:
        (finished.path.parent.parent / "runs").rename(finished.path.parent)


@pytest.mark.parametrize(
    "config", ["", "{}", "[]", '{"settings": {"arch": "lenet"}, "export": {"crop": {}}}']
)
def test_a_damaged_run_is_refused(tmp_path: Path, config: str) -> None:
    (tmp_path / "model.keras").touch()
    with pytest.raises(RunBroken, match="there is no run"):
        read_run(tmp_path)
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(RunBroken, match=r"config\.json"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    "metrics", [None, "", "[]", "{}", '{"threshold": 2}', '{"threshold": "a"}']
)
def test_a_run_without_a_threshold_is_refused(
    finished: FinishedRun, tmp_path: Path, metrics: str | None
) -> None:
    (tmp_path / "model.keras").touch()
    (tmp_path / "config.json").write_bytes((finished.path / "config.json").read_bytes())
    if metrics is not None:
        (tmp_path / "metrics.json").write_text(metrics)
    with pytest.raises(RunBroken, match=r"metrics\.json is missing or damaged"):
        read_run(tmp_path)
