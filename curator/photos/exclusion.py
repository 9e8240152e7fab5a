"""Excludes photos from every export, and includes them again."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.errors import ReachUnconfirmed
from curator.base.events import Action, ids_of, record
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.reach import Scope, reach_of
from curator.pairs.decisions import settle_copies
from curator.photos.locking import locked_photo, locked_photos
from curator.photos.reasons import scope_of


def exclude_photo(
    sessions: Sessions,
    photo_id: int,
    reason: str,
    *,
    scope: str = "",
    confirmed: Collection[int] = (),
    actor: str,
) -> int | None:
    """Exclude a photo from every export; an empty reason includes it again.

    Returns:
        The copy kept in its place, or None.

    Raises:
        ReachUnconfirmed: as `exclude_photos`.
    """
    with sessions.begin() as session:
        photo = locked_photo(session, photo_id)
        _exclude(session, [photo], reason.strip(), scope, confirmed, actor)
        return photo.copy_of_id if photo.excluded_scope == Scope.FILE else None


def exclude_photos(
    sessions: Sessions,
    photo_ids: Collection[int],
    reason: str,
    *,
    scope: str = "",
    confirmed: Collection[int] = (),
    actor: str,
) -> tuple[int, ...]:
    """Exclude photos from every export; an empty reason includes them again.

    `scope` is what a reason is about that somebody typed; a known one says it itself.

    Returns:
        The ids of the events to undo, one for each photo that changed.

    Raises:
        ReachUnconfirmed: the reason is about persons, and other photos that show them are not among
            the `confirmed`.
    """
    with sessions.begin() as session:
        photos = locked_photos(session, photo_ids)
        return ids_of(session, _exclude(session, photos, reason.strip(), scope, confirmed, actor))


def write_exclusion(
    session: Session, photo: Photo, reason: str, scope: str | None, actor: str
) -> Event:
    """Exclude a photo or include it again, without settling its copies."""
    before = exclusion_facts(photo)
    photo.excluded_reason = reason or None
    photo.excluded_scope = scope if reason else None
    action = Action.PHOTO_EXCLUDED if reason else Action.PHOTO_TAKEN_BACK_IN
    return record(session, actor, action, "photo", photo.id, before, exclusion_facts(photo))


def exclusion_facts(photo: Photo) -> dict[str, str | None]:
    return {"excluded_reason": photo.excluded_reason, "excluded_scope": photo.excluded_scope}


def _exclude(
    session: Session,
    photos: Collection[Photo],
    reason: str,
    said: str,
    confirmed: Collection[int],
    actor: str,
) -> list[Event]:
    scope = scope_of(reason, said).value if reason else None
    if scope == Scope.PERSON:
        _require_confirmed(session, [photo.id for photo in photos], confirmed)
    wanted = {"excluded_reason": reason or None, "excluded_scope": scope}
    changing = [photo for photo in photos if exclusion_facts(photo) != wanted]
    events = [write_exclusion(session, photo, reason, scope, actor) for photo in changing]
    settle_copies(session, [photo.id for photo in changing], actor)
    return events


def _require_confirmed(
    session: Session, photo_ids: Collection[int], confirmed: Collection[int]
) -> None:
    reach = reach_of(session, photo_ids, Scope.PERSON)
    if set(reach) - set(photo_ids) - set(confirmed):
        raise ReachUnconfirmed(
            "The reason is about the person: %(photos)s photos show this person, and all of them "
            "would be excluded. Nothing was changed yet: look at them and confirm.",
            photos=len(reach),
        )
