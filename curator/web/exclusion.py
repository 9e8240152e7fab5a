"""Excluding photos: reads the reason, asks where it reaches further, says what was excluded and exported."""

from collections.abc import Collection

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from curator.base.errors import ReachUnconfirmed
from curator.base.reach import Scope
from curator.photos.reasons import scope_of
from curator.queries.exclusions import Reach, count_untold, exports_holding, reach
from curator.web.current import account, sessions
from curator.web.questions import ask
from curator.web.terms import LONGEST_TEXT, exclusion_name, exclusion_stored

MOST_NAMED = 12  # photos in a sentence


def reason_given() -> str:
    return exclusion_stored(request.form.get("reason", "").strip()[:LONGEST_TEXT])


def scope_given() -> str:
    return scope_of(reason_given(), request.form.get("about", "")).value


def ask_reach(
    error: ReachUnconfirmed, photo_ids: Collection[int], origin: str
) -> ResponseReturnValue:
    """Show all photos that the exclusion reaches, and ask; `origin` is the way back."""
    return ask(
        error,
        "exclusion/question.html",
        origin,
        reach=reach(sessions(), photo_ids, Scope.PERSON),
        reason=exclusion_name(reason_given()),
    )


def excluded_with(photo_ids: Collection[int]) -> str:
    """Say what an exclusion reached beyond these photos, and what of it was exported before."""
    found = reach(sessions(), photo_ids, scope_given())
    return " ".join([*_reached(found), *_exported(found)])


def _reached(found: Reach) -> list[str]:
    said = []
    if found.others:
        said.append(
            ngettext(
                "With it, %(num)s other photo is excluded: No. %(photos)s.",
                "With it, %(num)s other photos are excluded: No. %(photos)s.",
                len(found.others),
                photos=named(found.others),
            )
        )
    if found.alike:
        said.append(
            ngettext(
                "Photo No. %(photos)s looks like it, and stays out of exports until somebody decides "
                "whether it is a copy.",
                "Photos No. %(photos)s look like it, and stay out of exports until somebody decides "
                "whether they are copies.",
                len(found.alike),
                photos=named(found.alike),
            )
        )
    return said


def _exported(found: Reach) -> list[str]:
    if scope_given() == Scope.FILE:
        return []
    said = [
        ngettext(
            "Export %(name)s holds photo No. %(photos)s: export again, then delete that folder.",
            "Export %(name)s holds photos No. %(photos)s: export again, then delete that folder.",
            len(export.photos),
            name=export.name,
            photos=named(export.photos),
        )
        for export in exports_holding(sessions(), account().id, among=found.photos)
    ]
    if count_untold(sessions(), account().id, among=found.photos):
        said.append(
            gettext(
                "Exports made before may hold photos that you have not rated: the administrator can "
                "list them with “status”."
            )
        )
    return said


def named(photos: Collection[int]) -> str:
    """List photos by their numbers, the first of many."""
    numbers = sorted(photos)
    more = " …" if len(numbers) > MOST_NAMED else ""
    return ", ".join(map(str, numbers[:MOST_NAMED])) + more
