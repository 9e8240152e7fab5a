"""The rows that the log keeps versions of, and which of them a transaction has changed.

A version is a row's columns as JSON. Replaying the versions in their order gives the same rows, and a row
that differs from its last version was changed by something else than curator.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, event, inspect, select, true, tuple_
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker

from curator.base.models.base import Base
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.settings import OF_THE_SERVER

Columns = dict[str, Any]
Key = tuple[Any, ...]
TOUCHED = "rows changed"  # keys of a session's `info`
RECORDED = "events recorded"
VEILED = "~"  # begins what is stored in place of the key of an erased row
# The option of a statement that writes to a table listed below, but only what no version keeps: columns that
# are omitted there, or undecided pairs. All else is written through the session's objects, whose flush is
# noticed here; the tests refuse other statements.
UNKEPT = {"unkept": True}
READ_TOGETHER = 300  # rows: some databases take few parameters

_DECIDED = PhotoPair.decision.is_not(None)
_ON_DECIDED = select(PhotoPair.id).where(_DECIDED)


@dataclass(frozen=True)
class Kept:
    """What is kept of a table's rows.

    Attributes:
        omitted: columns that are derived from others, or that no log may hold.
        carried: columns that are kept as they were when another column changed: evidence, recomputed
            by each search.
        is_of_state: whether the rows belong to the state of the study, which a freeze makes read-only.
            A new table does unless it says otherwise.
    """

    omitted: frozenset[str] = frozenset()
    carried: frozenset[str] = frozenset()
    is_of_state: bool = True


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Whatever is not listed here can be computed again, or is over soon: fingerprints, suggestions, claims.
KEPT = {
    "person": Kept(),
    "batch": Kept(),
    "photo": Kept(omitted=_names("excluded_with_id pairs_sought")),
    "file_name": Kept(),
    "rejected_file": Kept(),
    "photo_pair": Kept(),
    "duplicate_pair": Kept(
        carried=_names("found_by keypoints mirrored distance_bits score verified alignment")
    ),
    "person_pair": Kept(),
    "rating": Kept(omitted=_names("counts_on_id")),
    "rating_value": Kept(),
    "first_word": Kept(omitted=_names("counts_on_id")),
    "adjudication": Kept(omitted=_names("counts_on_id")),
    "ruling_value": Kept(),
    "source_opening": Kept(is_of_state=False),
    "split_assignment": Kept(is_of_state=False),
    "export": Kept(is_of_state=False),
    "export_member": Kept(is_of_state=False),
    "setting": Kept(),
    "user": Kept(omitted=_names("password_hash"), is_of_state=False),
    "user_source": Kept(is_of_state=False),
    "token": Kept(omitted=_names("token_hash used_on"), is_of_state=False),
    "label_studio_annotator": Kept(is_of_state=False),
    "freeze": Kept(is_of_state=False),
    # Letters arrive while the study is frozen, and change no rating.
    "consent": Kept(is_of_state=False),
}
OUTSIDE_KEYS = {"setting": {(name,) for name in OF_THE_SERVER}}  # rows that are not of the state
TABLES: dict[str, Table] = {
    table.name: table for table in Base.metadata.sorted_tables if table.name in KEPT
}


def notice_changes(sessions: sessionmaker[Session]) -> None:
    """Note in each session which rows and events its transaction writes."""
    event.listen(sessions, "after_flush", _notice)


def is_of_state(name: str, key: Key) -> bool:
    """Tell whether a row belongs to the state of the study."""
    return KEPT[name].is_of_state and key not in OUTSIDE_KEYS.get(name, ())


def touched_rows(session: Session) -> list[tuple[str, Key]]:
    """Return the keys of the rows that the transaction wrote, by table, those that others need first."""
    touched: dict[str, dict[Key, None]] = session.info.pop(TOUCHED, {})
    return [(name, key) for name in TABLES for key in touched.get(name, ())]


def present_rows(
    session: Session, rows: Iterable[tuple[str, Key]]
) -> dict[tuple[str, Key], Columns]:
    """Return these rows as they are now; those are missing that are gone, or of which nothing is kept."""
    of_table: dict[str, list[Key]] = {}
    for name, key in rows:
        of_table.setdefault(name, []).append(key)
    return {
        (name, key): columns
        for name, keys in of_table.items()
        for start in range(0, len(keys), READ_TOGETHER)
        for key, columns in read_rows(session, name, keys[start : start + READ_TOGETHER])
    }


def read_rows(
    session: Session, name: str, keys: Collection[Key] | None = None
) -> Iterator[tuple[Key, Columns]]:
    """Yield the rows of a table, or those of these keys."""
    table = TABLES[name]
    wanted = [column for column in table.columns if column.name not in KEPT[name].omitted]
    query = select(*wanted).where(_is_kept(table))
    if keys is not None:
        query = query.where(_among(table, keys))
    for row in session.execute(query.order_by(*table.primary_key)):
        columns = {column.name: as_json(value) for column, value in zip(wanted, row, strict=True)}
        yield key_in(name, columns), columns


def key_in(name: str, columns: Mapping[str, Any]) -> Key:
    return tuple(columns[column.name] for column in TABLES[name].primary_key)


def key_text(key: Key) -> str:
    """Return a row's key as it is stored, for instance `[12]` or `[12,"skin_tone","4"]`."""
    return json.dumps(key, separators=(",", ":"))


