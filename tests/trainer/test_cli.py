"""What a user types and sees: words, JSON and exit codes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.trainer.calls import call, one_line
from trainer.archs import ARCHS
from trainer.cli import cli
from trainer.cli.options import warn_of_blank
from trainer.cli.train import score_record, score_text
from trainer.config import RunConfig
from trainer.exports.manifest import Export
from trainer.run import FinishedRun
from trainer.runs.predictions import read_predictions
from trainer.scores.metrics import measure_run

STOPPED = "trainer: interrupted; what was trained is kept: repeat `compare`, or `run` with --resume"
ROOT = Path(__file__).parents[2]
WITHOUT_TENSORFLOW = (
    "import sys; sys.modules.update(dict.fromkeys(['tensorflow', 'keras']));"
    "from trainer.cli import main; main({arguments!r})"
)


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CURATOR_INSTANCE", str(tmp_path / "instance"))
    return tmp_path / "instance"


def start(*arguments: object, instance: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "trainer", *map(str, arguments)]
    environment = os.environ | {"CURATOR_INSTANCE": str(instance)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "command",
    [[], *([name] for name in cli.commands)],
)
def test_every_command_helps_with_an_example(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*command, "--help") == 0
    told = capsys.readouterr().out
    assert "Example:" in told
    assert "python -m trainer" in told


def test_help_and_archs_need_no_tensorflow() -> None:
    for arguments in (["--help"], ["run", "--help"], ["archs", "--json"]):
        code = WITHOUT_TENSORFLOW.format(arguments=arguments)
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
        assert done.returncode == 0
        assert done.stderr == b""
        assert done.stdout


def test_a_missing_tensorflow_is_told_in_one_line(export_path: Path, instance: Path) -> None:
    arguments = ["run", "--arch", "mobilenet", "--weights", "none", "--data", str(export_path)]
    code = WITHOUT_TENSORFLOW.format(arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("trainer: TensorFlow is not installed: run")
    assert done.stderr.count("\n") == 1
    assert not (instance / "runs").exists()


def test_archs_lists_the_eight(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("archs") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ARCHS)
    assert call("archs", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(ARCHS)
    assert rows[0]["paper"] == {"recall": 0.912, "precision": 0.909, "f1": 0.91}


def test_without_an_export_the_next_step_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "--arch", "mobilenet") == 1
    assert "flask curator export" in one_line(capsys)


def test_an_unknown_architecture_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "--model", "lenet") == 2
    assert "choose one of resnet50" in one_line(capsys)


@pytest.mark.parametrize("arguments", [["fly"], ["run", "--epochs", "x"], ["predict"]])
def test_wrong_usage_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*arguments) == 2
    assert "Usage: python -m trainer" in capsys.readouterr().err


def test_missing_weights_are_told_before_anything_is_written(
    export_path: Path, instance: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--arch", "vgg16", "--data", export_path, "--weights", "no.h5", "--json")
    assert call("run", *arguments) == 1
    assert "no weights file at no.h5" in one_line(capsys)
    assert not list(instance.glob("runs/*"))


def test_an_existing_run_is_not_replaced(
    export_path: Path, finished: FinishedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--data", export_path, "--weights", "none", "--out", finished.path, "--json")
    assert call("run", "--arch", "mobilenet", *options) == 1
    assert "already exists" in one_line(capsys)


def test_an_interruption_ends_with_130_and_leaves_nothing(
    export_path: Path,
    instance: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trainer.run.build_detector", interrupt)
    options = ("--data", export_path, "--weights", "none", "--json")
    assert call("run", "--arch", "mobilenet", *options) == 130
    assert capsys.readouterr().err.strip() == STOPPED
    assert list((instance / "runs").iterdir()) == []


@pytest.mark.slow
def test_a_run_from_the_shell_prints_json_alone_and_is_numbered(
    export: Export, config: RunConfig, instance: Path
) -> None:
    (instance / "exports").mkdir(parents=True)
    (instance / "exports" / "latest").symlink_to(export.path)
    options = ("--img-size", 32, "--epochs", 1, "--views", 1, "--weights", config.weights)
    done = start("run", "--arch", "mobilenet", *options, "--json", instance=instance)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["run"] == str(instance / "runs" / "mobilenet-1")
    assert (told["arch"], told["split"], told["n"]) == ("mobilenet", "test", 8)
    stored = json.loads((Path(told["run"]) / "metrics.json").read_text())["splits"]["test"]
    for name in ("precision", "recall", "f1"):
        assert told[name] == stored[name]


def test_a_detector_with_one_score_for_all_is_named_and_not_scored(
    finished: FinishedRun, tmp_path: Path
) -> None:
    stuck = [replace(row, score=0.5) for row in read_predictions(finished.path)]
    metrics = finished.metrics | measure_run(stuck, 0.5)
    told = score_text(replace(finished, metrics=metrics))
    reason = "all 24 photos have the same score, 0.500."
    assert f"Degenerate, not scored: {reason}" in told
    assert "f1" not in told
    record = score_record(replace(finished, metrics=metrics))
    assert (record["degenerate"], record["f1"], record["f1_interval"]) == (reason, None, None)


def test_scores_of_nothing_and_fallbacks_are_told(finished: FinishedRun) -> None:
    rows = read_predictions(finished.path)
    silent = [replace(row, score=row.score * (row.split == "train")) for row in rows]
    one_class = [row for row in silent if row.split != "val" or not row.is_positive]
    metrics = finished.metrics | measure_run(one_class, 0.5) | {"degenerate": None}
    told = score_text(replace(finished, metrics=metrics))
    assert "precision not defined\n" in told
    assert "Threshold 0.5, not chosen: the validation split has photos of one class only." in told
    negative = [row for row in rows if row.split != "test" or not row.is_positive]
    told = score_text(replace(finished, metrics=finished.metrics | measure_run(negative, 0.5)))
    assert "The test split has photos of one class only" in told


def test_blank_photos_are_named(
    export: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "black.png")
    first, *rest = export.examples
    warn_of_blank(replace(export, examples=(replace(first, path=tmp_path / "black.png"), *rest)))
    told = f"trainer: blank, of one colour: {first.id} ({first.split}, {first.label}); exclude them"
    assert one_line(capsys).strip() == told
    warn_of_blank(export)
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_run_for_people_says_where_the_report_is(
    export_path: Path, instance: Path, tensorflow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--data", export_path, "--weights", "none", "--img-size", 32, "--epochs", 1)
    assert call("run", "--arch", "mobilenet", *options, "--views", 0, "--tensorboard") == 0
    assert list((instance / "runs" / "mobilenet-1").glob("tensorboard/split-seed-1/events.*"))
    told = capsys.readouterr()
    assert told.err == ""
    assert f"Report: {instance / 'runs' / 'mobilenet-1' / 'report.html'}" in told.out
    assert "say nothing about the method" in told.out
    assert "not a medical device" in told.out


def test_every_option_of_run_is_documented() -> None:
    run = cli.commands["run"]
    assert all(getattr(parameter, "help", None) for parameter in run.params)
