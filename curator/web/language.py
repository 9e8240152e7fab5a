"""The pages' language: the form that chooses it, and the texts of their scripts."""

import json
from functools import cache

from babel.messages.pofile import read_po
from flask import Blueprint, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from curator.base.errors import InputInvalid, NotFound
from curator.http.language import LANGUAGES, TRANSLATIONS
from curator.web.current import go, same_site

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
def choose() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise InputInvalid("This language is not available: choose one that the page offers.")
    session["language"] = chosen
    return go(same_site(request.form.get("next", "")) or url_for("dashboard.index"))


@blueprint.get("/language/<code>.js")
def words(code: str) -> ResponseReturnValue:
    """Return the scripts' texts in one language, for `t` of static/base/translation.js."""
    if code not in LANGUAGES:
        raise NotFound("This language is not available.")
    content = f"globalThis.malarWords = {json.dumps(_script_words(code), ensure_ascii=False)};\n"
    response = Response(content, mimetype="text/javascript")
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request.environ)


@cache
def _script_words(code: str) -> dict[str, str | list[str]]:
    """Map the scripts' English texts to translations; plurals map the singular to both forms."""
    path = TRANSLATIONS / code / "LC_MESSAGES" / "scripts.po"
    if not path.exists():  # English, the scripts' own language
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=code)
    texts: dict[str, str | list[str]] = {}
    for message in catalog:
        if message.id and message.string:
            plural = isinstance(message.id, tuple)
            key = message.id[0] if plural else message.id
            texts[str(key)] = list(message.string) if plural else str(message.string)
    return texts
