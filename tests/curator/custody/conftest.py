"""A folder of backups, a backup on each of several days, and an instance that people worked in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from curator.base.config import Config
from curator.base.db import Sessions
from curator.custody import backing_up
from curator.custody.backing_up import Backup, back_up
from tests.curator import databases
from tests.curator.custody.walks import Walk, draw_pool

FIRST = datetime(2026, 3, 2, 2)
DRAWN_PX = 240  # the longest side of drawn faces: large enough for import, quick to decode


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


@pytest.fixture
def write(
    sessions: Sessions, config: Config, target: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Backup]:
    """Make a backup; then a day passes."""
    now = [FIRST]
    monkeypatch.setattr(backing_up, "utc_now", lambda: now[0])

    def write(**options: Any) -> Backup:
        made = back_up(sessions, config, target, actor="test", **options)
        now[0] += timedelta(days=1)
        return made

    return write


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw_pool(tmp_path_factory.mktemp("pool"), 5, DRAWN_PX)


@pytest.fixture(scope="session")
def worked_in(server: None, tmp_path_factory: pytest.TempPathFactory, pool: list[Path]) -> Config:
    """An instance with rows in nearly every table, an export, a run and cached pictures."""
    config = databases.unmade(tmp_path_factory.mktemp("worked") / "instance")
    with databases.closed():
        walk = Walk(config, pool, 3)
        walk.steps(25)
        walk.finish()
    return config
