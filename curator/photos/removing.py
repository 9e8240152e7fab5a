"""Removes an import that nobody has worked on: its photos, their names and all that is derived from them."""

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from curator.base.errors import ChangedSince
from curator.base.events import Action, record
from curator.base.messages import translatable
from curator.base.models.base import Base
from curator.base.models.consents import ConsentRecord
from curator.base.models.events import Event
from curator.base.models.exports import ExportMember, SplitAssignment
from curator.base.models.labelstudio import LabelStudioTask
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Batch, FileName, Photo, RejectedFile
from curator.base.models.ratings import Adjudication, FirstWord, Rating, SourceOpening
from curator.photos.storing import StoredFile

# What stands in the way of removing a photo, told of the first one.
WORK: tuple[tuple[str, ColumnElement[bool]], ...] = (
    (
        translatable("photo %(photo)s was rated"),
        or_(
            exists().where(Rating.photo_id == Photo.id),
            exists().where(FirstWord.photo_id == Photo.id),
            exists().where(Adjudication.photo_id == Photo.id),
        ),
    ),
    (
        translatable("photo %(photo)s was decided on in a pair"),
        exists().where(
            PhotoPair.decision.is_not(None),
            or_(PhotoPair.photo_a_id == Photo.id, PhotoPair.photo_b_id == Photo.id),
        ),
    ),
    (translatable("photo %(photo)s is excluded"), Photo.excluded_reason.is_not(None)),
    (translatable("photo %(photo)s has a person's code"), Photo.person_id.is_not(None)),
    (
        translatable("the consent of the person in photo %(photo)s is recorded"),
        exists().where(ConsentRecord.photo_id == Photo.id),
    ),
    (
        translatable("photo %(photo)s is in an export"),
        or_(
            exists().where(ExportMember.photo_id == Photo.id),
            exists().where(SplitAssignment.photo_id == Photo.id),
        ),
    ),
    (
        translatable("photo %(photo)s was pushed to Label Studio"),
        exists().where(LabelStudioTask.photo_id == Photo.id),
    ),
    (
        translatable("photo %(photo)s has another name by a later import"),
        exists().where(FileName.photo_id == Photo.id, FileName.batch_id != Photo.batch_id),
    ),
)


def why_not_removable(session: Session, batch_id: int) -> ChangedSince | None:
    """Return what stands in the way of removing an import, or None."""
    if session.get(Batch, batch_id) is None:
        return ChangedSince("This import is undone already.")
    for place, (_, condition) in enumerate(WORK):
        of_batch = select(Photo.id).where(Photo.batch_id == batch_id, condition)
        photo = session.scalar(of_batch.order_by(Photo.id).limit(1))
        if photo is not None:
            return ChangedSince(
                "This import cannot be undone: %(work)s.",
                work=ChangedSince(WORK[place][0], photo=photo),
            )
    return None


def remove_import(session: Session, batch_id: int, actor: str) -> tuple[Event, list[StoredFile]]:
    """Remove the rows of an import; return its event, and the files to remove once that is committed.

    Rows first: what is left after a crash are files that no row knows, which doctor finds.
    """
    batch = session.get_one(Batch, batch_id)
    photos = session.scalars(select(Photo).where(Photo.batch_id == batch_id)).all()
    files = [StoredFile(photo.file_sha256, photo.format) for photo in photos]
    ids = select(Photo.id).where(Photo.batch_id == batch_id)
    # Row by row, since the log keeps versions of what the session deletes; the rest goes with the photos.
    _delete(session, FileName, or_(FileName.batch_id == batch_id, FileName.photo_id.in_(ids)))
    _delete(session, SourceOpening, SourceOpening.photo_id.in_(ids))
    _delete(session, RejectedFile, RejectedFile.batch_id == batch_id)
    before = {"source": batch.source, "photos": len(photos)}
    for photo in photos:
        session.delete(photo)
    session.flush()
    session.delete(batch)
    session.flush()
    return record(session, actor, Action.IMPORT_UNDONE, "batch", batch_id, before), files


def _delete(session: Session, table: type[Base], condition: ColumnElement[bool]) -> None:
    for row in session.scalars(select(table).where(condition)):
        session.delete(row)
    session.flush()
