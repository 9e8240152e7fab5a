"""A photo's history as text: the title of each event, and what it changed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import gettext

from curator.base.messages import translatable
from curator.http.terms import DECISIONS, EXCLUSIONS, LABEL_NAME, LABELS, SCOPES
from curator.queries.history import Happened
from curator.ratings import origins
from curator.ratings.attributes import attributes, attributes_by_code

FIELDS = {
    "region": translatable("Region"),
    "note": translatable("Note"),
    "over_eyes": translatable("Over the eyes"),
    "origin": translatable("Origin of the region"),
    "source_shown": translatable("Source in view"),
    "excluded_reason": translatable("Reason"),
    "excluded_scope": translatable("About"),
    "source": translatable("Source"),
    "post_url": translatable("Post"),
    "author_key": translatable("Author"),
    "caption": translatable("Caption"),
    "collected_on": translatable("Collected on"),
    "collector": translatable("Collected by"),
    "person": translatable("Person"),
    "copy_of": translatable("Copy of photo"),
    "decision": translatable("Decision"),
    "colours": translatable("Colours"),
    "batch": translatable("Import"),
}
# Of values that are codes or may be; other text was typed by somebody and stays as it is.
NAMES: dict[str, Mapping[str, str]] = {
    "label": LABELS,
    "decision": DECISIONS,
    "origin": {origin: name for origin, name in origins.NAMES.items() if origin},
    "excluded_reason": {reason: reason for reason in EXCLUSIONS},
    "excluded_scope": SCOPES,
}
NOTHING = translatable("none")
YES, NO = translatable("yes"), translatable("no")
CODE = translatable("stored as a code")
DRAWN, DRAWN_ANEW = translatable("drawn"), translatable("redrawn")

WITHOUT_VALUE = {"region": DRAWN, "author_key": CODE}  # shown as a word in place of the value


class Change(NamedTuple):
    """A field's values as text; `before` is empty if there was no value."""

    field: str
    before: str
    after: str


def title(event: Happened) -> str:
    text = event.text
    return str(gettext(text, other=event.other) if event.other else gettext(text))


def changes_of(event: Happened) -> list[Change]:
    """Return the fields an event changed: all that had a value, if the event created or removed the whole."""
    before, after = event.before or {}, event.after or {}
    return [
        Change(gettext(name), *_values(field, before.get(field), after.get(field)))
        for field, name in _fields().items()
        if (before.get(field) or None) != (after.get(field) or None)
    ]


def _fields() -> dict[str, str]:
    """Return each event field's name on pages, in display order."""
    return (
        {"label": LABEL_NAME}
        | {attribute.code: attribute.name for attribute in attributes()}
        | FIELDS
    )


def _values(field: str, was: Any, now: Any) -> tuple[str, str]:
    if field == "region" and was and now:
        return gettext(DRAWN), gettext(DRAWN_ANEW)
    return _text(field, was) if was else "", _text(field, now)


def _text(field: str, value: Any) -> str:
    return ", ".join(map(gettext, _names(field, value))) or str(value)


def _names(field: str, value: Any) -> tuple[str, ...]:
    """Return the translatable names of a stored value; none for text that somebody typed."""
    if value is None or value == "":
        return (NOTHING,)
    if isinstance(value, bool):
        return (YES if value else NO,)
    if field in WITHOUT_VALUE:
        return (WITHOUT_VALUE[field],)
    if attribute := attributes_by_code().get(field):
        return attribute.named(value) or (NOTHING,)
    known = NAMES.get(field, {})
    return (known[value],) if value in known else ()
