"""Photos: listed and filtered, one with its facts, its picture; excluded and included again."""

from typing import Any

import marshmallow as ma
from flask import Response

from curator.api.blueprint import operation
from curator.api.cursors import PageQuery, as_text, page_of
from curator.api.fields import Code, Day, Moment, QueryNumber, Schema, Text, Whole
from curator.api.problems import problem_of
from curator.api.rating_schemas import RatingSchema, SuggestionSchema, of_word
from curator.base.errors import InputInvalid, ReachUnconfirmed
from curator.base.reach import Scope
from curator.http.current import account, config, sessions
from curator.http.limits import LONGEST_SOURCE
from curator.http.terms import LABELS, SCOPES
from curator.photos.exclusion import exclude_photos
from curator.photos.previews import preview_bytes
from curator.photos.reasons import scope_of
from curator.queries.exclusions import kept_instead, reach, still_excluded
from curator.queries.facts import PhotoFacts, photo_facts
from curator.queries.gallery import gallery_page
from curator.queries.photos import photo_file, photo_to_rate
from curator.ratings import sources
from curator.ratings.attributes import attributes
from curator.ratings.filter import COLOURS, LONGEST_PART, SHOWN, Filter, require_allowed

MOST_CONFIRMED = 10_000
SIZES = {"thumbnail": "thumbnail_px", "display": "display_px", "closeup": "closeup_px"}


class FilterSchema(PageQuery):
    """As the gallery filters; label and attributes are those of the account's own rating."""

    show = Code(
        SHOWN,
        load_default="all",
        metadata={"description": "`disagree` and `ready` are for adjudicators."},
    )
    label = Code(tuple(LABELS))
    source = Text(most=LONGEST_SOURCE)
    batch = QueryNumber(1)
    person = Text(most=64)
    name = Text(most=LONGEST_PART, metadata={"description": "A part of the file's name."})
    colours = Code(
        tuple(COLOURS),
        metadata={"description": "Unclear ones, or such as earlier versions read otherwise."},
    )


class ListedPhotoSchema(Schema):
    """A photo of a list."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Null while its source is hidden."}
    )
    copy_of = ma.fields.Integer(required=True, allow_none=True)
    excluded_reason = ma.fields.String(required=True, allow_none=True)
    excluded_with = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The photo with which it is excluded."},
    )
    own_label = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The label of the account's own rating."},
    )


class ExclusionSchema(Schema):
    """Why a photo is excluded."""

    reason = ma.fields.String(required=True)
    scope = ma.fields.String(required=True)
    origin = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The photo with which it is excluded; null if by itself."},
    )


class ColoursSchema(Schema):
    """What the colours of a file were taken for."""

    source = ma.fields.String(required=True)
    space = ma.fields.String(required=True)
    doubt = ma.fields.String(
        required=True, metadata={"description": "Empty if the file is clear about its colours."}
    )
    read_otherwise = ma.fields.Boolean(
        required=True,
        metadata={"description": "Earlier versions read other colours: older ratings saw those."},
    )


class PairOfPhotoSchema(Schema):
    """A pair that a photo is in."""

    id = ma.fields.Integer(required=True)
    other = ma.fields.Integer(required=True)
    decision = ma.fields.String(required=True, metadata={"description": "Empty while it waits."})
    decided_by = ma.fields.String(required=True)


class ExportNamedSchema(Schema):
    """An export that holds a photo."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    created_at = Moment(required=True)


class PhotoSchema(Schema):
    """Where the photo was found is empty unless `source_shown`; `exports` null until it is rated."""

    id = ma.fields.Integer(required=True)
    names = ma.fields.List(ma.fields.String(), required=True)
    width_px = ma.fields.Integer(required=True)
    height_px = ma.fields.Integer(required=True)
    size_bytes = ma.fields.Integer(required=True)
    format = ma.fields.String(required=True)
    colours = ma.fields.Nested(ColoursSchema, required=True)
    source = ma.fields.String(required=True)
    post_url = ma.fields.String(required=True)
    caption = ma.fields.String(required=True)
    collected_on = Day(required=True, allow_none=True)
    collector = ma.fields.String(required=True)
    added_at = Moment(required=True)
    batch = ma.fields.Integer(required=True)
    person = ma.fields.String(required=True, metadata={"description": "A code, empty if none."})
    same_person = ma.fields.List(ma.fields.Integer(), required=True)
    copy_of = ma.fields.Integer(required=True, allow_none=True)
    copies = ma.fields.List(ma.fields.Integer(), required=True)
    exclusion = ma.fields.Nested(ExclusionSchema, required=True, allow_none=True)
    pairs = ma.fields.List(ma.fields.Nested(PairOfPhotoSchema), required=True)
    exports = ma.fields.List(ma.fields.Nested(ExportNamedSchema), required=True, allow_none=True)
    source_shown = ma.fields.Boolean(required=True)
    suggestion = ma.fields.Nested(SuggestionSchema, required=True, allow_none=True)
    rating = ma.fields.Nested(RatingSchema, required=True, allow_none=True)


class PictureQuery(Schema):
    size = Code(tuple(SIZES), load_default="display")


