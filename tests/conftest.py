"""What holds for all tests: none measures time, and each closes the databases it opened."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from curator.base import db
from curator.base.config import Config

settings.register_profile("malar", deadline=None)  # a busy machine fails no test
settings.load_profile("malar")


@pytest.fixture(autouse=True)
def closed_databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what was opened: a server waits by select(), which fails beyond 1,024 open files."""
    opened: list[Engine] = []
    open_engine = db.open_engine

    def open_and_note(config: Config) -> Engine:
        opened.append(open_engine(config))
        return opened[-1]

    monkeypatch.setattr(db, "open_engine", open_and_note)
    yield
    for engine in opened:
        engine.dispose()
