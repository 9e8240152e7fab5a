"""Backs an instance up while it is used: the database of one moment, and all files that belong to it."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, newest_revision, reading
from curator.base.errors import BackupDamaged, BackupFailed
from curator.base.models.base import utc_now
from curator.base.models.photos import Photo
from curator.base.progress import Progress, untold
from curator.base.snapshots import copy_database, database_files, kind_of
from curator.base.writing import temporary_file
from curator.custody.contents import Found, Recorded, other_files, recorded
from curator.custody.last_backup import LastBackup, note_backup
from curator.custody.manifests import (
    DATABASE,
    Manifest,
    StoredDatabase,
    StoredFile,
    photo_path,
    time_in,
)
from curator.custody.retention import Retention, kept
from curator.custody.stored_files import SourceUnreadable, hash_of, in_parallel
from curator.custody.targets import Target, identity
from curator.photos.tombstones import erased_files

FULL = (errno.ENOSPC, errno.EDQUOT)
TRIES = 3  # while photos are erased meanwhile
Need = tuple[str, StoredFile]  # a path in the instance, and what is stored for it


@dataclass(frozen=True)
class Backup:
    """A backup that was read back whole.

    Attributes:
        written_bytes: of files that were not there yet.
        mended: the paths of files that earlier backups held damaged; they were written anew.
        lacking: the paths of files that the instance lacks or holds damaged, and that no backup has.
        pruned: the names of the backups that were removed.
    """

    name: str
    made_at: datetime
    photos: int
    files: int
    size_bytes: int
    written_bytes: int
    mended: tuple[str, ...]
    lacking: tuple[str, ...]
    pruned: tuple[str, ...]


class _ErasedMeanwhile(Exception):
    """A photo that the copy of the database names is no longer in the collection."""


def back_up(
    sessions: Sessions,
    config: Config,
    folder: Path,
    *,
    keep: Retention | None = None,
    actor: str,
    progress: Progress = untold,
) -> Backup:
    """Write a backup into a folder, read it back, then remove those that need not be kept.

    Raises:
        BackupFailed: there is no new backup in the folder; the others are as they were.
        DatabaseNotCopied: likewise; the database is damaged, or a program is missing.
    """
    _require_apart(config, folder)
    target = Target(folder)
    with target.writing(identity(config)), _explained(target):
        writing, manifest = _written(sessions, config, target, keep or Retention(), progress)
        name = target.finish(manifest)
        if manifest.database.revision == newest_revision():  # an older one has no tombstones
            with reading(sessions) as session:
                target.keep_erased(erased_files(session))
        note_backup(sessions, noted(folder, manifest), actor=actor)
        return Backup(
            name=name,
            made_at=manifest.made_at,
            photos=len(manifest.photos),
            files=len(manifest.files),
            size_bytes=manifest.size_bytes,
            written_bytes=writing.written_bytes,
            mended=tuple(writing.mended),
            lacking=manifest.lacking,
            pruned=prune(target, manifest.keep),
        )


def noted(folder: Path, manifest: Manifest) -> LastBackup:
    """Return what an instance keeps in mind of a backup."""
    return LastBackup(
        at=manifest.made_at,
        target=str(folder.resolve()),
        photos=len(manifest.photos),
        revision=manifest.database.revision,
        event=manifest.database.event,
    )


def prune(target: Target, keep: Retention) -> tuple[str, ...]:
    """Remove the backups that need not be kept, and the files that only they used."""
    is_read = {name: manifest is not None for name, manifest in target.manifests()}
    whole = {time_in(name) for name in is_read if is_read[name]}
    # One whose list is damaged takes no other's place.
    wanted = {name for name in is_read if time_in(name) in kept(whole | {time_in(name)}, keep)}
    pruned = tuple(name for name in is_read if name not in wanted)
    target.remove(pruned)
    target.remove_unused()
    return pruned


def _written(
    sessions: Sessions, config: Config, target: Target, keep: Retention, progress: Progress
) -> "tuple[_Writing, Manifest]":
    for _ in range(TRIES):
        with suppress(_ErasedMeanwhile):
            writing = _Writing(config, target, keep, progress)
            return writing, writing.manifest(sessions)
    raise BackupFailed("Photos were erased during the backup: make it again.")


class _Writing:
    """One backup on its way into a folder."""

    def __init__(self, config: Config, target: Target, keep: Retention, progress: Progress) -> None:
        self._config, self._target, self._keep, self._progress = config, target, keep, progress
        self._made_at = utc_now().replace(microsecond=0)
        self._held = target.sizes()
        self.written_bytes = 0
        self.mended: list[str] = []

    def manifest(self, sessions: Sessions) -> Manifest:
        """Store and read back all that belongs to a backup; return its manifest."""
        database, says = self._database()
        lacking_photos = self._photos(says.photos)
        _require_recorded(sessions, lacking_photos)
        found = [*other_files(self._config)]
        files = self._files([one for one in found if not one.leads])
        manifest = Manifest(
            made_at=self._made_at,
            instance=identity(self._config),
            database=database,
            photos={path.name: size for path, size in says.photos.items()},
            files={path: file for path, file in files.items() if file},
            links={one.path: one.leads for one in found if one.leads},
            lacking=(),
            keep=self._keep,
        )
        lacking = {*map(str, lacking_photos), *(path for path in files if not files[path])}
        return self._read_back(_without(manifest, lacking))

    def _database(self) -> tuple[StoredDatabase, Recorded]:
        """Store the database as it is now; files come after, so that all that it names are there."""
        with temporary_file(self._target.folder) as copy:
            says = copy_database(self._config, copy, recorded)
            content = StoredFile(hash_of(copy), copy.stat().st_size)
            file = StoredFile(*self._target.add(copy, compressed=True))
        return StoredDatabase(kind_of(self._config), says.revision, says.event, file, content), says

    def _photos(self, sizes: dict[Path, int]) -> list[Path]:
        """Store the photo files that are not there; return those that are missing or damaged."""
        new = [path for path, size in sizes.items() if self._held.get(path.stem) != size]
        stored = in_parallel(self._photo, new, lambda n, all_: self._progress(n, 2 * all_))
        return [path for path, is_stored in zip(new, stored, strict=True) if not is_stored]

    def _photo(self, path: Path) -> bool:
        try:
            self._target.add(self._config.instance / path, path.stem)
        except SourceUnreadable:
            return False
        return True

    def _files(self, found: list[Found]) -> dict[str, StoredFile | None]:
        """Store other files; None stands for one that cannot be read."""
        known = self._known_files()
        stored = in_parallel(lambda one: self._file(one, known.get(one.path)), found)
        pairs = zip(found, stored, strict=True)
        return {one.path: file for one, file in pairs if file or one.file.exists()}

    def _file(self, found: Found, known: StoredFile | None) -> StoredFile | None:
        try:
            state = found.file.stat()
            seen = state.st_size, state.st_ctime_ns
            if known and seen == (known.size_bytes, known.changed_ns) and self._holds(known):
                return known
            return StoredFile(*self._target.add(found.file), state.st_ctime_ns)
        except (FileNotFoundError, SourceUnreadable):
            return None

    def _known_files(self) -> dict[str, StoredFile]:
        """Return the newest backup's, which need not be read again while they are unchanged."""
        for name in reversed(self._target.names()):
            with suppress(BackupDamaged):
                return dict(self._target.manifest(name).files)
        return {}

    def _holds(self, file: StoredFile) -> bool:
        return self._held.get(file.sha256) == file.size_bytes

    def _read_back(self, manifest: Manifest) -> Manifest:
        """Read every file of a backup, and write those anew that earlier backups hold damaged."""
        needs = [*manifest.needs()]
        damaged = self._damaged(needs, lambda n, all_: self._progress(all_ + n, 2 * all_))
        lost = {path for path, file in damaged if not self._mend(path, file)}
        self.mended = [path for path, _ in damaged if path not in lost]
        if DATABASE in lost or self._damaged([need for need in damaged if need[0] not in lost]):
            raise BackupFailed(
                "%(folder)s does not keep what is written into it: check its disk.",
                folder=self._target.folder,
            )
        new = {file.sha256: file.size_bytes for _, file in needs if not self._holds(file)}
        self.written_bytes = sum(new.values())
        return _without(manifest, lost)

    def _damaged(self, needs: list[Need], progress: Progress = untold) -> list[Need]:
        whole = in_parallel(lambda need: self._target.is_whole(need[1].sha256), needs, progress)
        return [need for need, is_whole in zip(needs, whole, strict=True) if not is_whole]

    def _mend(self, path: str, file: StoredFile) -> bool:
        try:
            self._target.add(self._config.instance / path, file.sha256)
        except SourceUnreadable:
            return False
        return True


