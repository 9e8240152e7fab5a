"""The next photos to rate, claimed for the account so that nobody else is handed them meanwhile."""

from datetime import timedelta
from typing import Any

import marshmallow as ma

from curator.api.blueprint import operation
from curator.api.fields import Code, Schema, Text, Whole
from curator.api.rating_schemas import SuggestionSchema
from curator.http.current import account, config, sessions
from curator.queries.photos import PhotoToRate, photo_to_adjudicate, photo_to_rate
from curator.queries.queues import listed_in
from curator.ratings import claims
from curator.ratings.queues import RUN_QUEUES, Queue, require_queue

MOST = 5  # as many photos as the page asks for ahead
OFFERED = ("unrated", "unsure", "disagreements", "odd", *RUN_QUEUES, "adjudicate")


class ClaimGivenSchema(Schema):
    """Which photos are wanted, and how many."""

    queue = Code(OFFERED, load_default="unrated")
    run = Text(
        most=255, load_default="", metadata={"description": "Of uncertain and label_errors."}
    )
    after = Whole(0, load_default=0, metadata={"description": "The photo that was at hand last."})
    count = Whole(1, MOST, load_default=1)


class PhotoToRateSchema(Schema):
    """Where the photo was found is empty unless `source_shown`; `version` is for If-Match."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    width_px = ma.fields.Integer(required=True)
    height_px = ma.fields.Integer(required=True)
    source = ma.fields.String(required=True)
    caption = ma.fields.String(required=True, allow_none=True)
    copy_of = ma.fields.Integer(required=True, allow_none=True)
    excluded_reason = ma.fields.String(required=True, allow_none=True)
    source_shown = ma.fields.Boolean(required=True)
    suggestion = ma.fields.Nested(SuggestionSchema, required=True, allow_none=True)
    version = ma.fields.Integer(
        required=True, metadata={"description": "For If-Match; 0 if the account has not rated it."}
    )


class ClaimsSchema(Schema):
    """Claimed photos."""

    photos = ma.fields.List(ma.fields.Nested(PhotoToRateSchema), required=True)
    minutes = ma.fields.Integer(
        required=True, metadata={"description": "How long they are held; then others get them."}
    )


@operation(
    "POST",
    "/claims",
    tag="claims",
    body=ClaimGivenSchema,
    example={"count": 1},
    answer=ClaimsSchema,
    refuses=(404,),
)
def claim_photos(given: dict[str, Any]) -> dict[str, Any]:
    """Claim the next photos of a queue; none if nothing waits."""
    queue = Queue(given["queue"], given["run"])
    require_queue(queue, account())
    listed = listed_in(sessions(), config(), queue)
    photos = claims.claim_next_photos(
        sessions(), account().id, queue, listed, after=given["after"], count=given["count"]
    )
    minutes = claims.CLAIM_LASTS // timedelta(minutes=1)
    return {"photos": [_photo(photo, queue) for photo in photos], "minutes": minutes}


@operation("DELETE", "/claims/<int:photo_id>", tag="claims", status=204)
def release_claim(photo_id: int) -> str:
    """Release a photo that was skipped, so that others can claim it."""
    claims.release_claims(sessions(), account().id, photo_id)
    return ""


def _photo(photo_id: int, queue: Queue) -> PhotoToRate:
    show = photo_to_adjudicate if queue.name == "adjudicate" else photo_to_rate
    return show(sessions(), photo_id, account().id)
