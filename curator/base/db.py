"""The engine, its PRAGMAs and the session factory: with snapshots.py what distinguishes SQLite and PostgreSQL."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    Executable,
    create_engine,
    event,
    func,
    inspect,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, DataError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from curator.base.addresses import rewrite_addresses
from curator.base.chain import begin_chain, keep_chain
from curator.base.config import Config
from curator.base.errors import (
    ChangedSince,
    DatabaseUnavailable,
    InputInvalid,
    InstanceMissing,
    NotFound,
)
from curator.base.invocation import curator_command
from curator.base.keys import chain_key
from curator.base.moving import relate_paths
from curator.base.reach import derive_reach, keep_derived
from curator.base.resources import resource
from curator.base.visibility import keep_to_sites

Sessions = sessionmaker[Session]
OUT_OF_RANGE = "22003"  # PostgreSQL's code for a number that is too large
NO_SUCH_ROW = "23503"  # and for a row that refers to one which is not there
# Its codes where a table or column is missing, a right to it, or the right to write at all.
UNUSABLE = {"42P01", "42703", "42501", "25006"}
WRITERS = 5151  # the advisory lock of all writers of one database
PATIENCE_MS = 30_000  # for another writer to finish
ASKING_EVERY_S = 0.005  # whether it is one's turn
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # a save that was answered survives a power cut
    "foreign_keys": "ON",
    "secure_delete": "ON",  # what was erased is overwritten, not only unlinked
}
RESTORING = "restoring"  # a file in an instance that is not whole yet


def open_engine(config: Config) -> Engine:
    # Errors are logged, and no rating or password belongs in a log.
    engine = create_engine(config.url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", partial(_begin_sqlite, engine.url.database))
    else:
        event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", _explain)
    return engine


def open_sessions(config: Config) -> Sessions:
    """Return the session factory of an initialised, up-to-date instance.

    Raises:
        InstanceMissing: there is no database yet, or it was made by another version.
    """
    require_restored(config)
    engine = open_engine(config)
    if _lacks_file(engine):
        raise InstanceMissing(
            "There is no database in %(folder)s: run `%(curator)s init` first.",
            folder=config.instance,
            curator=curator_command(),
        )
    with engine.connect().execution_options(read_only=True) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None:
            raise InstanceMissing(
                "%(folder)s is not initialised: run `%(curator)s init` first.",
                folder=config.instance,
                curator=curator_command(),
            )
        if revision != newest_revision():
            raise InstanceMissing(
                "The database was made by another version of curator: run `%(curator)s init` to bring it up to date.",
                curator=curator_command(),
            )
    return sessions_of(config, engine)


def sessions_of(config: Config, engine: Engine) -> Sessions:
    """Return a session factory whose transactions keep what is derived, and the chain of events."""
    sessions = sessionmaker(engine)
    keep_derived(sessions)
    keep_to_sites(sessions)
    keep_chain(sessions, chain_key(config))  # last: it covers what the others wrote
    return sessions


def is_new(config: Config) -> bool:
    """Tell whether there is no database yet, or an empty one."""
    engine = open_engine(config)
    if _lacks_file(engine):
        return True
    with engine.connect().execution_options(read_only=True) as connection:
        return not inspect(connection).get_table_names()


def require_restored(config: Config) -> None:
    """Raise InstanceMissing if a restore was cut short: a part of a study must not pass for the whole."""
    if (config.instance / RESTORING).exists():
        raise InstanceMissing(
            "A restore into %(folder)s was cut short: run it again.", folder=config.instance
        )


def revision_of(config: Config) -> str | None:
    """Return the revision of an existing database; None before the first migration.

    Raises:
        InstanceMissing: a newer version made it.
    """
    with open_engine(config).connect().execution_options(read_only=True) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and not is_known(revision):
        raise InstanceMissing(
            "A newer version of curator made the database (revision %(revision)s): install that version.",
            revision=revision,
        )
    return revision


def is_known(revision: str) -> bool:
    """Tell whether this version can read a revision or bring it up to date."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def _lacks_file(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists()


def upgrade(config: Config) -> None:
    """Migrate the database to the newest version, creating it if missing."""
    engine = open_engine(config)
    with engine.begin() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        make_tables(config, connection)
        with Session(connection) as session, session.begin():
            rewrite_addresses(session)
            relate_paths(session, config.instance)
            derive_reach(session)  # an earlier version's exclusions reached no other photo
            if before != newest_revision():
                begin_chain(session, chain_key(config), newest_revision())


def make_tables(config: Config, connection: Connection) -> None:
    """Bring the tables to those of the newest version, in the caller's transaction."""
    settings = _alembic(config)
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """Open a read-only session, which never waits for a writer."""
    with sessions() as session:
        session.connection(execution_options={"read_only": True})
        yield session


def compact(sessions: Sessions) -> bool:
    """Write the database anew without what was deleted from it; return False if others were at it meanwhile.

    On SQLite its log of writes is emptied, too. PostgreSQL reuses its own as time passes.
    """
    engine: Engine = sessions.kw["bind"]
    connection = engine.raw_connection()
    connection.detach()  # it is set up in another way than those of the pool
    try:
        cursor = connection.cursor()
        if engine.dialect.name != "sqlite":
            connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]
            cursor.execute(f"SET lock_timeout = {PATIENCE_MS}")
            cursor.execute("VACUUM FULL")
            return True
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(busy, *_)] = cursor.fetchall()
        return not busy
    except engine.dialect.loaded_dbapi.OperationalError:  # others are reading or writing
        return False
    finally:
        connection.close()


