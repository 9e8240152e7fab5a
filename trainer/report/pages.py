"""Renders the trainer's pages and formats their numbers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import mean, stdev
from typing import Any

from markupsafe import Markup, escape

from trainer.scores.parts import key_of, title_of
from trainer.words import number_of

TITLES = {
    "f1": "F1",
    "precision": "Precision",
    "recall": "Recall",
    "macro_f1": "Macro F1",
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "sensitivity_at_specificity": "Sensitivity at specificity 0.90",
    "accuracy": "Accuracy",
    "brier": "Brier score",
    "ece": "Calibration error (ECE)",
}


def render(template: str, **content: Any) -> str:
    """Render a template of trainer/templates; inserted text is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    jinja = Environment(
        loader=PackageLoader("trainer"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters |= {
        "counted": format_counts,
        "number_of": number_of,
        "score": format_score,
        "interval": format_interval,
        "spread": spread,
        "cell": format_cell,
        "moment": format_moment,
    }
    jinja.globals |= {"titles": TITLES, "key_of": key_of, "title_of": title_of, "listed": listed}
    return jinja.get_template(template).render(**content)


def listed(columns: Iterable[str]) -> str:
    """Name columns in a sentence: `sex, evidence and source`."""
    *first, last = map(title_of, columns)
    return f"{', '.join(first)} and {last}" if first else last


def format_counts(counts: Mapping[str, int], without: Sequence[str] = ()) -> str:
    """Return counts as text, leaving out zeros and what is named."""
    shown = {name: count for name, count in counts.items() if count and name not in without}
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in shown.items()) or "none"


def format_score(value: float | None) -> str:
    """Format a score with three decimals, or say that it is not defined."""
    return "not defined" if value is None else f"{value:.3f}"


def threshold_from(is_chosen: bool) -> str:
    """Say where a threshold comes from."""
    if is_chosen:
        return "chosen on the validation split"
    return "not chosen: the validation split has photos of one class only"


def format_moment(moment: str) -> str:
    """Format a time stamp, in UTC."""
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"


def format_interval(interval: list[float] | None) -> str:
    """Format an interval, or say that it is not estimable."""
    return "not estimable" if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}"


def spread(rows: Iterable[Mapping[str, Any]], name: str) -> str:
    """Format the mean of a score over repetitions, with its standard deviation."""
    values = [row[name] for row in rows]
    if None in values or not values:
        return "not defined"
    deviation = f" ± {stdev(values):.3f}" if len(values) > 1 else ""
    return f"{mean(values):.3f}{deviation}"


def format_cell(text: object) -> Markup:
    """Format text for a cell of a Markdown table, which a bar or a line break would end."""
    return escape(" ".join(str(text).split())).replace("|", "\\|")
