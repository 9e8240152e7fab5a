"""Photos: their files, one to rate, the one rated before it."""

from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import NotFound
from curator.base.models import Adjudication, Photo, Rating, Suggestion
from curator.base.visibility import has_given_word
from curator.ratings.assessments import Assessment, assessment_of


@dataclass(frozen=True)
class PhotoFile:
    sha: str
    format: str


@dataclass(frozen=True)
class Suggested:
    """Where a face was found; `region` and `eyes` as in Suggestion, empty where none was."""

    region: str
    eyes: str
    faces: int


@dataclass(frozen=True)
class PhotoToRate:
    """A photo and the rater's own word on it; nobody else's is here."""

    id: int
    name: str
    width_px: int
    height_px: int
    source: str
    caption: str | None
    copy_of: int | None
    excluded_reason: str | None
    suggestion: Suggested | None
    own: Assessment | None
    version: int


def photo_file(sessions: Sessions, photo_id: int) -> PhotoFile:
    with reading(sessions) as session:
        photo = _photo(session, photo_id)
        return PhotoFile(photo.file_sha256, photo.format)


def photo_to_rate(sessions: Sessions, photo_id: int, rater: int) -> PhotoToRate:
    with reading(sessions) as session:
        own = select(Rating).where(Rating.photo_id == photo_id, Rating.rater_id == rater)
        return _to_rate(session, photo_id, session.scalar(own))


def photo_to_adjudicate(sessions: Sessions, photo_id: int, adjudicator: int) -> PhotoToRate:
    """Return a photo with the ruling on it, if there is one that the adjudicator may see."""
    with reading(sessions) as session:
        ruling = select(Adjudication).join(Photo).where(Photo.id == photo_id)
        return _to_rate(
            session, photo_id, session.scalar(ruling.where(has_given_word(adjudicator)))
        )


def has_photos(sessions: Sessions) -> bool:
    with reading(sessions) as session:
        return session.scalar(select(Photo.id).limit(1)) is not None


def last_rated(sessions: Sessions, rater: int, before: int) -> int | None:
    """Return the photo this rater rated last before the one in hand, or last of all."""
    mine = select(Rating).where(Rating.rater_id == rater)
    with reading(sessions) as session:
        in_hand = session.scalar(mine.where(Rating.photo_id == before))
        query = mine.with_only_columns(Rating.photo_id)
        if in_hand:
            moment = tuple_(Rating.saved_at, Rating.id)
            query = query.where(moment < (in_hand.saved_at, in_hand.id))
        return session.scalar(query.order_by(Rating.saved_at.desc(), Rating.id.desc()).limit(1))


def _to_rate(session: Session, photo_id: int, own: Rating | Adjudication | None) -> PhotoToRate:
    photo = _photo(session, photo_id)
    found = session.get(Suggestion, photo_id)
    return PhotoToRate(
        id=photo.id,
        name=photo.original_name,
        width_px=photo.width_px,
        height_px=photo.height_px,
        source=photo.source,
        caption=photo.caption,
        copy_of=photo.copy_of_id,
        excluded_reason=photo.excluded_reason,
        suggestion=Suggested(found.region or "", found.eyes or "", found.faces) if found else None,
        own=assessment_of(own) if own else None,
        version=own.version if own else 0,
    )


def _photo(session: Session, photo_id: int) -> Photo:
    photo = session.get(Photo, photo_id)
    if photo is None:
        raise NotFound("This photo is not in the collection.")
    return photo
