"""Agreement of the raters over the collection, as the page shows it."""

from typing import Any

import marshmallow as ma

from curator.api.blueprint import operation
from curator.api.fields import Name, Schema
from curator.http.current import sessions
from curator.queries.agreement import shown_agreement, shown_changed_labels, shown_source_use


class EstimateSchema(Schema):
    """A statistic with its 95% interval, or the problem that prevents it."""

    photos = ma.fields.Integer(required=True)
    value = ma.fields.Float(required=True, allow_none=True)
    low = ma.fields.Float(required=True, allow_none=True)
    high = ma.fields.Float(required=True, allow_none=True)
    problem = Name(required=True)


class AgreedSchema(Schema):
    """`beyond_chance` is kappa for two raters, else alpha; `table` is empty where it could tell a rating."""

    share = ma.fields.Nested(EstimateSchema, required=True)
    beyond_chance = ma.fields.Nested(EstimateSchema, required=True)
    table = ma.fields.List(
        ma.fields.List(ma.fields.Integer()),
        required=True,
        metadata={
            "description": "Photos by the values of the first rater, in rows, and of the second."
        },
    )


class OverlapsSchema(Schema):
    """Intersection over union of regions."""

    mean = ma.fields.Nested(EstimateSchema, required=True)
    median = ma.fields.Nested(EstimateSchema, required=True)
    agreed = ma.fields.Nested(EstimateSchema, required=True)
    both_accepted = ma.fields.Integer(
        required=True,
        metadata={
            "description": "Photos on which two raters took the suggestion as it was; they do not count."
        },
    )


class ComparedSchema(Schema):
    photos = ma.fields.Integer(required=True)
    label = ma.fields.Nested(AgreedSchema, required=True)
    attributes = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Nested(AgreedSchema), required=True
    )
    regions = ma.fields.Nested(OverlapsSchema, required=True)


class RaterAgreementSchema(ComparedSchema):
    """Agreement of one rater with another, or with all others."""

    first = ma.fields.String(required=True)
    second = ma.fields.String(required=True, metadata={"description": "Empty: all other raters."})


class SourceUseSchema(Schema):
    """Ratings by whether the rater could see where the photo was found.

    `by_sight_shown` saw it, though their evidence is the photo alone.
    """

    ratings = ma.fields.Integer(required=True)
    shown = ma.fields.Integer(required=True)
    hidden = ma.fields.Integer(required=True)
    not_recorded = ma.fields.Integer(required=True)
    by_sight_shown = ma.fields.Integer(required=True)


class AgreementSchema(ComparedSchema):
    """Agreement of all raters on the photos that two or more rated."""

    regions_by_origin = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Nested(OverlapsSchema), required=True
    )
    pairs = ma.fields.List(ma.fields.Nested(RaterAgreementSchema), required=True)
    raters = ma.fields.List(ma.fields.Nested(RaterAgreementSchema), required=True)
    sources = ma.fields.Nested(SourceUseSchema, required=True)
    labels_changed = ma.fields.Integer(
        required=True,
        metadata={"description": "Ratings whose label is not the one that was saved first."},
    )


@operation("GET", "/agreement", tag="agreement", answer=AgreementSchema)
def show_agreement() -> dict[str, Any]:
    """Show how far raters agree: over their first ratings, and never anyone's rating of one photo."""
    return {
        **vars(shown_agreement(sessions())),
        "sources": shown_source_use(sessions()),
        "labels_changed": shown_changed_labels(sessions()),
    }
