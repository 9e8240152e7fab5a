"""What the study states about itself: a form of all facts, for administrators."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.errors import CuratorError, InputInvalid, StudyFrozen
from curator.http.language import translated
from curator.study.facts import BY_CODE, FACTS, Kind, Section, missing
from curator.study.stating import read_study, state_facts
from curator.web.current import account, answer, go, sessions, wants_json

blueprint = Blueprint("study", __name__)

INPUTS = {Kind.DATE: "date", Kind.ADDRESS: "url"}  # of an <input>; others are text
SEVERAL_LINES = (Kind.TEXT, Kind.PEOPLE)


@blueprint.get("/admin/study")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/admin/study")
def state() -> ResponseReturnValue:
    state_facts(sessions(), _typed(), actor=account().name)
    flash(gettext("The facts were saved. The next export repeats them."))
    return go(url_for("study.index"))


@blueprint.errorhandler(InputInvalid)
@blueprint.errorhandler(StudyFrozen)
def refused(error: CuratorError) -> ResponseReturnValue:
    """Show the problem above the form, with what was typed; a script gets the plain error."""
    if wants_json():
        return answer(translated(error), error.status, error.kind)
    return _page(problem=translated(error)), error.status


def _page(problem: str = "") -> str:
    study = read_study(sessions())
    return render_template(
        "study/index.html",
        problem=problem,
        sections={one: [f for f in FACTS if f.section is one] for one in Section},
        stated={**study, **_typed()},
        missing=missing(study),
        inputs=INPUTS,
        several_lines=SEVERAL_LINES,
    )


def _typed() -> dict[str, str]:
    return {code: request.form[code] for code in BY_CODE if code in request.form}
