"""`verify` finds whatever was changed in a run's scores or predictions, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.predictions import prediction, random_sample
from trainer.cli import main
from trainer.runs.folder import write_json
from trainer.runs.predictions import Prediction, read_predictions, write_predictions
from trainer.scores.metrics import measure_run
from trainer.scores.thresholds import choose_threshold


@pytest.fixture
def run(tmp_path: Path) -> Path:
    generator, rows = np.random.default_rng(0), list[Prediction]()
    for split in ("train", "val", "test"):
        sample = random_sample(generator, 24, distance=2)
        for label, score, group in zip(sample.labels, sample.scores, sample.groups, strict=True):
            name = f"{len(rows):016x}"
            rows.append(prediction(bool(label), score, f"{split} {group}", id=name, split=split))
    write_predictions(tmp_path / "predictions.csv", rows)
    write_json(
        tmp_path / "metrics.json",
        measure_run(rows, choose_threshold([row for row in rows if row.split == "val"])),
    )
    return tmp_path


def verify(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["verify", *map(str, arguments)])
    return int(caught.value.code or 0)


def change(run: Path, *path: str, to: Any) -> None:
    stored = json.loads((run / "metrics.json").read_text())
    part = stored
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = to(part[path[-1]])
    write_json(run / "metrics.json", stored)


def test_an_untouched_run_is_confirmed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(run) == 0
    assert capsys.readouterr().out.startswith("All ")
    assert verify(run, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["numbers"] > 100
    assert told["differences"] == told["unverified"] == []


def test_a_degenerate_detector_is_named(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [replace(row, score=0.5) for row in read_predictions(run)]
    write_predictions(run / "predictions.csv", rows)
    write_json(run / "metrics.json", measure_run(rows, 0.5))
    assert verify(run) == 0
    named = "The detector is degenerate, its scores mean nothing: all 72 photos have the same score"
    assert named in capsys.readouterr().out
    assert verify(run, "--json") == 0
    assert json.loads(capsys.readouterr().out)["degenerate"].startswith("all 72 photos")


def test_a_run_from_before_failures_were_named_is_confirmed(run: Path) -> None:
    stored = json.loads((run / "metrics.json").read_text())
    del stored["degenerate"], stored["threshold_chosen"]
    write_json(run / "metrics.json", stored)
    assert verify(run) == 0


def test_what_predictions_do_not_tell_is_not_verified(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = json.loads((run / "metrics.json").read_text())
    write_json(run / "metrics.json", stored | {"test_looks": 3})
    assert verify(run) == 0
    assert capsys.readouterr().out.endswith("Not verified: test_looks.\n")


@pytest.mark.parametrize(
    "path",
    [
        ("threshold",),
        ("splits", "test", "f1"),
        ("splits", "val", "ece"),
        ("splits", "test", "by_sex", "female", "roc_auc"),
        ("splits", "train", "confusion", "true_positive"),
    ],
)
def test_a_changed_number_is_named(
    run: Path, path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    change(run, *path, to=lambda value: value * 0.999)
    assert verify(run) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{'.'.join(path)}: stored ")
    assert "recomputed" in line


def test_a_changed_interval_and_a_missing_or_made_up_number_are_named(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(run, "splits", "test", "intervals", "f1", to=lambda pair: [0.99, pair[1]])
    change(run, "splits", "test", "pr_auc", to=lambda _: None)
    change(run, "splits", to=lambda splits: splits | {"secret": 1})
    assert verify(run, "--json") == 1
    differences = json.loads(capsys.readouterr().out)["differences"]
    assert [each["name"] for each in differences] == [
        "splits.test.pr_auc",
        "splits.test.intervals.f1.0",
        "splits.secret",
    ]
    assert differences[2]["recomputed"] is None


def test_a_changed_prediction_is_noticed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = run / "predictions.csv"
    table.write_text(table.read_text().replace(",positive,", ",negative,", 1))
    assert verify(run) == 1
    assert "splits.train.positives: stored" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["metrics.json", "predictions.csv"])
@pytest.mark.parametrize("content", [None, "", "{}", "[1]"])
def test_a_damaged_run_is_told_in_one_line(
    run: Path, name: str, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is None:
        (run / name).unlink()
    else:
        (run / name).write_text(content)
    assert verify(run) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("trainer: ")
    assert name in told.err
    assert told.err.count("\n") == 1
