"""Blind rating: a second rater sees nothing of the first one's words before giving their own."""

import secrets

from sqlalchemy import select

from curator.base.db import reading
from curator.base.models.ratings import FirstWord, Rating
from curator.validation.results import require
from curator.validation.routes import Route, all_routes
from curator.validation.scratch import SHOWN_OF_REGION, Scratch


def pages_tell_nothing(scratch: Scratch) -> str:
    return _tell_nothing(scratch, is_of_api=False)


def operations_tell_nothing(scratch: Scratch) -> str:
    return _tell_nothing(scratch, is_of_api=True)


def _tell_nothing(scratch: Scratch, *, is_of_api: bool) -> str:
    photo = scratch.add_photo()
    note = f"words-{secrets.token_hex(6)}"
    scratch.rate("first", photo.id, note=note)
    routes = [
        route
        for route in all_routes(scratch.config, photo.id)
        if route.method == "GET" and route.is_of_api is is_of_api and route.is_open_to("annotator")
    ]
    told = _telling(scratch, routes, note)
    require(
        not told,
        f"Before their own rating, {', '.join(told)} told the second rater of the first one's.",
    )
    label = _found_by_label(scratch, photo.id)
    require(not label, "A filter by label told the second rater the first one's label.")
    scratch.rate("second", photo.id, label="negative")
    shown = _telling(scratch, routes, note)
    require(
        shown,
        "Not even after their own rating did any of these show the first one's: nothing was tested.",
    )
    return (
        f"{len(routes)} {'operations of the API' if is_of_api else 'pages'} asked by a second rater: none "
        f"told of the first one's note or region; after the own rating {len(shown)} did"
    )


def _telling(scratch: Scratch, routes: list[Route], note: str) -> list[str]:
    """Return the routes whose answer shows the second rater the note or the region of the first."""
    browser, program = scratch.browser("second"), scratch.program("second")
    telling = []
    for route in routes:
        answer = (program if route.is_of_api else browser).get(route.path)
        if note in answer.text or (route.is_of_photo and SHOWN_OF_REGION in answer.text):
            telling.append(str(route))
    return telling


def _found_by_label(scratch: Scratch, photo: int) -> bool:
    asked = scratch.program("second").call("GET", "/photos?label=positive&limit=100")
    return asked.status == 200 and any(one["id"] == photo for one in asked.json["items"])


def first_words_are_kept(scratch: Scratch) -> str:
    photo = scratch.add_photo()
    scratch.rate("first", photo.id, label="positive")
    scratch.rate("second", photo.id, label="negative")
    seen = scratch.program("second").call("GET", f"/photos/{photo.id}/ratings")
    require(seen.status == 200, f"After their own rating the others' were answered {seen.status}.")
    scratch.rate("second", photo.id, 1, label="positive")
    rater = scratch.people["second"].id
    with reading(scratch.sessions) as session:
        first = session.scalar(
            select(FirstWord.label).where(
                FirstWord.counts_on_id == photo.id, FirstWord.rater_id == rater
            )
        )
        now = session.scalar(
            select(Rating.label).where(Rating.photo_id == photo.id, Rating.rater_id == rater)
        )
    require(now == "positive", f"The changed rating says {now}.")
    require(
        first == "negative",
        f"Of a rating changed after seeing another, the first label kept is {first}.",
    )
    return "a label changed after seeing the other rating: the blind one is kept beside it"
