"""Freezing the study with a signature and unlocking it, for administrators; every page says that it is frozen."""

from flask import Blueprint, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.errors import AlreadyThere, ChangedSince, InputInvalid, NotFound
from curator.base.frozen import FrozenState, read_frozen_state
from curator.base.keys import chain_key
from curator.base.reasons import LONGEST_REASON
from curator.custody.freezes import Signature, freeze_study, list_freezes, unlock_study
from curator.http.language import translated
from curator.web.auth import limit_address, limit_guesses
from curator.web.current import account, answer, config, go, sessions, wants_json
from curator.web.second_factor import limit_account

blueprint = Blueprint("freezes", __name__)


@blueprint.get("/admin/freezes")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/admin/freezes")
@limit_address
@limit_guesses
@limit_account
def lock() -> ResponseReturnValue:
    name, statement = request.form.get("name", ""), request.form.get("statement", "")
    made = freeze_study(sessions(), chain_key(config()), name, statement, by=_signature())
    flash(gettext("The study is frozen as %(name)s.", name=made.name))
    return go(url_for("freezes.index"))


@blueprint.post("/admin/freezes/unlock")
@limit_address
@limit_guesses
@limit_account
def unlock() -> ResponseReturnValue:
    voided = unlock_study(sessions(), request.form.get("reason", ""), by=_signature())
    flash(gettext("The study is unlocked: %(name)s is void.", name=voided.name))
    return go(url_for("freezes.index"))


@blueprint.errorhandler(InputInvalid)
@blueprint.errorhandler(AlreadyThere)
@blueprint.errorhandler(ChangedSince)
@blueprint.errorhandler(NotFound)
def refused(error: InputInvalid) -> ResponseReturnValue:
    """Show the problem on the page itself, with what was typed; a script gets the plain error."""
    if wants_json():
        return answer(translated(error), error.status, error.kind)
    return _page(problem=translated(error)), error.status


@blueprint.app_template_global()
def frozen() -> FrozenState | None:
    """Return the state that the study is frozen in, if it is."""
    if "frozen" not in g:
        g.frozen = read_frozen_state(sessions())
    found: FrozenState | None = g.frozen
    return found


def _signature() -> Signature:
    form = request.form
    return Signature(account().name, form.get("present", ""), form.get("code", ""))


def _page(problem: str = "") -> str:
    return render_template(
        "freezes/index.html",
        problem=problem,
        freezes=list_freezes(sessions()),
        has_second_factor=g.present.has_second_factor,
        longest_reason=LONGEST_REASON,
    )
