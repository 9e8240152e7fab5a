"""Excluding photos, one or several: reads the reason, asks where it reaches further, says what was done."""

from collections.abc import Collection
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from curator.base.errors import InputInvalid, ReachUnconfirmed
from curator.base.reach import Scope
from curator.http.limits import LONGEST_TEXT
from curator.http.terms import exclusion_name, exclusion_stored
from curator.photos.exclusion import exclude_photos
from curator.photos.reasons import scope_of
from curator.queries.exclusions import (
    Reach,
    count_untold,
    exports_holding,
    kept_instead,
    reach,
    still_excluded,
)
from curator.web.current import account, sessions
from curator.web.questions import ask, confirmed

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


@dataclass(frozen=True)
class Change:
    """What was done, in words, and the events that undo it."""

    said: str
    events: tuple[int, ...]


def exclude(photo_ids: Collection[int]) -> Change:
    """Exclude photos for the reason that the form gives.

    Raises:
        ReachUnconfirmed: the reason reaches photos that the form does not confirm.
    """
    reason = reason_given()
    if not reason:
        raise InputInvalid("Say why the photos are excluded: go back and give a reason.")
    events = exclude_photos(
        sessions(),
        photo_ids,
        reason,
        scope=scope_given(),
        confirmed=confirmed(),
        actor=account().name,
    )
    if not events:
        return Change(nothing_changed(), events)
    found = reach(sessions(), photo_ids, scope_given())
    said = [
        ngettext(
            "The photo was excluded: %(reason)s.",
            "%(num)s photos were excluded: %(reason)s.",
            len(events),
            reason=exclusion_name(reason),
        )
    ]
    return Change(" ".join([*said, *_kept(photo_ids), *_reached(found), *_exported(found)]), events)


def include(photo_ids: Collection[int]) -> Change:
    events = exclude_photos(sessions(), photo_ids, "", actor=account().name)
    said = ngettext(
        "%(num)s photo was included again.", "%(num)s photos were included again.", len(events)
    )
    said = said if events else nothing_changed()
    return Change(" ".join([said, *_remaining(photo_ids)]), events)


def nothing_changed() -> str:
    return str(gettext("Nothing to change: the photos are already that way."))


def _kept(photo_ids: Collection[int]) -> list[str]:
    """Name the copies that are kept in place of photos excluded for their file."""
    copies = kept_instead(sessions(), photo_ids)
    if not copies:
        return []
    return [
        ngettext(
            "Its copy, photo No. %(photos)s, is kept instead.",
            "Copies are kept instead: photos No. %(photos)s.",
            len(copies),
            photos=named(copies),
        )
    ]


def _remaining(photo_ids: Collection[int]) -> list[str]:
    """Say which photos stay excluded, though they were included again."""
    still = still_excluded(sessions(), photo_ids)
    if not still:
        return []
    return [
        ngettext(
            "Photo No. %(photos)s stays excluded with another photo: its page names that one.",
            "Photos No. %(photos)s stay excluded with other photos: their pages name these.",
            len(still),
            photos=named(still),
        )
    ]


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