def _without(manifest: Manifest, lacking: Iterable[str]) -> Manifest:
    """Return a manifest that names paths as lacking."""
    named = {*lacking}
    photos = {name: size for name, size in manifest.photos.items() if photo_path(name) not in named}
    files = {path: file for path, file in manifest.files.items() if path not in named}
    all_ = (*manifest.lacking, *sorted(named))
    return replace(manifest, photos=photos, files=files, lacking=all_)


def _require_recorded(sessions: Sessions, lacking: list[Path]) -> None:
    """Raise _ErasedMeanwhile if a missing photo has left the collection since the copy was made."""
    for path in lacking:
        with reading(sessions) as session:
            if not session.scalar(select(Photo.id).filter_by(file_sha256=path.stem)):
                raise _ErasedMeanwhile


def _require_apart(config: Config, folder: Path) -> None:
    target, instance = folder.resolve(), config.instance.resolve()
    kept_in = [instance, *(path.resolve().parent for path in database_files(config))]
    if target.is_relative_to(instance) or any(place.is_relative_to(target) for place in kept_in):
        raise BackupFailed(
            "%(folder)s and the instance %(instance)s lie in each other: choose a folder elsewhere, "
            "best on another disk.",
            folder=folder,
            instance=config.instance,
        )


@contextmanager
def _explained(target: Target) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise BackupFailed(
                "No backup was made (%(why)s: %(file)s). Earlier ones are as they were.",
                why=error.strerror,
                file=error.filename,
            ) from error
        with suppress(OSError):
            target.remove_unused()  # what was written of this one
        raise BackupFailed(
            "The disk of %(folder)s is full: no backup was made. Earlier ones are as they were; free "
            "some space, then try again.",
            folder=target.folder,
        ) from error
