"""Who is who among the photos of one post or author, one group at a time."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from curator import dedup, persons, queries
from curator.web.current import account, go, sessions
from curator.web.duplicates import SAID

blueprint = Blueprint("people", __name__)

DECIDED = {"same_person": "one person", "different": "different people"}


@blueprint.get("/duplicates/people")
def index() -> ResponseReturnValue:
    return render_template(
        "people/index.html",
        group=queries.person_group(sessions(), request.args.getlist("photo", type=int)),
        last=queries.last_act(sessions(), account().name),
        said=SAID,
    )


@blueprint.post("/duplicates/people")
def decide() -> ResponseReturnValue:
    shown = request.form.getlist("shown", type=int)
    decision = request.form.get("decision", "")
    picked = request.form.getlist("photo", type=int)
    persons.decide_people(sessions(), shown, decision, among=picked, actor=account().name)
    flash(f"Decided: {DECIDED[decision]}.")
    return _show(shown[0], request.form.get("next", type=int))


@blueprint.post("/duplicates/people/undo")
def undo() -> ResponseReturnValue:
    last = queries.last_act(sessions(), account().name)
    photo = queries.last_photo(sessions(), account().name)
    dedup.undo_last(sessions(), actor=account().name)
    flash(f"Taken back: your last decision{f', {SAID[last.decision]}' if last else ''}.")
    return _show(photo)


def _show(*photos: int | None) -> ResponseReturnValue:
    return go(url_for("people.index", photo=[photo for photo in photos if photo]))
