"""Erases the rows of photos in one transaction, with what the log says of them, and writes down what is left to do."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.events import Action, record
from curator.base.keys import chain_key
from curator.base.models.base import utc_now
from curator.base.models.consents import ConsentRecord
from curator.base.models.erasures import Erasure
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
from curator.base.reach import Scope, reach_of
from curator.custody.blanking import Blanked, Traced, blank
from curator.custody.certificates import Certificate, UsedExport
from curator.pairs.persons import keep_joined
from curator.photos.locking import locked_photos
from curator.photos.tombstones import NAME_KEPT, tombstones_of

EXAMPLE_DIGITS = 16  # by which exports and runs name a photo
LONG_TEXT = 30  # characters of a caption that nobody else's has by chance
SAID = (Rating, FirstWord, Adjudication, SourceOpening, SplitAssignment, ExportMember, FileName)
DERIVED = (StoredFingerprint, PhotoCheck, Suggestion, Claim, Place, LabelStudioTask)


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
    _keep_consents(session, photo_ids)
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


def _keep_consents(session: Session, photo_ids: Collection[int]) -> None:
    """Let what a person said who is known by a leaving photo stand at another photo of them, if one stays."""
    rows = session.scalars(select(ConsentRecord).where(ConsentRecord.photo_id.in_(photo_ids)))
    for row in rows.all():
        shown = reach_of(session, [row.photo_id or 0], Scope.PERSON)
        taken = select(ConsentRecord.photo_id).where(ConsentRecord.photo_id.in_(shown))
        staying = {*shown} - {*photo_ids} - {*session.scalars(taken)}
        if staying:
            row.photo_id = min(staying)
            session.flush()


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
    of_them = or_(
        ConsentRecord.photo_id.in_(photo_ids),
        ConsentRecord.person_id.in_([person.id for person in persons]),
    )
    doomed += session.scalars(select(ConsentRecord).where(of_them))
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
