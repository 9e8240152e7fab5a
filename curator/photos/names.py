"""The names that photos were imported under, with the folder and import of each."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.models.photos import FileName


@dataclass(frozen=True)
class NamedPhoto:
    """One name of a photo; `path` begins with its import and the imported folder: `import 3/clinic/1.png`."""

    photo_id: int
    name: str
    path: str


def named_photos(session: Session) -> list[NamedPhoto]:
    columns = (FileName.photo_id, FileName.name, FileName.root, FileName.batch_id)
    rows = session.execute(select(*columns).order_by(FileName.photo_id, FileName.name))
    return [
        NamedPhoto(photo, name, "/".join(filter(None, (_of_batch(batch), root, name))))
        for photo, name, root, batch in rows
    ]


def _of_batch(batch_id: int | None) -> str:
    return f"import {batch_id}" if batch_id else ""
