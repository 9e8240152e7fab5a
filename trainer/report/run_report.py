"""Writes the tables and pages of one run: the report, the one with photos, and the model card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.archs import Architecture, find_architecture
from trainer.config import RunConfig, diverged_recipes, kept_settings
from trainer.exports.manifest import CLASSES, SEXES, SPLITS, Export
from trainer.files import write_whole
from trainer.report.figures import run_figures
from trainer.report.pages import render, threshold_from
from trainer.report.sheets import Sheet
from trainer.runs.folder import ENVIRONMENT, MODEL_CARD, REPORT, REPORT_WITH_PHOTOS, write_json
from trainer.runs.history import HistoryRow, kept_row, write_history
from trainer.runs.predictions import Prediction, write_predictions
from trainer.scores.definitions import SCORES
from trainer.scores.parts import parts_of
from trainer.scores.sample import as_sample
from trainer.weights import WeightsSource

# Rows of environment.json that the report shows as costs.
COSTS = ("seconds", "peak_memory_mb", "latency_ms")


@dataclass(frozen=True)
class RunStory:
    """Everything that the pages of a run show; sheets of photos if there are any."""

    name: str
    config: RunConfig
    export: Export
    weights: WeightsSource
    history: Sequence[HistoryRow]
    predictions: Sequence[Prediction]
    metrics: Mapping[str, Any]
    environment: Mapping[str, Any]
    model_bytes: int
    sheets: Sequence[Sheet] = ()

    @property
    def arch(self) -> Architecture:
        """The network's row."""
        return find_architecture(self.config.arch)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the detector that was kept, with no path in them."""
        settings = kept_settings(self.config, self.metrics["kept"]["recipe"])
        return settings | {"weights": self.weights.file or self.weights.kind}

    @property
    def kept(self) -> HistoryRow:
        """The epoch whose weights were kept."""
        return kept_row(self.history)

    @property
    def leaks(self) -> list[str]:
        """A sentence on each pair of photos that repeats across splits and was accepted."""
        return self._repeated("split")

    @property
    def fold_leaks(self) -> list[str]:
        """A sentence on each pair that repeats across folds, which the cross-validation has."""
        return self._repeated("fold") if "cross_validation" in self.metrics else []

    def _repeated(self, across: str) -> list[str]:
        sentences = []
        for leak in self.metrics["leaks"]:
            first, second = leak["examples"]
            if first[across] != second[across]:
                sentences.append(
                    f"{first['id']} ({across} {first[across]}) and {second['id']} "
                    f"({across} {second[across]}), {leak['likeness']:.2f} alike"
                )
        return sentences

    @property
    def test(self) -> list[Prediction]:
        """The predictions of the test photos."""
        return [one for one in self.predictions if one.split == "test"]


def write_run(folder: Path, described: Mapping[str, Any], story: RunStory) -> None:
    """Write everything but the model into the folder of a run."""
    write_json(folder / "config.json", described)
    write_json(folder / ENVIRONMENT, story.environment)
    write_history(folder / "history.csv", story.history)
    write_predictions(folder / "predictions.csv", story.predictions)
    write_json(folder / "metrics.json", story.metrics)
    write_report(folder, story)


def write_report(folder: Path, story: RunStory) -> None:
    """Write report.html, which shows no face, and the model card into the folder of a run.

    Where there are sheets, report-with-photos.html is the same page with them.
    """
    content = _content(story)
    page = render("report.html", **content, with_photos=False)
    write_whole(folder / REPORT, page.encode())
    if story.sheets:
        page = render("report.html", **content, with_photos=True)
        write_whole(folder / REPORT_WITH_PHOTOS, page.encode())
    card = render("model_card.md", **content)
    write_whole(folder / MODEL_CARD, card.encode())


def _content(story: RunStory) -> dict[str, Any]:
    scores = story.metrics["splits"]["test"]
    sample = as_sample(story.test, story.metrics["threshold"])
    return {
        "story": story,
        "arch": story.arch,
        "weights": story.weights,
        "export": story.export,
        "counts": count_examples(story.export),
        "sources": Counter(example.source for example in story.export.examples),
        "evidence": Counter(example.evidence for example in story.export.examples),
        "metrics": story.metrics,
        "threshold_from": threshold_from(story.metrics["threshold_chosen"]),
        "diverged": diverged_recipes(story.config, story.metrics["kept"]["tried"]),
        "test": scores,
        "parts": count_parts(story.test),
        "names": SCORES,
        "figures": run_figures(sample, scores, story.history),
        "environment": story.environment,
        "software": {key: value for key, value in story.environment.items() if key not in COSTS},
    }


def count_parts(predictions: Sequence[Prediction]) -> dict[str, dict[str, int]]:
    """Count photos by the columns that are scored apart.

    Values come in an order that means something, which JSON with sorted keys does not keep.
    """
    return {
        column: {value: len(members) for value, members in parts.items()}
        for column, parts in parts_of(predictions).items()
    }


def count_examples(export: Export) -> list[dict[str, Any]]:
    """Count examples by split, label and sex, with the groups they come from."""
    rows = []
    for split in SPLITS:
        examples = export.of_split(split)
        row: dict[str, Any] = {"split": split, "total": len(examples)}
        row |= {label: sum(x.label == label for x in examples) for label in CLASSES}
        row |= {sex: sum(x.sex == sex for x in examples) for sex in SEXES}
        rows.append(row | {"groups": len({x.group for x in examples})})
    return rows
