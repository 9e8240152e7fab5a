"""Folds test every photo once; a run holds seeds and folds, and goes on after a kill to an equal result."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.archs import find_architecture
from trainer.config import RECIPES, RunConfig, as_settings, candidates, check_config
from trainer.errors import ExportBroken, LedgerUnwritable, TrainingDiverged
from trainer.exports.looks import count_looks, ledger_file, record_look
from trainer.exports.manifest import Export
from trainer.exports.reader import read_export
from trainer.networks.detector import load_detector
from trainer.run import FinishedRun, train_run
from trainer.runs.folder import MODEL, read_run
from trainer.scores.verification import verify_run
from trainer.training.divisions import fold_divisions, split_division
from trainer.training.trainer import ValidationResult


def kept_weights(run: FinishedRun) -> list[np.ndarray]:
    """Read the weights that a run saved."""
    stored = read_run(run.path)
    arch = find_architecture(stored.config.arch)
    weights: list[np.ndarray] = load_detector(
        arch, stored.config.img_size, stored.model_file
    ).model.get_weights()
    return weights


def count_numbers(run: FinishedRun) -> int:
    """Count the numbers of four bytes that a run's detector is made of."""
    return sum(weight.size for weight in kept_weights(run))


def test_each_fold_tests_its_photos_once_and_keeps_groups_together(export: Export) -> None:
    tested: Counter[str] = Counter()
    for division in fold_divisions(export):
        parts = (division.train, division.val, division.test)
        groups = [{example.group for example in part} for part in parts]
        assert not groups[0] & groups[1]
        assert not groups[2] & (groups[0] | groups[1])
        assert len(division.examples) == len(export.examples)
        tested.update(example.id for example in division.test)
    assert tested == Counter(example.id for example in export.examples)


def test_the_split_is_the_exports(export: Export) -> None:
    division = split_division(export)
    assert division.test == export.of_split("test")
    assert division.examples == export.examples


@pytest.mark.slow
def test_the_same_seed_gives_the_same_predictions(
    config: RunConfig, export: Export, tmp_path: Path, finished: FinishedRun
) -> None:
    again = train_run(config, export, tmp_path / "again")
    first = (finished.path / "predictions.csv").read_text()
    assert (again.path / "predictions.csv").read_text() == first


@pytest.mark.slow
def test_each_run_is_a_look_at_the_test_photos(
    config: RunConfig, export: Export, tmp_path: Path, finished: FinishedRun
) -> None:
    before = len(ledger_file(export).read_text().splitlines()) - 1
    assert before >= finished.metrics["test_looks"]
    run = train_run(replace(config, epochs=1), export, tmp_path / "look")
    stored = json.loads((run.path / "metrics.json").read_text())
    assert stored["test_looks"] == before + 1
    with ledger_file(export).open(newline="") as handle:
        last = list(csv.DictReader(handle))[-1]
    assert (last["run"], last["content_hash"]) == ("look", export.content_hash)


def test_a_resumed_run_has_looked_once(export: Export, tmp_path: Path) -> None:
    before = count_looks(export)
    looks = [record_look(export, "one", RunConfig("vgg16"), tmp_path / "look") for _ in range(2)]
    assert looks == [before + 1] * 2
    assert count_looks(export) == before + 1


