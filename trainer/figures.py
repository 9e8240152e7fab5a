"""The report's figures as SVG text whose colours follow the page's theme."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.checkpoints import HistoryRow
from trainer.sample import Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# matplotlib wants fixed colours; each stands for a CSS variable that the page defines twice,
# for light and for dark.
INK, FAINT, FIRST, SECOND = "#010101", "#020202", "#030303", "#040404"
VARIABLES = {
    INK: "var(--ink)",
    FAINT: "var(--line)",
    FIRST: "var(--first)",
    SECOND: "var(--second)",
}
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "malar",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
}
SIZE_INCHES = (4.6, 3.5)


def curve_figures(sample: Sample) -> dict[str, str]:
    """Draw the precision-recall and ROC curves; none where only one class is present."""
    if sample.labels.all() or not sample.labels.any():
        return {}
    return {
        "precision_recall": _drawn(_draw_precision_recall, sample),
        "roc": _drawn(_draw_roc, sample),
    }


def history_figure(history: Sequence[HistoryRow]) -> str:
    """Draw the loss of every epoch, with the epoch that was kept."""
    return _drawn(_draw_history, history)


def score_figure(sample: Sample) -> str:
    """Draw how the scores of the two classes are spread."""
    return _drawn(_draw_scores, sample)


def _drawn(draw: Any, content: Any) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        draw(figure.add_subplot(), content)
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _themed(buffer.getvalue(), draw.__name__)


def _themed(svg: str, prefix: str) -> str:
    """Cut the file's head off, let colours follow the page, and keep ids apart."""
    text = svg[svg.index("<svg") :]
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r"url\(#", f"url(#{prefix}-", text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text)
    text = re.sub(r"font: ([^;']*)'[^\"]*", r"font: \1inherit", text)
    return re.sub(r' (width|height)="[0-9.]+pt"', "", text, count=2)


def _draw_precision_recall(axes: Axes, sample: Sample) -> None:
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(sample.labels, sample.scores)
    axes.axhline(sample.labels.mean(), color=FAINT, linestyle="--", linewidth=1)
    axes.plot(recall, precision, color=FIRST, drawstyle="steps-pre")
    _unit_square(axes, "Recall", "Precision")


def _draw_roc(axes: Axes, sample: Sample) -> None:
    from sklearn.metrics import roc_curve

    false_alarms, recall, _ = roc_curve(sample.labels, sample.scores)
    axes.plot([0, 1], [0, 1], color=FAINT, linestyle="--", linewidth=1)
    axes.plot(false_alarms, recall, color=FIRST)
    _unit_square(axes, "False positive rate", "Recall")


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
    axes.legend()


def _draw_scores(axes: Axes, sample: Sample) -> None:
    bins = [step / 20 for step in range(21)]
    parts = [sample.scores[~sample.labels], sample.scores[sample.labels]]
    axes.hist(parts, bins=bins, stacked=True, color=[SECOND, FIRST], label=["negative", "positive"])
    for threshold in np.unique(sample.threshold):
        axes.axvline(threshold, color=INK, linestyle="--", linewidth=1)
    axes.set(xlabel="Score: probability of positive", ylabel="Photos", xlim=(0, 1))
    axes.legend()


def _unit_square(axes: Axes, across: str, up: str) -> None:
    axes.set(xlabel=across, ylabel=up, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
