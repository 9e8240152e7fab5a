"""Exports as downloads: the zip file is the folder, goes to those who may export, and is never half or wrong."""

import io
import os
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.events import Event
from curator.exports import downloading
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.browsing import Visitor, parsed, the, words
from tests.curator.drawing import REGION
from trainer.exports.reader import read_export

DOWNLOAD = "/exports/1/download"


@pytest.fixture
def exported(
    sessions: Sessions,
    config: Config,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> Path:
    for seed in (1, 2, 3, 4):
        save(f"{seed}.png", seed)
    import_all()
    for photo in (1, 2, 3, 4):
        said = Assessment("positive" if photo % 2 else "negative", {"sex": "female"}, REGION)
        save_rating(sessions, photo, "ben", said, expected_version=0)
    settings = Settings(ratios=(50, 25, 25))
    return export_dataset(sessions, config, settings, actor="ana").path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        f"{folder.name}/{path.relative_to(folder)}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def downloads(sessions: Sessions) -> list[tuple[str, int | None]]:
    with sessions() as session:
        rows = select(Event.actor, Event.subject_id).where(Event.action == "export downloaded")
        return [(actor, export) for actor, export in session.execute(rows)]


def open_files(folder: Path) -> list[Path]:
    """Return the files of a folder that this process holds open."""
    handles = (one.resolve() for one in Path("/proc/self/fd").iterdir())
    return [file for file in handles if folder in file.parents]


def told(response: TestResponse) -> str:
    assert response.status_code == 409
    return words(the(parsed(response.text), ".lead[role=alert]"))


def test_the_zip_file_is_the_folder_and_the_trainer_reads_it(
    ana: Visitor, exported: Path, tmp_path: Path
) -> None:
    response = ana.post(DOWNLOAD)
    assert response.mimetype == "application/zip"
    assert response.headers["Content-Disposition"] == f"attachment; filename={exported.name}.zip"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.content_length == len(response.data)
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        files = {one for one in archive.namelist() if not one.endswith("/")}
        assert {name: archive.read(name) for name in files} == contents(exported)
        archive.extractall(tmp_path)
    folders = {path.relative_to(exported) for path in exported.rglob("*") if path.is_dir()}
    unpacked = tmp_path / exported.name
    assert {one.relative_to(unpacked) for one in unpacked.rglob("*") if one.is_dir()} == folders
    assert len(read_export(unpacked).examples) == 4  # checks the content hash and each file


@pytest.mark.parametrize("name", ["ana", "ada"])
def test_a_download_is_offered_and_recorded(
    app: Flask, exported: Path, sessions: Sessions, name: str
) -> None:
    visitor = Visitor(app, name)
    assert the(visitor.see("/exports"), f"form[action='{DOWNLOAD}'] button")
    assert visitor.post(DOWNLOAD).data
    assert downloads(sessions) == [(name, 1)]


@pytest.mark.usefixtures("exported")
@pytest.mark.parametrize("name", ["ben", "vera"])
def test_who_may_not_export_may_not_download(app: Flask, sessions: Sessions, name: str) -> None:
    visitor = Visitor(app, name)
    assert not visitor.see("/exports").select(f"form[action='{DOWNLOAD}']")
    assert visitor.post(DOWNLOAD).status_code == 403
    assert downloads(sessions) == []


@pytest.mark.usefixtures("exported")
@pytest.mark.parametrize("reason", ["withdrawn by the person", "several faces"])
def test_an_export_that_holds_a_withdrawn_photo_is_not_handed_out(
    ana: Visitor, sessions: Sessions, reason: str
) -> None:
    exclude_photo(sessions, 1, reason, actor="ana")
    assert "export again" in told(ana.post(DOWNLOAD))
    assert downloads(sessions) == []
    exclude_photo(sessions, 1, "", actor="ana")
    assert ana.post(DOWNLOAD).status_code == 200


@pytest.mark.usefixtures("exported")
def test_a_photo_excluded_for_its_file_keeps_no_export_back(
    ana: Visitor, sessions: Sessions
) -> None:
    exclude_photo(sessions, 1, "too small", actor="ana")
    assert ana.post(DOWNLOAD).status_code == 200


@pytest.mark.parametrize(
    "lose",
    [
        shutil.rmtree,
        lambda folder: (folder / "dataset.json").unlink(),
        lambda folder: (folder / "examples.csv").unlink(),
        lambda folder: next(folder.rglob("*.png")).unlink(),
        lambda folder: shutil.rmtree(folder / "train"),
        lambda folder: folder.rename(folder.with_name("elsewhere")),
    ],
)
def test_an_export_that_is_not_whole_is_refused_in_one_line(
    ana: Visitor, sessions: Sessions, exported: Path, lose: Callable[[Path], object]
) -> None:
    lose(exported)
    assert "no longer whole" in told(ana.post(DOWNLOAD))
    assert downloads(sessions) == []


def link_file(folder: Path, secret: Path) -> None:
    picture = next(folder.rglob("*.png"))
    picture.unlink()
    picture.symlink_to(secret)


def link_folder(folder: Path, secret: Path) -> None:
    (folder / "more").symlink_to(secret.parent, target_is_directory=True)


def link_itself(folder: Path, secret: Path) -> None:
    folder.rename(secret.parent / "moved")
    folder.symlink_to(secret.parent / "moved", target_is_directory=True)


def leave_pipe(folder: Path, secret: Path) -> None:
    os.mkfifo(folder / secret.name)


@pytest.mark.parametrize("lay", [link_file, link_folder, link_itself, leave_pipe])
def test_links_and_pipes_are_refused_and_never_read(
    ana: Visitor, exported: Path, tmp_path: Path, lay: Callable[[Path, Path], None]
) -> None:
    secret = tmp_path / "outside" / "secret.png"
    secret.parent.mkdir()
    secret.write_bytes(b"of somebody else")
    lay(exported, secret)
    response = ana.post(DOWNLOAD)
    assert "no export holds" in told(response)
    assert b"of somebody else" not in response.data


@pytest.mark.parametrize(
    "change",
    [
        Path.unlink,
        lambda path: path.write_bytes(b"shorter"),
        lambda path: path.write_bytes(path.read_bytes() + b"longer"),
        lambda path: (path.unlink(), path.symlink_to(__file__)),
    ],
)
def test_a_file_that_changes_meanwhile_breaks_the_download_off(
    ana: Visitor,
    exported: Path,
    change: Callable[[Path], object],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = max(exported.rglob("*.png"))
    kept = downloading._zipped

    def late(*arguments: object) -> object:
        change(last)
        return kept(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(downloading, "_zipped", late)
    response = ana.post(DOWNLOAD)
    assert response.content_length is not None
    assert len(response.data) < response.content_length
    [line] = [one for one in caplog.records if exported.name in one.getMessage()]
    assert line.exc_info is None
    assert "\n" not in line.getMessage()


def test_a_broken_off_download_leaves_nothing(
    app: Flask, config: Config, exported: Path, sessions: Sessions
) -> None:
    before = contents(config.instance / "exports")
    made = downloading.download_export(sessions, config, 1, actor="ana")
    opened = open_files(exported)
    while not open_files(exported):
        next(made.chunks)
    made.chunks.close()  # type: ignore[attr-defined]
    assert (opened, open_files(exported)) == ([], [])
    assert contents(config.instance / "exports") == before
    assert Visitor(app, "ana").post(DOWNLOAD).status_code == 200


def test_a_large_export_is_sent_in_constant_memory(
    exported: Path, sessions: Sessions, config: Config
) -> None:
    with (exported / "large.bin").open("wb") as file:
        file.truncate(64_000_000)
    made = downloading.download_export(sessions, config, 1, actor="ana")
    tracemalloc.start()
    sent = sum(map(len, made.chunks))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent == made.size_bytes
    assert peak < 4_000_000


@pytest.mark.parametrize("limit", ["ZIP64_LIMIT", "ZIP_FILECOUNT_LIMIT"])
def test_the_length_of_a_giant_is_not_told(
    exported: Path,
    sessions: Sessions,
    config: Config,
    limit: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zipfile, limit, 3)
    made = downloading.download_export(sessions, config, 1, actor="ana")
    assert made.size_bytes is None
    with zipfile.ZipFile(io.BytesIO(b"".join(made.chunks))) as archive:
        assert archive.testzip() is None
        assert {one for one in archive.namelist() if not one.endswith("/")} == {*contents(exported)}


def test_there_is_no_download_of_an_unknown_export(ana: Visitor) -> None:
    assert ana.post("/exports/99/download").status_code == 404


@pytest.mark.usefixtures("exported")
def test_a_download_that_is_received_slowly_leaves_threads_to_others(ana: Visitor) -> None:
    slow = [ana.post(DOWNLOAD) for _ in range(2)]
    assert ana.post(DOWNLOAD).status_code == 503
    slow[0].close()
    assert ana.post(DOWNLOAD).status_code == 200
