"""An initialised instance, copied for each test, and photos drawn on the spot."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.instance import init_instance
from curator.base.privacy import keep_private
from curator.photos.importing import ImportResult, import_folders
from curator.ratings import attributes
from tests.curator import databases
from tests.curator.accounts import add_accounts
from tests.curator.browsing import Visitor
from tests.curator.drawing import draw
from tests.curator.noticed import refuse_unnoticed
from tests.curator.orders import photos_by_id

__all__ = ["photos_by_id"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what does not concern the database of this run, and say why; leave out cases if asked to."""
    if databases.CASES == "first":
        firsts = {*{item.nodeid.partition("[")[0]: item for item in reversed(items)}.values()}
        config.hook.pytest_deselected(items=[item for item in items if item not in firsts])
        items[:] = [item for item in items if item in firsts]
    for item in items:
        if mark := item.get_closest_marker("only_on"):
            if mark.args != (databases.KIND,):
                item.add_marker(
                    pytest.mark.skip(f"only on {mark.args[0]}: {mark.kwargs['reason']}")
                )
        elif databases.KIND != "sqlite" and "server" not in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip("needs no database, and runs with SQLite's tests"))


@pytest.fixture(scope="session", autouse=True)
def private_files() -> None:
    """Keep files private before the first worker starts, as the programs do: workers inherit it."""
    keep_private()


@pytest.fixture(scope="session", autouse=True)
def noticed_writes() -> None:
    event.listen(Session, "do_orm_execute", refuse_unnoticed)


@pytest.fixture(scope="session")
def server() -> Iterator[None]:
    """The server of the databases; whatever needs a database needs this."""
    with databases.server_running():
        yield


@pytest.fixture(scope="session")
def empty_instance(server: None, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """An instance with the accounts ana (admin), ada (adjudicator), ben (annotator) and vera (viewer)."""
    config = databases.unmade(tmp_path_factory.mktemp("made") / "instance")
    with databases.closed():
        init_instance(config)
        add_accounts(open_sessions(config))
    return config


@pytest.fixture(autouse=True)
def dropped_databases() -> Iterator[None]:
    with databases.dropped():
        yield


@pytest.fixture
def config(empty_instance: Config, tmp_path: Path) -> Config:
    return databases.copied(empty_instance, tmp_path / "instance")


@pytest.fixture
def unmade(server: None, tmp_path: Path) -> Config:
    """The settings of an instance that is yet to be initialised."""
    return databases.unmade(tmp_path / "new" / "instance")


@pytest.fixture
def sessions(config: Config) -> Sessions:
    return open_sessions(config)


@pytest.fixture
def app(config: Config) -> Flask:
    return create_app(config)


@pytest.fixture
def ana(app: Flask) -> Visitor:
    return Visitor(app, "ana")


@pytest.fixture
def ben(app: Flask) -> Visitor:
    return Visitor(app, "ben")


@pytest.fixture
def plain_study(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study that records sex and evidence alone, whose exports are manifest version 1."""
    monkeypatch.setattr(attributes, "ATTRIBUTES", (attributes.SEX, attributes.EVIDENCE))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "photos"
    made.mkdir()
    return made


@pytest.fixture
def save(folder: Path) -> Callable[..., Path]:
    """Save a drawn photo under a name."""

    def save(name: str, seed: int, **options: Any) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(seed).save(path, **options)
        return path

    return save


@pytest.fixture
def import_all(sessions: Sessions, config: Config, folder: Path) -> Callable[..., ImportResult]:
    def import_all(**options: object) -> ImportResult:
        return import_folders(sessions, config, [folder], actor="ana", **options)  # type: ignore[arg-type]

    return import_all
