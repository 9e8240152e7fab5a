"""Erases photos at somebody's request: rows first, in one transaction, then every file that is left of them.

What remains to be done is written down with the rows, so that a killed erasure is finished by the next.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select
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
from curator.base.keys import chain_key
from curator.base.models.base import utc_now
from curator.base.models.erasures import Erasure, Tombstone
from curator.base.models.events import Event
from curator.base.models.exports import Export, ExportMember, SplitAssignment
from curator.base.models.labelstudio import LabelStudioProject, LabelStudioTask
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import (
    Batch,
    FileName,
    Person,
    Photo,
    PhotoCheck,
    RejectedFile,
    StoredFingerprint,
)
from curator.base.models.ratings import (
    Adjudication,
    Claim,
    FirstWord,
    Place,
    Rating,
    SourceOpening,
    Suggestion,
)
from curator.base.moving import found_path
from curator.custody.blanking import Blanked, Traced, blank
from curator.custody.certificates import (
    DATABASE,
    Certificate,
    HeldBackup,
    UsedExport,
    read_certificate,
)
from curator.custody.erasable import Erasable, Request, find_erasable
from curator.custody.erased_files import ErasedPhoto, Removed, point_latest, remove_files
from curator.custody.last_backup import known_targets
from curator.custody.listing import held_photos
from curator.custody.targets import Target, identity
from curator.exports.manifest import TRAINER
from curator.labelstudio.server import connect
from curator.pairs.persons import keep_joined
from curator.photos.locking import locked_photos
from curator.photos.tombstones import NAME_KEPT, file_digest, tombstones_of

EXAMPLE_DIGITS = 16  # by which exports and runs name a photo
LONG_TEXT = 30  # characters of a caption that nobody else's has by chance
SAID = (Rating, FirstWord, Adjudication, SourceOpening, SplitAssignment, ExportMember, FileName)
DERIVED = (StoredFingerprint, PhotoCheck, Suggestion, Claim, Place, LabelStudioTask)


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


# -- rows ------------------------------------------------------------------------------------------


def erase_rows(
    session: Session, config: Config, kind: str, photo_ids: Sequence[int], reason: str, actor: str
) -> int:
    """Erase all rows of photos, and what the log says of them; return the number of the erasure."""
    photos = locked_photos(session, photo_ids)
    persons = _leaving_persons(session, photo_ids)
    texts = _own_texts(session, photos)
    codes = frozenset(person.code for person in persons)
    traced = Traced(
        frozenset(photo_ids), frozenset(one.id for one in persons), codes, frozenset(texts)
    )
    blanked = blank(session, chain_key(config), traced)
    exports = _exports(session, config, photo_ids)
    erasure = Erasure(actor=actor, asked=kind, certificate={}, at=utc_now())
    erasure.remaining = {
        "photos": [
            [photo.file_sha256, photo.format, photo.pixel_sha256[:EXAMPLE_DIGITS]]
            for photo in photos
        ],
        "texts": sorted(texts - codes),
        "exports": [[export.id, str(folder)] for export, folder in exports],
        "tasks": _tasks(session, photo_ids),
    }
    tombstones = tombstones_of(session, config, photos)
    keep_joined(session, photo_ids, actor)
    rows = _delete(session, photo_ids, persons, texts)
    for export, _ in exports:
        export.erased_at = erasure.at
    session.add(erasure)
    session.flush()
    session.add_all(tombstones)
    for one in tombstones:
        one.erasure_id = erasure.id
    erasure.certificate = _first_certificate(session, erasure, photo_ids, rows, blanked).stored()
    _record(session, erasure, len(photo_ids), blanked, reason)
    return erasure.id


def _record(session: Session, erasure: Erasure, photos: int, blanked: Blanked, reason: str) -> None:
    """Say in the log what of it was erased, so that nothing else can pass for that."""
    after = {
        "photos": photos,
        "events": list(blanked.events),
        "versions": list(blanked.versions),
    }
    record(
        session,
        erasure.actor,
        Action.ERASED,
        "erasure",
        erasure.id,
        after=after,
        reason=reason or None,
    )


def _leaving_persons(session: Session, photo_ids: Collection[int]) -> list[Person]:
    """Return the persons of whom no photo is left."""
    ids = select(Photo.person_id).where(Photo.id.in_(photo_ids), Photo.person_id.is_not(None))
    staying = select(Photo.person_id).where(
        Photo.id.not_in(photo_ids), Photo.person_id.is_not(None)
    )
    rows = select(Person).where(Person.id.in_(ids), Person.id.not_in(staying))
    return [*session.scalars(rows)]


def _own_texts(session: Session, photos: Sequence[Photo]) -> set[str]:
    """Return the texts that are of these photos alone: hashes, names, addresses, long captions."""
    ids = [photo.id for photo in photos]
    names = select(FileName.name).where(FileName.photo_id.in_(ids))
    shared_names = select(FileName.name).where(FileName.photo_id.not_in(ids))
    texts = {*session.scalars(names.where(FileName.name.not_in(shared_names)))}
    for column in (Photo.original_name, Photo.post_url, Photo.author_key, Photo.caption):
        own = select(column).where(Photo.id.in_(ids), column.is_not(None))
        shared = select(column).where(Photo.id.not_in(ids), column.is_not(None))
        texts |= {str(text) for text in session.scalars(own.where(column.not_in(shared)))}
    texts = {
        text for text in texts if len(text) > LONG_TEXT or "." in text or text in _keys(photos)
    }
    for photo in photos:
        texts |= {photo.file_sha256, photo.pixel_sha256, photo.pixel_sha256[:EXAMPLE_DIGITS]}
        texts |= {photo.earlier_pixel_sha256} if photo.earlier_pixel_sha256 else set()
    return texts


def _keys(photos: Sequence[Photo]) -> set[str | None]:
    return {photo.author_key for photo in photos}


def _exports(
    session: Session, config: Config, photo_ids: Collection[int]
) -> list[tuple[Export, Path]]:
    holding = select(ExportMember.export_id).where(ExportMember.photo_id.in_(photo_ids))
    rows = session.scalars(select(Export).where(Export.id.in_(holding)).order_by(Export.id))
    return [(export, found_path(config.instance, export.path)) for export in rows]


def _tasks(session: Session, photo_ids: Collection[int]) -> list[list[Any]]:
    project, task = LabelStudioProject, LabelStudioTask
    rows = select(project.server, project.name, project.number, task.number)
    rows = rows.join(task, task.project_id == project.id).where(task.photo_id.in_(photo_ids))
    return [[*row] for row in session.execute(rows)]


def _delete(
    session: Session, photo_ids: Collection[int], persons: Sequence[Person], names: Collection[str]
) -> Counter[str]:
    """Delete rows through the session, which notes for the log that they are gone; children first."""
    counts: Counter[str] = Counter()
    for table in DERIVED:
        gone = session.execute(delete(table).where(table.photo_id.in_(photo_ids)))
        counts[table.__tablename__] += gone.rowcount  # type: ignore[attr-defined]
    doomed: list[Any] = [
        row
        for table in SAID
        for row in session.scalars(select(table).where(table.photo_id.in_(photo_ids)))
    ]
    sides = or_(PhotoPair.photo_a_id.in_(photo_ids), PhotoPair.photo_b_id.in_(photo_ids))
    doomed += session.scalars(select(PhotoPair).where(sides))
    for refused in session.scalars(select(RejectedFile).where(RejectedFile.name.in_(names))):
        refused.name = NAME_KEPT  # the import's counts stay true
        counts["name of a rejected file"] += 1
    photos = session.scalars(select(Photo).where(Photo.id.in_(photo_ids))).all()
    for photo in photos:
        session.get_one(Batch, photo.batch_id).erased += 1
    for row in (*doomed, *photos, *persons):
        counts[row.__tablename__] += 1
    for row in doomed:
        session.delete(row)
    for photo in photos:
        photo.copy_of_id = None
    session.flush()
    for photo in photos:
        session.delete(photo)
    session.flush()
    for person in persons:
        session.delete(person)
    session.flush()
    return +counts


def _first_certificate(
    session: Session,
    erasure: Erasure,
    photo_ids: Sequence[int],
    rows: Counter[str],
    blanked: Blanked,
) -> Certificate:
    ids = [export for export, _ in (erasure.remaining or {})["exports"]]
    exports = session.scalars(select(Export).where(Export.id.in_(ids)).order_by(Export.id))
    return Certificate(
        number=erasure.id,
        at=erasure.at,
        actor=erasure.actor,
        asked=erasure.asked,
        photos=tuple(photo_ids),
        rows=dict(sorted(rows.items())),
        log={"events": len(blanked.events), "versions": len(blanked.versions)},
        files={},
        exports=tuple(
            UsedExport(one.name, one.created_at, _downloads(session, one.id), is_removed=False)
            for one in exports
        ),
    )


def _downloads(session: Session, export: int) -> tuple[str, ...]:
    made = select(Event.actor, Event.at).where(
        Event.action == Action.EXPORT_DOWNLOADED, Event.subject_id == export
    )
    return tuple(f"{actor}, {at:%Y-%m-%d}" for actor, at in session.execute(made))


# -- files -----------------------------------------------------------------------------------------


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
