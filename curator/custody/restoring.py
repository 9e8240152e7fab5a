"""Restores a backup into an empty instance: whole, or not at all."""

import os
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, select

from curator.base.config import Config
from curator.base.db import (
    RESTORING,
    Sessions,
    is_known,
    is_new,
    newest_revision,
    open_engine,
    sessions_of,
    upgrade,
)
from curator.base.errors import BackupDamaged, RestoreRefused
from curator.base.events import Action, record
from curator.base.models.base import utc_now
from curator.base.models.users import SignIn, Token, User
from curator.base.progress import Progress, untold
from curator.base.snapshots import check_copy, clear_database, database_files, kind_of, put_back
from curator.base.writing import make_private, temporary_file
from curator.custody.backing_up import noted
from curator.custody.erasing import erase_again
from curator.custody.last_backup import write_last_backup
from curator.custody.manifests import DATABASE, Manifest, StoredFile, photo_path
from curator.custody.stored_files import copy_out, in_parallel, write_file
from curator.custody.targets import Target

MOST_NAMED = 10


@dataclass(frozen=True)
class Restored:
    """What a restored instance holds.

    Attributes:
        event: the newest event of the backup.
        revisions: of the database in the backup, and now.
        sign_ins: how many were dropped.
        tokens: of programs, that are valid again.
        lacking: the paths of files that the backup lacks or holds damaged.
        erased: how many photos were erased since the backup, and left out.
    """

    backup: str
    made_at: datetime
    photos: int
    files: int
    accounts: int
    event: int
    revisions: tuple[str, str]
    sign_ins: int
    tokens: int
    lacking: tuple[str, ...]
    erased: int = 0


def restore_backup(
    config: Config,
    folder: Path,
    *,
    at: str = "",
    despite_damage: bool = False,
    actor: str,
    progress: Progress = untold,
) -> Restored:
    """Restore the newest backup whose name begins with `at` into an empty instance.

    Args:
        despite_damage: leave out what the backup holds damaged, except the database and the key.

    Raises:
        RestoreRefused: the instance or its database is not empty, or the database is of another kind.
        BackupDamaged: it names what is damaged; nothing was restored.
    """
    target = Target(folder)
    with target.reading():
        name, manifest = target.find(at)
        _require_fit(config, name, manifest)
        _require_empty(config)
        make_private(config.instance)
        config.instance.chmod(0o700)
        write_file(config.instance / RESTORING, b"")
        try:
            damaged = _restore_files(config, target, manifest, progress)
            if damaged and not (despite_damage and "key" not in damaged):
                raise _damaged(name, damaged)
            lacking = (*manifest.lacking, *damaged)
            restored = _restore_database(config, target, name, manifest, lacking, actor)
        except BaseException:
            _empty(config)
            raise
        os.sync()  # the names of the files, too
        (config.instance / RESTORING).unlink()
        return restored


def _require_fit(config: Config, name: str, manifest: Manifest) -> None:
    kind, revision = manifest.database.kind, manifest.database.revision
    if kind != kind_of(config):
        raise RestoreRefused(
            "The backup holds a database of %(kind)s, and DATABASE_URL names one of %(other)s: set it "
            "to an empty database of %(kind)s, or for sqlite leave it out.",
            kind=kind,
            other=kind_of(config),
        )
    if not is_known(revision):
        raise RestoreRefused(
            "A newer version of Malar made the backup %(name)s (revision %(revision)s): install that "
            "version.",
            name=name,
            revision=revision,
        )


def _require_empty(config: Config) -> None:
    """Raise RestoreRefused unless nothing is there, or what a restore that was cut short left."""
    if (config.instance / RESTORING).exists():
        _empty(config)
    if config.instance.is_dir() and any(config.instance.iterdir()):
        raise RestoreRefused(
            "The instance %(folder)s is not empty: restore into a new one, by CURATOR_INSTANCE, or move "
            "this one away.",
            folder=config.instance,
        )
    if not is_new(config):
        raise RestoreRefused(
            "The database is not empty: create a new one, and name it in DATABASE_URL."
        )


def _restore_files(
    config: Config, target: Target, manifest: Manifest, progress: Progress
) -> tuple[str, ...]:
    """Write all files but the database; return the paths of those that are damaged."""

    def restore(need: tuple[str, StoredFile]) -> bool:
        path, file = need
        final = config.instance / path
        if copy_out(target.file(file.sha256), file.sha256, final):
            return True
        final.unlink(missing_ok=True)
        return False

    needs = [need for need in manifest.needs() if need[0] != DATABASE]
    restored = in_parallel(restore, needs, progress)
    for path, leads in manifest.links.items():  # last: nothing is written through a link
        make_private((config.instance / path).parent)
        (config.instance / path).symlink_to(leads)
    return tuple(path for (path, _), is_whole in zip(needs, restored, strict=True) if not is_whole)


def _restore_database(
    config: Config,
    target: Target,
    name: str,
    manifest: Manifest,
    lacking: tuple[str, ...],
    actor: str,
) -> Restored:
    stored = manifest.database
    with temporary_file(config.instance) as copy:
        source, sha = target.file(stored.file.sha256), stored.content.sha256
        if not copy_out(source, sha, copy, compressed=True):
            raise _damaged(name, (DATABASE,))
        check_copy(stored.kind, copy)
        put_back(config, stored.kind, copy)
    try:
        upgrade(config)
        sessions = sessions_of(config, open_engine(config))
        restored = _settled(sessions, target, name, manifest, lacking, actor)
        return replace(restored, erased=erase_again(sessions, config, target.erased(), actor=actor))
    except BaseException:
        clear_database(config)
        raise


def _settled(
    sessions: Sessions,
    target: Target,
    name: str,
    manifest: Manifest,
    lacking: tuple[str, ...],
    actor: str,
) -> Restored:
    """Drop the sign-ins of then, and write down where this database comes from."""
    now = utc_now()
    with sessions.begin() as session:
        ended = len(session.scalars(delete(SignIn).returning(SignIn.token_hash)).all())
        restored = Restored(
            backup=name,
            made_at=manifest.made_at,
            photos=len({*map(photo_path, manifest.photos)} - {*lacking}),
            files=len({*manifest.files} - {*lacking}),
            accounts=session.scalar(select(func.count(User.id))) or 0,
            event=manifest.database.event,
            revisions=(manifest.database.revision, newest_revision()),
            sign_ins=ended,
            tokens=session.scalar(select(func.count(Token.id)).where(Token.until > now)) or 0,
            lacking=lacking,
        )
        write_last_backup(session, noted(target.folder, manifest))
        after = {"backup": name, "event": restored.event, "lacking": len(lacking)}
        record(session, actor, Action.BACKUP_RESTORED, "backup", None, after=after)
        return restored


def _damaged(name: str, paths: tuple[str, ...]) -> BackupDamaged:
    more = len(paths) - MOST_NAMED
    return BackupDamaged(
        "The backup %(name)s is damaged, nothing was restored: %(files)s. Take another with --at, or all "
        "that is whole with --despite-damage, if the database and the key are.",
        name=name,
        files=", ".join(paths[:MOST_NAMED]) + (f" (+{more})" if more > 0 else ""),
    )


def _empty(config: Config) -> None:
    """Remove what a restore wrote, its mark last."""
    for path in config.instance.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != RESTORING:
            path.unlink()
    for path in (*database_files(config), config.instance / RESTORING):
        path.unlink(missing_ok=True)
