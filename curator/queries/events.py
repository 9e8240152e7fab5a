"""The event log, for programs that follow it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid
from curator.base.models.events import Event


@dataclass(frozen=True)
class EventRow:
    """An event as it was recorded; its subject is a photo, pair, account, and so on, with its id."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    subject_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None


def events_after(sessions: Sessions, last: int, most: int) -> tuple[EventRow, ...]:
    """Return the first events whose ids are greater than `last`, oldest first.

    A program that asks again with the last id it got misses none: writers take turns, so ids
    become visible in their order (docs/decisions.md#events-followed).

    Raises:
        InputInvalid: the log ends before `last`.
    """
    with reading(sessions) as session:
        end = session.scalar(select(func.max(Event.id))) or 0
        if last > end:
            raise InputInvalid(
                "The log ends at event %(end)s, before event %(last)s: this is another instance, or one "
                "restored from an older backup. Start again with --since 0.",
                end=end,
                last=last,
            )
        found = session.scalars(select(Event).where(Event.id > last).order_by(Event.id).limit(most))
        return tuple(map(_row, found))


def _row(event: Event) -> EventRow:
    return EventRow(
        id=event.id,
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        subject_id=event.subject_id,
        before=event.before,
        after=event.after,
        reason=event.reason,
    )
