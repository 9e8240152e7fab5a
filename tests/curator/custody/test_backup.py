"""Backup and restore: consistent beside saves, whole or absent after kills and full disks, read back, pruned."""

import itertools
import json
import multiprocessing
import os
import signal
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from curator.base import snapshots
from curator.base.config import Config
from curator.base.db import RESTORING, Sessions, open_sessions, reading
from curator.base.errors import (
    BackupDamaged,
    BackupFailed,
    DatabaseNotCopied,
    InstanceMissing,
    NotFound,
    RestoreRefused,
)
from curator.base.events import Action
from curator.base.instance import init_instance
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.sign_ins import sign_in, signed_in
from curator.base.store import Store
from curator.custody import backing_up, stored_files
from curator.custody.backing_up import Backup, back_up
from curator.custody.last_backup import known_targets, read_last_backup
from curator.custody.listing import held_photos, list_backups
from curator.custody.manifests import DATABASE, _check, read_manifest
from curator.custody.restoring import Restored, restore_backup
from curator.custody.retention import Retention
from curator.custody.targets import Target
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator import databases
from tests.curator.custody.studies import add_photo_files, add_results
from tests.curator.drawing import ACCOUNTS, PASSWORD

PHOTOS = 20


@pytest.fixture
def photos(sessions: Sessions, config: Config) -> list[str]:
    add_results(config)
    return add_photo_files(sessions, config, PHOTOS)


@pytest.fixture
def restored(server: None, tmp_path: Path) -> Config:
    return databases.unmade(tmp_path / "restored")


@pytest.fixture
def restore(restored: Config, target: Path) -> Callable[..., Restored]:
    def restore(into: Config = restored, **options: Any) -> Restored:
        return restore_backup(into, target, actor="test", **options)

    return restore


def contents(instance: Path) -> dict[str, bytes | str]:
    """Return all files and links but the database, which the tests ask."""
    return {
        str(path.relative_to(instance)): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(instance.rglob("*"))
        if (path.is_file() or path.is_symlink()) and not path.name.startswith("malar.sqlite")
    }


