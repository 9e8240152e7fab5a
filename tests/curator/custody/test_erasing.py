"""Erasing: nothing is left of erased photos anywhere, they do not come back, and all else stays as it was."""

import io
import json
import multiprocessing
import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image, ImageEnhance, ImageOps
from sqlalchemy import or_, select

from copies.fingerprints import fingerprint
from curator.base.chain import breaks
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.errors import ErasureUnconfirmed, NotFound
from curator.base.events import Action, record
from curator.base.keys import chain_key
from curator.base.models.consents import ConsentRecord
from curator.base.models.exports import Export, ExportMember, SplitAssignment
from curator.base.models.labelstudio import LabelStudioTask
from curator.base.models.photos import FileName, Photo
from curator.base.reach import Scope, reach_of
from curator.base.store import Store
from curator.copies.traces import Traces, Veil, trace_of
from curator.custody import erased_files, erasing
from curator.custody.backing_up import back_up
from curator.custody.certificates import Certificate
from curator.custody.erasable import Request
from curator.custody.erasing import erase, finish_erasures, lift_erasure, plan_erasure
from curator.custody.examination import examine
from curator.custody.findings import Kind
from curator.custody.restoring import restore_backup
from curator.exports.exporting import LISTING
from curator.pairs.persons import join_person
from curator.photos.importing import import_folders
from tests.curator import databases


@pytest.fixture
def study(worked_in: Config, tmp_path: Path) -> Config:
    """A copy of an instance with rows in nearly every table, an export, a run and cached pictures."""
    return databases.copied(worked_in, tmp_path / "instance")


def forget(config: Config, kind: str, value: str) -> Certificate:
    sessions, request = open_sessions(config), Request(kind, value)
    found = plan_erasure(sessions, config, request)
    done = erase(sessions, config, request, confirmed=found.photos, actor="ana")
    sessions.kw["bind"].dispose()
    return done


def marks_of(sessions: Sessions, photos: tuple[int, ...]) -> set[bytes]:
    """Return what must not be found anywhere once photos are erased."""
    with reading(sessions) as session:
        rows = session.scalars(select(Photo).where(Photo.id.in_(photos))).all()
        names = session.scalars(select(FileName.name).where(FileName.photo_id.in_(photos)))
        texts = {*names}
        of_them = or_(
            ConsentRecord.photo_id.in_(photos),
            ConsentRecord.person_id.in_([row.person_id for row in rows if row.person_id]),
        )
        documents = {*session.scalars(select(ConsentRecord.document).where(of_them))}
        assert documents, "their consent is on record"
        texts |= documents
        for row in rows:
            texts |= {row.file_sha256, row.pixel_sha256, row.pixel_sha256[:16]}
            texts |= {row.post_url or "", row.author_key or ""}
    return {text.encode() for text in texts if text}


def found_in(instance: Path, marks: set[bytes]) -> list[str]:
    return [
        f"{path.relative_to(instance)}: {mark!r}"
        for path in sorted(instance.rglob("*"))
        if path.is_file()
        for mark in marks
        if mark in path.read_bytes() or mark.decode() in path.name
    ]


def pictures(instance: Path) -> Iterator[tuple[Path, Image.Image]]:
    for path in sorted(instance.rglob("*")):
        if path.is_file() and not path.is_symlink():
            try:
                with Image.open(io.BytesIO(path.read_bytes())) as picture:
                    yield path, picture.convert("RGB")
            except OSError:
                continue


def test_nothing_is_left_of_a_person(study: Config) -> None:
    sessions = open_sessions(study)
    asked = f"#{exported(sessions)}"
    found = plan_erasure(sessions, study, Request("person", asked))
    marks = marks_of(sessions, found.photos)
    assert found_in(study.instance, marks)  # the search finds what is there
    certificate = forget(study, "person", asked)
    assert certificate.photos == found.photos
    assert certificate.left == ()
    assert found_in(study.instance, marks) == []
    with reading(open_sessions(study)) as session:
        assert [*breaks(session, chain_key(study))] == []
    unfinished = [Kind.ERASURE_UNFINISHED] if certificate.tasks else []
    assert [one.kind for one in examine(study).findings] == unfinished


