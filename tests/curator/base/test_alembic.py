"""Alembic's own view of the migrations: one line of them, up and down, and nothing left for it to generate."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_alembic.config import Config as AlembicConfig
from pytest_alembic.runner import MigrationContext, runner
from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)

from curator.base.config import Config
from curator.base.db import open_engine

__all__ = [
    "test_model_definitions_match_ddl",
    "test_single_head_revision",
    "test_up_down_consistency",
    "test_upgrade",
]
MIGRATIONS = Path(__file__).parents[3] / "migrations"


@pytest.fixture
def alembic_runner(unmade: Config) -> Iterator[MigrationContext]:
    unmade.instance.mkdir(parents=True)
    config = AlembicConfig({"script_location": str(MIGRATIONS)})
    with (
        open_engine(unmade).begin() as connection,
        runner(config=config, engine=connection) as context,
    ):
        yield context
