"""The consent on record of persons and sources, for administrators, with a form that records it."""

from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from curator.base.consent import SCOPES, STATES
from curator.base.errors import CuratorError, InputInvalid, NotFound
from curator.base.messages import translatable
from curator.http.language import translated
from curator.http.limits import LONGEST_TEXT
from curator.photos.consents import KINDS, LONGEST_DOCUMENT, Recorded, Whose, Word, set_consent
from curator.queries.consents import consent_rows
from curator.web.current import account, answer, go, sessions, wants_json
from curator.web.gallery import MOST_SELECTED, flash_undo

blueprint = Blueprint("consent", __name__)

WHOSE = {
    "person": translatable("Person, by their code, or as #17 for the person in photo 17"),
    "source": translatable("Source"),
}


@blueprint.get("/admin/consent")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/admin/consent")
def change() -> ResponseReturnValue:
    whose = _whose()
    done = set_consent(sessions(), whose, _word(), actor=account().name)
    # Their numbers, for undoing, travel in a cookie.
    events = done.events if len(done.events) <= MOST_SELECTED else ()
    flash_undo(_said(done), events, url_for("consent.index"))
    return go(url_for("consent.index", kind=whose.kind, value=whose.value))


@blueprint.errorhandler(InputInvalid)
@blueprint.errorhandler(NotFound)
def refused(error: CuratorError) -> ResponseReturnValue:
    """Show the problem on the page itself, with what was typed; a script gets the plain error."""
    if wants_json():
        return answer(translated(error), error.status, error.kind)
    return _page(problem=translated(error)), error.status


def _said(done: Recorded) -> str:
    said: str = gettext("Nothing changed.")
    if not done.events:
        return said
    said = gettext("The consent was recorded.")
    if done.excluded:
        said = ngettext(
            "The consent was recorded, and %(num)s photo excluded.",
            "The consent was recorded, and %(num)s photos excluded.",
            len(done.excluded),
        )
    return said


def _page(problem: str = "") -> str:
    rows, whose = consent_rows(sessions()), _whose()
    known = next((row for row in rows if (row.kind, row.value) == whose), None)
    return render_template(
        "consent/index.html",
        problem=problem,
        rows={kind: [row for row in rows if row.kind == kind] for kind in KINDS},
        wanted=whose,
        known=known,
        kinds=WHOSE,
        states=STATES,
        scopes=SCOPES,
        longest_document=LONGEST_DOCUMENT,
    )


def _whose() -> Whose:
    kind = request.values.get("kind", "person")
    value = request.values.get("value", "")[:LONGEST_TEXT].strip()
    return Whose(kind if kind in KINDS else "person", value)


def _word() -> Word:
    form = request.form
    state, scope = form.get("state", ""), form.get("scope", "")
    # Chosen for consent that is given, and left there when another state is chosen.
    is_given = state == "given"
    return Word(state, form.get("document", ""), _day(form.get("date", "")), scope * is_given)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputInvalid(
            "The date is %(given)r: write a date like 2026-11-23.", given=text[:20]
        ) from None
