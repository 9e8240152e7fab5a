"""A folder of backups, and a backup on each of several days."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from curator.base.config import Config
from curator.base.db import Sessions
from curator.custody import backing_up
from curator.custody.backing_up import Backup, back_up

FIRST = datetime(2026, 3, 2, 2)


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