def test_nothing_is_trained_where_looks_cannot_be_counted(
    config: RunConfig, export: Export, tmp_path: Path
) -> None:
    elsewhere = replace(export, path=tmp_path / "no" / "such" / "folder" / "export")
    with pytest.raises(LedgerUnwritable, match="--data"):
        train_run(config, elsewhere, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_folds_that_leave_nothing_to_train_on_are_refused_first(
    config: RunConfig, export: Export, tmp_path: Path
) -> None:
    folds = replace(config, folds=True)
    for broken in (replace(export, folds=2), replace(export, folds=7)):
        with pytest.raises(ExportBroken, match="--folds"):
            train_run(folds, broken, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_read_where_its_link_pointed(export_path: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(export_path)
    found = read_export(tmp_path / "latest")
    (tmp_path / "latest").unlink()
    assert all(example.path.is_file() for example in found.examples)


@pytest.mark.parametrize(
    ("first", "second", "is_second"),
    [
        (ValidationResult(0.9, 0.1), ValidationResult(0.95, 0.5), True),
        (ValidationResult(1.0, 0.1), ValidationResult(1.0, 0.05), True),
        (ValidationResult(1.0, 0.1), ValidationResult(1.0, 0.1), False),
        (ValidationResult(None, 0.1), ValidationResult(None, 0.05), True),
    ],
)
def test_the_better_ranking_is_preferred_and_of_equals_the_lower_loss(
    first: ValidationResult, second: ValidationResult, is_second: bool
) -> None:
    assert (second.rank > first.rank) == is_second


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "better"),
    [
        pytest.param(
            {"epochs": 30, "label_smoothing": 0.5, "fine_tune_epochs": 1},
            "paper",
            marks=pytest.mark.long,
        ),
        ({"epochs": 1}, "tuned"),
    ],
)
def test_auto_is_the_run_of_the_recipe_with_the_lower_validation_loss(
    config: RunConfig, export: Export, tmp_path: Path, settings: dict[str, Any], better: str
) -> None:
    tuned = {**as_settings(config), **RECIPES["tuned"], "fine_tune_lr": 1e-3}
    both = check_config({**tuned, **settings, "recipe": "auto"})
    run = train_run(both, export, tmp_path / "auto")
    assert run.metrics["kept"]["recipe"] == better
    assert set(run.metrics["kept"]["tried"]) == {"paper", "tuned"}
    alone = next(one for one in candidates(both) if one.recipe == better)
    expected = train_run(alone, export, tmp_path / "alone")
    for name in ("predictions.csv", "history.csv"):
        assert (run.path / name).read_text() == (expected.path / name).read_text()
    assert (run.path / MODEL).stat().st_size < 4.1 * count_numbers(run)
    for first, second in zip(kept_weights(run), kept_weights(expected), strict=True):
        np.testing.assert_array_equal(first, second)


def diverge(*_: object) -> None:
    """Stand for a loss that becomes no number."""
    raise TrainingDiverged("the loss is no number any more")


@pytest.mark.slow
def test_a_recipe_that_diverges_does_not_take_the_other_along(
    config: RunConfig, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = replace(config, recipe="auto", fine_tune_epochs=1, epochs=1)
    monkeypatch.setattr("trainer.training.trainer.fine_tune", diverge)
    run = train_run(both, export, tmp_path / "auto")
    assert list(run.metrics["kept"]["tried"]) == ["paper"]
    expected = train_run(candidates(both)[0], export, tmp_path / "paper")
    for first, second in zip(kept_weights(run), kept_weights(expected), strict=True):
        np.testing.assert_array_equal(first, second)
    with pytest.raises(TrainingDiverged):
        train_run(replace(both, recipe="tuned"), export, tmp_path / "tuned")


@pytest.mark.slow
def test_seeds_and_folds_choose_their_recipes_themselves(
    config: RunConfig, export: Export, tmp_path: Path
) -> None:
    both = replace(config, recipe="auto", epochs=2, seeds=2, folds=True, label_smoothing=0.2)
    run = train_run(both, export, tmp_path / "auto")
    known = {"paper", "tuned"}
    kept = run.metrics["kept"]
    assert {row["recipe"] for row in run.metrics["seeds"]} <= known
    assert len(kept["fold_recipes"]) == export.folds
    assert set(kept["fold_recipes"]) <= known
    [row] = [row for row in run.metrics["seeds"] if row["seed"] == kept["seed"]]
    assert row["recipe"] == kept["recipe"]
    assert verify_run(run.path).differences == ()
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert f"fold by fold: {', '.join(kept['fold_recipes'])}." in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "fine_tune"), [pytest.param("paper", 0, marks=pytest.mark.long), ("auto", 3)]
)
def test_a_run_killed_in_the_middle_goes_on_to_an_equal_result(
    config: RunConfig, export_path: Path, tmp_path: Path, recipe: str, fine_tune: int
) -> None:
    """A real process, killed without warning as soon as a checkpoint is there."""
    settings = ("--img-size", "32", "--views", "1", "--epochs", "30", "--batch-size", "8")
    command = [
        *(sys.executable, "-m", "trainer", "run", "--arch", "mobilenet", "--json", *settings),
        *("--weights", config.weights, "--data", str(export_path)),
        *("--recipe", recipe, "--fine-tune-epochs", str(fine_tune), "--seeds", "3"),
    ]
    environment = os.environ | {"CURATOR_INSTANCE": str(tmp_path)}
    whole = subprocess.run(command, env=environment, capture_output=True, check=True)
    first = Path(json.loads(whole.stdout)["run"])

    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    partial = first.with_name(".partial-mobilenet-2")
    wanted = "*fine-tune.npz" if fine_tune else "*head.npz"
    deadline = time.monotonic() + 120
    while not list(partial.glob(f"checkpoints/{wanted}")) and running.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert partial.exists()

    done = subprocess.run([*command, "--resume"], env=environment, capture_output=True, check=True)
    second = Path(json.loads(done.stdout)["run"])
    assert second == first.with_name("mobilenet-2")
    for name in ("history.csv", "predictions.csv"):
        assert (second / name).read_text() == (first / name).read_text()
