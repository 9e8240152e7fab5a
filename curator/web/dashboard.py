"""The first page: an annotator's own work, or the study's overview with what blocks photos from export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.messages import translatable
from curator.custody.last_backup import is_overdue, read_last_backup
from curator.exports.eligible import REASONS
from curator.http.terms import LABELS
from curator.queries.overview import (
    Status,
    progress_of_raters,
    shown_agreement_over_time,
    shown_status,
)
from curator.ratings.attributes import SEX
from curator.ratings.settings import read_project
from curator.ratings.statistics import FEWEST
from curator.runs.paper import POSITIVES
from curator.web import steps
from curator.web.current import account, config, sessions
from curator.web.home import home_page
from curator.web.steps import Step

blueprint = Blueprint("dashboard", __name__)

CLASSES = ("positive", "negative")
MOST_SOURCES = 10  # in the table; the others share one row
# The curve's frame in viewBox units, leaving room for labels at the left and below.
LEFT, RIGHT, TOP, BOTTOM = 44, 350, 10, 130

Counted = tuple[str, int, int]  # name, positives, negatives
# Where a blocker is resolved: the button's text, the page's endpoint and its arguments.
Remedy = tuple[str, str, dict[str, Any]]
REMEDIES: dict[str, Remedy] = {
    "no_rating": (translatable("Rate photos"), "annotate.index", {}),
    "too_few_ratings": (translatable("Rate photos"), "annotate.index", {}),
    "disagreement": (translatable("Look again"), "annotate.index", {"queue": "disagreements"}),
    "unsure": (translatable("Look again"), "annotate.index", {"queue": "unsure"}),
    "no_region": (
        translatable("Draw regions"),
        "annotate.index",
        {"queue": "filter", "show": "no_region"},
    ),
}
ADJUDICATE: Remedy = (translatable("Settle them"), "annotate.index", {"queue": "adjudicate"})
# Photos that are meant to stay out, listed after those that still need work.
INTENDED: dict[str, Remedy] = {
    "excluded": (translatable("See them"), "gallery.index", {"show": "excluded"}),
    "copy": (translatable("See them"), "gallery.index", {"show": "copies"}),
}


@dataclass(frozen=True)
class Blocker:
    """A reason why photos are left out, and the button that leads to resolving it."""

    reason: str
    count: int
    action: str = ""
    address: str = ""


@blueprint.get("/")
def index() -> ResponseReturnValue:
    if account().is_bound and not account().is_annotator:  # the overview is of the whole study
        return redirect(url_for("gallery.index"))
    return home_page() if account().is_annotator else _overview()


@blueprint.get("/overview")
def overview() -> ResponseReturnValue:
    """Show annotators the study's overview, which is the first page of everybody else."""
    return _overview() if account().is_annotator else redirect(url_for("dashboard.index"))


def _overview() -> str:
    status = shown_status(sessions())
    trend = shown_agreement_over_time(sessions())
    last = read_last_backup(sessions())
    by_source, other_sources = rows_by_source(status.ready_by_source)
    return render_template(
        "dashboard/index.html",
        status=status,
        steps=_steps(status),
        blockers=list(_blockers(status.left_out)),
        project=read_project(sessions()),
        raters=progress_of_raters(sessions()),
        trend=trend,
        curve=_curve([part.share for part in trend]),
        frame=(LEFT, RIGHT, TOP, BOTTOM),
        by_source=by_source,
        other_sources=other_sources,
        by_attribute=status.ready_by_attribute,
        paper=POSITIVES if _is_of_the_papers_size(status) else {},
        classes=CLASSES,
        labels=LABELS,
        sexes=SEX.names,
        backup=last,
        backup_overdue=account().is_admin and is_overdue(last, config().backup_days),
    )


def _is_of_the_papers_size(status: Status) -> bool:
    """Tell whether there are at least half as many positives: beside fewer, the paper's mean nothing."""
    positives = sum(count for (label, _), count in status.ready.items() if label == CLASSES[0])
    return 2 * positives >= sum(POSITIVES.values())


def _steps(status: Status) -> list[Step]:
    """Return the tasks of those who may do them, most urgent first."""
    ruling = [steps.settle()] if account().may_adjudicate else []
    return [steps.decide_pairs(), steps.rate(), *ruling, steps.export(status.ready_total)]


def _blockers(left_out: dict[str, int]) -> Iterator[Blocker]:
    """Yield the reasons that block most photos first, and those meant to stay out last."""
    for reason in sorted(left_out, key=lambda reason: (reason in INTENDED, -left_out[reason])):
        remedy = _remedy(reason)
        button = (gettext(remedy[0]), url_for(remedy[1], **remedy[2])) if remedy else ()
        yield Blocker(gettext(REASONS[reason]), left_out[reason], *button)


def _remedy(reason: str) -> Remedy | None:
    if reason in INTENDED:
        return INTENDED[reason]
    if not account().may_rate:
        return None
    if reason == "disagreement" and account().may_adjudicate:
        return ADJUDICATE
    return REMEDIES.get(reason)


def rows_by_source(counted: dict[tuple[str, str], int]) -> tuple[list[Counted], list[Counted]]:
    """Return the rows to show, and those to merge, since counts over few photos reveal single ratings."""
    rows = _rows(counted)
    shown = sum(positive + negative >= FEWEST for _, positive, negative in rows[:MOST_SOURCES])
    while shown and 0 < _photos(rows[shown:]) < FEWEST:  # the merged row must not be small either
        shown -= 1
    return rows[:shown], rows[shown:]


def _photos(rows: Sequence[Counted]) -> int:
    return sum(positive + negative for _, positive, negative in rows)


def _rows(counted: dict[tuple[str, str], int]) -> list[Counted]:
    """Return name, positives and negatives, largest first."""
    first, second = CLASSES
    names = {name for name, _ in counted}
    rows = [(name, counted.get((name, first), 0), counted.get((name, second), 0)) for name in names]
    return sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))


def _curve(shares: Sequence[float]) -> list[tuple[float, float]]:
    """Return the points of the curve from left to right in the frame, 100% at the top."""
    step = (RIGHT - LEFT) / max(len(shares) - 1, 1)
    return [
        (round(LEFT + at * step, 1), round(BOTTOM - share * (BOTTOM - TOP), 1))
        for at, share in enumerate(shares)
    ]
