"""The language of a request: the visitor's choice, else what the client prefers."""

from datetime import datetime
from pathlib import Path

from flask import Flask, request, session
from flask_babel import Babel, format_datetime, format_decimal, gettext

from curator.base.errors import CuratorError
from curator.base.messages import AND, Listed, Translatable

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
