"""Past imports and exports."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select

from curator.base.db import Sessions, reading
from curator.base.errors import NotFound
from curator.base.models.exports import Export
from curator.base.models.photos import Batch, FileName, Photo, RejectedFile
from curator.base.moving import found_path
from curator.exports.manifest import TRAINER


@dataclass(frozen=True)
class ExportRow:
    id: int
    name: str
    path: str
    content_hash: str
    photos: int
    counts: dict[str, Any]
    format: str
    crop: str
    left_out: dict[str, int]
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class BatchRow:
    id: int
    source: str
    collector: str
    started_at: datetime
    seen: int
    added: int
    already_there: int
    rejected: int
    ignored: int
    missing: int  # announced by the browser, and never arrived


@dataclass(frozen=True)
class RejectedRow:
    """A file that was refused; `template` and `values` are for the translation of its reason."""

    name: str
    reason: str
    template: str
    values: dict[str, Any]

    @property
    def kind(self) -> str:
        """The reason without what differs from file to file."""
        return kind_of(self.reason)


@dataclass(frozen=True)
class KnownRow:
    """A file that showed a photo which was there already."""

    name: str
    photo_id: int


def kind_of(reason: str) -> str:
    """Return a reason, in any language, without what differs from file to file."""
    return reason.partition(":")[0]


def exports(
    sessions: Sessions, instance: Path, *, before: int = 0, limit: int | None = None
) -> tuple[ExportRow, ...]:
    """Return the exports, newest first, older than the one `before`."""
    rows = select(Export).order_by(Export.id.desc()).limit(limit)
    if before:
        rows = rows.where(Export.id < before)
    with reading(sessions) as session:
        return tuple(_export_row(instance, row) for row in session.scalars(rows))


def export_row(sessions: Sessions, instance: Path, export_id: int) -> ExportRow:
    with reading(sessions) as session:
        row = session.get(Export, export_id)
        if row is None:
            raise NotFound("There is no such export.")
        return _export_row(instance, row)


def export_with(sessions: Sessions, instance: Path, content_hash: str) -> ExportRow:
    """Return the newest export with this content."""
    rows = select(Export).filter_by(content_hash=content_hash).order_by(Export.id.desc()).limit(1)
    with reading(sessions) as session:
        return _export_row(instance, session.scalars(rows).one())


def batches(sessions: Sessions, limit: int = 20, *, before: int = 0) -> tuple[BatchRow, ...]:
    """Return the latest imports, newest first, older than the one `before`."""
    rows = select(Batch).order_by(Batch.id.desc()).limit(limit)
    if before:
        rows = rows.where(Batch.id < before)
    with reading(sessions) as session:
        return tuple(map(_batch_row, session.scalars(rows)))


def batch_row(sessions: Sessions, batch_id: int) -> BatchRow:
    with reading(sessions) as session:
        row = session.get(Batch, batch_id)
        if row is None:
            raise NotFound("There is no such upload.")
        return _batch_row(row)


def rejected_files(sessions: Sessions, batch_id: int) -> tuple[RejectedRow, ...]:
    with reading(sessions) as session:
        rows = session.scalars(
            select(RejectedFile).where(RejectedFile.batch_id == batch_id).order_by(RejectedFile.id)
        )
        return tuple(RejectedRow(row.name, row.message, row.reason, row.values) for row in rows)


def photos_added(sessions: Sessions, batch_id: int, limit: int) -> tuple[int, ...]:
    added = select(Photo.id).where(Photo.batch_id == batch_id).order_by(Photo.id)
    with reading(sessions) as session:
        return tuple(session.scalars(added.limit(limit)))


def known_files(sessions: Sessions, batch_id: int) -> tuple[KnownRow, ...]:
    """Return the files of photos that were there already, except those of a name known before."""
    is_other = or_(Photo.batch_id != batch_id, FileName.name != Photo.original_name)
    rows = (
        select(FileName.name, FileName.photo_id)
        .join(Photo, Photo.id == FileName.photo_id)
        .where(FileName.batch_id == batch_id, is_other)
        .order_by(FileName.name)
    )
    with reading(sessions) as session:
        return tuple(KnownRow(*row) for row in session.execute(rows))


def _export_row(instance: Path, row: Export) -> ExportRow:
    return ExportRow(
        id=row.id,
        name=row.name,
        path=str(found_path(instance, row.path)),
        content_hash=row.content_hash,
        photos=row.counts["total"],
        counts=row.counts,
        format=row.parameters.get("format", TRAINER),
        crop=row.parameters.get("crop", {}).get("mode", ""),
        left_out=row.left_out,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def _batch_row(row: Batch) -> BatchRow:
    return BatchRow(
        row.id,
        row.source,
        row.collector,
        row.started_at,
        row.seen,
        row.added,
        row.already_there,
        row.rejected,
        row.ignored,
        max(row.announced - row.seen, 0),
    )
