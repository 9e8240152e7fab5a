"""The log adds up to the same rows, whatever people did in whatever order."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import sessionmaker

from curator.base.chain import breaks
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.journal import TABLES, read_rows
from curator.base.keys import chain_key
from curator.base.models.base import Base
from curator.custody.replaying import replay
from tests.curator import databases
from tests.curator.walks import Walk

DERIVED = {"rating": "counts_on_id", "first_word": "counts_on_id", "adjudication": "counts_on_id"}


def rows(sessions: Sessions) -> dict[str, list[object]]:
    with reading(sessions) as session:
        kept = {name: [*read_rows(session, name)] for name in TABLES}
        derived = {
            f"{name}.{column}": [
                *session.execute(
                    select(*table.primary_key, table.c[column]).order_by(*table.primary_key)
                )
            ]
            for name, column in (*DERIVED.items(), ("photo", "excluded_with_id"))
            for table in [TABLES[name]]
        }
        return kept | derived


def new_database(folder: Path) -> Sessions:
    """Make a database with its tables, which keeps no log of its own."""
    engine = create_engine(f"sqlite:///{folder / 'replayed.sqlite'}")
    event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA foreign_keys=ON"))
    Base.metadata.create_all(engine)
    return sessionmaker(engine)


def require_replayed(config: Config, sessions: Sessions, empty: Sessions) -> None:
    replay(sessions, empty)
    expected = rows(sessions)
    for name, found in rows(empty).items():
        assert found == expected[name], name
    with reading(sessions) as session:
        assert [*breaks(session, chain_key(config))] == []


def test_a_walk_is_replayed(config: Config, sessions: Sessions, tmp_path: Path) -> None:
    walk = Walk(sessions, 1, chain_key(config))
    walk.go(150)
    assert walk.refused < 75  # it acted
    require_replayed(config, sessions, new_database(tmp_path))


@pytest.mark.slow
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_a_thousand_operations_are_replayed(
    empty_instance: Config, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    config = databases.copied(empty_instance, folder / "instance")
    sessions = open_sessions(config)
    Walk(sessions, seed, chain_key(config)).go(1000)
    require_replayed(config, sessions, new_database(folder))
