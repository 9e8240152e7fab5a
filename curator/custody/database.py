"""Examines the database as such: its pages, schema, constraints, and the values that columns may have."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Table, UniqueConstraint

from curator.base.config import Config
from curator.base.db import make_tables, newest_revision, open_engine
from curator.base.models.base import Base
from curator.custody.findings import Finding, Kind, row_name
from curator.custody.records import DAMAGE, UNSEEN, Cells, Reader, Records, key_of, unreadable_table

MOST_TOLD = 100  # of what SQLite says about its pages

SPACES = re.compile(r'[\s"`]+')


def check_pages(reader: Reader) -> Iterator[Finding]:
    """Let SQLite check its pages and indexes; PostgreSQL has no such check for everybody."""
    if not reader.is_sqlite:
        return
    try:
        found = reader.connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_TOLD})").all()
        told = [str(row[0]) for row in found if row[0] != "ok"]
    except DAMAGE as error:
        told = [str(getattr(error, "orig", None) or error)]
    for said in told:
        yield Finding(
            Kind.DATABASE_DAMAGED, "the database", f"SQLite says: {' '.join(said.split())}."
        )


def check_schema(reader: Reader) -> Iterator[Finding]:
    """Compare the schema with what this version's migrations make."""
    revision = MigrationContext.configure(reader.connection).get_current_revision()
    if revision != newest_revision():
        yield Finding(
            Kind.SCHEMA_DIFFERS,
            "the database",
            f"It has revision {revision or 'none'}; this version's is {newest_revision()}.",
        )
    if not reader.is_sqlite:
        context = MigrationContext.configure(reader.connection, opts={"compare_type": False})
        for difference in compare_metadata(context, Base.metadata):
            yield Finding(Kind.SCHEMA_DIFFERS, "the database", f"It differs: {difference!r:.200}.")
        yield from _missing_triggers(reader)
        return
    made, expected = _schema(reader.connection.exec_driver_sql), _made_schema()
    for name in sorted(made.keys() | expected.keys()):
        if made.get(name) != expected.get(name):
            how = "is not as it was made" if name in made and name in expected else "is missing"
            how = how if name in expected else "does not belong there"
            yield Finding(Kind.SCHEMA_DIFFERS, name, f"The {name} {how}.")


def _missing_triggers(reader: Reader) -> Iterator[Finding]:
    """Find the guards of the log that PostgreSQL lacks or passes over; Alembic compares no triggers."""
    enabled = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    there = {f"trigger {row[0]}" for row in reader.connection.exec_driver_sql(enabled)}
    for name in sorted(_made_schema()):  # SQLite's are named alike
        if name.startswith("trigger ") and name not in there:
            yield Finding(Kind.SCHEMA_DIFFERS, name, f"The {name} is missing.")


def _schema(execute: Any) -> dict[str, list[str]]:
    found = execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {
        f"{kind} {name}": _parts(SPACES.sub("", sql).lower())
        for kind, name, sql in found
        if not name.startswith("sqlite_")
    }


def _parts(sql: str) -> list[str]:
    """Split a statement at its outer commas: a table that a migration copied has its rules in any order."""
    parts, depth = [""], 0
    for letter in sql:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 1:
            parts.append("")
        elif (letter, depth) not in (("(", 1), (")", 0)):
            parts[-1] += letter
        else:
            parts.append("")
    return sorted(parts)


@cache
def _made_schema() -> Mapping[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        config = Config(instance=Path(folder))
        engine = open_engine(config)
        with engine.begin() as connection:
            make_tables(config, connection)
            found = _schema(connection.exec_driver_sql)
        engine.dispose()
        return found


def check_constraints(reader: Reader, records: Records) -> Iterator[Finding]:
    """Check every constraint by the rows: a damaged file keeps none of them."""
    for table in Base.metadata.sorted_tables:
        rows = records.table(table.name)
        if not rows:
            continue
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKeyConstraint):
                yield from _broken_links(table, rows.values(), constraint, records)
            elif isinstance(constraint, UniqueConstraint):
                yield from _twice(table, rows.values(), [c.name for c in constraint.columns])
            elif isinstance(constraint, CheckConstraint):
                yield from _refused(reader, table, str(constraint.sqltext))
        for index in table.indexes:
            if index.unique:
                yield from _twice(table, rows.values(), [c.name for c in index.columns])


def _broken_links(
    table: Table, rows: Iterable[Cells], constraint: ForeignKeyConstraint, records: Records
) -> Iterator[Finding]:
    [element] = constraint.elements  # every key of ours has one column
    target = element.column
    if target.table.name in records.unread:
        return
    there = {cells[target.name] for cells in records.each(target.table.name)}
    name = element.parent.name
    for cells in rows:
        value = cells[name]
        if value is not None and value is not UNSEEN and value not in there:
            yield Finding(
                Kind.LINK_BROKEN,
                row_name(table.name, key_of(table, cells)),
                f"{name} is {value}, but there is no {target.table.name} {value}.",
            )


def _twice(table: Table, rows: Iterable[Cells], columns: list[str]) -> Iterator[Finding]:
    seen: dict[tuple[Any, ...], str] = {}
    for cells in rows:
        value = tuple(cells[column] for column in columns)
        if None in value or UNSEEN in value:
            continue
        name = row_name(table.name, key_of(table, cells))
        if (other := seen.setdefault(value, name)) != name:
            said = ", ".join(columns)
            yield Finding(Kind.VALUE_IMPOSSIBLE, name, f"It has the same {said} as {other}.")


def _refused(reader: Reader, table: Table, condition: str) -> Iterator[Finding]:
    quote = reader.connection.dialect.identifier_preparer.quote
    columns = [column.name for column in table.primary_key.columns]
    names = ", ".join(map(quote, columns))
    try:
        found = reader.connection.exec_driver_sql(
            f"SELECT {names} FROM {quote(table.name)} WHERE NOT ({condition})"  # noqa: S608
        ).all()
    except DAMAGE as error:
        yield unreadable_table(table.name, error)
        return
    for row in found:
        name = row_name(table.name, dict(zip(columns, row, strict=True)))
        yield Finding(Kind.VALUE_IMPOSSIBLE, name, f"It breaks the rule {condition}.")
