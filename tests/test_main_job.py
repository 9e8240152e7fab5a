"""The main job as a user runs it."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.curator.test_modes import loose


@pytest.mark.slow
def test_the_tour_goes_from_drawn_faces_to_a_scored_detector(tmp_path: Path) -> None:
    instance = tmp_path / "demo"
    command = [sys.executable, "-m", "demo", "--people", "20", "--weights", "none"]
    environment = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run(
        [*command, "--instance", str(instance)],
        capture_output=True,
        text=True,
        env=environment,
        umask=0o022,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "rejected trap_bomb.png: too many pixels" in done.stdout
    [run] = (instance / "runs").iterdir()
    assert f"{run / 'report.html'}" in done.stdout
    assert {"config.json", "environment.json", "history.csv", "model.keras"} <= {
        file.name for file in run.iterdir()
    }
    with (run / "predictions.csv").open(newline="") as file:
        predicted = {row["id"] for row in csv.DictReader(file)}
    with (instance / "exports" / "latest" / "examples.csv").open(newline="") as file:
        assert predicted == {row["id"] for row in csv.DictReader(file)}
    export = json.loads((instance / "exports" / "latest" / "dataset.json").read_text())
    assert export["counts"]["total"] == len(predicted) > 30
    assert [*loose(instance)] == []


def test_the_tour_replaces_nothing_but_a_demo(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--instance", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "holds something else than a demo" in done.stderr
    assert (tmp_path / "precious.txt").exists()
