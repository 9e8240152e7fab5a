"""Runs of the trainer, as their folders tell."""

from typing import Any

import marshmallow as ma

from curator.api.blueprint import operation
from curator.api.cursors import PageQuery, TextCursor, page, page_of
from curator.api.fields import Moment, Schema
from curator.http.current import config
from curator.runs import folders
from curator.runs.folders import Run


class IntervalSchema(Schema):
    """A measure with its 95% interval; null where it is not defined."""

    value = ma.fields.Float(required=True, allow_none=True)
    interval = ma.fields.List(
        ma.fields.Float(),
        required=True,
        allow_none=True,
        metadata={"description": "The bounds of its 95% interval."},
    )


class ConfusionSchema(Schema):
    """Photos by their label and the prediction."""

    true_positive = ma.fields.Integer(required=True)
    false_negative = ma.fields.Integer(required=True)
    false_positive = ma.fields.Integer(required=True)
    true_negative = ma.fields.Integer(required=True)


class ScoresSchema(Schema):
    """The scores on one split."""

    photos = ma.fields.Integer(required=True)
    measures = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Nested(IntervalSchema), required=True
    )
    confusion = ma.fields.Nested(ConfusionSchema, required=True)


class RunSchema(Schema):
    """A finished run of the trainer."""

    name = ma.fields.String(required=True)
    finished_at = Moment(required=True)
    network = ma.fields.String(required=True)
    weights = ma.fields.String(
        required=True,
        metadata={"description": "What the network started from: imagenet, file or none."},
    )
    export = ma.fields.String(required=True)
    settings = ma.fields.Dict(keys=ma.fields.String(), required=True)
    threshold = ma.fields.Float(required=True)
    threshold_chosen = ma.fields.Boolean(
        required=True,
        metadata={"description": "False where the validation photos are all of one class."},
    )
    degenerate = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "How the detector fails; its scores mean nothing then."},
    )
    splits = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Nested(ScoresSchema), required=True
    )
    has_report = ma.fields.Boolean(required=True)


class RunsQuery(PageQuery):
    cursor = TextCursor()


@operation("GET", "/runs", tag="runs", query=RunsQuery, answer=page_of(RunSchema, "Runs"))
def list_runs(query: dict[str, Any]) -> dict[str, Any]:
    """List finished runs, newest first; folders that cannot be read are left out."""
    runs, _broken = folders.list_runs(config())
    size, before = query["limit"], query.get("cursor", "")
    older = [run for run in runs if not before or _place(run) < before]
    return page(older[: size + 1], size, _place)


@operation("GET", "/runs/<name>", tag="runs", answer=RunSchema, refuses=(422,))
def show_run(name: str) -> Run:
    """Show one run; 422 if its folder cannot be read."""
    return folders.find_run(config(), name)


def _place(run: Run) -> str:
    """Return what sorts runs as they are listed."""
    return f"{run.finished_at.isoformat(timespec='microseconds')} {run.name}"
