"""Erases photos at somebody's request: rows first, in one transaction, then every file that is left of them.

What remains to be done is written down with the rows, so that a killed erasure is finished by the next.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, compact, reading
from curator.base.errors import (
    BackupDamaged,
    BackupFailed,
    CuratorError,
    ErasureUnconfirmed,
    NotFound,
)
from curator.base.events import Action, record
from curator.base.models.base import utc_now
from curator.base.models.erasures import Erasure, Tombstone
from curator.base.models.exports import Export
from curator.base.models.photos import (
    Photo,
)
from curator.base.moving import found_path
from curator.custody.certificates import (
    DATABASE,
    Certificate,
    HeldBackup,
    read_certificate,
)
from curator.custody.erasable import Erasable, Request, find_erasable
from curator.custody.erased_files import ErasedPhoto, Removed, point_latest, remove_files
from curator.custody.erased_rows import erase_rows
from curator.custody.last_backup import known_targets
from curator.custody.listing import held_photos
from curator.custody.targets import Target, identity
from curator.exports.manifest import TRAINER
from curator.labelstudio.server import connect
from curator.photos.tombstones import file_digest


def plan_erasure(sessions: Sessions, config: Config, request: Request) -> Erasable:
    """Return which photos a request reaches; errors as `find_erasable`."""
    with reading(sessions) as session:
        return find_erasable(session, config, request)


def erase(
    sessions: Sessions,
    config: Config,
    request: Request,
    *,
    confirmed: Collection[int],
    reason: str = "",
    actor: str,
) -> Certificate:
    """Erase all photos that a request reaches, and everything that is known of them.

    Args:
        confirmed: the photos that somebody saw and agreed to.
        reason: goes into the log; it must name nobody.

    Raises:
        ErasureUnconfirmed: the request reaches other photos; nothing was erased.
    """
    finish_erasures(sessions, config)
    with sessions.begin() as session:
        found = find_erasable(session, config, request)
        if {*found.photos} != {*confirmed}:
            raise ErasureUnconfirmed(
                "The request reaches %(count)s photos, not those that were confirmed. Nothing was "
                "erased: look again.",
                count=len(found.photos),
            )
        number = erase_rows(session, config, request.kind, found.photos, reason.strip(), actor)
    return finish_erasure(sessions, config, number)


def erase_again(sessions: Sessions, config: Config, digests: Collection[str], *, actor: str) -> int:
    """Erase the photos of a restored instance that were erased after it was backed up; return their number.

    Args:
        digests: keyed hashes of their files, as a folder of backups keeps them.
    """
    with sessions.begin() as session:
        rows = session.execute(select(Photo.id, Photo.file_sha256).order_by(Photo.id)).all()
        found = [
            row.id for row in rows if digests and file_digest(config, row.file_sha256) in digests
        ]
        number = erase_rows(session, config, "photo", found, "restored", actor) if found else None
    if number is not None:
        finish_erasure(sessions, config, number)
    return len(found)


def finish_erasures(sessions: Sessions, config: Config) -> list[Certificate]:
    """Finish what was interrupted, or could not be done: a server out of reach, a backup in use."""
    with reading(sessions) as session:
        waiting = session.scalars(
            select(Erasure.id).where(Erasure.remaining.is_not(None)).order_by(Erasure.id)
        ).all()
    return [finish_erasure(sessions, config, number) for number in waiting]


def list_erasures(sessions: Sessions) -> tuple[Certificate, ...]:
    """Return the certificates of all erasures, newest first."""
    with reading(sessions) as session:
        rows = session.scalars(select(Erasure).order_by(Erasure.id.desc()))
        return tuple(map(_certificate, rows))


def find_certificate(sessions: Sessions, number: int) -> Certificate:
    with reading(sessions) as session:
        return _certificate(_erasure(session, number))


def lift_erasure(sessions: Sessions, number: int, *, reason: str = "", actor: str) -> None:
    """Let the photos of an erasure be imported again; what was erased is gone all the same."""
    with sessions.begin() as session:
        row = _erasure(session, number)
        if row.lifted_at is None:
            row.lifted_at = utc_now()
            session.execute(delete(Tombstone).filter_by(erasure_id=number))
            record(
                session,
                actor,
                Action.ERASURE_LIFTED,
                "erasure",
                number,
                reason=reason.strip() or None,
            )


def finish_erasure(sessions: Sessions, config: Config, number: int) -> Certificate:
    """Remove what is left of erased photos outside the database; return the certificate."""
    with reading(sessions) as session:
        row = _erasure(session, number)
        certificate, remaining = _certificate(row), row.remaining
        exports = {one.id: one for one in session.scalars(select(Export))}
        hashes = {one: export.content_hash for one, export in exports.items()}
        folders = [
            found_path(config.instance, one.path)
            for one in sorted(exports.values(), key=lambda one: -one.id)
            if one.erased_at is None and one.parameters.get("format", TRAINER) == TRAINER
        ]
    if remaining is None:
        return certificate
    if "photos" in remaining:
        photos = [ErasedPhoto(*photo) for photo in remaining["photos"]]
        held = [(Path(folder), hashes[export]) for export, folder in remaining["exports"]]
        removed = Removed()
        remove_files(config, photos, remaining["texts"], held, removed)
        point_latest(config, folders)
        certificate = _with_files(certificate, removed)
        others = [path.relative_to(config.instance).as_posix() for path in removed.databases]
        remaining |= {"databases": others}
        certificate = _with_backups(sessions, config, certificate, photos)
    tasks = _delete_tasks(config, remaining["tasks"])
    words = tuple(f"{server}: {project}/{task}" for server, _, project, task in tasks)
    others = [name for name in remaining.get("databases", ()) if (config.instance / name).exists()]
    certificate = replace(certificate, tasks=words, left=tuple(others))
    left = {"tasks": tasks, "databases": others}
    _keep(sessions, number, certificate, left)
    if not compact(sessions):  # what the rows held, and what was still to be done
        certificate = replace(certificate, left=(DATABASE, *others))
    _keep(sessions, number, certificate, None if certificate.is_complete else left)
    return certificate


def _keep(
    sessions: Sessions, number: int, certificate: Certificate, remaining: dict[str, Any] | None
) -> None:
    with sessions.begin() as session:
        row = session.get_one(Erasure, number)
        row.certificate, row.remaining = certificate.stored(), remaining


def _with_files(certificate: Certificate, removed: Removed) -> Certificate:
    """Add to what an interrupted erasure removed before."""
    counts = Counter(certificate.files)
    found = asdict(removed)
    counts.update({name: found[name] for name in ("photos", "pictures", "caches", "copies")})
    counts["results"] += len(removed.results)
    runs = {"/".join(path.split("/")[:2]) for path in removed.results}
    gone = {*removed.exports}
    return replace(
        certificate,
        files=dict(+counts),
        runs=tuple(sorted({*certificate.runs, *runs})),
        exports=tuple(
            replace(one, is_removed=one.is_removed or one.name in gone)
            for one in certificate.exports
        ),
    )


def _with_backups(
    sessions: Sessions, config: Config, certificate: Certificate, photos: Sequence[ErasedPhoto]
) -> Certificate:
    """Name the backups that hold the photos, and tell their folders what a restore must leave out."""
    shas = {photo.file_sha256 for photo in photos}
    digests = {file_digest(config, sha) for sha in shas}
    holding, unread = [], []
    for folder in known_targets(sessions):
        try:
            holding += [
                HeldBackup(folder, one.name, one.pruned_on)
                for one in held_photos(Path(folder))
                if one.photos & shas
            ]
            target = Target(Path(folder))
            with target.writing(identity(config)):
                target.keep_erased(target.erased() | digests)
        except (NotFound, BackupDamaged, BackupFailed, OSError):
            unread.append(folder)
    return replace(certificate, backups=tuple(holding), unread=tuple(unread))


def _delete_tasks(config: Config, tasks: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Delete the tasks on the Label Studio server that is connected; return those that are left."""
    mine = [task for task in tasks if task[0] == config.label_studio_url.strip().rstrip("/")]
    left = [[*task] for task in tasks if task not in mine]
    if not mine:
        return left
    try:
        server = connect(config)
    except CuratorError:
        return [[*task] for task in tasks]
    for task in mine:
        try:
            server.delete_task(task[3])
        except CuratorError as error:
            if error.status != NotFound.status:
                left.append([*task])
    return left


def _erasure(session: Session, number: int) -> Erasure:
    row = session.get(Erasure, number)
    if row is None:
        raise NotFound("There is no erasure %(number)s.", number=number)
    return row


def _certificate(row: Erasure) -> Certificate:
    return replace(read_certificate(row.certificate), is_lifted=row.lifted_at is not None)
