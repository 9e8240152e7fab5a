"""The folder of a comparison: what each run scored, as JSON, a table and a report."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from trainer.archs import ARCHS
from trainer.comparison.report import write_comparison_report
from trainer.comparison.training import Outcome
from trainer.config import kept_settings
from trainer.environment import SCORES_DEPEND_ON, describe_environment
from trainer.exports.looks import count_looks
from trainer.exports.manifest import Export
from trainer.files import write_whole
from trainer.progress import working
from trainer.runs.folder import (
    ENVIRONMENT,
    REPORT,
    StoredRun,
    new_folder,
    read_metrics,
    read_run,
    write_json,
)
from trainer.runs.predictions import Prediction, read_predictions
from trainer.scores.definitions import SCORES
from trainer.scores.degeneracy import describe_degeneracy
from trainer.scores.significance import tied_with_best
from trainer.scores.thresholds import is_threshold_chosen
from trainer.weights import IMAGENET, RANDOM, WeightsSource

# Columns of comparison.csv before the scores.
FACTS = (
    *("arch", "run", "reason", "degenerate", "weights", "parameters", "file_bytes"),
    *("latency_ms", "peak_memory_mb", "threshold", "threshold_chosen", "tied", "adjusted_p"),
)


def compare_outcomes(export: Export, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Collect the runs' results: the content of comparison.json.

    Networks that started from random weights, are degenerate, or have no F1, are
    included, but are never best or tied with it.
    """
    rows = [_row(outcome) for outcome in outcomes]
    predictions = {
        row["arch"]: _test_predictions(outcome.run)
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome.run and _can_be_best(row)
    }
    thresholds = {row["arch"]: row["threshold"] for row in rows if row["arch"] in predictions}
    ties = tied_with_best(predictions, thresholds) if predictions else {}
    for row in rows:
        row["tie"] = asdict(ties[row["arch"]]) if row["arch"] in ties else None
    return {
        "export": {"name": export.name, "content_hash": export.content_hash},
        "networks": rows,
        "test_looks": count_looks(export),
        "environment": describe_environment(),
    }


def _can_be_best(row: Mapping[str, Any]) -> bool:
    is_meaningful = row["weights"]["kind"] != RANDOM and not row["degenerate"]
    return is_meaningful and row["test"]["f1"] is not None


def _row(outcome: Outcome) -> dict[str, Any]:
    """Describe one network from the files of its run."""
    arch = ARCHS[outcome.config.arch]
    row: dict[str, Any] = {
        "arch": arch.name,
        "reason": outcome.reason and _without_paths(outcome.reason),
        "degenerate": None,
        "run": None if outcome.run is None else outcome.run.name,
        "parameters": arch.parameters,
        "paper": arch.paper and asdict(arch.paper),
    }
    if outcome.run is None:
        return row | {"weights": asdict(_named(outcome.config.weights))}
    stored, metrics = read_run(outcome.run), read_metrics(outcome.run)
    predictions = read_predictions(outcome.run)
    degenerate = describe_degeneracy(predictions)
    environment = json.loads((outcome.run / ENVIRONMENT).read_text(encoding="utf-8"))
    return row | {
        "weights": asdict(stored.weights),
        "settings": kept_settings(stored.config, _kept_recipe(stored, metrics)),
        "threshold": stored.threshold,
        "threshold_chosen": is_threshold_chosen([x for x in predictions if x.split == "val"]),
        "degenerate": degenerate and degenerate["reason"],
        "file_bytes": stored.model_file.stat().st_size,
        "seconds": environment["seconds"],
        "peak_memory_mb": environment["peak_memory_mb"],
        "latency_ms": environment["latency_ms"],
        "made_with": {fact: environment.get(fact) for fact in SCORES_DEPEND_ON},
        "test": metrics["splits"]["test"],
        "val": metrics["splits"]["val"],
        "seeds": metrics["seeds"],
        "cross_validation": metrics.get("cross_validation"),
        "confounders": metrics["confounders"],
        "leaks": metrics["leaks"],
    }


def _kept_recipe(stored: StoredRun, metrics: Mapping[str, Any]) -> str:
    """Return the recipe that a run kept; runs made before there was a choice do not record it."""
    recipe: str = metrics.get("kept", {}).get("recipe", stored.config.recipe)
    return recipe


def _without_paths(reason: str) -> str:
    """Reduce each path to its last part: a page that is passed on must not reveal the machine."""
    return re.sub(r"(?:~|\.{0,2})(?:/[^\s:,;]+)+", lambda path: Path(path.group()).name, reason)


def _named(weights: str) -> WeightsSource:
    """Describe the weights that a failed network was given, without a path."""
    if weights in (IMAGENET, RANDOM):
        return WeightsSource(kind=weights)
    return WeightsSource(kind="file", file=Path(weights).name)


def write_comparison(target: Path, export: Export, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Write the folder of a comparison: comparison.json, comparison.csv and report.html."""
    with working("comparing the networks"):
        content = compare_outcomes(export, outcomes)
    with working("writing the report"), new_folder(target) as folder:
        write_json(folder / "comparison.json", content)
        write_scores(folder / "comparison.csv", content)
        runs = {one.config.arch: one.run for one in outcomes if one.run}
        predictions = {arch: _test_predictions(run) for arch, run in runs.items()}
        links = _links(target, runs)
        write_comparison_report(folder / REPORT, export, content, predictions, links)
    return content | {"path": str(target)}


def _test_predictions(run: Path) -> list[Prediction]:
    return [one for one in read_predictions(run) if one.split == "test"]


def _links(target: Path, runs: Mapping[str, Path]) -> dict[str, str]:
    """Link each run's report, if both are in one instance; a relative link reveals no machine."""
    instance = target.resolve().parents[1]
    return {
        arch: f"../../runs/{quote(run.name)}/{REPORT}"
        for arch, run in runs.items()
        if run.resolve().parent == instance / "runs"
    }


def write_scores(file: Path, content: dict[str, Any]) -> None:
    """Write the test scores as a table, one line per network, for other programs.

    A degenerate network has none.
    """
    limits = [f"{name}_{end}" for name in SCORES for end in ("low", "high")]
    text = io.StringIO()
    table = csv.DictWriter(text, [*FACTS, *SCORES, *limits], lineterminator="\n")
    table.writeheader()
    table.writerows(_flat(row) for row in content["networks"])
    write_whole(file, text.getvalue().encode())


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    test = {} if row.get("degenerate") else row.get("test", {})
    tie = row["tie"] or {}
    flat = {name: row.get(name) for name in FACTS} | {"weights": row["weights"]["kind"]}
    flat |= {"tied": tie.get("tied"), "adjusted_p": tie.get("adjusted_p")}
    for name in SCORES if test else ():
        low, high = test["intervals"][name] or (None, None)
        flat |= {name: test[name], f"{name}_low": low, f"{name}_high": high}
    return flat
