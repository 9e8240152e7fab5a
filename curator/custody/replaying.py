"""Replaying the log: the rows that its versions add up to, written into an empty database."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Table, and_, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.journal import TABLES, UNKEPT, VEILED, Columns, from_json, key_from
from curator.base.models.events import RowVersion
from curator.base.models.photos import Photo
from curator.base.reach import derive_reach
from curator.pairs.words import settle_words

READ_TOGETHER = 1000  # versions
# No log holds these, and none may be empty or stand twice; nothing that anybody sends hashes to a key.
SECRETS = {"user": "password_hash", "token": "token_hash"}


def replay(log: Sessions, empty: Sessions) -> int:
    """Write the rows that a log adds up to into an empty database; return the number of versions."""
    count = 0
    with reading(log) as source, empty.begin() as session:
        for versions in _transactions(source):
            _apply(session, versions)
            count += len(versions)
        derive_reach(session)
        settle_words(session, session.scalars(select(Photo.id)).all())
    return count


def _transactions(session: Session) -> Iterator[list[RowVersion]]:
    rows = session.scalars(
        select(RowVersion)
        .where(~RowVersion.row_key.startswith(VEILED))
        .order_by(RowVersion.event_id, RowVersion.id)
        .execution_options(yield_per=READ_TOGETHER)
    )
    for _, versions in groupby(rows, key=lambda version: version.event_id):
        yield [*versions]


def _apply(session: Session, versions: Sequence[RowVersion]) -> None:
    """Write a transaction's rows: gone ones first, last those that point to rows of their own table.

    No version is kept of them: the log is where they come from.
    """
    tables = [*TABLES.values()]
    for table in reversed(tables):
        for version in _of(versions, table):
            if version.columns is None:
                session.execute(table.delete().where(_is(table, version)), execution_options=UNKEPT)
    for table in tables:
        written = [(v, from_json(table, v.columns)) for v in _of(versions, table) if v.columns]
        for version, columns in written:
            _write(session, table, version, columns | dict.fromkeys(_own(table)))
        for version, columns in written:
            if pointing := {name: columns[name] for name in _own(table) if columns[name]}:
                change = table.update().where(_is(table, version)).values(pointing)
                session.execute(change, execution_options=UNKEPT)


def _write(session: Session, table: Table, version: RowVersion, columns: Columns) -> None:
    row = _is(table, version)
    if session.execute(select(table).where(row)).first() is None:
        secret = {SECRETS[table.name]: version.row_key} if table.name in SECRETS else {}
        session.execute(table.insert().values(columns | secret), execution_options=UNKEPT)
    else:
        session.execute(table.update().where(row).values(columns), execution_options=UNKEPT)


def _of(versions: Sequence[RowVersion], table: Table) -> list[RowVersion]:
    return [version for version in versions if version.table_name == table.name]


def _is(table: Table, version: RowVersion) -> Any:
    key = zip(table.primary_key, key_from(version.row_key), strict=True)
    return and_(*(column == value for column, value in key))


def _own(table: Table) -> list[str]:
    return [key.parent.name for key in table.foreign_keys if key.column.table is table]
