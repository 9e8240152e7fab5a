"""Photos on which raters disagree: the list, and all words on one for who gave theirs."""

from dataclasses import replace

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.errors import NotFound, StaleRating
from curator.base.messages import marked
from curator.queries.disagreements import (
    Spoken,
    WordsOnPhoto,
    disagreements,
    next_disagreement,
    settled_disagreements,
    words_on_photo,
)
from curator.ratings.rulings import adjudicate
from curator.web.current import account, go, sessions
from curator.web.terms import EVIDENCE, LABELS, SEXES

blueprint = Blueprint("adjudicate", __name__)

PAGE_SIZE = 60
ABOUT = {"label": marked("Label"), "sex": marked("Sex"), "region": marked("Region")}


@blueprint.get("/adjudicate")
def index() -> ResponseReturnValue:
    after = request.args.get("after", 0, type=int)
    waiting = disagreements(sessions())
    settled, settled_total = settled_disagreements(sessions(), after=after, size=PAGE_SIZE)
    later = [one for one in waiting if one.photo_id > after]
    return render_template(
        "adjudicate/index.html",
        show="settled" if request.args.get("show") == "settled" else "waiting",
        after=after,
        first=waiting[0].photo_id if waiting else None,
        waiting=later[:PAGE_SIZE],
        waiting_total=len(waiting),
        more=len(later) > PAGE_SIZE,
        settled=settled,
        settled_total=settled_total,
        page_size=PAGE_SIZE,
        about=ABOUT,
    )


@blueprint.get("/adjudicate/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    words = words_on_photo(sessions(), photo_id, account().id)
    may_rule = account().may_adjudicate
    return render_template(
        "adjudicate/photo.html",
        words=words,
        names=[*(spoken.by for spoken in words.ratings), gettext("the ruling")],
        may_rule=may_rule,
        ruled_by_me=bool(words.ruling and words.ruling.by == account().name),
        following=next_disagreement(sessions(), photo_id) if may_rule else None,
        labels=LABELS,
        sexes=SEXES,
        evidence=EVIDENCE,
        about=ABOUT,
    )


@blueprint.post("/adjudicate/<int:photo_id>/region")
def take_region(photo_id: int) -> ResponseReturnValue:
    """Put a rater's region into the adjudicator's own ruling, as its next version."""
    words = words_on_photo(sessions(), photo_id, account().id)
    if words.ruling is None or words.ruling.by != account().name:
        raise NotFound("You have not ruled on this photo yet: do so first, then take a region.")
    taken = _seen(words, request.form.get("rater", ""), request.form.get("seen", 0, type=int))
    entry = replace(words.ruling.entry, region=taken.entry.region, over_eyes=taken.entry.over_eyes)
    version = request.form.get("version", 0, type=int)
    adjudicate(sessions(), photo_id, account().name, entry, expected_version=version)
    flash(gettext("Your ruling has the region of %(rater)s now.", rater=taken.by))
    return go(url_for("adjudicate.photo", photo_id=photo_id))


def _seen(words: WordsOnPhoto, rater: str, version: int) -> Spoken:
    """Return a rater's word as the page showed it."""
    for spoken in words.ratings:
        if spoken.by == rater and spoken.version == version:
            return spoken
    raise StaleRating("This rater changed their word meanwhile: reload the page to see it.")
