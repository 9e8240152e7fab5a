"""Writes the event table: one row for each change, in the change's own transaction."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from curator.base.models import Event


def record(
    session: Session,
    actor: str,
    action: str,
    subject: str,
    subject_id: int | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Event:
    event = Event(
        actor=actor,
        action=action,
        subject=subject,
        subject_id=subject_id,
        before=before,
        after=after,
    )
    session.add(event)
    return event


def ids_of(session: Session, events: Iterable[Event]) -> tuple[int, ...]:
    """Return the ids by which changes are undone; new events get theirs here."""
    recorded = list(events)
    session.flush()
    return tuple(event.id for event in recorded)
