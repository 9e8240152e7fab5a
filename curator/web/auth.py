"""Signing in and out, the set-up link, one's own account, and the rule that every other page needs one."""

import hmac

from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from curator.base import accounts, sign_ins, tokens
from curator.base.accounts import name_form
from curator.base.errors import InputInvalid, NotAllowed, NotFound, NotSignedIn
from curator.base.sign_ins import Presence
from curator.base.visibility import see_only
from curator.http.language import translated
from curator.http.limits import limiter
from curator.http.roles import require_within_sites
from curator.web.current import account, config, go, same_site, sessions, wants_page
from curator.web.roles import FOR_BOUND, is_open, require_role

blueprint = Blueprint("auth", __name__)

OF_ONESELF = (
    *("auth.change_password", "auth.make_token", "second_factor.turn_on"),
    *("second_factor.turn_off", "second_factor.renew_codes", "second_factor.give_code"),
)  # where a password or code of who is signed in is given
BEFORE_SET_UP = ("second_factor.index", "second_factor.turn_on", "auth.sign_out")
DAYS = (30, 90, 180, 365)  # that a new token may work
MOST_COUNTED = 64  # characters of a name; none that an account has is longer


def _address_and_name() -> str:
    """Return from where which account's password is guessed; a name that no account has counts too."""
    is_own = request.endpoint in OF_ONESELF and g.present
    guessed = g.present.account.name if is_own else request.form.get("name", "")
    return f"{get_remote_address()} {name_form(guessed).casefold()[:MOST_COUNTED]}"


limit_guesses = limiter.limit("10 per minute", key_func=_address_and_name, methods=["POST"])
limit_address = limiter.limit("60 per minute", methods=["POST"])


def require_account() -> ResponseReturnValue | None:
    """Admit accounts whose role may use the route; send visitors to sign in."""
    g.account = g.present = None
    if request.endpoint == "static":
        return None
    g.present = _present()
    if g.present and not g.present.awaits_code:
        g.account = g.present.account
        see_only(g.account.sites)
    if request.routing_exception:  # becomes an error page, with the menu if signed in
        return None
    endpoint = request.endpoint or ""
    if g.account is None and not is_open(endpoint):
        if request.method == "GET" and wants_page():
            return redirect(url_for(_door(), next=_here()))
        raise NotSignedIn("You are no longer signed in: sign in, then try again.")
    require_role(endpoint, g.account)
    photo = (request.view_args or {}).get("photo_id")
    require_within_sites(endpoint, g.account, FOR_BOUND, photo)
    return _lead_to_set_up(endpoint)


def _lead_to_set_up(endpoint: str) -> ResponseReturnValue | None:
    """Open nothing else to an account that lacks a second factor that is demanded of it."""
    if not (g.account and g.present.must_set_up) or is_open(endpoint) or endpoint in BEFORE_SET_UP:
        return None
    if request.method == "GET" and wants_page():
        return redirect(url_for("second_factor.index", next=_here()))
    raise NotAllowed("Set up your second factor first: open your account's page.")


def _door() -> str:
    """Return the page that opens the others: for the password, or for the code that is still missing."""
    return "second_factor.ask" if g.present else "auth.sign_in"


@blueprint.get("/signin")
def sign_in() -> ResponseReturnValue:
    if g.account:
        return redirect(next_page())
    return render_template("auth/signin.html", first=not accounts.has_accounts(sessions()))


@blueprint.post("/signin")
@limit_address
@limit_guesses
def sign_in_now() -> ResponseReturnValue:
    try:
        present = _open_session(request.form["name"], request.form["password"])
    except NotSignedIn as error:
        return render_template("auth/signin.html", problem=translated(error)), error.status
    if present and present.awaits_code:
        return redirect(url_for("second_factor.ask", next=next_page()), 303)
    return redirect(next_page(), 303)


