"""One small collection, drawn once, for all tests of the demo."""

import csv
from pathlib import Path

import pytest

from demo.collection import Collection, write_collection

Row = dict[str, str]
PEOPLE, SEED = 24, 1


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return write_collection(tmp_path_factory.mktemp("demo"), PEOPLE, SEED)


@pytest.fixture(scope="session")
def photos(collection: Collection) -> Path:
    return collection.folder / "photos"


@pytest.fixture(scope="session")
def truth(collection: Collection) -> list[Row]:
    return read_rows(collection.folder / "truth.csv")


@pytest.fixture(scope="session")
def posts(collection: Collection) -> list[Row]:
    return read_rows(collection.folder / "posts.csv")


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
