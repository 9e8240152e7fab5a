"""Exports: made, listed, and sent as a zip file."""

from typing import Any

import marshmallow as ma
from flask import request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Response

from curator.api.blueprint import operation
from curator.api.cursors import PageQuery, page, page_of
from curator.api.fields import Code, Moment, Schema, Whole
from curator.base.consent import SCOPES
from curator.exports.exporting import export_dataset
from curator.exports.formats import SERVED
from curator.exports.manifest import Settings
from curator.exports.splits import SPLITS
from curator.http.current import account, config, sessions
from curator.http.downloads import export_sent
from curator.http.language import translated
from curator.queries import records
from curator.queries.records import ExportRow
from curator.ratings.attributes import EVIDENCE

MOST_SEED = 999_999_999
MOST_FOLDS = 1000


class RatiosSchema(Schema):
    """Percentages of the splits."""

    train = Whole(1, 100, required=True)
    val = Whole(0, 100, required=True)
    test = Whole(0, 100, required=True)


class ExportGivenSchema(Schema):
    """How an export is made; what is left out gets its default."""

    ratios = ma.fields.Nested(
        RatiosSchema, metadata={"description": "Percentages that add up to 100."}
    )
    folds = Whole(2, MOST_FOLDS, load_default=Settings.folds)
    seed = Whole(0, MOST_SEED, load_default=Settings.seed)
    crop = Code(("mask", "box"), load_default=Settings.crop)
    min_evidence = Code(EVIDENCE.codes, load_default=Settings.min_evidence)
    consent = Code(
        ("", *SCOPES),
        load_default=Settings.consent,
        metadata={"description": "What consent must cover; empty demands none."},
    )
    format = Code(tuple(form.code for form in SERVED), load_default=Settings.format)


class ExportSchema(Schema):
    """An export."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    path = ma.fields.String(required=True, metadata={"description": "On the server."})
    content_hash = ma.fields.String(required=True)
    photos = ma.fields.Integer(required=True)
    counts = ma.fields.Dict(
        keys=ma.fields.String(), required=True, metadata={"description": "By split and label."}
    )
    crop = ma.fields.String(required=True)
    format = ma.fields.String(required=True)
    left_out = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        required=True,
        metadata={"description": "Photos by the reason why they are not in it."},
    )
    created_by = ma.fields.String(required=True)
    created_at = Moment(required=True)


class WayOutSchema(Schema):
    """What another seed would bring: it takes in the photos left out for joined groups."""

    seed = ma.fields.Integer(required=True)
    taken_in = ma.fields.Integer(required=True, metadata={"description": "Photos left out now."})
    assigned = ma.fields.Integer(
        required=True, metadata={"description": "Photos that have a split by the seed used now."}
    )
    moved = ma.fields.Integer(
        required=True, metadata={"description": "Those of them that would change their split."}
    )
    tested = ma.fields.Integer(
        required=True, metadata={"description": "Those that would leave the test split."}
    )


class ExportMadeSchema(ExportSchema):
    """An export just made, with what to know about it."""

    warnings = ma.fields.List(ma.fields.String(), required=True)
    way_out = ma.fields.Nested(WayOutSchema, required=True, allow_none=True)
    not_stated = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "Facts that the study is expected to state and does not."},
    )


@operation(
    "GET", "/exports", tag="exports", query=PageQuery, answer=page_of(ExportSchema, "Exports")
)
def list_exports(query: dict[str, Any]) -> dict[str, Any]:
    """List exports, newest first."""
    size, folder = query["limit"], config().instance
    found = records.exports(sessions(), folder, before=query.get("cursor", 0), limit=size + 1)
    return page(found, size, lambda one: one.id)


@operation(
    "POST",
    "/exports",
    tag="exports",
    body=ExportGivenSchema,
    example={"seed": 1},
    status=201,
    answer=ExportMadeSchema,
    refuses=(409,),
)
def make_export(given: dict[str, Any]) -> dict[str, Any]:
    """Make an export; it is answered when it is finished. 409 if there is nothing to export."""
    result = export_dataset(sessions(), config(), _settings(given), actor=account().name)
    made = records.export_with(sessions(), config().instance, result.content_hash)
    return {
        **vars(made),
        "warnings": [translated(warning) for warning in result.warnings],
        "way_out": result.way_out,
        "not_stated": result.not_stated,
    }


@operation("GET", "/exports/<int:export_id>", tag="exports", answer=ExportSchema)
def show_export(export_id: int) -> ExportRow:
    """Show one export."""
    return records.export_row(sessions(), config().instance, export_id)


@operation(
    "GET",
    "/exports/<int:export_id>/download",
    tag="exports",
    sends="application/zip",
    refuses=(409,),
)
def download_export(export_id: int) -> Response:
    """Download an export as a zip file that is made while it is sent; the download is recorded."""
    if request.method == "HEAD":  # it would be recorded
        raise MethodNotAllowed(["GET"])
    return export_sent(export_id)


def _settings(given: dict[str, Any]) -> Settings:
    ratios = given.pop("ratios", None)
    given |= {"ratios": tuple(ratios[split] for split in SPLITS)} if ratios else {}
    return Settings(
        **given, fill_grey=config().export_fill_grey, max_side_px=config().export_max_side_px
    )
