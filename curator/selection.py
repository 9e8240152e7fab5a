"""What is done to several photos as one act: excluded, taken back in, their source set."""

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.db import Sessions
from curator.dedup import settle_copies
from curator.errors import InputInvalid, NotFound
from curator.events import record
from curator.models import Event, Photo
from curator.rating import write_exclusion


def exclude_photos(
    sessions: Sessions, photo_ids: Collection[int], reason: str, *, actor: str
) -> tuple[int, ...]:
    """Keep photos out of every export; an empty reason takes them back in.

    Returns:
        The events, by which it is undone: one for each photo of which this was not so already.
    """
    wanted = reason.strip() or None
    with sessions.begin() as session:
        photos = [photo for photo in _chosen(session, photo_ids) if photo.excluded_reason != wanted]
        events = [write_exclusion(session, photo, wanted or "", actor) for photo in photos]
        settle_copies(session, [photo.id for photo in photos], actor)
        return _ids(session, events)


def set_source(
    sessions: Sessions, photo_ids: Collection[int], source: str, *, actor: str
) -> tuple[int, ...]:
    """Say where photos come from; returns events as `exclude_photos` does."""
    with sessions.begin() as session:
        events = [
            write_source(session, photo, source.strip(), actor)
            for photo in _chosen(session, photo_ids)
            if photo.source != source.strip()
        ]
        return _ids(session, events)


def write_source(session: Session, photo: Photo, source: str, actor: str) -> Event:
    before = {"source": photo.source}
    photo.source = source
    return record(session, actor, "source set", "photo", photo.id, before, {"source": source})


def _chosen(session: Session, photo_ids: Collection[int]) -> list[Photo]:
    """Return the photos, locked where the database can."""
    chosen = set(photo_ids)
    if not chosen:
        raise InputInvalid("No photo is selected: select some in the gallery first.")
    rows = select(Photo).where(Photo.id.in_(chosen)).order_by(Photo.id).with_for_update()
    photos = list(session.scalars(rows))
    if len(photos) < len(chosen):
        raise NotFound(
            "A photo selected is not in the collection any more. Nothing was changed: "
            "reload the page."
        )
    return photos


def _ids(session: Session, events: Iterable[Event]) -> tuple[int, ...]:
    session.flush()
    return tuple(event.id for event in events)
