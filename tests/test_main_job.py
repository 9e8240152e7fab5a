"""The main job as a user runs it, and the wheel as a user installs it."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_tour_goes_from_drawn_faces_to_a_scored_detector(tmp_path: Path) -> None:
    instance = tmp_path / "demo"
    command = [sys.executable, "-m", "demo", "--people", "20", "--weights", "none"]
    environment = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run(
        [*command, "--instance", str(instance)], capture_output=True, text=True, env=environment
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


def test_the_tour_replaces_nothing_but_a_demo(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--instance", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "holds something else than a demo" in done.stderr
    assert (tmp_path / "precious.txt").exists()


@pytest.mark.slow
def test_an_installed_wheel_has_its_pages_and_migrations(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    assert (site / "curator/templates/base.html").is_file()
    assert (site / "trainer/templates/report.html").is_file()
    assert (site / "faces/search.py").is_file()
    environment = os.environ | {
        "PYTHONPATH": str(site),
        "CURATOR_INSTANCE": str(tmp_path / "instance"),
    }
    script = "import curator; print(curator.__file__)"
    for command, expected in (
        (["-c", script], str(site)),
        (["-m", "flask", "curator", "init"], "is ready"),
        (["-m", "flask", "curator", "status"], "0 photos"),
        (["-m", "flask", "--app", "curator.app", "routes"], "annotate"),
    ):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert expected in done.stdout
