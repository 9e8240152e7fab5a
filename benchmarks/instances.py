"""Temporary instances for benchmarks, and their clock."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from curator.base.accounts import add_user
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.instance import init_instance
from tests.curator.drawing import PASSWORD


@contextmanager
def made_instance(*raters: str) -> Iterator[tuple[Config, Sessions]]:
    """Create an empty instance with administrators of these names."""
    with tempfile.TemporaryDirectory() as made:
        config = Config(instance=Path(made) / "instance")
        init_instance(config)
        sessions = open_sessions(config)
        for name in raters:
            add_user(sessions, name, PASSWORD, "admin", min_chars=12, actor="bench")
        yield config, sessions


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
