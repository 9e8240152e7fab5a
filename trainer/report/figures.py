"""The figures of one run; comparison/figures.py draws those of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.report.drawing import FAINT, FIRST, INK, SECOND, drawn, unit_square
from trainer.runs.history import HistoryRow
from trainer.scores.definitions import weighted_rates
from trainer.scores.sample import Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def run_figures(
    test: Sample, scores: Mapping[str, Any], history: Sequence[HistoryRow]
) -> dict[str, str]:
    """Draw all figures of a run by name; the two curves only if both classes are present.

    Args:
        scores: what metrics.json says of the test split.
    """
    draws = {
        "confusion": partial(_draw_confusion, counts=scores["confusion"]),
        "scores": partial(_draw_scores, sample=test),
        "reliability": partial(draw_reliability, bins=scores["reliability"]),
        "history": partial(_draw_history, history=history),
    }
    if test.has_both_classes:
        curves = {"precision_recall": _draw_precision_recall, "roc": _draw_roc}
        draws |= {name: partial(draw, sample=test) for name, draw in curves.items()}
    return {name: drawn(name, draw) for name, draw in draws.items()}


def precision_recall_line(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Compute the steps of the precision-recall curve: recall and precision.

    Their area is the average precision: each step is as high as the precision at its right end.
    """
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(sample.labels, sample.scores)
    return np.repeat(recall, 2)[1:], np.repeat(precision, 2)[:-1]


def roc_line(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Compute the ROC curve: false positive rate and recall."""
    from sklearn.metrics import roc_curve

    alarms, recall, _ = roc_curve(sample.labels, sample.scores, drop_intermediate=False)
    return alarms, recall


def _draw_precision_recall(axes: Axes, sample: Sample) -> None:
    draw_prevalence(axes, sample)
    axes.plot(*precision_recall_line(sample), color=FIRST, clip_on=False)
    rates = weighted_rates(sample, np.ones((1, len(sample.labels))))
    axes.plot(rates["recall"], rates["precision"], "o", color=INK, markersize=7, clip_on=False)
    unit_square(axes, "Recall", "Precision")


def _draw_roc(axes: Axes, sample: Sample) -> None:
    draw_chance(axes)
    axes.plot(*roc_line(sample), color=FIRST, clip_on=False)
    called, labels = sample.called, sample.labels
    at = called[~labels].mean(), called[labels].mean()
    axes.plot(*at, "o", color=INK, markersize=7, clip_on=False)
    unit_square(axes, "False positive rate", "Recall")


def draw_prevalence(axes: Axes, sample: Sample) -> None:
    """Draw the precision of calling everything positive."""
    axes.axhline(sample.labels.mean(), color=FAINT, linestyle="--", linewidth=1)
    axes.text(0.01, sample.labels.mean() - 0.02, "all called positive", fontsize=9, va="top")


def draw_chance(axes: Axes) -> None:
    """Draw the ROC curve of chance."""
    axes.plot([0, 1], [0, 1], color=FAINT, linestyle="--", linewidth=1)


def draw_reliability(
    axes: Axes, bins: Sequence[Mapping[str, Any]], colour: str = FIRST, steps: int = 4
) -> None:
    """Draw the share of positives in each bin of scores; the larger a dot, the more photos."""
    axes.plot([0, 1], [0, 1], color=FAINT, linestyle="--", linewidth=1)
    filled = [row for row in bins if row["count"]]
    across = [row["mean_score"] for row in filled]
    shares = [row["positive_share"] for row in filled]
    for x, row in zip(across, filled, strict=True):
        if row["interval"]:
            axes.plot([x, x], row["interval"], color=colour, linewidth=1.2, clip_on=False)
    largest = max(row["count"] for row in filled)
    sizes = [20 + 130 * row["count"] / largest for row in filled]
    axes.plot(across, shares, color=colour, linewidth=1, clip_on=False)
    axes.scatter(across, shares, s=sizes, color=colour, clip_on=False, zorder=3)
    unit_square(axes, "Mean score of a bin", "Share of positives", steps)


def _draw_confusion(axes: Axes, counts: Mapping[str, int]) -> None:
    """Draw rows of the raters' label, columns of the detector's call."""
    rows = (
        (counts["true_positive"], counts["false_negative"]),
        (counts["false_positive"], counts["true_negative"]),
    )
    for down, row in enumerate(rows):
        for across, count in enumerate(row):
            share = count / max(sum(row), 1)
            colour = SECOND if down == across else FIRST
            axes.fill_between(
                [across, across + 1],
                *(1 - down, 2 - down),
                color=colour,
                alpha=0.08 + 0.4 * share,
                linewidth=0,
            )
            axes.text(across + 0.5, 1.56 - down, str(count), ha="center", va="center", fontsize=24)
            axes.text(across + 0.5, 1.25 - down, f"{share:.0%} of row", ha="center", fontsize=9)
    axes.set(xlim=(0, 2), ylim=(0, 2), xlabel="Call of the detector", ylabel="Label of the raters")
    axes.set_xticks([0.5, 1.5], ["positive", "negative"])
    axes.set_yticks([1.5, 0.5], ["positive", "negative"], rotation=90, va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _draw_history(axes: Axes, history: Sequence[HistoryRow]) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = np.arange(1, len(history) + 1)
    axes.plot(epochs, [row.loss for row in history], color=SECOND, label="training views")
    axes.plot(epochs, [row.val_loss for row in history], color=FIRST, label="validation")
    for epoch, row in zip(epochs, history, strict=True):
        if row.is_best:
            axes.plot(epoch, row.val_loss, "o", color=FIRST, markersize=8)
    axes.set(xlabel="Epoch (dot: kept)", ylabel="Loss", ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for epoch, (before, after) in zip(epochs, pairwise(history), strict=False):
        if before.phase != after.phase:
            axes.axvline(epoch + 0.5, color=INK, linestyle=":", linewidth=1)
            at = axes.get_xaxis_transform()
            axes.text(epoch + 0.5, 1.01, f"{after.phase} from here", transform=at, fontsize=9)
    axes.legend()


def _draw_scores(axes: Axes, sample: Sample) -> None:
    bins = [step / 20 for step in range(21)]
    parts = [sample.scores[~sample.labels], sample.scores[sample.labels]]
    axes.hist(
        parts,
        bins=bins,
        stacked=True,
        color=[SECOND, FIRST],
        hatch=["", "///"],
        edgecolor=INK,
        linewidth=0.5,
        label=["labelled negative", "labelled positive"],
    )
    for threshold in np.unique(sample.threshold):
        axes.axvline(threshold, color=INK, linestyle="--", linewidth=1)
    axes.set(xlabel="Score (dashed: threshold)", ylabel="Photos", xlim=(0, 1))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
