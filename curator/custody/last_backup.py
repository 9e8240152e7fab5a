"""What an instance knows of its last backup that was found whole."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.events import Action, record
from curator.base.models.base import utc_now
from curator.base.models.events import Event
from curator.base.models.settings import Setting

SETTING = "last_backup"


@dataclass(frozen=True)
class LastBackup:
    """When and where it was written, and what it holds: `event` is the newest one in it."""

    at: datetime
    target: str
    photos: int
    revision: str
    event: int

    @property
    def age_days(self) -> int:
        return days_since(self.at)


def days_since(at: datetime) -> int:
    return max((utc_now() - at) // timedelta(days=1), 0)


def is_overdue(last: LastBackup | None, after_days: int) -> bool:
    """Tell whether the last backup is older than so many days; never if that is 0."""
    return bool(after_days) and (last is None or last.age_days > after_days)


def last_backup(session: Session) -> LastBackup | None:
    row = session.get(Setting, SETTING)
    return (
        LastBackup(**row.value | {"at": datetime.fromisoformat(row.value["at"])}) if row else None
    )


def read_last_backup(sessions: Sessions) -> LastBackup | None:
    with reading(sessions) as session:
        return last_backup(session)


def note_backup(sessions: Sessions, made: LastBackup, *, actor: str) -> None:
    with sessions.begin() as session:
        write_last_backup(session, made)
        record(session, actor, Action.BACKUP_MADE, "backup", None, after=_stored(made))


def write_last_backup(session: Session, made: LastBackup) -> None:
    session.merge(Setting(name=SETTING, value=_stored(made)))


def known_targets(sessions: Sessions) -> tuple[str, ...]:
    """Return every folder into which this instance was ever backed up, the last one first."""
    made = select(Event.after).where(Event.action == Action.BACKUP_MADE).order_by(Event.id.desc())
    with reading(sessions) as session:
        return tuple(
            dict.fromkeys(str(after["target"]) for after in session.scalars(made) if after)
        )


def _stored(made: LastBackup) -> dict[str, Any]:
    return asdict(made) | {"at": made.at.isoformat()}
