"""The figures of a comparison: all networks on the same test photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.archs import ARCHS
from trainer.report.drawing import FAINT, colour_of, drawn, line_of, unit_square
from trainer.report.figures import (
    draw_chance,
    draw_prevalence,
    draw_reliability,
    precision_recall_line,
    roc_line,
)
from trainer.report.pages import format_score
from trainer.scores.calibration import reliability
from trainer.scores.sample import Sample
from trainer.weights import RANDOM

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Line = Callable[[Sample], tuple[np.ndarray, np.ndarray]]

OVERLAY_INCHES = (4.6, 5.1)
SMALL_INCHES = (2.5, 2.5)


def comparison_figures(
    networks: Sequence[Mapping[str, Any]], samples: Mapping[str, Sample]
) -> dict[str, str]:
    """Draw the forest of F1 and the two curves, the curves where both classes are present.

    Curves of networks that started from random weights are left out if there are others.

    Args:
        networks: rows of comparison.json with a score, best first.
        samples: per network its test predictions.
    """
    height = 0.8 + 0.5 * len(networks)
    found = {"forest": drawn("forest", partial(_draw_forest, rows=networks), (4.6, height))}
    if all(sample.has_both_classes for sample in samples.values()):
        curves = {"precision_recall": _draw_precision_recalls, "roc": _draw_rocs}
        meaningful = [row for row in networks if row["tie"]] or networks
        for name, draw in curves.items():
            draw_all = partial(draw, rows=meaningful, samples=samples)
            found[name] = drawn(name, draw_all, OVERLAY_INCHES)
    return found


def reliability_figures(samples: Mapping[str, Sample]) -> dict[str, str]:
    """Draw one small reliability curve per network."""
    return {
        arch: drawn(
            f"reliability-{arch}",
            partial(draw_reliability, bins=reliability(sample), colour=colour_of(arch), steps=2),
            SMALL_INCHES,
        )
        for arch, sample in samples.items()
    }


def _draw_forest(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw F1 with its interval; a hollow mark is a network that is worse than the best."""
    at = axes.get_yaxis_transform()
    for down, row in enumerate(rows):
        value, interval = row["test"]["f1"], row["test"]["intervals"]["f1"]
        style: dict[str, Any] = {"color": colour_of(row["arch"]), "clip_on": False}
        text = format_score(value)
        if interval:
            axes.plot(interval, [down, down], linewidth=2, **style)
            text += f" ({interval[0]:.2f} to {interval[1]:.2f})"
        face = style["color"] if row["tie"] and row["tie"]["tied"] else "none"
        if value is not None:
            axes.plot(value, down, "o", markerfacecolor=face, markersize=9, **style)
        axes.text(0, down - 0.28, _label(row), transform=at, fontweight="bold", fontsize=10)
        axes.text(1, down - 0.28, text, transform=at, ha="right", fontsize=10)
    if rows[0]["tie"] and rows[0]["test"]["f1"] is not None:
        axes.axvline(rows[0]["test"]["f1"], color=FAINT, linestyle="--", linewidth=1, zorder=0)
    lows = [(row["test"]["intervals"]["f1"] or [row["test"]["f1"] or 0.0])[0] for row in rows]
    least = max(np.floor(min(lows) * 10) / 10, 0.0)
    axes.set(xlabel="F1 with 95% interval", xlim=(least, 1.0), ylim=(len(rows) - 0.5, -0.7))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _label(row: Mapping[str, Any]) -> str:
    name = ARCHS[row["arch"]].keras_name
    return f"{name} (random)" if row["weights"]["kind"] == RANDOM else name


def _draw_precision_recalls(
    axes: Axes, rows: Sequence[Mapping[str, Any]], samples: Mapping[str, Sample]
) -> None:
    draw_prevalence(axes, next(iter(samples.values())))
    _draw_lines(axes, rows, samples, "pr_auc", precision_recall_line)
    unit_square(axes, "Recall", "Precision")


def _draw_rocs(
    axes: Axes, rows: Sequence[Mapping[str, Any]], samples: Mapping[str, Sample]
) -> None:
    draw_chance(axes)
    _draw_lines(axes, rows, samples, "roc_auc", roc_line)
    unit_square(axes, "False positive rate", "Recall")


def _draw_lines(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    samples: Mapping[str, Sample],
    score: str,
    line: Line,
) -> None:
    """Draw one line per network, named in the order of their areas, largest first."""
    for row in sorted(rows, key=lambda row: -row["test"][score]):
        label = f"{format_score(row['test'][score])} {_label(row)}"
        drawn_as = {**line_of(row["arch"]), "label": label, "linewidth": 1.7}
        axes.plot(*line(samples[row["arch"]]), clip_on=False, **drawn_as)
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.15),
        ncols=2,
        fontsize=9,
        title="Area under the curve",
        title_fontsize=9,
        handlelength=3.4,
    )
