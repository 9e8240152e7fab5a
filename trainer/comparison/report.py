"""Writes report.html of a comparison: the networks beside one another and beside the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.archs import ARCHS
from trainer.comparison.figures import comparison_figures, reliability_figures
from trainer.exports.manifest import Export
from trainer.files import write_whole
from trainer.report.drawing import palette_place
from trainer.report.pages import render, threshold_from
from trainer.report.run_report import count_examples, count_parts
from trainer.runs.predictions import Prediction
from trainer.scores.sample import as_sample
from trainer.weights import RANDOM

# Scores of the main table; all others are in comparison.csv.
MAIN = (
    *("f1", "precision", "recall", "macro_f1", "roc_auc", "pr_auc"),
    *("sensitivity_at_specificity", "ece"),
)


def write_comparison_report(
    file: Path,
    export: Export,
    content: Mapping[str, Any],
    predictions: Mapping[str, Sequence[Prediction]],
    links: Mapping[str, str],
) -> None:
    """Render the report of a comparison.

    Args:
        content: that of comparison.json.
        predictions: per network with a run those of the test photos, for the curves.
        links: per network the address of its run's report, where the page can reach it.
    """
    scored = best_first(content["networks"])
    samples = {row["arch"]: as_sample(predictions[row["arch"]], row["threshold"]) for row in scored}
    page = render(
        "comparison.html",
        export=export,
        archs=ARCHS,
        palette={row["arch"]: palette_place(row["arch"]) for row in content["networks"]},
        counts=count_examples(export),
        content=content,
        scored=scored,
        meaningful=meaningful(scored),
        confounders=confounders_by_network(meaningful(scored)),
        failed=[row for row in content["networks"] if row["reason"] or row["degenerate"]],
        threshold_from=threshold_from(all(row["threshold_chosen"] for row in scored)),
        best=next((row for row in scored if row["tie"]), None),
        random=RANDOM,
        names=MAIN,
        parts=count_parts(predictions[scored[0]["arch"]]) if scored else {},
        figures=comparison_figures(scored, samples) if scored else {},
        reliabilities=reliability_figures(samples),
        settings=shared_facts(scored, "settings"),
        has_choice=any("auto" in row["settings"]["recipe"] for row in scored),
        made_with=shared_facts(scored, "made_with"),
        links=links,
    )
    write_whole(file, page.encode())


def best_first(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Order the networks by F1, those from random weights last, those without a score left out.

    Among either, an F1 that is not defined comes last.
    """

    def place(row: Mapping[str, Any]) -> tuple[bool, bool, float]:
        f1 = row["test"]["f1"]
        return row["weights"]["kind"] == RANDOM, f1 is None, -(f1 or 0)

    scored = (row for row in rows if not row["reason"] and not row["degenerate"])
    return sorted(scored, key=place)


def meaningful(scored: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out networks that started from random weights, unless there are no others."""
    real = [row for row in scored if row["weights"]["kind"] != RANDOM]
    return real or list(scored)


def confounders_by_network(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List each confounder with the networks whose score it comes close to."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        for one in row.get("confounders") or ():
            entry = found.setdefault(one["name"], {**one, "close_to": []})
            entry["close_to"] += [ARCHS[row["arch"]].keras_name] if one["is_close"] else []
    return list(found.values())


def shared_facts(rows: Sequence[Mapping[str, Any]], kind: str) -> dict[str, Any]:
    """List each fact of a kind: one value if all networks share it, else the value of each."""
    found = {}
    for name in rows[0][kind] if rows else ():
        values = {ARCHS[row["arch"]].keras_name: row[kind][name] for row in rows}
        first = next(iter(values.values()))
        found[name] = first if all(one == first for one in values.values()) else values
    found.pop("arch", None)
    return found
