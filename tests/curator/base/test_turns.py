"""Writers of one SQLite database take turns: who writes in a loop does not keep another waiting."""

import errno
import fcntl
import multiprocessing
import os
import threading
import time

import pytest
from sqlalchemy import text

from curator.base import db
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.snapshots import database_files

pytestmark = pytest.mark.only_on("sqlite", reason="PostgreSQL queues by itself")


def test_a_loop_of_writes_lets_another_writer_in(sessions: Sessions, config: Config) -> None:
    begun, stop = threading.Event(), threading.Event()
    rounds = 0

    def loop() -> None:
        nonlocal rounds
        while not stop.is_set() and rounds < 200:
            with sessions.begin() as session:
                session.execute(text("SELECT 1"))
                begun.set()
                time.sleep(0.05)
            rounds += 1

    thread = threading.Thread(target=loop)
    thread.start()
    begun.wait()
    with open_sessions(config).begin() as session:  # waits for its turn
        session.execute(text("SELECT 1"))
        waited = rounds
    stop.set()
    thread.join()
    assert waited < 100


def write(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM claim"))


def test_a_turn_leaves_nothing_beside_the_database(sessions: Sessions, config: Config) -> None:
    before = {*config.instance.iterdir()}
    write(sessions)
    assert {*config.instance.iterdir()} <= before | {*database_files(config)}


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("call", ["fcntl.flock", "os.open"])
def test_where_no_turn_can_be_had_one_writes_without(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(f"curator.base.db.{call}", fail)
    write(sessions)


def test_a_process_forked_meanwhile_keeps_no_turn(config: Config) -> None:
    stop = multiprocessing.get_context("fork").Event()
    with db._next_in_turn(str(config.instance / "malar.sqlite")):
        child = multiprocessing.get_context("fork").Process(target=stop.wait)
        child.start()
    folder = os.open(config.instance, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)  # else an error
    os.close(folder)
    stop.set()
    child.join()
