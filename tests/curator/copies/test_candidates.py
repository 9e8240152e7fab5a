"""The keypoint index on disk: a cache that grows with the collection and is always verified."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import update

from copies.comparison import Match
from copies.fingerprints import RECIPE
from copies.keypoint_index import KeypointIndex
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import StoredFingerprint
from curator.base.store import Store
from curator.copies.candidates import look_alikes, open_indexes, read_collection
from curator.copies.search import find_pairs
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
        monkeypatch.setattr("copies.keypoint_index.OUTGROWN", most_growth)
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
        corners = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
        smooth = Image.fromarray(corners).resize((160, 120), Image.Resampling.BICUBIC)
        smooth.save(folder / f"smooth-{seed}.png")
    assert import_all().added >= 2  # some are too grey
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


def test_nearly_the_same_hash_is_always_seen(
    folder: Path, import_all: ImportAll, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_found = lambda near, *_: iter([Match()] * len(near))  # noqa: E731
    monkeypatch.setattr("curator.copies.search._matches", nothing_found)
    save_faces(folder, 1, 2)
    edited(face(1), "recompress").save(folder / "copy.jpg")
    import_all()
    [pair] = pairs(sessions)
    assert (pair.first.name, pair.second.name, pair.verified) == ("1.jpg", "copy.jpg", False)


def test_a_photo_is_compared_with_its_nearest_hashes_only(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("curator.copies.candidates.MOST_NEAR", 2)
    monkeypatch.setattr("copies.keypoint_index.MOST_TRIED", 0)
    for quality in (95, 80, 65, 50, 35):
        face(1).save(folder / f"{quality}.jpg", quality=quality)
    import_all()
    with reading(sessions) as session:
        collection = read_collection(session, rescan=True)
        found = look_alikes(session, config, collection, radius_bits=8)
    assert 4 <= len(found) <= 10  # two a photo, where ten pairs lie near


def test_photos_of_an_older_recipe_are_compared_again(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    save_faces(folder, 1, 2)
    edited(face(1), "recompress").save(folder / "copy.jpg")
    import_all()
    with sessions.begin() as session:
        session.execute(update(StoredFingerprint).values(recipe=RECIPE - 1))
        session.execute(update(DuplicatePair).values(verified=False))
    assert find_pairs(sessions, config, 8).undecided == 1
    assert [pair.verified for pair in pairs(sessions)] == [True]