class ExclusionGivenSchema(Schema):
    """Why a photo is to be excluded, and what else that reaches."""

    reason = Text(
        least=1,
        required=True,
        metadata={"example": "several faces", "pattern": r"^[^\u0000]*\S[^\u0000]*$"},
    )
    scope = Code(
        tuple(SCOPES),
        metadata={"description": "Of a reason of one's own; a known one says it itself."},
    )
    confirmed = ma.fields.List(
        Whole(1),
        load_default=list,
        validate=ma.validate.Length(max=MOST_CONFIRMED),
        metadata={"description": "The other photos of the person, which the exclusion reaches."},
    )


class ExclusionMadeSchema(Schema):
    """What an exclusion reached."""

    reason = ma.fields.String(required=True)
    scope = ma.fields.String(required=True)
    others = ma.fields.List(
        ma.fields.Integer(),
        required=True,
        metadata={"description": "Other photos that it reached."},
    )
    alike = ma.fields.List(
        ma.fields.Integer(),
        required=True,
        metadata={"description": "Photos that look alike, of which nobody has decided yet."},
    )
    kept_instead = ma.fields.List(ma.fields.Integer(), required=True)


class InclusionSchema(Schema):
    """Whether a photo is included again."""

    still_excluded = ma.fields.Boolean(
        required=True, metadata={"description": "It is excluded with another photo."}
    )


Filters: type[ma.Schema] = FilterSchema.from_dict(
    {attribute.code: Code(attribute.codes) for attribute in attributes()}, name="Filters"
)


@operation(
    "GET", "/photos", tag="photos", query=Filters, answer=page_of(ListedPhotoSchema, "Photos")
)
def list_photos(query: dict[str, Any]) -> dict[str, Any]:
    """List photos in the order of their import, filtered as in the gallery."""
    after, size = query.pop("cursor", 0), query.pop("limit")
    values = {a.code: query.pop(a.code) for a in attributes() if a.code in query}
    wanted = Filter(values=values, **query)
    require_allowed(wanted, account())
    found = gallery_page(sessions(), account().id, wanted, after=after, size=size)
    named = sources.sources_shown(sessions(), [one.id for one in found.photos], account().id)
    rows = [{**vars(one), "name": one.name if one.id in named else None} for one in found.photos]
    return {"items": rows, "next": as_text(found.after) if found.after else None}


@operation("GET", "/photos/<int:photo_id>", tag="photos", answer=PhotoSchema)
def show_photo(photo_id: int) -> dict[str, Any]:
    """Show one photo, with the account's own rating and the suggested region."""
    return _photo(photo_id)


@operation(
    "GET", "/photos/<int:photo_id>/picture", tag="photos", query=PictureQuery, sends="image/jpeg"
)
def show_picture(query: dict[str, str], photo_id: int) -> Response:
    """Show a photo, re-encoded without metadata: the stored file never leaves the instance."""
    file = photo_file(sessions(), photo_id)
    longest_side_px = getattr(config(), SIZES[query["size"]])
    content = preview_bytes(config(), file.sha, file.format, longest_side_px)
    return Response(content, mimetype="image/jpeg")


@operation("POST", "/photos/<int:photo_id>/source", tag="photos", answer=PhotoSchema)
def open_source(photo_id: int) -> dict[str, Any]:
    """Open where a photo was found before rating it, which is recorded."""
    sources.open_source(sessions(), photo_id, account())
    return _photo(photo_id)


@operation(
    "PUT",
    "/photos/<int:photo_id>/exclusion",
    tag="photos",
    body=ExclusionGivenSchema,
    answer=ExclusionMadeSchema,
    refuses=(409,),
)
def exclude_photo(given: dict[str, Any], photo_id: int) -> Any:
    """Exclude a photo from every export.

    A reason about the person reaches all photos of the person: the first answer is 409 with their
    `photos`, to be looked at and sent as `confirmed`.
    """
    reason, said = given["reason"].strip(), given.get("scope", "")
    if not reason:
        raise InputInvalid("Say why the photos are excluded: go back and give a reason.")
    try:
        exclude_photos(
            sessions(),
            [photo_id],
            reason,
            scope=said,
            confirmed=given["confirmed"],
            actor=account().name,
        )
    except ReachUnconfirmed as error:
        return problem_of(error, photos=reach(sessions(), [photo_id], Scope.PERSON).photos)
    scope = scope_of(reason, said).value
    found = reach(sessions(), [photo_id], scope)
    kept = kept_instead(sessions(), [photo_id])
    return {
        "reason": reason,
        "scope": scope,
        "others": found.others,
        "alike": found.alike,
        "kept_instead": kept,
    }


@operation("DELETE", "/photos/<int:photo_id>/exclusion", tag="photos", answer=InclusionSchema)
def include_photo(photo_id: int) -> dict[str, bool]:
    """Include a photo again."""
    exclude_photos(sessions(), [photo_id], "", actor=account().name)
    return {"still_excluded": bool(still_excluded(sessions(), [photo_id]))}


def _photo(photo_id: int) -> dict[str, Any]:
    facts: PhotoFacts = photo_facts(sessions(), photo_id, account().id)
    suggestion = photo_to_rate(sessions(), photo_id, account().id).suggestion
    rating = of_word(photo_id, facts.own) if facts.own else None
    return {**vars(facts), "suggestion": suggestion, "rating": rating}
