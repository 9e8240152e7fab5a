"""The real server, started once for all tests that talk to it."""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from curator.base.config import Config
from curator.base.db import Sessions
from curator.labelstudio.annotators import map_annotator
from curator.photos.importing import ImportResult
from tests.curator.labelstudio.exchange import PHOTOS, Study
from tests.curator.labelstudio.live import PROGRAM, TOKEN, LiveServer


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    if not PROGRAM.exists():
        pytest.fail(f"{PROGRAM} is not installed: run make test-labelstudio")
    server = LiveServer(tmp_path_factory.mktemp("label-studio"))
    try:
        server.start()
        yield server
        assert server.left_the_machine == []
    finally:
        server.kill()


@pytest.fixture
def live(running: LiveServer) -> LiveServer:
    """The server, up again if a test killed it."""
    if running.process is None:
        running.start()
    return running


@pytest.fixture
def connected(config: Config, live: LiveServer) -> Config:
    """The settings of the instance, with the server's address and key."""
    return replace(config, label_studio_url=live.url, label_studio_api_key=TOKEN)


@pytest.fixture
def study(
    sessions: Sessions,
    connected: Config,
    live: LiveServer,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> Study:
    for seed in range(PHOTOS):
        save(f"{seed}.jpg", seed, quality=95)
    import_all()
    live.add_user("ben")
    map_annotator(sessions, "ben@example.org", "ben", actor="ana")
    return Study(sessions, connected, live, f"T{uuid.uuid4().hex[:8]}")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LABEL_STUDIO_")]:
        monkeypatch.delenv(name)
