"""The language of pages: the visitor's choice, else the browser's preference."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import Blueprint, Flask, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, format_datetime, format_decimal, gettext
from werkzeug.wrappers import Response

from curator.base.errors import CuratorError, InputInvalid, NotFound
from curator.base.messages import AND, Listed, Translatable
from curator.web.current import go, same_site

blueprint = Blueprint("language", __name__)

LANGUAGES = {"en": "English", "pt_BR": "Português"}  # names in their own language
TRANSLATIONS = Path(__file__).parents[1] / "translations"
TAGS = {code: code.replace("_", "-") for code in LANGUAGES}  # as in HTML and HTTP

babel = Babel()


def init_translation(app: Flask) -> None:
    """Set up the translation of pages, messages and scripts."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    babel.init_app(app, locale_selector=chosen_language)
    app.jinja_env.globals.update(languages=LANGUAGES, language=chosen_language, tags=TAGS)
    app.jinja_env.filters.update(day=day, moment=moment, number=format_decimal, translated=gettext)


def chosen_language() -> str:
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    best = request.accept_languages.best_match(TAGS.values(), default=TAGS["en"])
    return next(code for code, tag in TAGS.items() if tag == best)


def translated(error: CuratorError) -> str:
    """Return an error's message in the visitor's language."""
    values = {name: _in_language(value) for name, value in error.values.items()}
    return str(gettext(error.template, **values))


def _in_language(value: object) -> object:
    if isinstance(value, CuratorError):
        return translated(value)
    if isinstance(value, Listed):
        return value.joined(gettext(AND))
    return gettext(value) if isinstance(value, Translatable) else value


def moment(at: datetime) -> str:
    """Format a time with the month as a word, so that it is not confused with the day."""
    return str(format_datetime(at, "d MMM y, HH:mm"))


def day(at: datetime) -> str:
    return str(format_datetime(at, "d MMM y"))


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
