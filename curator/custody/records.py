"""Every row of the database at one moment, read cell by cell: what cannot be read is noted, and nothing raises.

Nothing is written, not even to a read-only instance, and the wide columns of bytes are read apart.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from curator.base.config import Config
from curator.base.models import events as _registers_all  # noqa: F401
from curator.base.models.base import Base
from curator.custody.findings import Finding, Kind, row_name

Cells = dict[str, Any]
Key = tuple[Any, ...]
UNSEEN = object()  # a column of a row that could not be read
APART = ("event", "row_version")  # tables that are streamed: they hold more than all others
# What reading a damaged database can raise.
DAMAGE = (DBAPIError, sqlite3.Error, ValueError, TypeError, LookupError, OverflowError)


class CellUnreadable(ValueError):
    """A value is not one of its column's type."""


@dataclass(frozen=True)
class Records:
    """The rows of all tables by primary key, and what was found while they were read."""

    rows: Mapping[str, Mapping[Key, Cells]]
    findings: tuple[Finding, ...] = ()
    unread: frozenset[str] = frozenset()  # tables that could not be read to their end

    def table(self, name: str) -> Mapping[Key, Cells]:
        return self.rows.get(name, {})

    def each(self, name: str) -> Iterator[Cells]:
        return iter(self.table(name).values())

    def by_id(self, name: str) -> dict[Any, Cells]:
        return {key[0]: cells for key, cells in self.table(name).items()}


@dataclass
class Reader:
    """A connection whose transaction sees one moment."""

    connection: Connection
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def rows(self, table: Table, columns: Sequence[Column[Any]]) -> Iterator[Cells]:
        """Yield a table's rows; a cell that cannot be read is noted and left as UNSEEN."""
        quoted = self.connection.dialect.identifier_preparer
        names = ", ".join(quoted.quote(column.name) for column in columns)
        # No index is asked: a damaged one would hide rows.
        source = quoted.quote(table.name) + (" NOT INDEXED" if self.is_sqlite else "")
        found = self.connection.exec_driver_sql(f"SELECT {names} FROM {source}")  # noqa: S608
        for row in found:
            yield self._cells(table, columns, row)

    def _cells(self, table: Table, columns: Sequence[Column[Any]], row: Sequence[Any]) -> Cells:
        cells: Cells = {}
        wrong = []
        for column, value in zip(columns, row, strict=True):
            try:
                is_read = isinstance(column.type, JSON) and not self.is_sqlite  # by the driver
                cells[column.name] = value if is_read else read_cell(column, value)
            except (ValueError, RecursionError, TypeError):
                cells[column.name] = UNSEEN
                wrong.append((column.name, value))
        for name, value in wrong:
            self.findings.append(
                Finding(
                    Kind.CELL_UNREADABLE,
                    row_name(table.name, key_of(table, cells)),
                    f"{name} is {_shown(value)}, which cannot be read.",
                )
            )
        return cells


@contextmanager
def open_reader(config: Config) -> Iterator[Reader]:
    """Open the database to read one moment of it, without changing anything."""
    engine = _engine(config)
    try:
        with engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                connection.exec_driver_sql(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
                )
            yield Reader(connection)
    finally:
        engine.dispose()


def read_records(reader: Reader) -> Records:
    """Read all rows but the log of changes, which is streamed."""
    rows: dict[str, dict[Key, Cells]] = {}
    unread: set[str] = set()
    for table in Base.metadata.sorted_tables:
        if table.name in APART:
            continue
        into = rows.setdefault(table.name, {})
        try:
            for cells in reader.rows(table, narrow_columns(table)):
                into[tuple(key_of(table, cells).values())] = cells
        except DAMAGE as error:
            unread.add(table.name)
            reader.findings.append(unreadable_table(table.name, error))
    return Records(rows, tuple(reader.findings), frozenset(unread))


def unreadable_table(name: str, error: Exception) -> Finding:
    why = str(getattr(error, "orig", None) or error)
    return Finding(Kind.DATABASE_DAMAGED, f"table {name}", f"{name} cannot be read: {why}.")


def table_named(name: str) -> Table:
    return Base.metadata.tables[name]


def narrow_columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if not isinstance(column.type, LargeBinary)]


def key_of(table: Table, cells: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column.name: "?" if cells[column.name] is UNSEEN else cells[column.name]
        for column in table.primary_key.columns
    }


def read_cell(column: Column[Any], value: Any) -> Any:
    """Return a cell as the program reads it; `CellUnreadable` or another ValueError if it cannot."""
    kind = column.type
    if value is None:
        if column.nullable or isinstance(kind, JSON):
            return None
        raise CellUnreadable
    return next(read for type_, read in READING if isinstance(kind, type_))(kind, value)


def _of(is_right: bool, value: Any) -> Any:
    if not is_right:
        raise CellUnreadable
    return value


def _read_text(kind: Any, value: Any) -> str:
    text = str(_of(isinstance(value, str) and (kind.length or len(value)) >= len(value), value))
    text.encode()  # surrogates stand for bytes that are no text
    return text


# How a value of each type is read, from SQLite or as PostgreSQL's driver returns it; the first that fits.
READING: tuple[tuple[type[Any], Callable[[Any, Any], Any]], ...] = (
    (JSON, lambda _, value: json.loads(value) if isinstance(value, str) else value),
    (Boolean, lambda _, value: bool(_of(value in (0, 1) and isinstance(value, int), value))),
    (Integer, lambda _, value: _of(isinstance(value, int), value)),
    (Float, lambda _, value: float(_of(isinstance(value, int | float), value))),
    (
        DateTime,
        lambda _, value: value if isinstance(value, datetime) else datetime.fromisoformat(value),
    ),
    (Date, lambda _, value: value if isinstance(value, date) else date.fromisoformat(value)),
    (LargeBinary, lambda _, value: bytes(_of(isinstance(value, bytes | memoryview), value))),
    (String, _read_text),
)


def _shown(value: Any) -> str:
    shown = repr(value)
    return ascii(value)[:60] if len(shown) <= 60 else f"{ascii(value)[:57]}..."


def _engine(config: Config) -> Engine:
    if not config.url.startswith("sqlite"):
        return create_engine(config.url, hide_parameters=True, poolclass=NullPool)
    engine = create_engine("sqlite://", creator=lambda: _opened(config), poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def database_file(config: Config) -> Path:
    return Path(config.url.removeprefix("sqlite:///"))


def _opened(config: Config) -> sqlite3.Connection:
    """Open the file to read; where its folder cannot be written, as one that nobody changes."""
    path = database_file(config)
    address = f"file:{quote(str(path))}?mode=ro"
    if not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
        address += "&immutable=1"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    connection.execute("PRAGMA busy_timeout=30000")
    return connection
