"""A scratch instance whose server runs in the tests' own process, where a fault can be planted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from waitress.server import create_server

from curator.app import create_app
from curator.base.config import Config
from curator.base.instance import init_instance
from curator.validation.databases import Databases, databases_for
from curator.validation.scratch import Scratch
from tests.curator import databases
from tests.curator.serving import free_port


class ServerInside:
    """A server in a thread: what is patched here is patched there."""

    def __init__(self, config: Config, log: Path) -> None:
        log.touch()
        self.port = free_port()
        self._server = create_server(
            create_app(config), host="127.0.0.1", port=self.port, ident=None
        )
        self._thread = Thread(target=self._server.run, daemon=True)
        self._thread.start()
        self._runs = True

    def is_running(self) -> bool:
        return self._runs

    def kill(self) -> None:
        self._server.close()
        self._runs = False


@pytest.fixture(scope="session")
def installed(server: None, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The instance in use of an installation."""
    config = databases.unmade(tmp_path_factory.mktemp("installed") / "instance")
    with databases.closed():
        init_instance(config)
    return config


@pytest.fixture(scope="session")
def scratch(installed: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    with databases_for(installed, ()) as lent:
        made = Scratch(installed, tmp_path_factory.mktemp("scratch"), lent, serve=ServerInside)
        yield made
        made.close()


@pytest.fixture
def reading(config: Config, tmp_path: Path) -> Scratch:
    """What only reads the instance in use, which is a copy that a fault can be planted in."""
    folder = tmp_path / "unused"
    folder.mkdir()
    real = replace(config, backup_days=7)
    return Scratch(real, folder, Databases(real), serve=ServerInside, trains=False)
