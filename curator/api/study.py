"""What the study records of a photo, and the rules that raters work by."""

from typing import Any

import marshmallow as ma

from curator.api.blueprint import operation
from curator.api.fields import Name, Schema
from curator.http.current import sessions
from curator.http.terms import LABELS
from curator.photos.reasons import REASONS
from curator.ratings.attributes import attributes
from curator.ratings.settings import read_project


class ValueSchema(Schema):
    code = ma.fields.String(required=True)
    name = Name(required=True)


class AttributeValueSchema(ValueSchema):
    rests_on_source = ma.fields.Boolean(required=True)


class AttributeSchema(ValueSchema):
    values = ma.fields.List(ma.fields.Nested(AttributeValueSchema), required=True)
    default = ma.fields.String(required=True)
    without = ma.fields.String(required=True, data_key="unknown", attribute="unknown")
    is_required = ma.fields.Boolean(required=True)
    is_multiple = ma.fields.Boolean(required=True)


class ReasonSchema(Schema):
    reason = ma.fields.String(required=True)
    name = Name(required=True)
    scope = ma.fields.String(required=True)


class StudySchema(Schema):
    raters_needed = ma.fields.Integer(required=True)
    agreed_overlap = ma.fields.Float(required=True)
    withheld_share = ma.fields.Float(required=True)
    show_sources = ma.fields.Boolean(required=True)
    labels = ma.fields.List(ma.fields.Nested(ValueSchema), required=True)
    attributes = ma.fields.List(ma.fields.Nested(AttributeSchema), required=True)
    exclusion_reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)


@operation("GET", "/study", tag="study", answer=StudySchema)
def show_study() -> dict[str, Any]:
    """Show the study's labels, attributes, reasons for exclusion and settings."""
    project = read_project(sessions())
    return {
        "raters_needed": project.raters_needed,
        "agreed_overlap": project.agreed_overlap,
        "withheld_share": project.withheld_share,
        "show_sources": project.show_sources,
        "labels": [{"code": code, "name": name} for code, name in LABELS.items()],
        "attributes": attributes(),
        "exclusion_reasons": [
            {"reason": str(one.text), "name": one.text, "scope": one.scope.value} for one in REASONS
        ],
    }
