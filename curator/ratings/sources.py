"""Who may see where a photo was found: hidden from raters until they have rated it or opened it."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import Session

from curator.base.accounts import RATERS, Account
from curator.base.db import Sessions, reading
from curator.base.events import Action, record
from curator.base.models.photos import Photo
from curator.base.models.ratings import SourceOpening
from curator.base.models.users import User
from curator.base.visibility import has_rated
from curator.photos.locking import locked_photo
from curator.ratings.filter import Filter
from curator.ratings.settings import project


def open_source(sessions: Sessions, photo_id: int, viewer: Account) -> None:
    """Record that a rater opens a photo's source; nothing to record if it is not hidden."""
    with sessions.begin() as session:
        locked_photo(session, photo_id)
        if not shown_among(session, [photo_id], viewer.id):
            session.add(SourceOpening(photo_id=photo_id, rater_id=viewer.id))
            # Not in the photo's own history: that a rater looked hints at the evidence chosen.
            record(session, viewer.name, Action.SOURCE_OPENED, "source", photo_id)


def sources_shown(sessions: Sessions, photo_ids: Collection[int], viewer: int) -> frozenset[int]:
    """Return the photos among these whose source, caption and file name the viewer may see."""
    with reading(sessions) as session:
        return shown_among(session, photo_ids, viewer)


def shown_among(session: Session, photo_ids: Collection[int], viewer: int) -> frozenset[int]:
    shown = select(Photo.id).where(Photo.id.in_(photo_ids), shows_source(session, viewer))
    return frozenset(session.scalars(shown))


def shows_source(session: Session, viewer: int) -> ColumnElement[bool]:
    """Return the condition that a photo's source is shown to an account: always if it may not rate."""
    user = session.get(User, viewer)
    if project(session).show_sources or (user and user.role not in RATERS):
        return true()
    opened = exists().where(SourceOpening.photo_id == Photo.id, SourceOpening.rater_id == viewer)
    return or_(has_rated(viewer), opened)


def tells_source(chosen: Filter) -> bool:
    """Tell whether photos chosen by a filter have their source given away by it."""
    return bool(chosen.source or chosen.name or chosen.batch)
