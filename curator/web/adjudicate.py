"""Disagreements: the list, and all ratings of one photo for those who rated it."""

from dataclasses import replace

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.errors import NotFound, StaleRating
from curator.base.reasons import LONGEST_REASON
from curator.http.terms import EXCLUSIONS, LABELS, SCOPES, rated_names
from curator.queries.disagreements import (
    AuthoredAssessment,
    RatingsOfPhoto,
    disagreements,
    others_waiting,
    ratings_of_photo,
    settled_disagreements,
)
from curator.ratings.origins import COPIED
from curator.ratings.provenance import Provenance
from curator.ratings.rulings import adjudicate
from curator.web.current import account, go, sessions
from curator.web.places import given_place, place_text

blueprint = Blueprint("adjudicate", __name__)

PAGE_SIZE = 60


@blueprint.get("/adjudicate")
def index() -> ResponseReturnValue:
    after = request.args.get("after", 0, type=int)
    waiting = disagreements(sessions())
    before = given_place(request.args.get("before", ""))
    settled, settled_total = settled_disagreements(sessions(), before=before, size=PAGE_SIZE + 1)
    later = [one for one in waiting if one.photo_id > after]
    return render_template(
        "adjudicate/index.html",
        show="settled" if request.args.get("show") == "settled" else "waiting",
        after=after,
        waiting=later[:PAGE_SIZE],
        waiting_total=len(waiting),
        more=len(later) > PAGE_SIZE,
        before=before,
        next_before=place_text(settled[PAGE_SIZE - 1].place) if len(settled) > PAGE_SIZE else None,
        settled=settled[:PAGE_SIZE],
        settled_total=settled_total,
        about=rated_names(),
    )


@blueprint.get("/adjudicate/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    given = ratings_of_photo(sessions(), photo_id, account().id)
    may_rule = account().may_adjudicate
    return render_template(
        "adjudicate/photo.html",
        given=given,
        names=[*(one.by for one in given.ratings), gettext("the ruling")],
        may_rule=may_rule,
        ruled_by_me=bool(given.ruling and given.ruling.by == account().name),
        more_waiting=may_rule and others_waiting(sessions(), photo_id),
        labels=LABELS,
        about=rated_names(),
        exclusions=EXCLUSIONS,
        scopes=SCOPES,
        longest_reason=LONGEST_REASON,
    )


@blueprint.post("/adjudicate/<int:photo_id>/region")
def take_region(photo_id: int) -> ResponseReturnValue:
    """Copy a rater's region into the adjudicator's own ruling, as its next version."""
    given = ratings_of_photo(sessions(), photo_id, account().id)
    if given.ruling is None or given.ruling.by != account().name:
        raise NotFound("You have not ruled on this photo yet: rule on it first, then use a region.")
    taken = _seen(given, request.form.get("rater", ""), request.form.get("seen", 0, type=int))
    assessment = replace(
        given.ruling.assessment,
        region=taken.assessment.region,
        over_eyes=taken.assessment.over_eyes,
        provenance=Provenance(COPIED, active_s=0),
    )
    version = request.form.get("version", 0, type=int)
    adjudicate(
        sessions(),
        photo_id,
        account().name,
        assessment,
        expected_version=version,
        reason=request.form.get("reason", ""),
    )
    flash(gettext("Your ruling now has the region of %(rater)s.", rater=taken.by))
    return go(url_for("adjudicate.photo", photo_id=photo_id))


def _seen(given: RatingsOfPhoto, rater: str, version: int) -> AuthoredAssessment:
    """Return the rating version that the page showed."""
    for one in given.ratings:
        if one.by == rater and one.version == version:
            return one
    raise StaleRating(
        "This rater has changed the rating in the meantime: reload the page to see it."
    )
