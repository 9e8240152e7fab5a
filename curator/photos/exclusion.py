"""Keeps photos out of every export, and takes them back in."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.events import Action, ids_of, record
from curator.base.models import Event, Photo
from curator.pairs.decisions import settle_copies
from curator.photos.locking import locked_photo, locked_photos


def exclude_photo(sessions: Sessions, photo_id: int, reason: str, *, actor: str) -> int | None:
    """Keep a photo out of every export; an empty reason takes it back in.

    Returns:
        The copy that is kept in its place, None where it has none.
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
    """Keep photos out of every export; an empty reason takes them back in.

    Returns:
        The events, by which it is undone: one for each photo of which this was not so already.
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
    """Exclude a photo, or take it back in; its copies are not settled anew here."""
    before = {"excluded_reason": photo.excluded_reason}
    photo.excluded_reason = reason or None
    action = Action.PHOTO_EXCLUDED if reason else Action.PHOTO_TAKEN_BACK_IN
    after = {"excluded_reason": photo.excluded_reason}
    return record(session, actor, action, "photo", photo.id, before, after)
