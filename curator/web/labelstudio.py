"""Label Studio for administrators: who is who, pushing and pulling in the background, conflicts side by side."""

from typing import Literal

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.accounts import RATERS, list_users
from curator.base.errors import InputInvalid
from curator.base.messages import translatable
from curator.http.language import translated
from curator.http.terms import LABELS
from curator.labelstudio.annotators import map_annotator, read_annotators, unmap_annotator
from curator.labelstudio.projects import NAME
from curator.labelstudio.pulling import look as look_there
from curator.labelstudio.pulling import pull as pull_all
from curator.labelstudio.pushing import Wanted
from curator.labelstudio.pushing import push as push_all
from curator.labelstudio.server import connect
from curator.labelstudio.settling import settle, words_shown
from curator.labelstudio.work import Run
from curator.web.current import account, config, go, instance, sessions, whole_numbers

blueprint = Blueprint("labelstudio", __name__)

EVERY_S = 2  # the page is loaded again while something is under way
KINDS = {
    "push": translatable("Push"),
    "pull": translatable("Pull"),
    "look": translatable("Compare"),
}


@blueprint.get("/labelstudio")
def index() -> ResponseReturnValue:
    state = instance().labelstudio.state
    results = state.results or ()
    to_settle = [(result.rater, standing) for result in results for standing in result.to_settle]
    photos = {one.photo for each in results for one in (*each.to_settle, *each.unreadable)}
    page = make_response(
        render_template(
            "labelstudio/index.html",
            url=config().label_studio_url,
            has_key=bool(config().label_studio_api_key),
            annotators=read_annotators(sessions()),
            raters=[one.name for one in list_users(sessions()) if one.role in RATERS],
            name=NAME,
            state=state,
            error=translated(state.error) if state.error else "",
            kinds=KINDS,
            to_settle=to_settle,
            shown=words_shown(sessions(), photos, account().id),
            labels=LABELS,
        )
    )
    if state.is_running:
        page.headers["Refresh"] = str(EVERY_S)
    return page


@blueprint.post("/labelstudio/push")
def push() -> ResponseReturnValue:
    wanted = Wanted(
        request.form.get("name", "").strip() or NAME,
        restores="restores" in request.form,
        removes="removes" in request.form,
    )
    made, settings, actor = sessions(), config(), account().name
    server = connect(settings)
    return _start(
        "push",
        lambda progress: push_all(made, settings, server, wanted, actor=actor, progress=progress),
    )


@blueprint.post("/labelstudio/pull")
def pull() -> ResponseReturnValue:
    made, settings = sessions(), config()
    server = connect(settings)
    return _start("pull", lambda progress: pull_all(made, settings, server, progress=progress))


@blueprint.post("/labelstudio/look")
def look() -> ResponseReturnValue:
    return _look()


def _look() -> ResponseReturnValue:
    made, server = sessions(), connect(config())
    return _start("look", lambda _progress: look_there(made, server))


def _start(kind: Literal["push", "pull", "look"], run: Run) -> ResponseReturnValue:
    instance().labelstudio.start(kind, run)
    return go(url_for("labelstudio.index"))


@blueprint.post("/labelstudio/annotators")
def change_annotator() -> ResponseReturnValue:
    email, rater = request.form.get("email", ""), request.form.get("account", "")
    if rater:
        made = map_annotator(sessions(), email, rater, actor=account().name)
        flash(gettext("%(email)s is %(name)s from now on.", email=made.email, name=rater))
    else:
        unmap_annotator(sessions(), email, actor=account().name)
        flash(gettext("%(email)s stands for nobody now.", email=email))
    return go(url_for("labelstudio.index"))


@blueprint.post("/labelstudio/resolve")
def resolve() -> ResponseReturnValue:
    [photo] = whole_numbers("photo") or [0]
    rater, side = request.form.get("rater", ""), request.form.get("side", "")
    if side not in ("here", "there"):
        raise InputInvalid("Choose what was said here, or what was said there.")
    chosen: Literal["here", "there"] = "here" if side == "here" else "there"
    settle(sessions(), connect(config()), photo, rater, chosen, actor=account().name)
    flash(
        gettext("Settled: the next push carries it over.")
        if chosen == "here"
        else gettext("Settled: the next pull carries it over.")
    )
    return _look()