def unused_id(session: Session, numbered: type[Any], ever: int) -> int | None:
    """Return the number for the next new row where the database would give a removed row's again.

    SQLite counts from the highest that is there: with its number a new row would get the events, and
    the drafts in browsers, of the one that was removed.

    Args:
        ever: the highest number that a row ever had.
    """
    if session.get_bind().dialect.name != "sqlite":
        return None
    highest = session.scalar(select(func.max(numbered.id))) or 0
    return ever + 1 if ever > highest else None


def write_if_free(sessions: Sessions, change: Executable) -> bool:
    """Make a small change unless somebody else is writing just now: who calls this never waits."""
    with suppress(DatabaseUnavailable), sessions.begin() as session:
        session.connection(execution_options={"waits": False})
        session.execute(change)
        return True
    return False


def _set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # sqlite3 must not begin transactions by itself
    cursor = connection.cursor()
    for name, value in {"busy_timeout": PATIENCE_MS, **PRAGMAS}.items():
        cursor.execute(f"PRAGMA {name}={value}")
    cursor.close()


def _begin_sqlite(database: str | None, connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("read_only"):
        connection.exec_driver_sql("BEGIN")
    elif options.get("waits", True):
        with _next_in_turn(database):
            # Writers take the lock up front: upgrading from read to write could fail midway.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_MS}")


@contextmanager
def _next_in_turn(database: str | None) -> Iterator[None]:
    """Wait to be the only one who waits for SQLite's lock, which is given to whoever asks first.

    A writer in a loop would ask again before one who sleeps between two tries; here it has to wait.
    The lock is one on the database's folder: a file of its own would have to be made, owned and kept
    out of backups, and closing the database itself would let go of SQLite's locks.
    """
    if not database or database == ":memory:":
        yield
        return
    turn = None
    try:
        with suppress(
            OSError
        ):  # no such folder, or no locks there: SQLite tells, or does without turns
            turn = os.open(Path(database).resolve().parent, os.O_RDONLY)
            _wait_for(turn)
        yield  # whoever ran out of patience asks all the same, and is told by SQLite
    finally:
        if turn is not None:
            with suppress(OSError):
                fcntl.flock(turn, fcntl.LOCK_UN)  # closing is not enough where a process was forked
            os.close(turn)


def _wait_for(turn: int) -> None:
    ends = time.monotonic() + PATIENCE_MS / 1000
    while not _locked(turn) and time.monotonic() < ends:
        time.sleep(ASKING_EVERY_S)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _begin_postgresql(connection: Connection) -> None:
    # As on SQLite one writes after the other: a decision is checked against what all others decided,
    # which no row of its own stands for. Released with the transaction, also when its process dies.
    options = connection.get_execution_options()
    if not options.get("waits", True):
        free = connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({WRITERS})").scalar()
        if not free:
            raise DatabaseUnavailable("Somebody else is writing just now.")
    elif options.get("read_only"):
        # As on SQLite all that is read is of one moment: two queries must not see what was saved between.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    else:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")


def _explain(context: ExceptionContext) -> None:
    _keep_first_line(context)
    state = getattr(context.original_exception, "sqlstate", None)
    if isinstance(context.original_exception, OverflowError) or state == OUT_OF_RANGE:
        raise NotFound(
            "No photo, pair or page has that number: go back and use the page's own links."
        ) from context.original_exception
    if state == NO_SUCH_ROW or "FOREIGN KEY" in str(context.original_exception):
        raise ChangedSince(
            "What this is about was removed in the meantime; nothing was changed. Try again."
        ) from context.original_exception
    if isinstance(context.sqlalchemy_exception, DataError):  # for instance text with NUL
        raise InputInvalid(
            "The request does not match this page: reload it and try again."
        ) from context.original_exception
    if isinstance(context.sqlalchemy_exception, OperationalError) or state in UNUSABLE:
        raise DatabaseUnavailable(
            "The database does not respond (%(why)s); nothing was changed. Check the free disk "
            "space and that no other program is using the database, then try again.",
            why=context.original_exception,
        ) from context.original_exception

    if type(context.sqlalchemy_exception) is DatabaseError:  # its subclasses are our own bugs
        raise DatabaseUnavailable(
            "The database cannot be read (%(why)s): it is damaged, or not a database. Restore a "
            "backup, then try again.",
            why=context.original_exception,
        ) from context.original_exception


def _keep_first_line(context: ExceptionContext) -> None:
    """Leave out what PostgreSQL tells below an error: whole rows, with ratings and password hashes."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\n")[0], *error.args[1:])


def _alembic(config: Config) -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(resource("migrations")))
    settings.set_main_option("sqlalchemy.url", config.url.replace("%", "%%"))
    return settings


@cache
def newest_revision() -> str:
    """Return the newest revision; its files, each of which is a module, are read once."""
    return _scripts().get_current_head() or ""


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(resource("migrations")))
