"""Scores that recompute: the trainer's own command, run as users run it, on runs of the instance and one made here.

The trainer is another program, which may not be installed; then nothing is claimed.
"""

import csv
import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from curator.base.config import Config
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.runs.folders import list_runs
from curator.validation.collection import collection_of
from curator.validation.results import NotRun, require
from curator.validation.scratch import ACTOR, Scratch
from curator.validation.serving import environment_of

TRAINING = ("--arch", "mobilenet", "--weights", "none", "--epochs", "1", "--img-size", "64")
PATIENCE_S = 900
NAME = "validation"


def runs_recompute(scratch: Scratch) -> str:
    _require_trainer("sklearn")
    runs, broken = list_runs(scratch.real)
    require(not broken, f"Runs that cannot be read: {', '.join(one.name for one in broken)}.")
    if not runs:
        raise NotRun("The instance has no run yet: validate again after the first training.")
    numbers = sum(_verified(scratch, run.folder) for run in runs)
    return f"{len(runs)} runs of this instance: all {numbers} numbers follow from their predictions"


def trained_scores_recompute(scratch: Scratch) -> str:
    numbers = _verified(scratch, _run(scratch))
    return f"a small network trained on the scratch export: its {numbers} numbers follow from its predictions"


def changed_predictions_are_found(scratch: Scratch) -> str:
    _require_trainer("sklearn")
    runs, _ = list_runs(scratch.real)
    original = runs[0].folder if runs else _run(scratch)
    copy = scratch.folder / "altered-run"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(original, copy)
    _alter(copy / "predictions.csv")
    done = _trainer(scratch, "verify", str(copy), "--json")
    require(
        done.returncode == 1, f"A prediction was changed, and verify ended with {done.returncode}."
    )
    return "one label of a copied run's predictions changed: verify found that the scores differ"


def _run(scratch: Scratch) -> Path:
    """Train a small network on the scratch export, once."""
    if not scratch.trains:
        raise NotRun("Left out by --without-training.")
    _require_trainer("sklearn", "tensorflow")
    folder = scratch.folder / "trained" / NAME
    if folder.exists():
        return folder
    collection_of(scratch)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    settings = Settings(ratios=(50, 25, 25))
    export = export_dataset(scratch.sessions, scratch.config, settings, actor=ACTOR).path
    done = _trainer(scratch, "run", "--data", str(export), *TRAINING, "--out", str(folder))
    last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
    require(done.returncode == 0, f"Training ended with {done.returncode}: {last}")
    return folder


def _verified(scratch: Scratch, run: Path) -> int:
    """Recompute a run's scores; return how many numbers there were."""
    done = _trainer(scratch, "verify", str(run.resolve()), "--json")
    if done.returncode not in (0, 1) or not done.stdout.strip():
        said = (done.stderr.strip() or "no message").splitlines()[-1]
        require(False, f"{run.name} could not be verified: {said}")
    told = json.loads(done.stdout)
    differing = [one["name"] for one in told["differences"]]
    require(
        done.returncode == 0 and not differing,
        f"{run.name}: {len(differing)} numbers differ, such as {', '.join(differing[:3])}.",
    )
    return int(told["numbers"])


def _trainer(scratch: Scratch, *arguments: str) -> subprocess.CompletedProcess[str]:
    config: Config = scratch.config
    return subprocess.run(
        [sys.executable, "-P", "-m", "trainer", *arguments],
        env=environment_of(config),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE_S,
        cwd=scratch.folder,
    )


def _require_trainer(*libraries: str) -> None:
    lacking = [name for name in ("trainer", *libraries) if find_spec(name) is None]
    if lacking:
        raise NotRun(f"The trainer is not installed here ({', '.join(lacking)} missing).")


def _alter(table: Path) -> None:
    """Give the first prediction of the test split the other label."""
    with table.open(newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = reader.fieldnames or [], [*reader]
    changed = next(row for row in rows if row["split"] == "test")
    changed["label"] = "negative" if changed["label"] == "positive" else "positive"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
