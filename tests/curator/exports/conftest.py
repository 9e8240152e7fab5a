"""One rated instance for all formats, copied for each test that changes it."""

from pathlib import Path

import pytest

from curator.base.config import Config
from tests.curator.databases import closed, copied
from tests.curator.exports.rated import collect


@pytest.fixture(scope="session")
def rated_instance(empty_instance: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    made = tmp_path_factory.mktemp("rated")
    config = copied(empty_instance, made / "instance")
    with closed():
        collect(config, made / "photos")
    return config


@pytest.fixture
def rated(rated_instance: Config, tmp_path: Path) -> Config:
    """An instance with rated photos."""
    return copied(rated_instance, tmp_path / "rated")