def rows(sessions: Sessions, table: str) -> list[tuple[Any, ...]]:
    with reading(sessions) as session:
        return [tuple(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]  # noqa: S608


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_restored_instance_is_what_it_was(
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
) -> None:
    token = sign_in(sessions, "ben", PASSWORD, hours=12)
    before = {table: rows(sessions, table) for table in ("photo", "user", "rating", "event")}
    made = write()
    done = restore()
    assert (made.photos, made.files, made.lacking, made.mended) == (PHOTOS, 4, (), ())
    assert (done.photos, done.files, done.accounts, done.lacking) == (PHOTOS, 4, len(ACCOUNTS), ())
    left_out = {"cache/preview-256/a.jpg", "runs/.partial-second/weights"}
    found = contents(config.instance)
    assert contents(restored.instance) == {p: found[p] for p in found.keys() - left_out}
    assert (restored.instance / "exports/latest/manifest.csv").read_text() == "id,label\n"
    again = open_sessions(restored)
    *events, last = rows(again, "event")
    assert before == {t: rows(again, t) for t in ("photo", "user", "rating")} | {"event": events}
    assert Action.BACKUP_RESTORED in last
    assert done.event == events[-1][0]
    assert (done.sign_ins, signed_in(again, token)) == (1, None)
    assert signed_in(sessions, token) is not None
    for path in (restored.instance, *restored.instance.rglob("*")):
        assert path.is_symlink() or stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_later_backup_copies_only_what_is_missing(
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    target: Path,
) -> None:
    first = write()
    kept = {path: path.stat().st_ino for path in (target / "files").rglob("*") if path.is_file()}
    [new] = add_photo_files(sessions, config, 1, seed=2)
    second = write()
    added = {path.name for path in (target / "files").glob("*/*") if path not in kept}
    assert new in added
    assert len(added) == 2  # with the database
    assert first.written_bytes == first.size_bytes
    assert second.written_bytes < 50_000 < second.size_bytes
    assert all(path.stat().st_ino == inode for path, inode in kept.items())
    for path in (target, *target.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_the_instance_knows_its_last_backup(
    sessions: Sessions, photos: list[str], write: Callable[..., Backup], target: Path
) -> None:
    assert read_last_backup(sessions) is None
    made = write()
    last = read_last_backup(sessions)
    assert last
    assert (last.at, last.target, last.photos) == (made.made_at, str(target), PHOTOS)
    *_, event = rows(sessions, "event")
    assert (event[3], event[0]) == (Action.BACKUP_MADE, last.event + 1)
    assert known_targets(sessions) == (str(target),)


def test_every_save_from_before_is_in_a_backup_made_beside_saves(
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
) -> None:
    saved: list[tuple[int, int]] = []  # photo, version
    stop, names = threading.Event(), ("ana", "ben", "ada", "carl")

    def rate(number: int) -> None:
        version = 0
        while not stop.is_set():
            photo = number + 1
            save_rating(
                sessions, photo, names[number], Assessment("unsure"), expected_version=version
            )
            version += 1
            saved.append((photo, version))

    threads = [threading.Thread(target=rate, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        while len(saved) < 20:
            time.sleep(0.01)
        before = dict(saved[:])
        write()
        during = len(saved)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert during > len(before)
    restore()
    again = open_sessions(restored)
    with reading(again) as session:
        held = dict(session.execute(select(Rating.photo_id, Rating.version)).all())
        of_ratings = select(Event.id).where(Event.action == Action.RATING_SAVED)
        events = len(session.scalars(of_ratings).all())
    assert all(held[photo] >= version for photo, version in before.items())
    assert events == sum(held.values())  # no half of a save
    assert contents(restored.instance).keys() >= {f"photos/{sha[:2]}/{sha}.jpg" for sha in photos}


def killed_at(place: str, after: int, config: Config, target: Path) -> int | None:
    """Back up in a process that is killed at the next call of a function after so many."""

    def run() -> None:
        owner, name = PLACES[place]
        act, left = getattr(owner, name), itertools.count(after, -1)

        def counted(*given: Any, **named: Any) -> Any:
            if next(left) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*given, **named)

        setattr(owner, name, counted)
        back_up(open_sessions(config), config, target, actor="test")

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    return child.exitcode


PLACES: dict[str, tuple[Any, str]] = {
    "write": (stored_files, "write_chunk"),
    "rename": (Path, "replace"),
    "unlink": (Path, "unlink"),
    **{name: (backing_up, name) for name in ("copy_database", "hash_of", "note_backup", "prune")},
}


@pytest.mark.parametrize(
    ("at", "after"),
    [
        *(("copy_database", 0), ("hash_of", 0), ("write", 0), ("write", 3), ("write", 6)),
        *(("rename", 0), ("rename", 5), ("rename", 6), ("unlink", 0), ("unlink", 5)),
        *(("note_backup", 0), ("prune", 0)),
    ],
)
def test_a_killed_backup_leaves_the_earlier_one(
    at: str,
    after: int,
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    target: Path,
) -> None:
    first = write()
    add_photo_files(sessions, config, 5, seed=2)
    sessions.kw["bind"].dispose()  # no connection is shared with the child
    assert killed_at(at, after, config, target) == -signal.SIGKILL
    *later, earlier = list_backups(target, read_back=True)
    assert earlier.name == first.name
    assert earlier.is_whole
    assert all(one.is_whole for one in later)
    assert bool(later) == (at in ("note_backup", "prune"))  # by then a second is whole, too
    assert restore(at=first.name).photos == PHOTOS
    again = back_up(sessions, config, target, actor="test")
    assert again.photos == PHOTOS + 5
    assert not list(target.rglob(".writing-*"))
    used = {file.sha256 for _, one in Target(target).manifests() if one for _, file in one.needs()}
    assert Target(target).sizes().keys() == used


@pytest.mark.parametrize(
    ("errno", "after"), [(28, 0), (28, 2), (28, 4), (28, 6), (122, 3), (5, 1), (5, 6)]
)
def test_a_full_disk_leaves_earlier_backups(
    errno: int,
    after: int,
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = write()
    held = contents(target)
    add_photo_files(sessions, config, 5, seed=2)
    written, left = stored_files.write_chunk, [after]

    def fail(handle: int, chunk: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno, os.strerror(errno), "a file")
        written(handle, chunk)

    with monkeypatch.context() as patched:
        patched.setattr(stored_files, "write_chunk", fail)
        with pytest.raises(BackupFailed, match=r"full: no backup was made|No backup was made"):
            write()
    assert [one.name for one in list_backups(target, read_back=True)] == [first.name]
    if errno != 5:  # what was written is removed again, so that the disk is not full any more
        assert contents(target) == held
    last = read_last_backup(sessions)
    assert last
    assert last.at == first.made_at
    assert write().photos == PHOTOS + 5


def test_a_full_disk_while_the_database_is_copied(
    photos: list[str],
    write: Callable[..., Backup],
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = write()

    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(backing_up, "copy_database", fail)
    with pytest.raises(BackupFailed, match="is full"):
        write()
    assert [one.name for one in list_backups(target)] == [first.name]


def test_what_became_damaged_in_a_backup_is_found_and_named(
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
    target: Path,
) -> None:
    made = write()
    held = Target(target)
    for sha in photos[:2]:
        flip(held.file(sha))
    paths = {f"photos/{sha[:2]}/{sha}.jpg" for sha in photos[:2]}
    [state] = list_backups(target, read_back=True)
    assert ({*state.damaged}, state.is_whole) == (paths, False)
    with pytest.raises(BackupDamaged) as refused:
        restore()
    assert all(path in refused.value.message for path in paths)
    assert [*restored.instance.iterdir()] == []
    done = restore(despite_damage=True)
    assert ({*done.lacking}, done.photos) == (paths, PHOTOS - 2)
    assert done.backup == made.name


@pytest.mark.parametrize("part", [DATABASE, "key"])
@pytest.mark.parametrize("harm", [flip, Path.unlink, lambda path: os.truncate(path, 30)])
def test_without_database_or_key_nothing_is_restored(
    part: str,
    harm: Callable[[Path], None],
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
    target: Path,
) -> None:
    write()
    _, manifest = Target(target).find()
    harm(Target(target).file(dict(manifest.needs())[part].sha256))
    with pytest.raises(BackupDamaged, match=part):
        restore(despite_damage=True)
    assert [*restored.instance.iterdir()] == []


def test_a_damaged_list_is_no_backup_and_costs_no_other_one(
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    target: Path,
) -> None:
    first, second = write(), write()
    flip(target / "backups" / f"{second.name}.json")
    assert [one.is_whole for one in list_backups(target)] == [False, True]
    with pytest.raises(BackupDamaged, match=second.name):
        restore()
    held = Target(target).sizes()
    for _ in range(3):
        write(keep=Retention(9, 0, 0))
    assert held.keys() <= Target(target).sizes().keys()  # nobody knows which of them it needs
    assert restore(at=first.name).photos == PHOTOS
    write(keep=Retention(2, 0, 0))
    assert [one.is_whole for one in list_backups(target)] == [True, True]
    assert not held.keys() <= Target(target).sizes().keys()


def test_a_later_backup_mends_what_became_damaged(
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    target: Path,
) -> None:
    first = write()
    flip(Target(target).file(photos[3]))
    second = write()
    assert second.mended == (f"photos/{photos[3][:2]}/{photos[3]}.jpg",)
    assert all(one.is_whole for one in list_backups(target, read_back=True))
    assert restore(at=first.name).photos == PHOTOS


def test_a_disk_that_keeps_nothing_is_noticed(
    photos: list[str], write: Callable[..., Backup], target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = stored_files.write_chunk
    monkeypatch.setattr(
        stored_files, "write_chunk", lambda handle, chunk: written(handle, b"x" * len(chunk))
    )
    with pytest.raises(BackupFailed, match="check its disk"):
        write()
    assert list_backups(target) == ()


def test_what_the_instance_lacks_is_named_and_does_not_stop_a_backup(
    config: Config,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    target: Path,
) -> None:
    gone, damaged, *_ = (Store(config.instance).photo(sha, "JPEG") for sha in photos)
    gone.unlink()
    flip(damaged)
    paths = sorted(str(path.relative_to(config.instance)) for path in (gone, damaged))
    made = write()
    assert (sorted(made.lacking), made.photos) == (paths, PHOTOS - 2)
    [state] = list_backups(target, read_back=True)
    assert (state.is_whole, sorted(state.lacking)) == (True, paths)
    assert sorted(restore().lacking) == paths


def test_photos_erased_meanwhile_are_not_in_the_backup(
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    monkeypatch: pytest.MonkeyPatch,
    target: Path,
) -> None:
    copied, erased = snapshots.copy_database, iter(photos[:1])

    def copy_then_erase(*given: Any) -> Any:
        says = copied(*given)
        for sha in erased:
            with sessions.begin() as session:
                session.execute(delete(Photo).filter_by(file_sha256=sha))
            Store(config.instance).photo(sha, "JPEG").unlink()
        return says

    monkeypatch.setattr(backing_up, "copy_database", copy_then_erase)
    made = write()
    assert (made.photos, made.lacking) == (PHOTOS - 1, ())
    [held] = held_photos(target)
    assert held.photos == {*photos[1:]}
    assert photos[0] not in Target(target).sizes()


def test_a_deleted_row_is_in_no_later_copy(
    config: Config, sessions: Sessions, write: Callable[..., Backup], target: Path, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        session.execute(text("CREATE TABLE note (said TEXT)"))
        session.execute(text("INSERT INTO note VALUES ('the patient''s own words')"))
    with sessions.begin() as session:
        session.execute(text("DELETE FROM note"))
    write()
    _, manifest = Target(target).find()
    stored, copy = manifest.database, tmp_path / "copy"
    file = Target(target).file(stored.file.sha256)
    assert stored_files.copy_out(file, stored.content.sha256, copy, compressed=True)
    assert b"own words" not in copy.read_bytes()


def test_older_backups_are_pruned_with_what_only_they_used(
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    target: Path,
) -> None:
    keep = Retention(2, 0, 0)
    first = write(keep=keep)
    with sessions.begin() as session:
        session.execute(delete(Photo).filter_by(file_sha256=photos[0]))
    second = write(keep=keep)
    until = {one.name: one.pruned_on for one in held_photos(target) if photos[0] in one.photos}
    assert [*until] == [first.name]
    third = write(keep=keep)
    assert third.pruned == (first.name,)
    assert [one.name for one in list_backups(target)] == [third.name, second.name]
    assert photos[0] not in Target(target).sizes()
    assert restore(at=second.name).photos == PHOTOS - 1


def test_two_backups_at_once_are_not_mixed(
    config: Config, photos: list[str], write: Callable[..., Backup], target: Path
) -> None:
    write()
    with Target(target).reading(), pytest.raises(BackupFailed, match="Another backup or restore"):
        write()
    assert len(list_backups(target)) == 1


def test_a_folder_of_something_else_is_refused(
    config: Config, sessions: Sessions, write: Callable[..., Backup], target: Path, tmp_path: Path
) -> None:
    (target / "files").mkdir(parents=True)
    with pytest.raises(BackupFailed, match="other files"):
        write()
    assert [*target.iterdir()] == [target / "files"]
    (target / "files").rmdir()
    write()
    other = databases.unmade(tmp_path / "other")
    init_instance(other)
    with pytest.raises(BackupFailed, match="another study"):
        back_up(open_sessions(other), other, target, actor="test")
    assert len(list_backups(target)) == 1


@pytest.mark.parametrize("place", ["instance", "instance/backups/x", "link", "."])
def test_backup_and_instance_do_not_lie_in_each_other(
    place: str, sessions: Sessions, config: Config, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(config.instance, target_is_directory=True)
    with pytest.raises(BackupFailed, match="in each other"):
        back_up(sessions, config, tmp_path / place, actor="test")


@pytest.mark.only_on("sqlite", reason="the pages of a server are its own to check")
def test_a_damaged_database_is_not_backed_up(
    config: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    target: Path,
) -> None:
    write()
    sessions.kw["bind"].dispose()
    with sqlite3.connect(config.instance / "malar.sqlite") as connection:
        connection.execute("UPDATE photo SET batch_id = 99")
    connection.close()
    with pytest.raises(DatabaseNotCopied, match="photo"):
        write()
    database = config.instance / "malar.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(database.read_bytes())
    content[8192:20000] = bytes(11808)
    database.write_bytes(content)
    with pytest.raises(DatabaseNotCopied):
        write()
    assert len(list_backups(target)) == 1


@pytest.mark.parametrize("there", ["a file", "malar.sqlite", "photos/"])
def test_only_an_empty_instance_is_restored_into(
    there: str,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
) -> None:
    write()
    restored.instance.mkdir()
    path = restored.instance / there
    path.mkdir() if there.endswith("/") else path.write_text("mine")
    with pytest.raises(RestoreRefused, match="not empty"):
        restore()
    assert [*restored.instance.iterdir()] == [path]


def test_a_restore_that_was_cut_short_is_no_instance_and_is_run_again(
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
) -> None:
    write()
    (restored.instance / "photos").mkdir(parents=True)
    (restored.instance / "photos" / "half").write_text("half")
    (restored.instance / RESTORING).touch()
    for start in (init_instance, open_sessions):
        with pytest.raises(InstanceMissing, match="cut short"):
            start(restored)
    assert restore().photos == PHOTOS
    assert not (restored.instance / "photos" / "half").exists()
    open_sessions(restored)


@pytest.mark.only_on("sqlite", reason="on PostgreSQL its own program writes the copy")
def test_a_copy_that_cannot_be_made_is_no_damage(config: Config, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        snapshots.copy_database(config, tmp_path / "missing" / "copy.sqlite", lambda _: None)


def test_a_failed_restore_leaves_nothing(
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write()

    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28), "a file")

    for place in ("check_copy", "put_back", "upgrade", "write_last_backup"):
        with monkeypatch.context() as patched:
            patched.setattr(f"curator.custody.restoring.{place}", fail)
            with pytest.raises(OSError, match="No space"):
                restore()
        assert [*restored.instance.iterdir()] == []
    assert restore().photos == PHOTOS


def test_which_backup_is_restored_can_be_chosen(
    config: Config,
    unmade: Config,
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
) -> None:
    write()
    add_photo_files(sessions, config, 5, seed=2)
    write()
    assert restore().photos == PHOTOS + 5
    assert restore(unmade, at="2026-03-02").photos == PHOTOS
    with pytest.raises(NotFound, match="no such backup"):
        restore(unmade, at="2026-04")


def test_where_no_backup_is_the_error_says_so(
    restore: Callable[..., Restored], target: Path, restored: Config
) -> None:
    with pytest.raises(NotFound, match="no backups in"):
        restore()
    with pytest.raises(NotFound, match="no backups in"):
        list_backups(target)
    assert not restored.instance.exists()


def test_a_newer_backup_is_refused(
    sessions: Sessions,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    write()
    with pytest.raises(RestoreRefused, match="revision 9999"):
        restore()
    assert not restored.instance.exists()


def test_what_lies_behind_a_link_out_of_the_instance_is_backed_up(
    config: Config,
    photos: list[str],
    write: Callable[..., Backup],
    restore: Callable[..., Restored],
    restored: Config,
    tmp_path: Path,
) -> None:
    other = tmp_path / "other disk"
    (config.instance / "runs").rename(other)
    (config.instance / "runs").symlink_to(other, target_is_directory=True)
    (other / "round").symlink_to(config.instance, target_is_directory=True)
    (other / "again").symlink_to(other, target_is_directory=True)
    write()
    restore()
    assert not (restored.instance / "runs").is_symlink()
    assert (restored.instance / "runs/first/predictions.csv").read_text() == "id,score\n"


def test_a_file_that_changed_is_stored_anew(
    config: Config, write: Callable[..., Backup], restore: Callable[..., Restored], restored: Config
) -> None:
    add_results(config)
    path = config.instance / "runs/first/predictions.csv"
    write()
    state = path.stat()
    path.write_text("id,SCORE\n")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    write()
    restore()
    assert (restored.instance / "runs/first/predictions.csv").read_text() == "id,SCORE\n"


def test_a_crafted_list_leads_nowhere(write: Callable[..., Backup], target: Path) -> None:
    made = write()
    for part in ("files", "links"):
        for path in ("../key", "/etc/key", "a/../../key"):
            fields = json.loads((target / "backups" / f"{made.name}.json").read_bytes())
            fields[part][path] = fields["files"]["key"] if part == "files" else "key"
            content = json.dumps(fields).encode()
            with pytest.raises(BackupDamaged):
                read_manifest(f"{made.name[:18]}-{_check(content)}", content)


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseNotCopied, match="postgresql-client"):
        snapshots.check_copy(snapshots.POSTGRESQL, tmp_path / "dump")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://malar:secret@db:5432/malar?sslmode=require",
        "postgresql+psycopg://malar@/malar?host=/run/db&password=secret",
        "postgresql://malar:secret%40@db/malar",
    ],
)
def test_no_password_stands_on_a_command_line(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "pg_restore"
    said, given = tmp_path / "said", tmp_path / "given"
    program.write_text(f'#!/bin/sh\necho "$@" > {said}\necho "$PGPASSWORD" > {given}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    config = Config(instance=tmp_path, database_url=address)
    snapshots.put_back(config, snapshots.POSTGRESQL, tmp_path / "copy")
    assert "secret" not in said.read_text()
    assert "--dbname=postgresql://malar@" in said.read_text()
    assert given.read_text().strip() in ("secret", "secret@")


def test_a_database_elsewhere_is_backed_up_and_restored(tmp_path: Path, target: Path) -> None:
    here, there = (
        Config(instance=tmp_path / name, database_url=f"sqlite:///{tmp_path}/{name} data/a.sqlite")
        for name in ("here", "there")
    )
    (tmp_path / "here data").mkdir()
    init_instance(here)
    sessions = open_sessions(here)
    add_photo_files(sessions, here, 3)
    assert back_up(sessions, here, target, actor="test").photos == 3
    assert restore_backup(there, target, actor="test").photos == 3
    assert len(rows(open_sessions(there), "photo")) == 3
    again = replace(there, instance=tmp_path / "again")
    with pytest.raises(RestoreRefused, match="database is not empty"):
        restore_backup(again, target, actor="test")
