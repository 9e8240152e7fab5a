"""A photo's history as text: the title of each event, and what it changed."""

from typing import Any, NamedTuple

from flask_babel import gettext

from curator.base.messages import translatable
from curator.queries.history import Happened
from curator.ratings.attributes import attributes
from curator.web.terms import DECISIONS, LABEL_NAME, LABELS

FIELDS = {
    "region": translatable("Region"),
    "note": translatable("Note"),
    "over_eyes": translatable("Over the eyes"),
    "excluded_reason": translatable("Reason"),
    "source": translatable("Source"),
    "person": translatable("Person"),
    "copy_of": translatable("Copy of photo"),
    "decision": translatable("Decision"),
    "batch": translatable("Import"),
}
NOTHING = translatable("none")
YES, NO = translatable("yes"), translatable("no")
DRAWN, DRAWN_ANEW = translatable("drawn"), translatable("redrawn")


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
    return gettext(_word(field, was)) if was else "", gettext(_word(field, now))


def _word(field: str, value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return YES if value else NO
    if field == "region":
        return DRAWN
    for attribute in attributes():
        if attribute.code == field:
            return ", ".join(map(gettext, attribute.named(value))) or NOTHING
    known = {"label": LABELS, "decision": DECISIONS}.get(field, {})
    return known.get(value, str(value))
