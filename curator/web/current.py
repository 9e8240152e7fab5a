"""The current settings, database and account, and common responses, for views."""

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from curator.base.accounts import Account
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.errors import InputInvalid
from curator.base.instance import instance_key
from curator.labelstudio.work import Work
from curator.web.turns import Turns

EXTENSION = "curator"
OF_ONE_ACCOUNT = 2  # as many files as the inbox sends at once


class Instance:
    """An app's settings and database, opened on first use: an app can exist without an instance."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.uploads = Turns(config.threads // 2, OF_ONE_ACCOUNT)
        self.downloads = Turns(config.threads // 4, OF_ONE_ACCOUNT)
        self.labelstudio = Work()
        self._sessions: Sessions | None = None

    @property
    def sessions(self) -> Sessions:
        if self._sessions is None:
            self._sessions = open_sessions(self.config)
        return self._sessions

    @property
    def secret(self) -> str:
        """The key that signs cookies: never the instance's own key, which also hashes authors."""
        if self.config.secret_key:
            return self.config.secret_key
        key = instance_key(self.config).encode()
        return hmac.new(key, b"signed cookies", hashlib.sha256).hexdigest()


def instance(app: Flask | None = None) -> Instance:
    found: Instance = (app or current_app).extensions[EXTENSION]
    return found


def config() -> Config:
    return instance().config


def sessions() -> Sessions:
    return instance().sessions


def account() -> Account:
    """Return the signed-in account; pages that call this require one."""
    signed_in: Account | None = g.get("account")
    return signed_in or abort(401)


def whole_numbers(name: str) -> list[int]:
    """Read the values of a form's field; a wrong one must not become `none`, which may mean all."""
    fields = request.form if request.method == "POST" else request.args
    values = fields.getlist(name)
    try:
        return [int(value) for value in values]
    except ValueError:
        raise InputInvalid(
            "Nothing was changed: %(name)r accepts whole numbers only. Reload the page and try again.",
            name=name,
        ) from None


def same_site(address: str) -> str:
    """Return the address if it stays on this site, however leniently a browser parses it, else ""."""
    if any(character <= " " or character == "\\" for character in address):
        return ""
    inside = address.startswith("/") and not address.startswith("//")
    return address if inside and not urlsplit(address).netloc else ""


def wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )


def wants_page() -> bool:
    """Tell whether a browser requests a page: for images it prefers other types."""
    wanted = request.accept_mimetypes
    return not wanted or wanted["text/html"] == 1


def answer(message: str, status: int, kind: str = "error") -> ResponseReturnValue:
    """Return an error as a page if one was requested, else as JSON."""
    if not wants_page():
        return {"error": message, "kind": kind}, status
    return render_template("error.html", message=message, status=status), status


def go(address: str) -> Response:
    """Continue after a change: redirect a form, give a script the address."""
    return jsonify(next=address) if wants_json() else redirect(address, 303)
