"""The audit trail: the log as a table for people, or as lines of JSON for programs, and the proof that it holds."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from curator.base.chain import Break, Head, breaks, head
from curator.base.db import Sessions, reading
from curator.base.models.events import Event, RowVersion
from curator.base.spreadsheets import harmless

COLUMNS = ("event", "at", "who", "what", "about", "number", "before", "after", "reason", "link")
READ_TOGETHER = 1000  # events


@dataclass(frozen=True)
class Proof:
    """Whether the chain of events holds: where it does not, and the last event."""

    events: int
    breaks: tuple[Break, ...]
    head: Head | None


@dataclass(frozen=True)
class AuditRow:
    """An event with the rows that its transaction left, which programs get."""

    event: int
    at: str
    who: str
    what: str
    about: str
    number: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str | None
    link: str | None
    rows: tuple[Mapping[str, Any], ...]


def prove(sessions: Sessions, key: bytes) -> Proof:
    """Check every link of the chain of events."""
    with reading(sessions) as session:
        events = session.scalar(select(func.count()).select_from(Event)) or 0
        return Proof(events, tuple(breaks(session, key)), head(session))


def holds_at(sessions: Sessions, earlier: Head) -> bool:
    """Tell whether an event still has the link that somebody wrote down."""
    with reading(sessions) as session:
        return session.scalar(select(Event.link).where(Event.id == earlier.event)) == earlier.link


def audit_rows(sessions: Sessions) -> Iterator[AuditRow]:
    """Yield the log, oldest first, in short transactions: the reader may be slow."""
    last = 0
    while rows := _rows_after(sessions, last):
        yield from rows
        last = rows[-1].event


def write_table(rows: Iterator[AuditRow], file: IO[str]) -> int:
    """Write the trail as CSV for people; return the number of events."""
    writer, count = csv.writer(file), 0
    writer.writerow(COLUMNS)
    for row in rows:
        cells = asdict(row) | {"before": _told(row.before), "after": _told(row.after)}
        writer.writerow([harmless(cells[column]) for column in COLUMNS])
        count += 1
    return count


def write_lines(rows: Iterator[AuditRow], file: IO[str]) -> int:
    """Write the trail as JSON, an event a line; return the number of events."""
    count = 0
    for row in rows:
        file.write(json.dumps(asdict(row)) + "\n")
        count += 1
    return count


def _told(facts: Mapping[str, Any] | None) -> str:
    """Return facts as a cell: `label: positive; sex: female`."""
    told = {name: value for name, value in (facts or {}).items() if value not in (None, "")}
    return "; ".join(f"{name}: {_value(value)}" for name, value in told.items())


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rows_after(sessions: Sessions, last: int) -> list[AuditRow]:
    with reading(sessions) as session:
        found = select(Event).where(Event.id > last).order_by(Event.id).limit(READ_TOGETHER)
        events = session.scalars(found).all()
        rows = _versions(session, events[0].id, events[-1].id) if events else {}
        return [_row(event, rows.get(event.id, [])) for event in events]


def _versions(session: Session, first: int, last: int) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = {}
    between = RowVersion.event_id.between(first, last)
    for each in session.scalars(select(RowVersion).where(between).order_by(RowVersion.id)):
        row = {"table": each.table_name, "key": json.loads(each.row_key), "columns": each.columns}
        found.setdefault(each.event_id, []).append(row | {"content": each.content})
    return found


def _row(event: Event, rows: list[Mapping[str, Any]]) -> AuditRow:
    return AuditRow(
        event=event.id,
        at=event.at.isoformat(timespec="microseconds") + "Z",
        who=event.actor,
        what=event.action,
        about=event.subject,
        number=event.subject_id,
        before=event.before,
        after=event.after,
        reason=event.reason,
        link=event.link,
        rows=tuple(rows),
    )