def test_no_picture_shows_an_erased_photo(study: Config, pool: list[Path]) -> None:
    sessions = open_sessions(study)
    asked = Request("person", f"#{exported(sessions)}")
    [photo, *_] = plan_erasure(sessions, study, asked).photos
    with reading(sessions) as session:
        row = session.get_one(Photo, photo)
        path = Store(study.instance).photo(row.file_sha256, row.format)
    with Image.open(path) as picture:
        erased = picture.convert("RGB")
    assert alike(study.instance, erased)  # the comparison finds what is there
    forget(study, asked.kind, asked.value)
    assert alike(study.instance, erased) == []


def test_all_other_photos_keep_split_and_fold(study: Config) -> None:
    sessions = open_sessions(study)
    asked = Request("person", f"#{exported(sessions)}")
    gone = plan_erasure(sessions, study, asked).photos
    before = {key: value for key, value in assignments(study).items() if key[1] not in gone}
    assert before
    forget(study, asked.kind, asked.value)
    assert assignments(study) == before


def test_what_was_erased_does_not_come_back(
    study: Config, pool: list[Path], tmp_path: Path
) -> None:
    sessions = open_sessions(study)
    photo = exported(sessions)
    with reading(sessions) as session:
        name = session.get_one(Photo, photo).original_name
        gone = plan_erasure(sessions, study, Request("photo", str(photo))).photos
        names = session.scalars(select(FileName.name).where(FileName.photo_id.in_(gone))).all()
    [original] = [path for path in pool if path.name == name]
    forget(study, "photo", str(photo))
    back = tmp_path / "back"
    back.mkdir()
    shutil.copy(original, back / "another-name.jpg")
    with Image.open(original) as picture:
        picture.save(back / "pixels.png")
        picture.save(back / "small.jpg", quality=60)
        ImageOps.mirror(picture).save(back / "mirrored.jpg", quality=80)
        picture.crop((8, 8, picture.width - 8, picture.height - 8)).save(back / "crop.jpg")
        ImageEnhance.Brightness(picture).enhance(1.2).save(back / "bright.jpg")
    for path in pool:
        shutil.copy(path, back / f"known-{path.name}") if path != original else None
    result = import_folders(open_sessions(study), study, [back], actor="ana")
    refused = {one.name: one.reason for one in result.rejected_files}
    assert {
        "another-name.jpg",
        "pixels.png",
        "small.jpg",
        "mirrored.jpg",
        "crop.jpg",
    } <= refused.keys()
    assert "bright.jpg" in refused
    erased = {name.removeprefix("known-") for name, why in refused.items() if "erased" in why}
    assert erased & {path.name for path in pool} <= {*names}  # of others none
    assert found_in(study.instance, {b"another-name.jpg", b"mirrored.jpg"}) == []
    lift_erasure(open_sessions(study), 1, actor="ana")
    again = import_folders(open_sessions(study), study, [back], actor="ana")
    assert "another-name.jpg" not in {one.name for one in again.rejected_files}


def test_one_photo_alone_leaves_its_person_joined(study: Config) -> None:
    """Photos that show one person by way of the erased one stay in one group."""
    sessions = open_sessions(study)
    with reading(sessions) as session:
        free = session.scalars(
            select(Photo.id).where(Photo.person_id.is_(None), Photo.copy_of_id.is_(None))
        ).all()
    one, middle, other = apart(sessions, free)
    for pair in ((one, middle), (middle, other)):
        join_person(sessions, *pair, confirmed=free, actor="ana")
    forget(study, "photo", str(middle))
    with reading(open_sessions(study)) as session:
        assert {one, other} <= {*reach_of(session, [one], Scope.PERSON)}


