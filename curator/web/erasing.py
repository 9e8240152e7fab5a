"""Erasing photos at somebody's request, for administrators: what goes, once more the password, the certificate."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.accounts import require_present_password
from curator.base.errors import CuratorError, InputInvalid, NotFound
from curator.base.messages import translatable
from curator.custody.erasable import Request
from curator.custody.erasing import (
    erase,
    find_certificate,
    finish_erasures,
    lift_erasure,
    list_erasures,
    plan_erasure,
)
from curator.http.language import translated
from curator.http.limits import LONGEST_TEXT
from curator.web.current import account, answer, config, go, sessions, wants_json, whole_numbers

blueprint = Blueprint("erasing", __name__)

KINDS = {
    "photo": translatable("Photo, by its number"),
    "person": translatable("Person, by their code, or as #17 for the person in photo 17"),
    "author": translatable("Author, by the name of the account"),
    "post": translatable("Post, by its address"),
}
ERASED = {
    "photo": translatable("a photo"),
    "person": translatable("a person"),
    "author": translatable("an author"),
    "post": translatable("a post"),
}
FILES = {
    "photos": translatable("photo files"),
    "pictures": translatable("previews"),
    "caches": translatable("caches"),
    "copies": translatable("databases from before upgrades"),
    "results": translatable("files of runs and comparisons"),
}


@blueprint.get("/erase")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/erase")
def erase_now() -> ResponseReturnValue:
    try:
        require_present_password(sessions(), account().name, request.form.get("password", ""))
        done = erase(
            sessions(),
            config(),
            _request(),
            confirmed=whole_numbers("confirmed"),
            reason=request.form.get("reason", "")[:LONGEST_TEXT],
            actor=account().name,
        )
    except CuratorError as error:
        if wants_json():
            return answer(translated(error), error.status, error.kind)
        return _page(problem=translated(error)), error.status
    return go(url_for("erasing.certificate", number=done.number))


@blueprint.get("/erasures/<int:number>")
def certificate(number: int) -> ResponseReturnValue:
    return render_template(
        "erasing/certificate.html",
        certificate=find_certificate(sessions(), number),
        erased=ERASED,
        files=FILES,
    )


@blueprint.post("/erasures/finish")
def finish() -> ResponseReturnValue:
    done = finish_erasures(sessions(), config())
    if any(not one.is_complete for one in done):
        flash(gettext("Not all of it could be done yet: the certificate says what is left."))
    else:
        flash(gettext("Everything is finished."))
    return go(url_for("erasing.index"))


@blueprint.post("/erasures/<int:number>/lift")
def lift(number: int) -> ResponseReturnValue:
    lift_erasure(sessions(), number, actor=account().name)
    flash(gettext("The photos can be imported again."))
    return go(url_for("erasing.certificate", number=number))


def _page(problem: str = "") -> str:
    wanted, found = _request(), None
    if wanted.value:
        try:
            found = plan_erasure(sessions(), config(), wanted)
        except (InputInvalid, NotFound) as error:
            problem = problem or translated(error)
    return render_template(
        "erasing/index.html",
        problem=problem,
        wanted=wanted,
        found=found,
        kinds=KINDS,
        erasures=list_erasures(sessions()),
    )


def _request() -> Request:
    kind = request.values.get("kind", "photo")
    return Request(
        kind if kind in KINDS else "photo", request.values.get("value", "")[:LONGEST_TEXT]
    )
