"""Locks photos that are about to change, so that concurrent changes cannot interleave."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.errors import InputInvalid, NotFound
from curator.base.models.photos import Photo


def locked_photo(session: Session, photo_id: int) -> Photo:
    """Return the photo, locked where the database supports it, so that the second save is stale."""
    photo = session.get(Photo, photo_id, with_for_update=True)
    if photo is None:
        raise NotFound("This photo is no longer in the collection.")
    return photo


def locked_photos(session: Session, photo_ids: Collection[int]) -> list[Photo]:
    """Return the photos, locked where the database supports it."""
    chosen = set(photo_ids)
    if not chosen:
        raise InputInvalid("No photo is selected: select some in the gallery first.")
    rows = select(Photo).where(Photo.id.in_(chosen)).order_by(Photo.id).with_for_update()
    photos = list(session.scalars(rows))
    if len(photos) < len(chosen):
        raise NotFound(
            "A selected photo is no longer in the collection. Nothing was changed: reload the page."
        )
    return photos