def test_other_photos_than_those_confirmed_are_not_erased(study: Config) -> None:
    sessions = open_sessions(study)
    photo = exported(sessions)
    with pytest.raises(ErasureUnconfirmed):
        erase(sessions, study, Request("photo", str(photo)), confirmed=[photo + 1], actor="ana")
    with reading(sessions) as session:
        assert session.get(Photo, photo)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("photo", "999999"),
        ("photo", "x"),
        ("person", "Nobody"),
        ("author", "nobody"),
        ("post", "https://example.org/none"),
        ("person", "#0"),
    ],
)
def test_what_is_not_there_is_one_clear_line(study: Config, kind: str, value: str) -> None:
    with pytest.raises(NotFound, match=re.escape(value)):
        plan_erasure(open_sessions(study), study, Request(kind, value))


def test_authors_and_posts_are_found_as_they_are_typed(study: Config) -> None:
    sessions = open_sessions(study)
    with reading(sessions) as session:
        photo = session.scalars(select(Photo).where(Photo.post_url.is_not(None))).first()
        assert photo
        number = str(photo.post_url).rsplit("/", 1)[-1]
        of_post = {*session.scalars(select(Photo.id).filter_by(post_url=photo.post_url))}
        of_author = {*session.scalars(select(Photo.id).filter_by(author_key=photo.author_key))}
    post = plan_erasure(sessions, study, Request("post", f"HTTPS://WWW.example.org/{number}/"))
    author = plan_erasure(sessions, study, Request("author", f" @Someone{number} "))
    assert {*post.asked} == of_post
    assert {*author.asked} == of_author


