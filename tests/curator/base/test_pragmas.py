"""What SQLite is told on each connection of the app: kept changes are on the disk, erased ones are overwritten."""

import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from curator.base.accounts import set_disabled
from curator.base.config import Config
from curator.base.db import PATIENCE_MS, Sessions, open_engine
from curator.http.current import instance

pytestmark = pytest.mark.only_on("sqlite", reason="PRAGMAs are SQLite's")

EXPECTED = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "foreign_keys": 1,
    "secure_delete": 1,
    "busy_timeout": PATIENCE_MS,
}


def read_back(connection: Connection) -> dict[str, object]:
    return {name: connection.scalar(text(f"PRAGMA {name}")) for name in EXPECTED}


def test_each_connection_of_the_app_is_set_up(app: Flask) -> None:
    sessions = instance(app).sessions
    with sessions() as first, sessions() as second:  # two connections at once
        for session in (first, second):
            read_only = {"read_only": True}
            assert read_back(session.connection(execution_options=read_only)) == EXPECTED
        handles = {session.connection().connection.driver_connection for session in (first, second)}
        assert len(handles) == 2


def test_the_connection_of_a_migration_is_set_up(config: Config) -> None:
    with open_engine(config).begin() as connection:
        assert read_back(connection) == EXPECTED


def test_a_writer_takes_the_lock_as_it_begins(sessions: Sessions, config: Config) -> None:
    with sessions.begin() as session:
        session.connection()  # nothing written yet
        other = sqlite3.connect(config.instance / "malar.sqlite", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_what_was_overwritten_is_nowhere_in_the_database(
    sessions: Sessions, config: Config
) -> None:
    secret = "a sentence that nobody may read again, " * 200  # longer than a page
    with sessions.begin() as session:
        session.execute(
            text("INSERT INTO setting (name, value) VALUES ('x', :value)"), {"value": secret}
        )
    with sessions.begin() as session:
        session.execute(text("DELETE FROM setting WHERE name = 'x'"))
    set_disabled(sessions, "ben", True, actor="ana")
    with sqlite3.connect(config.instance / "malar.sqlite") as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret[:39].encode() not in Path(config.instance / "malar.sqlite").read_bytes()