@blueprint.post("/signout")
def sign_out() -> ResponseReturnValue:
    end_session()
    response = redirect(url_for("auth.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'  # what an earlier version let the browser keep
    return response


@blueprint.get("/password")
def password() -> ResponseReturnValue:
    return _account_page()


@blueprint.post("/password")
@limit_address
@limit_guesses
def change_password() -> ResponseReturnValue:
    try:
        if request.form["password"] != request.form["again"]:
            raise InputInvalid("The two new passwords differ: type them again.")
        accounts.change_password(
            sessions(),
            account().name,
            request.form["present"],
            request.form["password"],
            min_chars=config().password_min_chars,
        )
    except InputInvalid as error:
        return _account_page(problem=translated(error)), error.status
    _open_session(account().name, request.form["password"])
    flash(gettext("Your password was changed."))
    return redirect(url_for("dashboard.index"), 303)


@blueprint.post("/password/tokens")
@limit_address
@limit_guesses
def make_token() -> ResponseReturnValue:
    """Make a token and show it once, in this response only: never in an address, cookie or log."""
    form = request.form
    try:
        accounts.require_present_password(sessions(), account().name, form["present"])
        secret, made = tokens.make_token(
            sessions(),
            account().id,
            form["name"],
            role=form["role"],
            days=form.get("days", 0, type=int),
            actor=account().name,
        )
    except (InputInvalid, NotAllowed) as error:
        return _account_page(token_problem=translated(error)), error.status
    return _account_page(made=made, secret=secret)


@blueprint.post("/password/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    revoked = tokens.revoke_token(
        sessions(), token_id, account_id=account().id, actor=account().name
    )
    flash(gettext("The token “%(name)s” was revoked.", name=revoked.name))
    return go(url_for("auth.password", _anchor="tokens"))


@blueprint.get("/setup")
def setup() -> ResponseReturnValue:
    _require_token(request.args.get("token", ""))
    return render_template("auth/setup.html", min_chars=config().password_min_chars)


@blueprint.post("/setup")
@limit_address
def setup_now() -> ResponseReturnValue:
    _require_token(request.form.get("token", ""))
    if request.form["password"] != request.form["again"]:
        raise InputInvalid("The two passwords differ: go back and type them again.")
    name, password = request.form["name"], request.form["password"]
    accounts.add_first_admin(sessions(), name, password, min_chars=config().password_min_chars)
    _open_session(name, password)
    return go(url_for("dashboard.index"))


@blueprint.get("/robots.txt")
def robots() -> ResponseReturnValue:
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@blueprint.get("/healthz")
def health() -> ResponseReturnValue:
    accounts.has_accounts(sessions())  # raises if the database does not answer
    return {"status": "ok"}


def _account_page(**more: object) -> str:
    return render_template(
        "auth/password.html",
        has_second_factor=g.present.has_second_factor,
        min_chars=config().password_min_chars,
        tokens=tokens.list_tokens(sessions(), account().id),
        roles=tokens.roles_up_to(account().role),
        days=DAYS,
        usual_days=tokens.DAYS,
        longest_name=tokens.LONGEST_NAME,
        **more,
    )


def _present() -> Presence | None:
    """Return who is signed in, and note that a person is here: who writes, or opens a page.

    Pictures, and what a page asks for by itself, keep nobody signed in.
    """
    database = sessions()  # raises for every visitor if there is no instance
    token = session.get("token")
    if not token:
        return None
    present = sign_ins.signed_in(database, token, idle_minutes=config().idle_minutes)
    writes = request.method == "POST"
    if present and (writes or (request.method == "GET" and wants_page())):
        sign_ins.note_used(database, token, present, waits=writes)
    return present


def _open_session(name: str, password: str) -> Presence | None:
    token = sign_ins.sign_in(sessions(), name, password, hours=config().session_hours)
    language = session.get("language")
    end_session()  # perhaps another account's
    if language:
        session["language"] = language
    keep_token(token)
    return sign_ins.signed_in(sessions(), token)


def keep_token(token: str) -> None:
    """Let the cookie carry a sign-in's token."""
    session.permanent = True
    session["token"] = token


def end_session() -> None:
    """End the session on the server first: if that fails, the cookie is still there to retry."""
    if token := session.get("token"):
        sign_ins.sign_out(sessions(), token)
    session.clear()


def _require_token(token: str) -> None:
    expected = current_app.config["SETUP_TOKEN"]
    fits = hmac.compare_digest(token.encode(), expected.encode())
    if not fits or accounts.has_accounts(sessions()):
        raise NotFound(
            "This set-up link is no longer valid: it works once, to create the first account. "
            "Sign in with that account, or restart the server for a new link."
        )


def _here() -> str:
    return request.full_path if request.query_string else request.path


def next_page() -> str:
    """Return where to go on: the page that was asked for."""
    return same_site(request.values.get("next", "")) or url_for("dashboard.index")
