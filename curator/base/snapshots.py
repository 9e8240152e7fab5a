"""Copies of the whole database as it was at one moment, made while others write."""

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, MetaData, create_engine, make_url
from sqlalchemy.pool import NullPool

from curator.base.config import Config
from curator.base.db import PATIENCE_MS, open_engine
from curator.base.errors import DatabaseNotCopied

Found = TypeVar("Found")
SQLITE, POSTGRESQL = "sqlite", "postgresql"


def kind_of(config: Config) -> str:
    return make_url(config.url).get_backend_name()


def database_files(config: Config) -> tuple[Path, ...]:
    """Return where SQLite keeps the database; nothing for a server's."""
    path = make_url(config.url).database
    if kind_of(config) != SQLITE or not path:
        return ()
    return tuple(Path(path + ending) for ending in ("", "-wal", "-shm", "-journal"))


def copy_database(config: Config, path: Path, ask: Callable[[Connection], Found]) -> Found:
    """Copy the database into a new or empty file and check the copy; return what `ask` finds in it.

    It is one read of one moment: saves meanwhile neither wait for it nor make it begin again.

    Raises:
        DatabaseNotCopied: the database is damaged, or a program that is needed is missing.
        OSError: the copy cannot be written.
    """
    copied = _copy_sqlite if kind_of(config) == SQLITE else _copy_postgresql
    found = copied(config, path, ask)
    path.chmod(0o600)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return found


def check_copy(kind: str, path: Path) -> None:
    """Read a copy from its first to its last byte; DatabaseNotCopied says what is wrong with it."""
    if kind == POSTGRESQL:
        _run("pg_restore", "--file=/dev/null", str(path))
        return
    try:
        connection = _open_copy(path)
        try:
            wrong = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise DatabaseNotCopied("The database is damaged (%(why)s).", why=error) from error
    if wrong != ["ok"]:
        raise DatabaseNotCopied("The database is damaged (%(why)s).", why=wrong[0])
    if orphans:
        raise DatabaseNotCopied(
            "The database is damaged: a row of the table %(table)s names one that is not there.",
            table=orphans[0],
        )


def put_back(config: Config, kind: str, copy: Path) -> None:
    """Make a copy the database of an instance that has none."""
    if kind == POSTGRESQL:
        options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        _run("pg_restore", *options, *_address(config), str(copy), url=config.url)
        return
    for path in database_files(config)[1:]:
        path.unlink(missing_ok=True)
    database = database_files(config)[0]
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.move(copy, database)


def clear_database(config: Config) -> None:
    """Take what was put back out of a server's database again; SQLite's is a file, to be removed."""
    if kind_of(config) == SQLITE:
        return
    with open_engine(config).begin() as connection:
        there = MetaData()
        there.reflect(connection)
        there.drop_all(connection)
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_event_change() CASCADE")


def _copy_sqlite(config: Config, path: Path, ask: Callable[[Connection], Found]) -> Found:
    source = database_files(config)[0]
    path.touch(mode=0o600)  # SQLite does not say why it cannot make a file
    try:
        connection = sqlite3.connect(source, timeout=PATIENCE_MS / 1000)
        try:
            connection.execute("VACUUM INTO ?", (str(path),))
        finally:
            connection.close()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise DatabaseNotCopied(
            "The database cannot be read (%(why)s): it is damaged, or no disk space is free for the "
            "files that SQLite puts beside it.",
            why=error,
        ) from error
    check_copy(SQLITE, path)
    engine = create_engine("sqlite://", creator=lambda: _open_copy(path), poolclass=NullPool)
    with engine.connect() as opened:
        return ask(opened)


def _open_copy(path: Path) -> sqlite3.Connection:
    """Open a file that nobody writes, and write nothing beside it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)


def _copy_postgresql(config: Config, path: Path, ask: Callable[[Connection], Found]) -> Found:
    options = {"isolation_level": "REPEATABLE READ", "read_only": True}
    with open_engine(config).connect().execution_options(**options) as connection:
        moment = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        found = ask(connection)
        written = ("--format=custom", "--compress=0", f"--snapshot={moment}", f"--file={path}")
        of_nobody = ("--no-owner", "--no-privileges")
        _run("pg_dump", *written, *of_nobody, *_address(config), url=config.url)
    check_copy(POSTGRESQL, path)
    return found


def _address(config: Config) -> tuple[str]:
    """Return the database for libpq, without the password: everybody here can read a command line."""
    url = make_url(config.url).set(drivername="postgresql").difference_update_query(["password"])
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return (f"--dbname={bare.render_as_string()}",)


def _run(program: str, *arguments: str, url: str = "") -> None:
    """Run a program of PostgreSQL's; DatabaseNotCopied has its last line where it fails."""
    if shutil.which(program) is None:
        raise DatabaseNotCopied(
            "%(program)s is not installed: install PostgreSQL's client programs (on Debian "
            "postgresql-client).",
            program=program,
        )
    given = make_url(url) if url else None
    password = (given.password or given.query.get("password")) if given else None
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    done = subprocess.run(
        [program, *arguments], env=environment, capture_output=True, text=True, errors="replace"
    )
    if done.returncode == 0:
        return
    said = done.stderr.strip().splitlines() or [str(done.returncode)]
    if os.strerror(errno.ENOSPC) in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), arguments[-1])
    raise DatabaseNotCopied("%(program)s failed (%(why)s).", program=program, why=said[-1])
