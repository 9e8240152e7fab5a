"""The databases of the tests: of SQLite, or of PostgreSQL where MALAR_TEST_DATABASE says so."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from curator.base import db
from curator.base.config import Config
from tests.curator.postgresql import Server, running_server

KINDS = ("sqlite", "postgresql")
KIND = os.environ.get("MALAR_TEST_DATABASE", KINDS[0])
assert KIND in KINDS, f"MALAR_TEST_DATABASE is {KIND!r}; set it to one of {KINDS}"
# "first": of each parametrized test the first case alone; the statements of all cases are alike.
CASES = os.environ.get("MALAR_TEST_CASES", "all")

_servers: list[Server] = []
_opened: list[Engine] = []
_made: list[Config] = []
_numbers = count(1)


@contextmanager
def server_running() -> Iterator[None]:
    """Have a server on which databases can be made, if this run needs one."""
    if KIND == "sqlite":
        yield
        return
    with running_server() as server:
        _servers.append(server)
        yield
        _servers.clear()


def unmade(folder: Path) -> Config:
    """Return the settings of an instance that is to be initialised: its database is empty or missing."""
    url = _servers[0].new_database(_name()) if KIND == "postgresql" else ""
    return _noted(Config(instance=folder, database_url=url, workers=1))


def copied(original: Config, folder: Path) -> Config:
    """Copy an instance with its database; return the settings of the copy."""
    close_all()  # PostgreSQL copies no database that somebody is connected to
    shutil.copytree(original.instance, folder, symlinks=True)
    url = original.database_url
    if url:
        url = _servers[0].new_database(_name(), make_url(url).database or "")
    return _noted(Config(instance=folder, database_url=url, workers=1))


def environment_of(config: Config) -> dict[str, str]:
    """Return the variables by which a command finds this instance."""
    return {"CURATOR_INSTANCE": str(config.instance), "DATABASE_URL": config.database_url}


@contextmanager
def dropped() -> Iterator[None]:
    """Drop the databases that are made meanwhile."""
    before = len(_made)
    yield
    while len(_made) > before:
        url = _made.pop().database_url
        if url:
            _servers[0].drop_database(make_url(url).database or "")


@contextmanager
def closed() -> Iterator[None]:
    """Close the databases that are opened meanwhile."""
    open_engine, before = db.open_engine, len(_opened)

    def open_and_note(config: Config) -> Engine:
        _opened.append(open_engine(config))
        return _opened[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(db, "open_engine", open_and_note)
        yield
    for engine in _opened[before:]:
        engine.dispose()
    del _opened[before:]


def close_all() -> None:
    """Close every connection; a session opens a new one when it needs it."""
    for engine in _opened:
        engine.dispose()


def _name() -> str:
    return f"malar_{next(_numbers)}"


def _noted(config: Config) -> Config:
    _made.append(config)
    return config
