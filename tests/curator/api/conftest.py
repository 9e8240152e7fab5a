"""Photos and programs for the tests of the API."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from curator.photos.importing import ImportResult
from tests.curator.api.programs import Program


@pytest.fixture
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Three photos; the second is a copy of the first."""
    save("a.jpg", 1, quality=95)
    save("b.jpg", 1, quality=60)
    save("c.jpg", 3)
    import_all(source="#butterflyrash")


@pytest.fixture
def ana(app: Flask) -> Program:
    return Program(app, "ana")


@pytest.fixture
def ben(app: Flask) -> Program:
    return Program(app, "ben")


@pytest.fixture
def carl(app: Flask) -> Program:
    return Program(app, "carl")
