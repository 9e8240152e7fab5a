"""A comparison does nothing twice, survives what fails, and never lets chance win."""

import csv
import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

import trainer.comparison.training
from demo.faces import draw_photo
from demo.person import person_of
from tests.trainer.calls import call
from tests.trainer.conftest import TINY
from trainer.comparison.folder import compare_outcomes, write_comparison
from trainer.comparison.training import Outcome, assign_weights, train_networks
from trainer.config import RunConfig
from trainer.errors import ConfigInvalid
from trainer.exports.manifest import Export
from trainer.run import FinishedRun, train_run
from trainer.runs.folder import next_comparison
from trainer.runs.predictions import read_predictions, write_predictions
from trainer.scores.definitions import SCORES
from trainer.scores.metrics import measure_run


def fail(*_: object) -> None:
    """Stand for whatever TensorFlow may raise."""
    raise ValueError("shapes do not fit\nand much more")


def die(*_: object) -> None:
    """Stand for a process that the kernel ends for lack of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CURATOR_INSTANCE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def by_chance(
    tensorflow: None, export: Export, tmp_path_factory: pytest.TempPathFactory
) -> FinishedRun:
    """A run from random weights."""
    config = replace(TINY, arch="vgg16", epochs=1, views=0)
    return train_run(config, export, tmp_path_factory.mktemp("chance") / "vgg16-1")


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], {"vgg16": None, "mobilenet": None}),
        (["none"], {"vgg16": "none", "mobilenet": "none"}),
        (["none", "MobileNet=a=b.h5"], {"vgg16": "none", "mobilenet": "a=b.h5"}),
        (["x=y.h5"], {"vgg16": "x=y.h5", "mobilenet": "x=y.h5"}),
    ],
)
def test_weights_go_to_the_network_they_are_named_for(
    sources: list[str], expected: dict[str, str | None]
) -> None:
    assert assign_weights(sources, ["vgg16", "mobilenet"]) == expected


def test_weights_for_a_network_that_is_not_compared_are_refused() -> None:
    with pytest.raises(ConfigInvalid, match="xception is not among"):
        assign_weights(["xception=x.h5"], ["vgg16", "mobilenet"])


@pytest.mark.slow
def test_random_weights_are_never_best_nor_tied(
    finished: FinishedRun, by_chance: FinishedRun, export: Export
) -> None:
    outcomes = [
        Outcome(by_chance.config, by_chance.path),
        Outcome(finished.config, finished.path),
        Outcome(
            RunConfig("xception", weights="/home/eve/x.h5"),
            None,
            "no weights file at /home/eve/x.h5: give",
        ),
    ]
    content = compare_outcomes(export, outcomes)
    chance, real, failed = content["networks"]
    assert chance["tie"] is None
    assert real["tie"]["tied"]
    assert real["tie"]["difference"] == 0
    assert (failed["run"], failed["tie"]) == (None, None)
    assert failed["reason"] == "no weights file at x.h5: give"
    assert "eve" not in json.dumps(content)
    stored = json.loads((finished.path / "metrics.json").read_text())
    assert real["test"] == stored["splits"]["test"]


@pytest.mark.slow
def test_a_comparison_is_a_folder_that_programs_can_read(
    finished: FinishedRun, export: Export, instance: Path
) -> None:
    outcomes = [
        Outcome(finished.config, finished.path),
        Outcome(RunConfig("xception"), None, "no, not now"),
    ]
    target = next_comparison()
    content = write_comparison(target, export, outcomes)
    stored = json.loads((target / "comparison.json").read_text())
    assert stored["networks"] == json.loads(json.dumps(content["networks"]))
    with (target / "comparison.csv").open(newline="") as handle:
        first, second = csv.DictReader(handle)
    test = content["networks"][0]["test"]
    assert {name: float(first[name]) for name in SCORES} == {name: test[name] for name in SCORES}
    assert float(first["f1_low"]) == test["intervals"]["f1"][0]
    assert (second["reason"], second["f1"]) == ("no, not now", "")
    assert next_comparison().name == "comparison-2"


def test_what_was_done_is_not_done_again(
    finished: FinishedRun, config: RunConfig, export: Export, instance: Path
) -> None:
    (instance / "runs").mkdir()
    (instance / "runs" / "mobilenet-7").symlink_to(finished.path)
    [outcome] = train_networks([config], export)
    assert (outcome.run, outcome.was_there) == (instance / "runs" / "mobilenet-7", True)


def test_a_run_from_before_recipes_were_chosen_is_taken_over(
    finished: FinishedRun, config: RunConfig, export: Export, instance: Path
) -> None:
    old = shutil.copytree(finished.path, instance / "runs" / "mobilenet-1")
    metrics = json.loads((old / "metrics.json").read_text())
    (old / "metrics.json").write_text(json.dumps({**metrics, "kept": {}}))
    [outcome] = train_networks([config], export)
    assert outcome.was_there
    [row] = compare_outcomes(export, [outcome])["networks"]
    assert row["settings"]["recipe"] == "paper"


@pytest.mark.usefixtures("instance")
def test_a_killed_process_and_missing_weights_are_reasons(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer.comparison.training, "_train", fail)
    [failed] = train_networks([TINY], export)
    assert failed.reason == "ValueError: shapes do not fit"
    monkeypatch.setattr(trainer.comparison.training, "_train", die)
    configs = [TINY, replace(TINY, weights="nowhere.h5")]
    killed, missing = train_networks(configs, export)
    assert killed.run is None
    assert "for lack of memory" in (killed.reason or "")
    assert "no weights file at nowhere.h5" in (missing.reason or "")


@pytest.mark.slow
def test_a_degenerate_network_is_never_best_nor_tied(
    finished: FinishedRun,
    export: Export,
    instance: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every way to hand the detector on says what it is."""
    stuck = shutil.copytree(finished.path, instance / "runs" / "mobilenet-1")
    rows = [replace(row, score=0.5) for row in read_predictions(stuck)]
    write_predictions(stuck / "predictions.csv", rows)
    metrics = json.loads((stuck / "metrics.json").read_text())
    (stuck / "metrics.json").write_text(json.dumps(metrics | measure_run(rows, 0.5)))
    target = next_comparison()
    content = write_comparison(target, export, [Outcome(finished.config, stuck)])
    [network] = content["networks"]
    reason = "all 24 photos have the same score, 0.500."
    assert (network["degenerate"], network["tie"]) == (reason, None)
    with (target / "comparison.csv").open(newline="") as handle:
        [line] = csv.DictReader(handle)
    assert (line["degenerate"], line["f1"], line["f1_low"]) == (reason, "", "")
    assert "Degenerate, not scored" in (target / "report.html").read_text()
    draw_photo(person_of(5, 1), 5, 0).image.save(instance / "face.png")
    region = ("--region", "200,300 700,300 700,800")
    assert call("predict", stuck, instance / "face.png", *region, "--json") == 0
    told = capsys.readouterr()
    warning = f"this run's detector is degenerate, its scores mean nothing: {reason}"
    assert told.err == f"trainer: {warning}\n"
    assert json.loads(told.out)["warning"] == warning
    options = ("--format", "saved_model", "--data", export.path, "--out", instance / "out")
    assert call("export", stuck, *options) == 0
    assert warning in capsys.readouterr().err
    assert warning in json.loads((instance / "out" / "labels.json").read_text())["notes"]


@pytest.mark.slow
def test_compare_goes_on_after_a_failure_and_resumes(
    export_path: Path, instance: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ("--data", export_path, "--img-size", 32, "--views", 0, "--epochs", 1)
    weights = ("--weights", "none", "--weights", "vgg16=nowhere.h5")
    networks = ("--archs", "mobilenet,vgg16", *weights)
    assert call("compare", *networks, *options, "--json") == 0
    told = capfd.readouterr()
    first = json.loads(told.out)
    assert told.err.startswith("trainer: vgg16: no weights file at nowhere.h5")
    assert [row["run"] for row in first["networks"]] == ["mobilenet-1", None]
    assert call("compare", "--archs", "vgg16,mobilenet", "--weights", "none", *options) == 0
    told = capfd.readouterr()
    assert f"1/2 vgg16: done, {instance / 'runs' / 'vgg16-1'}" in told.out
    assert "2/2 mobilenet: done before" in told.out
    assert [path.name for path in sorted((instance / "runs").iterdir())] == [
        "mobilenet-1",
        "vgg16-1",
    ]
