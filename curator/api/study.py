"""What the study records of a photo, and the rules that raters work by."""

from typing import Any

import marshmallow as ma

from curator.api.blueprint import operation
from curator.api.fields import Name, Schema
from curator.base.frozen import read_frozen_state
from curator.http.current import sessions
from curator.http.terms import LABELS
from curator.photos.reasons import REASONS
from curator.ratings.attributes import attributes
from curator.ratings.settings import read_project


class ValueSchema(Schema):
    """A value, and its name in the language of the request."""

    code = ma.fields.String(required=True)
    name = Name(required=True)


class AttributeValueSchema(ValueSchema):
    """A value of an attribute."""

    rests_on_source = ma.fields.Boolean(
        required=True,
        metadata={"description": "It is known from where the photo was found, not from the photo."},
    )


class AttributeSchema(ValueSchema):
    """An attribute that raters record of a photo."""

    values = ma.fields.List(ma.fields.Nested(AttributeValueSchema), required=True)
    default = ma.fields.String(
        required=True, metadata={"description": "The value where none is given."}
    )
    without = ma.fields.String(required=True, data_key="unknown", attribute="unknown")
    is_required = ma.fields.Boolean(required=True)
    is_multiple = ma.fields.Boolean(
        required=True, metadata={"description": "A photo may have several values, sent as a list."}
    )


class ReasonSchema(Schema):
    """A usual reason why photos are excluded."""

    reason = ma.fields.String(required=True)
    name = Name(required=True)
    scope = ma.fields.String(
        required=True,
        metadata={"description": "What is excluded with the photo: content, person or file."},
    )


class StudySchema(Schema):
    """What raters record, and the rules that they work by."""

    raters_needed = ma.fields.Integer(
        required=True, metadata={"description": "How many raters a photo needs."}
    )
    agreed_overlap = ma.fields.Float(
        required=True,
        metadata={"description": "Intersection over union from which two regions agree."},
    )
    withheld_share = ma.fields.Float(
        required=True,
        metadata={"description": "Share of photos that are rated without a suggested region."},
    )
    show_sources = ma.fields.Boolean(
        required=True,
        metadata={
            "description": "Whether raters see where a photo was found before they have rated it."
        },
    )
    frozen_as = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The freeze that makes the study read-only; null if there is none."
        },
    )
    labels = ma.fields.List(ma.fields.Nested(ValueSchema), required=True)
    attributes = ma.fields.List(ma.fields.Nested(AttributeSchema), required=True)
    exclusion_reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)


@operation("GET", "/study", tag="study", answer=StudySchema)
def show_study() -> dict[str, Any]:
    """Show the study's labels, attributes, reasons for exclusion and settings."""
    project, frozen = read_project(sessions()), read_frozen_state(sessions())
    return {
        "raters_needed": project.raters_needed,
        "agreed_overlap": project.agreed_overlap,
        "withheld_share": project.withheld_share,
        "show_sources": project.show_sources,
        "frozen_as": frozen.name if frozen else None,
        "labels": [{"code": code, "name": name} for code, name in LABELS.items()],
        "attributes": attributes(),
        "exclusion_reasons": [
            {"reason": str(one.text), "name": one.text, "scope": one.scope.value} for one in REASONS
        ],
    }
