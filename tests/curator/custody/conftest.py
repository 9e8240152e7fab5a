"""Drawn faces and an instance that people worked in, made once."""

from pathlib import Path

import pytest

from tests.curator.custody.walks import Walk, draw_pool

DRAWN_PX = 240  # the longest side of drawn faces: large enough for import, quick to decode


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw_pool(tmp_path_factory.mktemp("pool"), 5, DRAWN_PX)


@pytest.fixture(scope="session")
def worked_in(tmp_path_factory: pytest.TempPathFactory, pool: list[Path]) -> Path:
    """An instance with rows in nearly every table, an export, a run and cached pictures."""
    instance = tmp_path_factory.mktemp("worked") / "instance"
    walk = Walk(instance, pool, 3)
    walk.steps(25)
    walk.finish()
    return instance
