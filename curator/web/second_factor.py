"""The second factor: the page that asks for a code at sign-in, and the one that turns it on and off."""

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base import second_factor
from curator.base.accounts import require_present_password
from curator.base.errors import AlreadyThere, InputInvalid, NotAllowed, NotFound, NotSignedIn
from curator.http.language import translated
from curator.http.limits import limiter
from curator.web.auth import end_session, keep_token, limit_address, limit_guesses, next_page
from curator.web.current import account, config, instance, sessions

blueprint = Blueprint("second_factor", __name__)


def _account_counted() -> str:
    return f"code of {g.present.account.id if g.present else 'nobody'}"


# RFC 4226, section 7.3: a million codes, three of them right at a time, and so few tries a day.
limit_account = limiter.limit("30 per hour", key_func=_account_counted, methods=["POST"])


@blueprint.get("/signin/code")
def ask() -> ResponseReturnValue:
    """Ask who has given the password for the code."""
    if g.account:
        return redirect(next_page())
    if not g.present:
        return redirect(url_for("auth.sign_in", next=next_page()))
    return render_template("auth/code.html")


@blueprint.post("/signin/code")
@limit_address
@limit_guesses
@limit_account
def give_code() -> ResponseReturnValue:
    try:
        token = second_factor.give_code(
            sessions(),
            session.get("token", ""),
            request.form["code"],
            hours=config().session_hours,
        )
    except InputInvalid as error:
        return render_template("auth/code.html", problem=translated(error)), error.status
    except NotSignedIn as error:
        end_session()
        return render_template("auth/signin.html", problem=translated(error)), error.status
    keep_token(token)
    return redirect(next_page(), 303)


@blueprint.get("/second-factor")
def index() -> ResponseReturnValue:
    return _page(is_on=g.present.has_second_factor)


@blueprint.post("/second-factor")
@limit_address
@limit_guesses
def turn_on() -> ResponseReturnValue:
    """Turn it on and show the recovery codes once, in this response only."""
    try:
        require_present_password(sessions(), account().name, request.form["present"])
        codes = second_factor.turn_on(
            sessions(), account().id, _secret(), request.form["code"], token=session["token"]
        )
    except (InputInvalid, AlreadyThere) as error:
        return _page(problem=translated(error)), error.status
    return _page(is_on=True, codes=codes)


@blueprint.post("/second-factor/off")
@limit_address
@limit_guesses
def turn_off() -> ResponseReturnValue:
    try:
        require_present_password(sessions(), account().name, request.form["present"])
        second_factor.turn_off(sessions(), account().id)
    except (InputInvalid, NotAllowed) as error:
        return _page(is_on=True, problem=translated(error)), error.status
    flash(gettext("The second factor was turned off."))
    return redirect(url_for("auth.password"), 303)


@blueprint.post("/second-factor/codes")
@limit_address
@limit_guesses
def renew_codes() -> ResponseReturnValue:
    try:
        require_present_password(sessions(), account().name, request.form["present"])
        codes = second_factor.renew_codes(sessions(), account().id)
    except (InputInvalid, NotFound) as error:
        return _page(is_on=True, problem=translated(error)), error.status
    return _page(is_on=True, codes=codes)


def _page(*, is_on: bool = False, **more: object) -> str:
    if is_on:
        left = second_factor.codes_left(sessions(), account().id)
        facts: dict[str, object] = {"left": left, "is_demanded": g.present.is_demanded}
    else:
        secret = _secret()
        drawn = segno.make(second_factor.address_of(secret, account().name), error="m")
        facts = {"secret": secret, "qr": drawn.svg_data_uri(scale=4, border=4, light="white")}
    template = "auth/second_factor.html"
    return render_template(template, is_on=is_on, go_on=next_page(), **facts, **more)


def _secret() -> str:
    return second_factor.offered_secret(instance().secret, session["token"])
