"""Writes past the program, and removes what guards the log."""

import random
from itertools import product

from sqlalchemy import Connection, Executable, Table, create_engine, select, text
from sqlalchemy.pool import NullPool

from curator.base.config import Config
from curator.base.models.base import Base

EVENT, VERSION = TABLES_OF_LOG = (
    Base.metadata.tables["event"],
    Base.metadata.tables["row_version"],
)
CHANGES = ("update", "delete")


class Intruder:
    """Somebody who writes into the database file, and can remove what guards it."""

    def __init__(self, config: Config) -> None:
        self.engine = create_engine(config.url, poolclass=NullPool)

    def run(self, statement: Executable, *, unguarded: bool = True) -> None:
        with self.engine.begin() as connection:
            if unguarded:
                unguard(connection)
            connection.execute(statement)

    def any_id(self, table: Table) -> int:
        with self.engine.connect() as connection:
            ids: list[int] = [*connection.execute(select(table.c.id)).scalars()]
        return random.Random(7).choice(ids)


def unguard(connection: Connection) -> None:
    """Switch off what refuses changes: triggers, and the keys between tables."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for table, change in product(TABLES_OF_LOG, CHANGES):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {table.name}_no_{change}"))
