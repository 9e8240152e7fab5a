"""What administrators decide: how many raters a photo needs, when regions agree, who may do what."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.accounts import (
    add_user,
    list_users,
    new_password,
    set_disabled,
    set_password,
    set_role,
)
from curator.base.errors import AlreadyThere, CuratorError, InputInvalid, LastAdmin, NotFound
from curator.base.messages import marked
from curator.ratings.settings import MOST_RATERS, Project, change_project, read_project
from curator.web.current import account, answer, config, go, sessions, wants_json
from curator.web.language import told

blueprint = Blueprint("admin", __name__)

ROLES = {
    marked("annotator"): marked("brings and rates photos"),
    marked("adjudicator"): marked("also settles what raters disagree on"),
    marked("admin"): marked("also sets up the project and its accounts"),
    marked("viewer"): marked("looks, and changes nothing"),
}


@blueprint.get("/admin")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/admin/project")
def change_settings() -> ResponseReturnValue:
    raters, agreed_overlap = _number("raters_needed"), _number("agreed_overlap")
    if not raters.is_integer():
        raise InputInvalid("Nothing was saved: the number of raters is a whole number.")
    wanted = Project(int(raters), agreed_overlap)
    change_project(sessions(), wanted, actor=account().name)
    flash(gettext("The settings are saved."))
    return go(url_for("admin.index"))


@blueprint.post("/admin/accounts")
def add_account() -> ResponseReturnValue:
    name = request.form.get("name", "").strip()
    password, made_up = _password()
    add_user(
        sessions(),
        name,
        password,
        request.form.get("role", ""),
        min_chars=config().password_min_chars,
        actor=account().name,
    )
    return _with_password(gettext("The account %(name)s can sign in.", name=name), name, made_up)


@blueprint.post("/admin/accounts/<name>/password")
def change_password(name: str) -> ResponseReturnValue:
    password, made_up = _password()
    set_password(
        sessions(),
        name,
        password,
        min_chars=config().password_min_chars,
        actor=account().name,
    )
    said = gettext("The password of %(name)s is changed.", name=name)
    return _with_password(said, name, made_up)


@blueprint.post("/admin/accounts/<name>/role")
def change_role(name: str) -> ResponseReturnValue:
    changed = set_role(sessions(), name, request.form.get("role", ""), actor=account().name)
    said = gettext("The role of %(name)s is %(role)s.", name=name, role=gettext(changed.role))
    flash(said)
    return go(url_for("admin.index" if account().name != name else "dashboard.index"))


@blueprint.post("/admin/accounts/<name>/disabled")
def change_disabled(name: str) -> ResponseReturnValue:
    disabled = request.form.get("disabled") == "yes"
    set_disabled(sessions(), name, disabled, actor=account().name)
    if disabled:
        flash(gettext("The account %(name)s is disabled; its ratings stay.", name=name))
    else:
        flash(gettext("The account %(name)s can sign in again.", name=name))
    return go(url_for("admin.index"))


@blueprint.errorhandler(InputInvalid)
@blueprint.errorhandler(AlreadyThere)
@blueprint.errorhandler(LastAdmin)
@blueprint.errorhandler(NotFound)
def refused(error: CuratorError) -> ResponseReturnValue:
    """Say what does not fit on the page itself, with what was typed; a script gets the plain error."""
    if wants_json():
        return answer(told(error), error.status, error.kind)
    return _page(problem=told(error)), error.status


def _page(**more: str) -> str:
    return render_template(
        "admin/index.html",
        project=read_project(sessions()),
        most_raters=MOST_RATERS,
        users=list_users(sessions()),
        roles=ROLES,
        min_chars=config().password_min_chars,
        **more,
    )


def _with_password(said: str, name: str, made_up: str) -> ResponseReturnValue:
    """Show a made-up password once, in this answer: it is in no address, cookie or log."""
    if made_up:
        return _page(said=said, made_for=name, password=made_up)
    flash(said)
    return go(url_for("admin.index"))


def _password() -> tuple[str, str]:
    """Return the password to set, and the same once more where it was made up here."""
    typed = request.form.get("password", "")
    made_up = "" if typed else new_password(config().password_min_chars)
    return typed or made_up, made_up


def _number(name: str) -> float:
    try:
        return float(request.form.get(name, "").replace(",", "."))
    except ValueError:
        raise InputInvalid("Nothing was saved: both settings are numbers.") from None