def key_from(text: str) -> Key:
    """Return a row's key from what is stored; of an erased row what stands for it."""
    return (text,) if is_veiled(text) else tuple(json.loads(text))


def is_veiled(text: str) -> bool:
    """Tell whether a stored key is an erased row's."""
    return text.startswith(VEILED)


def as_json(value: Any) -> Any:
    if isinstance(value, date):  # a datetime, too
        return value.isoformat()
    return json.loads(json.dumps(value))  # as it comes back: keys are text, tuples are lists


def from_json(table: Table, columns: Mapping[str, Any]) -> Columns:
    """Return a version's columns as the database takes them."""
    return {name: _parsed(table, name, value) for name, value in columns.items()}


def _parsed(table: Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type.python_type
    # A datetime is a date, too, so the kind itself is asked.
    return kind.fromisoformat(value) if value is not None and kind in (date, datetime) else value


def _is_kept(table: Table) -> ColumnElement[bool]:
    """Of pairs only the decided are kept: what a search proposes, it proposes again."""
    if table.name == "photo_pair":
        return table.columns["decision"].is_not(None)
    if table.name in ("duplicate_pair", "person_pair"):
        return table.columns["id"].in_(_ON_DECIDED)
    return true()


def _among(table: Table, keys: Collection[Key]) -> ColumnElement[bool]:
    key: list[Column[Any]] = [*table.primary_key]
    if len(key) == 1:
        return key[0].in_([only for (only,) in keys])
    among: ColumnElement[bool] = tuple_(*key).in_([*keys])
    return among


def _notice(session: Session, _flush: UOWTransaction) -> None:
    for row in (*session.new, *session.deleted):
        _touch(session, row)
    for row in session.dirty:
        if _has_changed(row):
            _touch(session, row)


def _touch(session: Session, row: object) -> None:
    if isinstance(row, Event):
        session.info[RECORDED] = True
    mapper = inspect(row).mapper
    for table in mapper.tables:
        if table.name in KEPT:
            touched = session.info.setdefault(TOUCHED, {}).setdefault(table.name, {})
            touched[tuple(mapper.primary_key_from_instance(row))] = None


def _has_changed(row: object) -> bool:
    """Tell whether a column changed that is kept for its own sake."""
    state = inspect(row)
    for attribute in state.mapper.column_attrs:
        kept = [KEPT[c.table.name] for c in attribute.columns if c.table.name in KEPT]
        passed_over = {name for each in kept for name in each.omitted | each.carried}
        if (
            kept
            and attribute.key not in passed_over
            and state.attrs[attribute.key].history.has_changes()
        ):
            return True
    return False