def test_a_restored_backup_leaves_out_what_was_erased_since(study: Config, tmp_path: Path) -> None:
    sessions, target = open_sessions(study), tmp_path / "target"
    backup = back_up(sessions, study, target, actor="ana")
    photo = exported(sessions)
    gone = plan_erasure(sessions, study, Request("photo", str(photo))).photos
    marks = marks_of(sessions, gone)
    certificate = forget(study, "photo", str(photo))
    assert [(held.folder, held.name) for held in certificate.backups] == [
        (str(target), backup.name)
    ]
    restored = databases.unmade(tmp_path / "restored")
    assert restore_backup(restored, target, actor="ana").erased == len(gone)
    assert found_in(restored.instance, marks) == []
    with reading(open_sessions(restored)) as session:
        assert [*breaks(session, chain_key(restored))] == []
    after = back_up(open_sessions(study), study, target, actor="ana")
    assert after.photos == backup.photos - len(gone)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (erasing, "remove_files"),
        (erased_files, "_remove_export"),
        (erased_files, "_clean_results"),
        (erasing, "compact"),
    ],
)
def test_a_killed_erasure_is_finished_by_the_next(study: Config, place: Any, name: str) -> None:
    sessions = open_sessions(study)
    asked = Request("photo", str(exported(sessions)))
    gone = plan_erasure(sessions, study, asked).photos
    marks = marks_of(sessions, gone)
    sessions.kw["bind"].dispose()

    def run() -> None:
        setattr(place, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        erase(open_sessions(study), study, asked, confirmed=gone, actor="ana")

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    [certificate] = finish_erasures(open_sessions(study), study)
    assert (certificate.left, certificate.photos) == ((), gone)
    assert found_in(study.instance, marks) == []


def _files_but_pictures(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".png"]


def test_an_export_that_was_half_removed_goes_with_the_next_try(study: Config) -> None:
    sessions = open_sessions(study)
    asked = Request("photo", str(exported(sessions)))
    gone = plan_erasure(sessions, study, asked).photos
    marks = marks_of(sessions, gone)
    sessions.kw["bind"].dispose()

    def remove_a_part(folder: Path, **_: Any) -> None:
        if (folder / LISTING).exists():
            for path in _files_but_pictures(folder):  # by which an export is known
                path.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    def run() -> None:
        setattr(shutil, "rmtree", remove_a_part)  # noqa: B010
        erase(open_sessions(study), study, asked, confirmed=gone, actor="ana")

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    told = {one.kind for one in examine(study, grace_s=0).findings}
    assert Kind.ERASURE_UNFINISHED in told
    assert told.isdisjoint({Kind.LINK_BROKEN, Kind.EXPORT_CHANGED})  # which advise to restore rows
    assert found_in(study.instance, marks)
    [certificate] = finish_erasures(open_sessions(study), study)
    assert found_in(study.instance, marks) == []
    assert any(export.is_removed for export in certificate.exports)
    assert not [*(study.instance / "exports").glob(".writing-*")]


def test_results_lose_what_names_or_shows_the_photos(study: Config) -> None:
    sessions = open_sessions(study)
    photo = exported(sessions)
    with reading(sessions) as session:
        example = session.get_one(Photo, photo).pixel_sha256[:16]
        holding = select(ExportMember.export_id).filter_by(photo_id=photo)
        export = session.scalars(select(Export).where(Export.id.in_(holding))).first()
        assert export
        used = {"export": {"name": export.name, "content_hash": export.content_hash}}
    run = study.instance / "runs" / "xception-1"
    run.mkdir(parents=True)
    (run / "config.json").write_text(json.dumps(used))
    (run / "predictions.csv").write_text(f"id,score\n{example},0.25\n00ff00ff00ff00ff,0.5\n")
    (run / "wrong.json").write_text(json.dumps({"photos": [{"id": example}, {"id": "other"}]}))
    (run / "report-with-photos.html").write_text("<img src='data:image/jpeg;base64,AAAA'>")
    (run / "heat.png").write_bytes(b"a picture")
    (run / "model.keras").write_bytes(b"weights")
    certificate = forget(study, "photo", str(photo))
    assert certificate.runs == ("runs/xception-1",)
    assert {path.name for path in run.iterdir()} == {
        *("config.json", "predictions.csv", "wrong.json", "model.keras", "ERASED.txt")
    }
    assert (run / "predictions.csv").read_text() == "id,score\n00ff00ff00ff00ff,0.5\n"
    assert json.loads((run / "wrong.json").read_text()) == {"photos": [{"id": "other"}]}
    assert "predictions.csv" in (run / "ERASED.txt").read_text()


def test_an_instance_is_found_by_a_relative_path_and_through_a_link(
    study: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is told from other files by where it is, not by how the instance is named."""
    (tmp_path / "link").symlink_to(study.instance)
    monkeypatch.chdir(tmp_path)
    for name, group in zip(("instance", "link"), groups(study), strict=False):
        config = replace(study, instance=Path(name))
        marks = marks_of(open_sessions(config), group)
        forget(config, "photo", str(group[0]))
        assert found_in(study.instance, marks) == []
        assert {one.kind for one in examine(study).findings} <= {Kind.ERASURE_UNFINISHED}


def test_what_is_called_alike_stays(study: Config) -> None:
    sessions = open_sessions(study)
    photo = exported(sessions)
    with sessions.begin() as session:
        for row in session.scalars(select(FileName).filter_by(photo_id=photo)):
            session.delete(row)
        session.flush()
        session.add(FileName(photo_id=photo, name="1.jpg", root=""))
        session.get_one(Photo, photo).original_name = "1.jpg"
        record(session, "test", Action.UPKEEP, "rows", None)
    run = study.instance / "runs" / "xception-1"
    run.mkdir(parents=True)
    (run / "scores.csv").write_text(
        "file,score\n1.jpg,0.1\n11.jpg,0.2\na-1.jpg,0.3\n1.jpg.bak,0.4\n"
    )
    others = {path for path in (study.instance / "exports").iterdir() if not path.is_symlink()}
    certificate = forget(study, "photo", str(photo))
    assert (run / "scores.csv").read_text() == "file,score\n11.jpg,0.2\na-1.jpg,0.3\n"
    left = {path for path in (study.instance / "exports").iterdir() if not path.is_symlink()}
    assert len(others - left) == len({one.name for one in certificate.exports})


@pytest.mark.only_on("sqlite", reason="a server's database is no file in the instance")
def test_collected_files_and_copies_of_the_database_are_not_forgotten(study: Config) -> None:
    sessions = open_sessions(study)
    photo = exported(sessions)
    with reading(sessions) as session:
        row = session.get_one(Photo, photo)
        stored = Store(study.instance).photo(row.file_sha256, row.format)
        name = row.original_name
    collection = study.instance / "collection" / "photos"
    collection.mkdir(parents=True)
    shutil.copy(stored, collection / "under-another-name.jpg")
    (collection / name).write_bytes(b"not even a photo")
    (collection / "other.jpg").write_bytes(b"another")
    copy = study.instance / "collection" / "before.sqlite"
    sessions.kw["bind"].dispose()
    shutil.copy(study.instance / "malar.sqlite", copy)
    certificate = forget(study, "photo", str(photo))
    assert {path.name for path in collection.iterdir()} == {"other.jpg", "ERASED.txt"}
    assert certificate.left == ("collection/before.sqlite",)
    copy.unlink()
    [finished] = finish_erasures(open_sessions(study), study)
    assert finished.left == ()


def test_tasks_are_deleted_on_the_server_that_is_connected(
    study: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[int] = []
    server = SimpleNamespace(delete_task=deleted.append)
    monkeypatch.setattr(erasing, "connect", lambda _config: server)
    connected = replace(study, label_studio_url="http://ls.example.org/")
    with reading(open_sessions(study)) as session:
        task = session.scalars(select(LabelStudioTask).order_by(LabelStudioTask.photo_id)).first()
        assert task
    unfinished = forget(study, "photo", str(task.photo_id))
    assert unfinished.tasks[0].startswith("http://ls.example.org: 3/")
    assert not deleted
    [certificate] = finish_erasures(open_sessions(connected), connected)
    assert certificate.is_complete
    assert task.number in deleted


def exported(sessions: Sessions) -> int:
    """Return a photo that an export holds."""
    with reading(sessions) as session:
        return session.scalars(select(SplitAssignment.photo_id)).first() or 0


def assignments(config: Config) -> dict[tuple[str, int], tuple[str, int]]:
    with reading(open_sessions(config)) as session:
        rows = session.scalars(select(SplitAssignment)).all()
        return {(row.scheme, row.photo_id): (row.split, row.fold) for row in rows}


def groups(config: Config) -> list[tuple[int, ...]]:
    """Return groups of photos that are erased together, of which exports hold some."""
    sessions = open_sessions(config)
    found: list[tuple[int, ...]] = []
    for _, photo in sorted(assignments(config)):
        together = plan_erasure(sessions, config, Request("photo", str(photo))).photos
        if not any({*together} & {*group} for group in found):
            found.append(together)
    return found


def apart(sessions: Sessions, photos: Sequence[int]) -> list[int]:
    """Return three photos that nothing joins."""
    chosen: list[int] = []
    with reading(sessions) as session:
        for photo in photos:
            if not {*reach_of(session, [photo], Scope.PERSON)} & {*chosen}:
                chosen.append(photo)
    return chosen[:3]


def alike(instance: Path, erased: Image.Image) -> list[str]:
    """Return the pictures of an instance that show a photo, by the places that they share."""
    veil = Veil.of(b"a test")
    traces = Traces([trace_of(fingerprint(erased), veil)], veil)
    return [
        str(path.relative_to(instance))
        for path, picture in pictures(instance)
        if min(picture.size) >= 64 and traces.nearest(fingerprint(picture)) is not None
    ]
