"""The changes of the study as a whole, newest first, each with what undoes it."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.consent import SCOPES, STATES
from curator.base.messages import Translatable, translatable
from curator.base.reasons import LONGEST_REASON
from curator.queries.changes import StudyChange, study_changes
from curator.study.facts import BY_CODE
from curator.web.current import account, sessions
from curator.web.history import Change

blueprint = Blueprint("changes", __name__)

PAGE_SIZE = 50
LONGEST_SHOWN = 120  # characters of a value
# What is told of a change, by what it is about.
NAMES: dict[str, dict[str, str]] = {
    "batch": {"source": translatable("Source"), "photos": translatable("Photos")},
    "project": {
        "raters_needed": translatable("Raters per photo"),
        "agreed_overlap": translatable("Minimum overlap of agreeing regions"),
        "withheld_share": translatable("Share of photos without a suggested region"),
        "show_sources": translatable("Source, caption and file name"),
        "keys": translatable("Keys of your own"),
    },
    "study": {code: fact.name for code, fact in BY_CODE.items()},
    "person": {"persons": translatable("Person")},
    "consent": {
        "of": translatable("Person or source"),
        "state": translatable("State"),
        "scope": translatable("Scope"),
        "document": translatable("Document"),
        "dated": translatable("Date"),
    },
    "freeze": {"name": translatable("Name"), "statement": translatable("What you sign")},
}
WORDS = {**STATES, **SCOPES}  # of consent


@blueprint.get("/admin/changes")
def index() -> ResponseReturnValue:
    before = request.args.get("before", 0, type=int)
    found = study_changes(sessions(), account().name, before=before, size=PAGE_SIZE + 1)
    return render_template(
        "changes/index.html",
        changes=found[:PAGE_SIZE],
        next_before=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        told=_told,
        here=request.full_path.rstrip("?"),
        longest_reason=LONGEST_REASON,
    )


def _told(change: StudyChange) -> list[Change]:
    """Return the values that a change set, with those before it."""
    before, after = change.before, change.after
    words = WORDS if change.subject == "consent" else {}
    return [
        Change(gettext(name), _text(before.get(field), words), _text(after.get(field), words))
        for field, name in NAMES[change.subject].items()
        if (before.get(field) or None) != (after.get(field) or None)
    ]


def _text(value: Any, words: Mapping[str, Translatable]) -> str:
    if value in (None, ""):
        return ""
    if value in words:
        return str(gettext(words[value]))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
