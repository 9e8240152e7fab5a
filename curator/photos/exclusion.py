"""Excludes photos from every export, and includes them again."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.events import Action, ids_of, record
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.pairs.decisions import settle_copies
from curator.photos.locking import locked_photo, locked_photos


def exclude_photo(sessions: Sessions, photo_id: int, reason: str, *, actor: str) -> int | None:
    """Exclude a photo from every export; an empty reason includes it again.

    Returns:
        The copy kept in its place, or None.
    """
    wanted = reason.strip()
    with sessions.begin() as session:
        photo = locked_photo(session, photo_id)
        if (photo.excluded_reason or "") != wanted:
            write_exclusion(session, photo, wanted, actor)
            settle_copies(session, [photo_id], actor)
        return photo.copy_of_id


def exclude_photos(
    sessions: Sessions, photo_ids: Collection[int], reason: str, *, actor: str
) -> tuple[int, ...]:
    """Exclude photos from every export; an empty reason includes them again.

    Returns:
        The ids of the events to undo, one for each photo that changed.
    """
    wanted = reason.strip() or None
    with sessions.begin() as session:
        photos = [
            photo for photo in locked_photos(session, photo_ids) if photo.excluded_reason != wanted
        ]
        events = [write_exclusion(session, photo, wanted or "", actor) for photo in photos]
        settle_copies(session, [photo.id for photo in photos], actor)
        return ids_of(session, events)


def write_exclusion(session: Session, photo: Photo, reason: str, actor: str) -> Event:
    """Exclude a photo or include it again, without settling its copies."""
    before = {"excluded_reason": photo.excluded_reason}
    photo.excluded_reason = reason or None
    action = Action.PHOTO_EXCLUDED if reason else Action.PHOTO_TAKEN_BACK_IN
    after = {"excluded_reason": photo.excluded_reason}
    return record(session, actor, action, "photo", photo.id, before, after)
