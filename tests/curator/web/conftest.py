"""Photos for the tests of pages."""

from collections.abc import Callable
from pathlib import Path

import pytest

from curator.photos.importing import ImportResult


@pytest.fixture
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Three photos; the second is a copy of the first."""
    save("a.jpg", 1, quality=95)
    save("b.jpg", 1, quality=60)
    save("c.jpg", 3)
    import_all()
