"""The keypoint index on disk: a cache that grows with the collection and is always verified."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.store import Store
from curator.copies.candidates import open_indexes, read_collection
from curator.copies.fingerprints import RECIPE
from curator.copies.keypoint_index import KeypointIndex
from curator.photos.importing import ImportResult
from curator.queries.pairs import pairs
from tests.curator.drawing import draw
from tests.curator.faces import edited, face

ImportAll = Callable[..., ImportResult]


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curator.copies.candidates.LEAST_WRITTEN", 3)
    monkeypatch.setattr("curator.copies.candidates.MOST_UNWRITTEN", 1)


def save_faces(folder: Path, *people: int) -> None:
    for person in people:
        face(person).save(folder / f"{person}.jpg", quality=90)


def indexed(config: Config) -> list[int]:
    path = Store(config.instance).keypoint_index(RECIPE)
    found: list[int] = KeypointIndex.read(path).photos.tolist()
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("small_limits")
def test_the_index_on_disk_grows_and_finds_earlier_imports(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    save_faces(folder, 1, 2)
    import_all()
    assert not Store(config.instance).keypoint_index(RECIPE).exists()
    save_faces(folder, 3, 4)
    import_all()
    assert indexed(config) == [1, 2, 3, 4]
    edited(face(2), "crop+recompress").save(folder / "cropped.jpg", quality=80)
    assert import_all().new_pairs == 1  # one photo is looked up beside the file
    assert indexed(config) == [1, 2, 3, 4]
    edited(face(3), "mirror").save(folder / "mirrored.jpg", quality=80)
    assert import_all().new_pairs == 1
    assert indexed(config) == [1, 2, 3, 4, 5, 6]
    assert {(pair.first.name, pair.second.name) for pair in pairs(sessions)} == {
        ("2.jpg", "cropped.jpg"),
        ("3.jpg", "mirrored.jpg"),
    }


@pytest.mark.slow
@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("content", [b"", b"no index", b"PK\x03\x04 cut short"])
def test_a_damaged_index_is_rebuilt(
    folder: Path, import_all: ImportAll, config: Config, content: bytes
) -> None:
    save_faces(folder, 1, 2, 3)
    import_all()
    Store(config.instance).keypoint_index(RECIPE).write_bytes(content)
    edited(face(2), "crop").save(folder / "cropped.jpg", quality=80)
    assert import_all().new_pairs == 1
    assert indexed(config) == [1, 2, 3, 4]


@pytest.mark.usefixtures("small_limits")
def test_an_outgrown_index_is_rebuilt(
    folder: Path,
    import_all: ImportAll,
    sessions: Sessions,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_faces(folder, 1, 2, 3)
    import_all()
    file = Store(config.instance).keypoint_index(RECIPE)
    made = file.stat().st_ino
    for most_growth, is_kept in ((4, True), (0, False)):
        monkeypatch.setattr("curator.copies.keypoint_index.OUTGROWN", most_growth)
        with reading(sessions) as session:
            [index] = open_indexes(session, config, read_collection(session))
        assert index.photos.tolist() == [1, 2, 3]
        assert (file.stat().st_ino == made) is is_kept


@pytest.mark.usefixtures("small_limits")
def test_the_index_contains_photos_without_corners(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    save_faces(folder, 1, 2)
    for seed in (1, 2):
        draw(seed).save(folder / f"smooth-{seed}.png")
    import_all()
    assert indexed(config) == [1, 2, 3, 4]
    made = Store(config.instance).keypoint_index(RECIPE).stat().st_ino
    with reading(sessions) as session:
        assert len(open_indexes(session, config, read_collection(session))) == 1
    assert Store(config.instance).keypoint_index(RECIPE).stat().st_ino == made


@pytest.mark.usefixtures("small_limits")
def test_a_collection_without_corners_has_no_index_on_disk(
    folder: Path, import_all: ImportAll, config: Config
) -> None:
    for seed in range(4):
        draw(seed).save(folder / f"smooth-{seed}.png")
    assert import_all().added == 4
    assert not Store(config.instance).keypoint_index(RECIPE).exists()


@pytest.mark.usefixtures("small_limits")
def test_an_index_of_other_photos_is_rebuilt(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    save_faces(folder, 1, 2, 3)
    import_all()
    path = Store(config.instance).keypoint_index(RECIPE)
    of_others = KeypointIndex.read(path)
    of_others.marks = of_others.marks + np.uint64(1)
    with path.open("wb") as file:
        of_others.write(file)
    with reading(sessions) as session:
        collection = read_collection(session)
        [index] = open_indexes(session, config, collection)
    assert index.marks.tolist() == collection.marks.tolist()
