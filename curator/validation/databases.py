"""Databases of the scratch instance, of the same kind as the study's: made for a validation and dropped after it."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from curator.base.config import Config
from curator.base.db import is_new
from curator.base.errors import ValidationImpossible
from curator.base.snapshots import SQLITE, clear_database, kind_of
from curator.validation.results import NotRun

PREFIX = "malar_validation_"


@dataclass
class Databases:
    """Gives out empty databases: SQLite's lie in the instance; a server's are created on it, or were given."""

    real: Config
    given: list[str] = field(default_factory=list)
    _made: list[str] = field(default_factory=list)
    _lent: list[str] = field(default_factory=list)

    def new(self) -> str:
        """Return the address of an empty database; NotRun where there can be no further one."""
        if kind_of(self.real) == SQLITE:
            return ""
        if self.given:
            self._lent.append(self.given.pop(0))
            return self._lent[-1]
        if self._lent:
            raise NotRun(
                "This needs one more empty database: create it, and give it by --database as well."
            )
        name = PREFIX + secrets.token_hex(6)
        self._run(f"CREATE DATABASE {name}")
        self._made.append(name)
        return make_url(self.real.url).set(database=name).render_as_string(hide_password=False)

    def give_back(self, url: str) -> None:
        """Take back a database that nobody uses any more."""
        if not url:
            return
        name = make_url(url).database or ""
        if name in self._made:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            self._made.remove(name)
        else:
            clear_database(Config(database_url=url))
            self._lent.remove(url)
            self.given.append(url)

    def close(self) -> None:
        for name in [*self._made]:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        for url in self._lent:
            clear_database(Config(database_url=url))

    def _run(self, statement: str) -> None:
        engine = create_engine(
            self.real.url, isolation_level="AUTOCOMMIT", poolclass=NullPool, hide_parameters=True
        )
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise ValidationImpossible(
                "No database for the validation can be created on the server (%(why)s): let the role "
                "create databases, or create two empty ones and give each by --database.",
                why=why,
            ) from error


@contextmanager
def databases_for(real: Config, given: Sequence[str]) -> Iterator[Databases]:
    """Open the scratch databases, and leave none behind.

    Raises:
        ValidationImpossible: a database that was given is not empty, or of another kind.
    """
    for url in given:
        other = Config(database_url=url)
        if kind_of(other) != kind_of(real) or kind_of(real) == SQLITE:
            raise ValidationImpossible(
                "--database is for an empty database on the kind of server that the study uses."
            )
        if _place(url) == _place(real.url) or not is_new(other):
            raise ValidationImpossible(
                "The database %(name)s is not empty: give an empty one.",
                name=make_url(url).database or "",
            )
    databases = Databases(real, [*given])
    try:
        yield databases
    finally:
        databases.close()


def _place(url: str) -> tuple[object, ...]:
    """Return where a database is, whoever opens it."""
    parts = make_url(url)
    return parts.host or parts.query.get("host"), parts.port, parts.database
