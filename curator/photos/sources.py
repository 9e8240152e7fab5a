"""Sets the source of photos."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.events import Action, ids_of, record
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.photos.locking import locked_photos


def set_source(
    sessions: Sessions, photo_ids: Collection[int], source: str, *, actor: str
) -> tuple[int, ...]:
    """Set the source of photos; return events as `exclude_photos` does."""
    with sessions.begin() as session:
        events = [
            write_source(session, photo, source.strip(), actor)
            for photo in locked_photos(session, photo_ids)
            if photo.source != source.strip()
        ]
        return ids_of(session, events)


def write_source(session: Session, photo: Photo, source: str, actor: str) -> Event:
    before = {"source": photo.source}
    photo.source = source
    return record(session, actor, Action.SOURCE_SET, "photo", photo.id, before, {"source": source})
