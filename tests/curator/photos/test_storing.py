"""A full disk while photos are stored: nothing is left of them, and a repeat completes."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import event, func, select

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.base.store import Store
from curator.photos import importing
from curator.photos.importing import ImportResult, import_upload, open_batch
from tests.curator.drawing import jpeg

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
Break = Callable[[], None]


def raise_full(*_arguments: object, **_options: object) -> NoReturn:
    raise FULL


@pytest.fixture(params=["file", "half a file", "preview", "rows", "commit"])
def fill_disk(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, sessions: Sessions
) -> Break:
    """Let one of the steps find the disk full."""

    def fill() -> None:
        if request.param == "file":
            monkeypatch.setattr(Store, "add_photo", raise_full)
        elif request.param == "half a file":
            monkeypatch.setattr(os, "fsync", raise_full)
        elif request.param == "preview":
            monkeypatch.setattr(Store, "add_preview", raise_full)
        elif request.param == "rows":
            monkeypatch.setattr(importing, "_add_names", raise_full)
        else:
            event.listen(sessions.kw["bind"], "commit", fail_once)

    failed: list[bool] = []

    def fail_once(_connection: object) -> None:
        if not failed and request.param == "commit" and stored_files(config):
            failed.append(True)
            raise FULL

    config: Config = request.getfixturevalue("config")
    return fill


def stored_files(config: Config) -> list[Path]:
    folders = (config.instance / "photos", config.instance / "cache")
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def count_photos(sessions: Sessions) -> int:
    with reading(sessions) as session:
        return session.scalar(select(func.count(Photo.id))) or 0


def test_a_full_disk_leaves_nothing_of_an_upload(
    sessions: Sessions, config: Config, fill_disk: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = open_batch(sessions, source="", collector="", actor="ana")
    fill_disk()
    with pytest.raises(OSError, match="No space left"):
        import_upload(sessions, config, batch, "a.jpg", jpeg(1), actor="ana")
    assert stored_files(config) == []
    assert count_photos(sessions) == 0
    monkeypatch.undo()
    again = import_upload(sessions, config, batch, "a.jpg", jpeg(1), actor="ana")
    assert again.result == "added"


def test_a_full_disk_leaves_nothing_of_a_batch(
    sessions: Sessions,
    config: Config,
    fill_disk: Break,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(5):
        save(f"{number}.jpg", number)
    fill_disk()
    with pytest.raises(OSError, match="No space left"):
        import_all()
    assert stored_files(config) == []
    assert count_photos(sessions) == 0
    monkeypatch.undo()
    assert import_all().added == 5


def test_photos_that_were_there_stay(
    sessions: Sessions,
    config: Config,
    fill_disk: Break,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> None:
    save("0.jpg", 0)
    import_all()
    before = stored_files(config)
    save("1.jpg", 1)
    fill_disk()
    with pytest.raises(OSError, match="No space left"):
        import_all()
    assert sorted(stored_files(config)) == sorted(before)


def test_a_file_that_another_import_removed_is_not_recorded(
    sessions: Sessions, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = open_batch(sessions, source="", collector="", actor="ana")
    add_photo = Store.add_photo

    def add_and_lose(store: Store, sha: str, file_format: str, content: bytes) -> None:
        add_photo(store, sha, file_format, content)
        store.photo(sha, file_format).unlink()

    def no_collisions(_sessions: Any, _config: Any, incoming: Any, _lane: Any) -> Any:
        return incoming

    monkeypatch.setattr(Store, "add_photo", add_and_lose)
    monkeypatch.setattr(importing, "resolve_pixel_collisions", no_collisions)
    with pytest.raises(FileNotFoundError):
        import_upload(sessions, config, batch, "a.jpg", jpeg(1), actor="ana")
    assert count_photos(sessions) == 0
