"""Rulings: the photos on which raters disagree, and the adjudicators' word that settles each."""

from functools import partial
from typing import Any

import marshmallow as ma

from curator.api.blueprint import operation
from curator.api.cursors import PageQuery, PlaceCursor, page, page_of
from curator.api.fields import Moment, Schema
from curator.api.rating_schemas import AuthoredSchema, RulingGivenSchema
from curator.api.ratings import SAVING, authored, save
from curator.api.versions import etag
from curator.base.errors import NotFound
from curator.http.current import account, sessions
from curator.queries.disagreements import disagreements, ratings_of_photo, settled_disagreements
from curator.ratings import rulings


class DisagreementSchema(Schema):
    """A photo that waits for a ruling."""

    photo = ma.fields.Integer(required=True, attribute="photo_id")
    about = ma.fields.List(ma.fields.String(), required=True)
    raters = ma.fields.Integer(required=True, metadata={"description": "How many have rated it."})


class SettledSchema(Schema):
    """A ruling, without its content."""

    photo = ma.fields.Integer(required=True, attribute="photo_id")
    by = ma.fields.String(required=True)
    at = Moment(required=True)
    changed = ma.fields.Boolean(
        required=True, metadata={"description": "A rating was saved after the ruling."}
    )


@operation(
    "GET",
    "/disagreements",
    tag="rulings",
    query=PageQuery,
    answer=page_of(DisagreementSchema, "Disagreements"),
)
def list_disagreements(query: dict[str, Any]) -> dict[str, Any]:
    """List the photos that wait for a ruling, without what anyone said."""
    size = query["limit"]
    later = [one for one in disagreements(sessions()) if one.photo_id > query.get("cursor", 0)]
    return page(later[: size + 1], size, lambda one: one.photo_id)


class RulingsQuery(PageQuery):
    cursor = PlaceCursor()


@operation(
    "GET", "/rulings", tag="rulings", query=RulingsQuery, answer=page_of(SettledSchema, "Rulings")
)
def list_rulings(query: dict[str, Any]) -> dict[str, Any]:
    """List rulings, newest first, without their content."""
    size = query["limit"]
    found, _ = settled_disagreements(sessions(), before=query.get("cursor"), size=size + 1)
    return page(found, size, lambda one: one.place)


@operation(
    "GET",
    "/photos/<int:photo_id>/ruling",
    tag="rulings",
    answer=AuthoredSchema,
    refuses=(409,),
    tagged=True,
)
def show_ruling(photo_id: int) -> Any:
    """Show the ruling on a photo; 404 if there is none, 409 until the account has rated the photo."""
    found = ratings_of_photo(sessions(), photo_id, account().id)
    if found.ruling is None:
        raise NotFound("There is no ruling on this photo.")
    return authored(photo_id, found.ruling), etag(found.ruling.version)


@operation(
    "PUT",
    "/photos/<int:photo_id>/ruling",
    tag="rulings",
    **SAVING | {"body": RulingGivenSchema},
)
def save_ruling(given: dict[str, Any], photo_id: int) -> Any:
    """Rule on a photo on which raters disagree, as the next version of the ruling named."""
    return save(partial(rulings.adjudicate, reason=given["reason"]), given, photo_id)
