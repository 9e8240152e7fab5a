"""Which photos of one post or author show the same person, one group at a time."""

from collections.abc import Sequence

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.errors import (
    AgainstEvidence,
    AlreadyThere,
    DecidedMeanwhile,
    DecisionContradicts,
)
from curator.base.messages import translatable
from curator.http.language import translated
from curator.http.terms import DECISIONS
from curator.pairs.persons import decide_people
from curator.photos.person_codes import join_codes, tell_codes_apart
from curator.queries.decisions import decisions_among
from curator.queries.pairs import last_act
from curator.queries.person_codes import count_similar_codes, similar_codes
from curator.queries.persons import person_group
from curator.web.current import account, answer, go, sessions, wants_json, whole_numbers
from curator.web.duplicates import decided_meanwhile, show_people
from curator.web.gallery import flash_undo
from curator.web.questions import ask_against_evidence, confirmed

blueprint = Blueprint("people", __name__)

DECIDED = {"same_person": translatable("one person"), "different": translatable("different people")}


@blueprint.get("/duplicates/people")
def index() -> ResponseReturnValue:
    return render_template(
        "people/index.html",
        group=person_group(sessions(), request.args.getlist("photo", type=int)),
        last=last_act(sessions(), account().name),
        said=DECISIONS,
        similar_codes=count_similar_codes(sessions()),
    )


@blueprint.post("/duplicates/people")
def decide() -> ResponseReturnValue:
    shown, picked = whole_numbers("shown"), whole_numbers("photo")
    decision = request.form.get("decision", "")
    decide_people(
        sessions(), shown, decision, among=picked, confirmed=confirmed(), actor=account().name
    )
    flash(gettext("Decided: %(decision)s.", decision=gettext(DECIDED[decision])))
    return _go_on(shown)


@blueprint.errorhandler(AgainstEvidence)
def ask(error: AgainstEvidence) -> ResponseReturnValue:
    origin = url_for("people.index", photo=whole_numbers("shown")[:1])
    return ask_against_evidence(error, request.form.get("decision", ""), origin)


@blueprint.get("/duplicates/people/codes")
def codes() -> ResponseReturnValue:
    return render_template("people/codes.html", persons=similar_codes(sessions()))


@blueprint.post("/duplicates/people/codes")
def decide_codes() -> ResponseReturnValue:
    """Join persons whose codes are written alike, or tell them apart."""
    persons, kept = whole_numbers("person"), request.form.get("keep", 0, type=int)
    try:
        if kept:
            changed = join_codes(sessions(), kept, persons, actor=account().name)
            said = gettext("These codes now stand for one person.")
            flash_undo(said, changed, url_for("people.codes"))
        else:
            tell_codes_apart(sessions(), persons, actor=account().name)
            flash(gettext("These codes stand for different people."))
    except (AlreadyThere, DecisionContradicts) as problem:
        flash(translated(problem), "warning")
    following = "people.codes" if count_similar_codes(sessions()) else "people.index"
    return go(url_for(following))


@blueprint.errorhandler(AlreadyThere)
def refused(error: AlreadyThere) -> ResponseReturnValue:
    """Show the group as it is now, or the next; a script gets the plain error."""
    if wants_json():
        return answer(translated(error), error.status)
    shown = whole_numbers("shown")
    late = isinstance(error, DecidedMeanwhile)
    said = decided_meanwhile(decisions_among(sessions(), shown)) if late else translated(error)
    flash(said, "warning")
    return _go_on(shown)


def _go_on(shown: Sequence[int]) -> ResponseReturnValue:
    """Show the rest of this group, or the next one if nothing of it is left."""
    return show_people(shown[0], request.form.get("next", type=int))
