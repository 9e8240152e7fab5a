"""One rated instance for all formats, copied for each test that changes it."""

import shutil
from pathlib import Path

import pytest

from curator.base.config import Config
from tests.curator.exports.rated import collect


@pytest.fixture(scope="session")
def rated_instance(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rated")
    shutil.copytree(empty_instance, made / "instance")
    collect(Config(instance=made / "instance", workers=1), made / "photos")
    return made / "instance"


@pytest.fixture
def rated(rated_instance: Path, tmp_path: Path) -> Config:
    """An instance with rated photos."""
    instance = tmp_path / "rated"
    shutil.copytree(rated_instance, instance)
    return Config(instance=instance, workers=1)
