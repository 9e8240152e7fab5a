"""Writes report.html: one page with everything a reader needs, asking no other machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trainer.archs import find_architecture
from trainer.checkpoints import HistoryRow
from trainer.config import RunConfig, as_settings
from trainer.figures import curve_figures, history_figure, score_figure
from trainer.manifest import CLASSES, SEXES, SPLITS, Export
from trainer.prediction_table import Prediction
from trainer.sample import as_sample
from trainer.scores import SCORES
from trainer.weights import WeightsSource

TITLES = {
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "accuracy": "Accuracy",
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "macro_f1": "Macro F1",
    "sensitivity_at_specificity": "Sensitivity at specificity 0.90",
    "brier": "Brier score",
    "ece": "Calibration error",
}


def write_report(
    file: Path,
    config: RunConfig,
    export: Export,
    weights: WeightsSource,
    history: Sequence[HistoryRow],
    predictions: Sequence[Prediction],
    metrics: dict[str, Any],
    environment: dict[str, Any],
) -> None:
    """Render the report of a run."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    jinja = Environment(loader=PackageLoader("trainer"), autoescape=True, undefined=StrictUndefined)
    jinja.filters["score"] = format_score
    jinja.filters["interval"] = format_interval
    page = jinja.get_template("report.html").render(
        arch=find_architecture(config.arch),
        settings=as_settings(config) | {"weights": weights.file or weights.kind},
        weights=weights,
        export=export,
        counts=count_examples(export),
        metrics=metrics,
        test=metrics["splits"]["test"],
        titles=TITLES,
        names=SCORES,
        figures=draw_figures(history, predictions, metrics["threshold"]),
        epochs=len(history),
        kept=[row for row in history if row.is_best][-1],
        environment=environment,
    )
    file.write_text(page, encoding="utf-8")


def draw_figures(
    history: Sequence[HistoryRow], predictions: Sequence[Prediction], threshold: float
) -> dict[str, str]:
    """Draw all figures: learning curve, and scores and curves of the test split."""
    test = as_sample([p for p in predictions if p.split == "test"], threshold)
    return {
        "history": history_figure(history),
        "scores": score_figure(test),
        **curve_figures(test),
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


def format_score(value: float | None) -> str:
    """Write a score with three decimals, or say that there is none."""
    return "not defined" if value is None else f"{value:.3f}"


def format_interval(interval: list[float] | None) -> str:
    """Write an interval, or say that there is none."""
    return "not estimable" if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}"
