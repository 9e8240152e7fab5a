"""Administration: the settings of the study, and accounts with their roles."""

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.accounts import (
    add_user,
    all_sources,
    list_users,
    new_password,
    set_disabled,
    set_password,
    set_role,
    set_sites,
)
from curator.base.errors import (
    AlreadyThere,
    CuratorError,
    InputInvalid,
    LastAdmin,
    NotAllowed,
    NotFound,
)
from curator.base.messages import translatable
from curator.base.second_factor import (
    demand_of,
    names_with_second_factor,
    read_demand,
    reset_second_factor,
)
from curator.base.visibility import BOUND_ROLES
from curator.http.language import translated
from curator.ratings.keys import ACTIONS, actions_of, study_keys
from curator.ratings.settings import MOST_RATERS, Project, change_project, read_project
from curator.study.facts import missing
from curator.study.stating import read_study
from curator.web.current import account, answer, config, go, sessions, wants_json

blueprint = Blueprint("admin", __name__)

ROLES = {
    translatable("annotator"): translatable("adds and rates photos"),
    translatable("adjudicator"): translatable("also settles disagreements between raters"),
    translatable("admin"): translatable("also sets up the project and its accounts"),
    translatable("viewer"): translatable("sees everything and changes nothing"),
}

DEMANDS = {
    "nobody": translatable("nobody"),
    "admins": translatable("administrators"),
    "all": translatable("everyone"),
}


@blueprint.get("/admin")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/admin/project")
def change_settings() -> ResponseReturnValue:
    raters, agreed_overlap = _number("raters_needed"), _number("agreed_overlap")
    if not raters.is_integer():
        raise InputInvalid("Nothing was saved: the number of raters must be a whole number.")
    wanted = Project(int(raters), agreed_overlap, **_what_raters_see())
    change_project(sessions(), wanted, actor=account().name)
    flash(gettext("The settings were saved."))
    return go(url_for("admin.index"))


@blueprint.post("/admin/accounts")
def add_account() -> ResponseReturnValue:
    password, generated = _password()
    made = add_user(
        sessions(),
        request.form.get("name", ""),
        password,
        request.form.get("role", ""),
        min_chars=config().password_min_chars,
        actor=account().name,
    )
    message = gettext("The account %(name)s can sign in.", name=made.name)
    return _with_password(message, made.name, generated)


@blueprint.post("/admin/accounts/<name>/password")
def change_password(name: str) -> ResponseReturnValue:
    password, generated = _password()
    set_password(
        sessions(),
        name,
        password,
        min_chars=config().password_min_chars,
        actor=account().name,
    )
    message = gettext("The password of %(name)s was changed.", name=name)
    return _with_password(message, name, generated)


@blueprint.post("/admin/accounts/<name>/role")
def change_role(name: str) -> ResponseReturnValue:
    changed = set_role(sessions(), name, request.form.get("role", ""), actor=account().name)
    flash(gettext("The role of %(name)s is now %(role)s.", name=name, role=gettext(changed.role)))
    return go(url_for("admin.index" if account().name != name else "dashboard.index"))


@blueprint.post("/admin/accounts/<name>/disabled")
def change_disabled(name: str) -> ResponseReturnValue:
    disabled = request.form.get("disabled") == "yes"
    set_disabled(sessions(), name, disabled, actor=account().name)
    if disabled:
        flash(gettext("The account %(name)s was disabled; its ratings are kept.", name=name))
    else:
        flash(gettext("The account %(name)s can sign in again.", name=name))
    return go(url_for("admin.index"))


@blueprint.post("/admin/accounts/<name>/sites")
def change_sites(name: str) -> ResponseReturnValue:
    """Bind an account to the sources that are chosen; to none lets it see all."""
    changed = set_sites(sessions(), name, request.form.getlist("source"), actor=account().name)
    if changed.sites:
        sources = ", ".join(changed.sites)
        flash(gettext("%(name)s now sees %(sources)s alone.", name=name, sources=sources))
    else:
        flash(gettext("%(name)s now sees all photos.", name=name))
    return go(url_for("admin.index"))


@blueprint.post("/admin/accounts/<name>/second-factor/reset")
def reset_second_factor_of(name: str) -> ResponseReturnValue:
    reset_second_factor(sessions(), name, actor=account().name)
    flash(gettext("%(name)s has no second factor any more, and was signed out.", name=name))
    return go(url_for("admin.index"))


@blueprint.post("/admin/second-factor")
def demand_second_factor() -> ResponseReturnValue:
    demand_of(sessions(), request.form.get("whom", ""), actor=account().name)
    flash(gettext("The settings were saved."))
    return go(url_for("admin.index"))


@blueprint.errorhandler(InputInvalid)
@blueprint.errorhandler(NotAllowed)
@blueprint.errorhandler(AlreadyThere)
@blueprint.errorhandler(LastAdmin)
@blueprint.errorhandler(NotFound)
def refused(error: CuratorError) -> ResponseReturnValue:
    """Show the problem on the page itself, with what was typed; a script gets the plain error."""
    if wants_json():
        return answer(translated(error), error.status, error.kind)
    return _page(problem=translated(error)), error.status


@blueprint.app_template_global()
def own_keys(page: str) -> dict[str, tuple[str, ...]]:
    """Return the keys that the study sets on a page."""
    return study_keys(page, read_project(sessions()).keys)


def _page(**more: str) -> str:
    return render_template(
        "admin/index.html",
        project=read_project(sessions()),
        keys=request.form.get("keys"),
        key_actions={page: actions_of(page) for page in ACTIONS},
        most_raters=MOST_RATERS,
        users=list_users(sessions()),
        with_second_factor=names_with_second_factor(sessions()),
        demanded=read_demand(sessions()),
        demands=DEMANDS,
        sources=all_sources(sessions()),
        bound_roles=BOUND_ROLES,
        roles=ROLES,
        min_chars=config().password_min_chars,
        not_stated=len(missing(read_study(sessions()))),
        **more,
    )


def _with_password(message: str, name: str, generated: str) -> ResponseReturnValue:
    """Show a generated password once, in this response only: never in a URL, cookie or log."""
    if generated:
        return _page(said=message, made_for=name, password=generated)
    flash(message)
    return go(url_for("admin.index"))


def _password() -> tuple[str, str]:
    """Return the password to set, and the generated one, empty if a password was typed."""
    typed = request.form.get("password", "")
    generated = "" if typed else new_password(config().password_min_chars)
    return typed or generated, generated


def _what_raters_see() -> dict[str, Any]:
    """Return the settings of what raters see; those that a form lacks stay as they are."""
    now = read_project(sessions())
    has_share = "withheld_share" in request.form
    return {
        "keys": request.form.get("keys", now.keys),
        "withheld_share": _number("withheld_share") if has_share else now.withheld_share,
        "show_sources": request.form.get("show_sources", "yes" if now.show_sources else "no")
        == "yes",
    }


def _number(name: str) -> float:
    try:
        return float(request.form.get(name, "").replace(",", "."))
    except ValueError:
        raise InputInvalid("Nothing was saved: these settings must be numbers.") from None
