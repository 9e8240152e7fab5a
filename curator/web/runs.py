"""Runs: their scores next to the paper's, and each run's wrong predictions, which may be label errors."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from curator.base.messages import translatable
from curator.http.language import translated
from curator.queries.examples import VisibleExample, examples_visible_to, photos_of_examples
from curator.runs.folders import (
    DEGENERATE,
    MEASURES,
    Run,
    find_run,
    list_runs,
    model_card,
    report,
)
from curator.runs.paper import TABLE
from curator.runs.predictions import Prediction, is_cross_validated, wrong_predictions
from curator.web.current import account, config, sessions

blueprint = Blueprint("runs", __name__)

PAGE_SIZE = 60
TITLES = {
    "precision": translatable("Precision"),
    "recall": translatable("Recall"),
    "f1": translatable("F1"),
}
WEIGHTS = {
    "imagenet": translatable("ImageNet"),
    "file": translatable("a weights file"),
    "none": translatable("random weights"),
}
SPLITS = {
    "test": translatable("Test"),
    "val": translatable("Validation"),
    "train": translatable("Training"),
}
KINDS = {
    "false_positive": translatable("False positives"),
    "false_negative": translatable("False negatives"),
}
# The trainer's page has inline styles and figures, and needs neither scripts nor other hosts.
REPORT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
)


def _by_name(run: Run) -> tuple[str, str]:
    return run.network, run.name


def _best_first(run: Run) -> tuple[bool, float]:
    return run.f1 is None, -(run.f1 or 0)


# Runs arrive newest first; the stable sort keeps that order among equals.
SORTS: dict[str, Callable[[Run], Any]] = {
    "date": lambda _run: 0,
    "network": _by_name,
    "f1": _best_first,
}


@dataclass(frozen=True)
class Wrong:
    """The selected wrong predictions: those to show, and how many are withheld, by reason."""

    shown: tuple[tuple[Prediction, VisibleExample], ...]
    unrated: int
    gone: int


@blueprint.get("/runs")
def index() -> ResponseReturnValue:
    sort = request.args.get("sort", "date")
    sort = sort if sort in SORTS else "date"
    whole, broken = list_runs(config())
    return render_template(
        "runs/index.html",
        runs=sorted(whole, key=SORTS[sort]),
        broken=[(one.name, translated(one.error)) for one in broken],
        sort=sort,
        newest=_newest_of_each(whole),
        paper=TABLE,
        measures=MEASURES,
        titles=TITLES,
        weights=WEIGHTS,
        degenerate=DEGENERATE,
    )


@blueprint.get("/runs/<name>")
def run(name: str) -> ResponseReturnValue:
    found = find_run(config(), name)
    split, kind = request.args.get("split", ""), request.args.get("kind", "")
    wrong = _wrong(found, split, kind)
    start = max(request.args.get("start", 0, type=int), 0)
    return render_template(
        "runs/run.html",
        run=found,
        wrong=wrong,
        page=wrong.shown[start : start + PAGE_SIZE],
        start=start,
        page_size=PAGE_SIZE,
        split=split,
        kind=kind,
        splits=SPLITS,
        kinds=KINDS,
        degenerate=DEGENERATE,
        paper=TABLE.get(found.network),
        measures=MEASURES,
        titles=TITLES,
        finds_label_errors=find_spec("cleanlab") is not None,
        cross_validated=is_cross_validated(found),
    )


@blueprint.get("/runs/<name>/report")
def trainers_report(name: str) -> Response:
    response = Response(report(find_run(config(), name)), mimetype="text/html")
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    return response


@blueprint.get("/runs/<name>/model_card.md")
def trainers_model_card(name: str) -> Response:
    return Response(model_card(find_run(config(), name)), mimetype="text/plain")


def _newest_of_each(runs: tuple[Run, ...]) -> dict[str, Run]:
    """Return the newest run of each of the paper's networks, omitting those whose scores mean nothing."""
    comparable = (run for run in reversed(runs) if run.network in TABLE and not run.is_meaningless)
    return {run.network: run for run in comparable}


def _wrong(run: Run, split: str, kind: str) -> Wrong:
    asked = [one for one in wrong_predictions(run) if split in ("", one.split)]
    ids = [one.id for one in asked]
    existing = photos_of_examples(sessions(), ids)
    visible = examples_visible_to(sessions(), ids, account().id)
    return Wrong(
        shown=tuple(
            (one, visible[one.id])
            for one in asked
            if one.id in visible and one.is_among(split, kind)
        ),
        # Counted over both kinds: a count of one kind would reveal others' ratings.
        unrated=len(existing) - len(visible),
        gone=len(ids) - len(existing),
    )
