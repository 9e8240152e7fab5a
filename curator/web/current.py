"""Common responses for views, which find here too what `http.current` holds of their request."""

from urllib.parse import urlsplit

from flask import jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from curator.base.errors import InputInvalid
from curator.http.current import account, config, instance, sessions

__all__ = [
    "account",
    "answer",
    "config",
    "go",
    "instance",
    "same_site",
    "sessions",
    "wants_json",
    "wants_page",
    "whole_numbers",
]


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
