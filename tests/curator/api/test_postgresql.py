"""The API on PostgreSQL, whose integers end earlier than those of SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from curator.app import create_app
from curator.base.accounts import add_user
from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.instance import init_instance
from tests.curator.api.programs import Program, problem
from tests.curator.drawing import PASSWORD
from tests.curator.postgresql import running_server

pytestmark = pytest.mark.slow  # a real server


@pytest.fixture
def ana(tmp_path: Path) -> Iterator[Program]:
    with running_server() as server:
        config = Config(instance=tmp_path / "instance", database_url=server.new_database("malar"))
        init_instance(config)
        sessions = open_sessions(config)
        add_user(sessions, "ana", PASSWORD, "admin", min_chars=8, actor="ana")
        yield Program(create_app(config), "ana")
        sessions.kw["bind"].dispose()


def test_a_number_that_no_row_has_is_refused_or_ends_a_list(ana: Program) -> None:
    cursors = ("f" * 16, "7" + "f" * 15, "0" * 8 + "f" * 8, "0" * 7 + "1" + "0" * 8)
    lists = ("photos", "pairs", "ratings", "exports", "batches", "disagreements")
    for path in (f"/{name}?cursor={cursor}" for name in lists for cursor in cursors):
        assert ana.read(path)["items"] == [], path
    assert ana.read(f"/rulings?cursor={'f' * 32}")["items"] == []
    assert ana.read(f"/photos?batch={2**31 - 1}")["items"] == []
    problem(ana.get(f"/photos?batch={2**31}"), 422)
    problem(ana.call("POST", "/claims", json={"after": 2**31}), 422)
    assert ana.call("POST", "/claims", json={"after": 2**31 - 1}).get_json()["photos"] == []
    problem(ana.get(f"/photos/{2**31}"), 404)
