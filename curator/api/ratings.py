"""Ratings: the account's own, and all of a photo once the account has rated it."""

from collections.abc import Callable
from typing import Any

import marshmallow as ma

from curator.api.blueprint import operation
from curator.api.cursors import PageQuery, page, page_of
from curator.api.fields import Schema
from curator.api.rating_schemas import (
    EXAMPLE,
    AuthoredSchema,
    RatingGivenSchema,
    RatingSchema,
    assessment_given,
    of_assessment,
    of_word,
)
from curator.api.versions import etag, expected_version
from curator.base.errors import NotFound
from curator.http.current import account, sessions
from curator.queries import ratings
from curator.queries.disagreements import AuthoredAssessment, ratings_of_photo
from curator.ratings import saving

SAVING: dict[str, Any] = {  # what saving a rating and a ruling have in common
    "body": RatingGivenSchema,
    "example": EXAMPLE,
    "answer": RatingSchema,
    "or_status": 201,
    "versioned": True,
    "refuses": (409,),
}


class RatingsOfPhotoSchema(Schema):
    """All ratings of a photo."""

    photo = ma.fields.Integer(
        required=True, metadata={"description": "The kept one of its copies."}
    )
    ratings = ma.fields.List(ma.fields.Nested(AuthoredSchema), required=True)
    about = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "What the raters disagree on."}
    )
    complete = ma.fields.Boolean(
        required=True, metadata={"description": "It has all the ratings that a ruling needs."}
    )


@operation(
    "GET", "/ratings", tag="ratings", query=PageQuery, answer=page_of(RatingSchema, "Ratings")
)
def list_ratings(query: dict[str, Any]) -> dict[str, Any]:
    """List the account's own ratings in the order in which they were first saved."""
    size = query["limit"]
    found = ratings.own_ratings(
        sessions(), account().id, after=query.get("cursor", 0), size=size + 1
    )
    shown = page(found, size, lambda one: one.id)
    items = [
        of_assessment(
            one.photo_id, one.assessment, one.version, one.saved_at, given_on=one.photo_id
        )
        for one in shown["items"]
    ]
    return shown | {"items": items}


@operation("GET", "/photos/<int:photo_id>/rating", tag="ratings", answer=RatingSchema, tagged=True)
def show_rating(photo_id: int) -> Any:
    """Show the account's own rating of a photo; 404 if there is none."""
    word = ratings.own_rating(sessions(), photo_id, account().id)
    if word is None:
        raise NotFound("You have not rated this photo.")
    return of_word(photo_id, word), etag(word.version)


@operation("PUT", "/photos/<int:photo_id>/rating", tag="ratings", **SAVING)
def save_rating(given: dict[str, Any], photo_id: int) -> Any:
    """Save the account's rating of a photo, as the next version of the one that `If-Match` names."""
    return save(saving.save_rating, given, photo_id)


@operation(
    "GET",
    "/photos/<int:photo_id>/ratings",
    tag="ratings",
    answer=RatingsOfPhotoSchema,
    refuses=(409,),
)
def list_ratings_of_photo(photo_id: int) -> dict[str, Any]:
    """List everyone's ratings of a photo; 409 until the account has rated or ruled on it."""
    found = ratings_of_photo(sessions(), photo_id, account().id)
    return {
        "photo": found.photo_id,
        "ratings": [authored(found.photo_id, one) for one in found.ratings],
        "about": found.about,
        "complete": found.complete,
    }


def save(
    service: Callable[..., saving.SavedRating], given: dict[str, Any], photo_id: int
) -> tuple[dict[str, Any], int, dict[str, Any]]:
    """Save a rating or a ruling; answer 201 for a first version."""
    assessment, expected = assessment_given(given), expected_version()
    saved = service(sessions(), photo_id, account().name, assessment, expected_version=expected)
    body = of_assessment(
        saved.photo_id,
        saved.assessment,
        saved.version,
        saved.saved_at,
        given_on=saved.photo_id,
    )
    return body, 201 if saved.version == 1 else 200, etag(saved.version)


def authored(photo_id: int, one: AuthoredAssessment) -> dict[str, Any]:
    shown = of_assessment(photo_id, one.assessment, one.version, one.at, given_on=one.photo_id)
    return shown | {"by": one.by}
