"""Writers of one SQLite database take turns: who writes in a loop does not keep another waiting."""

import threading
import time

import pytest
from sqlalchemy import text

from curator.base.config import Config
from curator.base.db import Sessions, open_sessions

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
