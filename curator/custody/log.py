"""Examines the log of changes, and rows against it: it holds every row as the last change left it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from curator.base.chain import Break, breaks, fits
from curator.base.config import Config
from curator.base.events import ACTIONS, Action
from curator.base.journal import KEPT, TABLES, as_json, is_veiled, key_from, key_text
from curator.base.keys import chain_key
from curator.base.models.events import Event, RowVersion
from curator.custody.files import check_key
from curator.custody.findings import Finding, Kind, row_name
from curator.custody.records import (
    UNSEEN,
    Cells,
    Reader,
    Records,
    key_of,
    table_named,
)

OF_PAIRS = ("photo_pair", "duplicate_pair", "person_pair")  # of which only the decided are kept
BROKEN = {
    "content": "It does not say what it said when it was written.",
    "link": "It does not follow the event before it: that, this or its rows were changed or removed.",
    "event": "It is gone, though versions of rows belong to it.",
}
EVENT = table_named(Event.__tablename__)
VERSION = table_named(RowVersion.__tablename__)


def check_events(reader: Reader) -> Iterator[Finding]:
    """Check that each event can be understood."""
    noted = len(reader.findings)
    for cells in reader.rows(EVENT, list(EVENT.columns)):
        if problem := _problem(cells):
            yield Finding(Kind.EVENT_UNKNOWN, row_name(EVENT.name, key_of(EVENT, cells)), problem)
    yield from reader.findings[noted:]


def check_chain(reader: Reader, config: Config) -> Iterator[Finding]:
    """Check that no event or version was changed, removed or added past the program."""
    if any(check_key(config)):
        return  # told where the key is examined
    key = chain_key(config)
    with Session(reader.connection) as session:
        if not fits(session, key):
            says = "It is not the key with which the log was written."
            yield Finding(Kind.KEY_WRONG, "key", says)
            return
        yield from map(_broken, breaks(session, key))


def check_rows(reader: Reader, records: Records) -> Iterator[Finding]:
    """Compare every row of which the log keeps versions with its last one."""
    rows = {name: dict(_kept(records, name)) for name in TABLES if name not in records.unread}
    last = _last_versions(reader)
    for version in reader.rows(VERSION, list(VERSION.columns)):
        name, key = version["table_name"], version["row_key"]
        if is_veiled(key):
            continue
        if name in rows and last[name, key] == version["id"]:
            yield from _against(name, key, rows[name].pop(key, None), version["columns"])
    for name, unknown in rows.items():
        for cells in unknown.values():
            about = row_name(name, key_of(TABLES[name], cells))
            yield Finding(Kind.LOG_DIFFERS, about, "It is there, though no event says so.")


def exports_made(reader: Reader) -> dict[int, Cells]:
    """Return what the log says of each export, by its id."""
    return {
        cells["subject_id"]: cells["after"]
        for cells in reader.rows(EVENT, list(EVENT.columns))
        if cells["action"] == Action.EXPORT_MADE and isinstance(cells["after"], dict)
    }


def _last_versions(reader: Reader) -> dict[tuple[str, str], int]:
    """Return the id of each row's last version."""
    last: dict[tuple[str, str], int] = {}
    names = [VERSION.c.id, VERSION.c.table_name, VERSION.c.row_key]
    for version in reader.rows(VERSION, names):
        row = version["table_name"], version["row_key"]
        last[row] = max(last.get(row, 0), version["id"])
    return last


def _kept(records: Records, name: str) -> Iterator[tuple[str, Cells]]:
    """Yield a table's rows of which the log keeps versions, by the text of their keys."""
    decided = {pair["id"] for pair in records.each("photo_pair") if pair["decision"] is not None}
    for key, cells in records.table(name).items():
        if "?" not in key and (name not in OF_PAIRS or cells["id"] in decided):
            yield key_text(tuple(map(as_json, key))), cells


def _against(name: str, key: str, cells: Cells | None, kept: Any) -> Iterator[Finding]:
    """Compare a row with its last version, which is None where it must be gone."""
    if kept is UNSEEN:
        return  # told where the cells are read
    table = TABLES[name]
    if cells is None:
        if kept is not None:
            about = row_name(
                name, dict(zip(table.primary_key.columns.keys(), key_from(key), strict=True))
            )
            yield Finding(Kind.LOG_DIFFERS, about, "It is not there, though the log says it is.")
        return
    about = row_name(name, key_of(table, cells))
    if kept is None:
        yield Finding(Kind.LOG_DIFFERS, about, "It is there, though the log says it is gone.")
        return
    for column in sorted(cells.keys() - KEPT[name].omitted - KEPT[name].carried):
        if cells[column] is not UNSEEN and as_json(cells[column]) != kept.get(column):
            says = f"{column} is {cells[column]!r:.80}; the log says {kept.get(column)!r:.80}."
            yield Finding(Kind.LOG_DIFFERS, about, says)


def _broken(found: Break) -> Finding:
    is_of_event = found.version is None or found.what == "event"
    about = f"event {found.event}" if is_of_event else f"row_version {found.version}"
    return Finding(Kind.CHAIN_BROKEN, about, BROKEN[found.what])


def _problem(cells: Cells) -> str:
    """Return why an event cannot be understood; empty if it can."""
    if not isinstance(cells["action"], str) or cells["action"] not in ACTIONS:
        return f"There is no action {cells['action']!r:.60}."
    for name in ("before", "after"):
        if not isinstance(cells[name], dict) and cells[name] not in (None, UNSEEN):
            return f"Its {name} is not a set of values."
    return ""
