"""A rating or ruling as it is sent and shown."""

from datetime import datetime
from typing import Any

import marshmallow as ma

from curator.api.fields import Code, Flag, Moment, Points, Schema, Seconds, Text, Values
from curator.base.reasons import LONGEST_REASON
from curator.http.terms import LABELS
from curator.ratings.assessments import Assessment
from curator.ratings.origins import ACCEPTED, COPIED, DRAWN, EDITED
from curator.ratings.provenance import LONGEST_S, Provenance
from curator.ratings.words import Word

REGION = [[0.3, 0.4], [0.7, 0.4], [0.6, 0.7], [0.4, 0.7]]
EXAMPLE = {
    "label": "positive",
    "values": {"sex": "female", "evidence": "visual"},
    "region": REGION,
    "origin": DRAWN,
    "active_s": 12.5,
}


class SuggestionSchema(Schema):
    """The region found by a network; null if no face was found or the study withholds it."""

    region = Points(required=True)
    eyes = Points(least=2, most=2, required=True, metadata={"description": "Both pupils."})
    faces = ma.fields.Integer(required=True, metadata={"description": "How many were found."})


class RatingGivenSchema(Schema):
    """A rating or ruling to save; it replaces the one before as a whole."""

    label = Code(tuple(LABELS), required=True)
    values = Values(
        load_default=dict, metadata={"description": "An attribute that is missing has its default."}
    )
    region = Points(load_default="")
    note = Text(load_default="")
    over_eyes = Flag(
        load_default=False, metadata={"description": "Insist on a region that reaches the eyes."}
    )
    origin = Code(
        (ACCEPTED, EDITED, DRAWN, COPIED),
        metadata={"description": "Where the region is from, as far as the server cannot tell."},
    )
    active_s = Seconds(
        LONGEST_S, metadata={"description": "Seconds that the rater looked at the photo."}
    )
    source_shown = Flag(
        load_default=False,
        metadata={"description": "The rater knew where the photo is from, perhaps by a filter."},
    )


class RulingGivenSchema(RatingGivenSchema):
    """A ruling to save; a change of one that stands says why."""

    reason = Text(
        most=LONGEST_REASON,
        load_default="",
        metadata={"description": "Why the ruling changes, in one line: required where one stands."},
    )


class RatingSchema(Schema):
    """A rating or ruling as it is stored."""

    photo = ma.fields.Integer(required=True)
    label = ma.fields.String(required=True)
    values = Values(required=True)
    region = Points(required=True)
    note = ma.fields.String(required=True)
    over_eyes = ma.fields.Boolean(required=True)
    origin = ma.fields.String(required=True)
    active_s = ma.fields.Float(required=True, allow_none=True)
    source_shown = ma.fields.Boolean(required=True, allow_none=True)
    version = ma.fields.Integer(
        required=True, metadata={"description": "0 where it was given on a copy of the photo."}
    )
    saved_at = Moment(required=True)
    given_on = ma.fields.Integer(
        required=True,
        metadata={"description": "The photo that was rated: this one or a copy of it."},
    )


class AuthoredSchema(RatingSchema):
    """A rating or ruling, and whose it is."""

    by = ma.fields.String(required=True)


def assessment_given(given: dict[str, Any]) -> Assessment:
    shown = True if given["source_shown"] else None
    return Assessment(
        label=given["label"],
        values=given["values"],
        region=given["region"] or "",
        note=given["note"],
        over_eyes=given["over_eyes"],
        provenance=Provenance(given.get("origin", ""), given.get("active_s"), shown),
    )


def of_word(photo_id: int, word: Word) -> dict[str, Any]:
    return of_assessment(
        photo_id, word.assessment, word.version, word.saved_at, given_on=word.given_on
    )


def of_assessment(
    photo_id: int, assessment: Assessment, version: int, saved_at: datetime, *, given_on: int
) -> dict[str, Any]:
    return {
        "photo": photo_id,
        **vars(assessment),
        **vars(assessment.provenance),
        "version": version,
        "saved_at": saved_at,
        "given_on": given_on,
    }
