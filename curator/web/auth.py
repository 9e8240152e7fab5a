"""Who may come in: sign-in, the set-up link, and the rule that every other page needs an account."""

import hmac
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from curator import accounts
from curator.accounts import Account
from curator.errors import InputInvalid, NotAllowed, NotFound, NotSignedIn
from curator.web.current import config, go, sessions, wants_json

blueprint = Blueprint("auth", __name__)

# A new page is protected unless it is named here.
OPEN_TO_ALL = {
    "auth.sign_in",
    "auth.sign_in_now",
    "auth.setup",
    "auth.setup_now",
    "auth.health",
    "static",
}
OPEN_TO_VIEWERS = {
    "auth.sign_in_now",
    "auth.sign_out",
    "auth.setup_now",
}  # of what changes anything


def _address_and_name() -> str:
    return f"{get_remote_address()} {request.form.get('name', '')[:64].casefold()}"


limiter = Limiter(get_remote_address, storage_uri="memory://")
limit_guesses = limiter.limit("10 per minute", key_func=_address_and_name, methods=["POST"])
limit_address = limiter.limit("60 per minute", methods=["POST"])


def require_account() -> ResponseReturnValue | None:
    """Let nobody in who is not signed in, and no viewer change anything."""
    g.account = None
    if request.endpoint == "static":
        return None
    g.account = _account_of_session()
    if request.routing_exception:  # answered as an error, to whom is signed in with the menu
        return None
    if request.endpoint not in OPEN_TO_ALL and g.account is None:
        if request.method == "GET" and not wants_json():
            return redirect(url_for("auth.sign_in", next=_here()))
        raise NotSignedIn("You are not signed in any more: sign in, then try again.")
    changes = request.method not in ("GET", "HEAD", "OPTIONS")
    if changes and g.account and not g.account.may_rate and request.endpoint not in OPEN_TO_VIEWERS:
        raise NotAllowed(
            "A viewer may look at everything and change nothing: "
            "ask an administrator for another role."
        )
    return None


def is_safe_address(address: str) -> bool:
    """Tell whether an address stays on this site, read as leniently as browsers read it."""
    if any(character <= " " or character == "\\" for character in address):
        return False
    parts = urlsplit(address)
    return address.startswith("/") and not address.startswith("//") and not parts.netloc


@blueprint.get("/signin")
def sign_in() -> ResponseReturnValue:
    if g.account:
        return redirect(_next())
    return render_template("auth/signin.html", first=not accounts.has_accounts(sessions()))


@blueprint.post("/signin")
@limit_address
@limit_guesses
def sign_in_now() -> ResponseReturnValue:
    try:
        found = accounts.sign_in(sessions(), request.form["name"].strip(), request.form["password"])
    except NotSignedIn as error:
        return render_template("auth/signin.html", problem=error.message), error.status
    _open_session(found)
    return redirect(_next(), 303)


@blueprint.post("/signout")
def sign_out() -> ResponseReturnValue:
    session.clear()
    return redirect(url_for("auth.sign_in"), 303)


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
    found = accounts.add_first_admin(
        sessions(),
        request.form["name"].strip(),
        request.form["password"],
        min_chars=config().password_min_chars,
    )
    _open_session(found)
    return go(url_for("dashboard.index"))


@blueprint.get("/healthz")
def health() -> ResponseReturnValue:
    accounts.has_accounts(sessions())  # raises when the database does not answer
    return {"status": "ok"}


def _account_of_session() -> Account | None:
    opened = sessions()  # raises when there is no instance, whoever asks
    user_id, fingerprint = session.get("user"), session.get("fingerprint", "")
    found = accounts.account(opened, user_id) if user_id else None
    return found if found and hmac.compare_digest(found.fingerprint, fingerprint) else None


def _open_session(found: Account) -> None:
    session.clear()
    session.permanent = True
    session["user"] = found.id
    session["fingerprint"] = found.fingerprint


def _require_token(token: str) -> None:
    expected = current_app.config["SETUP_TOKEN"]
    fits = hmac.compare_digest(token.encode(), expected.encode())
    if not fits or accounts.has_accounts(sessions()):
        raise NotFound(
            "This set-up link does not work: it makes the first account, once. "
            "Sign in with the account that was made, or start the server again for a new link."
        )


def _here() -> str:
    return request.full_path if request.query_string else request.path


def _next() -> str:
    wanted = request.values.get("next", "")
    return wanted if is_safe_address(wanted) else url_for("dashboard.index")
