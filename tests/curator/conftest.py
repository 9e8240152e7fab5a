"""An initialised instance, copied for each test, and photos drawn on the spot."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.instance import init_instance
from curator.photos.importing import ImportResult, import_folders
from curator.ratings import attributes
from tests.curator.accounts import add_accounts
from tests.curator.browsing import Visitor
from tests.curator.drawing import draw
from tests.curator.orders import photos_by_id

__all__ = ["photos_by_id"]


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with the accounts ana (admin), ada (adjudicator), ben (annotator) and vera (viewer)."""
    config = Config(instance=tmp_path_factory.mktemp("made") / "instance")
    init_instance(config)
    sessions = open_sessions(config)
    add_accounts(sessions)
    return config.instance


@pytest.fixture
def config(empty_instance: Path, tmp_path: Path) -> Config:
    instance = tmp_path / "instance"
    shutil.copytree(empty_instance, instance)
    return Config(instance=instance, workers=1)


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
