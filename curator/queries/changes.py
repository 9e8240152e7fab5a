"""The changes of the whole study: imports, settings, facts, codes, consent and freezes, and what undoes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import CuratorError
from curator.base.events import ACTIONS
from curator.base.models.events import Event
from curator.undoing import asks_reason, refusal

SUBJECTS = ("batch", "project", "study", "person", "consent", "freeze")


@dataclass(frozen=True)
class StudyChange:
    """One event; `hindrance` says why the account cannot undo it, None if it can."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    asks_reason: bool
    hindrance: CuratorError | None

    @property
    def text(self) -> str:
        return ACTIONS[self.action].text if self.action in ACTIONS else self.action


def study_changes(
    sessions: Sessions, actor: str, *, before: int = 0, size: int
) -> tuple[StudyChange, ...]:
    """Return these changes, newest first, older than the event `before`."""
    with reading(sessions) as session:
        rows = select(Event).where(Event.subject.in_(SUBJECTS)).order_by(Event.id.desc())
        if before:
            rows = rows.where(Event.id < before)
        return tuple(_change(session, row, actor) for row in session.scalars(rows.limit(size)))


def import_event(sessions: Sessions, batch_id: int, actor: str) -> StudyChange | None:
    """Return the event by which an import is undone."""
    with reading(sessions) as session:
        started = select(Event).where(Event.subject == "batch", Event.subject_id == batch_id)
        row = session.scalar(started.order_by(Event.id.desc()).limit(1))
        return _change(session, row, actor) if row else None


def _change(session: Session, event: Event, actor: str) -> StudyChange:
    return StudyChange(
        id=event.id,
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        before=event.before or {},
        after=event.after or {},
        reason=event.reason or "",
        asks_reason=asks_reason(event.action),
        hindrance=refusal(session, event, actor),
    )
