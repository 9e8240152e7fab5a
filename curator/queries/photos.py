"""Photos: their files, a photo to rate, and the photo rated before it."""

from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import NotFound
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating, Suggestion
from curator.base.visibility import has_rated
from curator.queries.exclusions import Exclusion, exclusion_of
from curator.ratings.assessments import Assessment, assessment_of


@dataclass(frozen=True)
class PhotoFile:
    sha: str
    format: str


@dataclass(frozen=True)
class Suggested:
    """A suggestion; `region` and `eyes` as in Suggestion, empty if no face was found."""

    region: str
    eyes: str
    faces: int


@dataclass(frozen=True)
class PhotoToRate:
    """A photo and the rater's own rating of it, never anyone else's."""

    id: int
    name: str
    width_px: int
    height_px: int
    source: str
    caption: str | None
    copy_of: int | None
    exclusion: Exclusion | None
    suggestion: Suggested | None
    own: Assessment | None
    version: int

    @property
    def excluded_reason(self) -> str | None:
        return self.exclusion.reason if self.exclusion else None


def photo_file(sessions: Sessions, photo_id: int) -> PhotoFile:
    with reading(sessions) as session:
        photo = _photo(session, photo_id)
        return PhotoFile(photo.file_sha256, photo.format)


def photo_to_rate(sessions: Sessions, photo_id: int, rater: int) -> PhotoToRate:
    with reading(sessions) as session:
        own = select(Rating).where(Rating.photo_id == photo_id, Rating.rater_id == rater)
        return _to_rate(session, photo_id, session.scalar(own))


def photo_to_adjudicate(sessions: Sessions, photo_id: int, adjudicator: int) -> PhotoToRate:
    """Return a photo with its ruling, if the adjudicator may see it."""
    with reading(sessions) as session:
        ruling = select(Adjudication).join(Photo).where(Photo.id == photo_id)
        return _to_rate(session, photo_id, session.scalar(ruling.where(has_rated(adjudicator))))


def has_photos(sessions: Sessions) -> bool:
    with reading(sessions) as session:
        return session.scalar(select(Photo.id).limit(1)) is not None


def last_rated(sessions: Sessions, rater: int, before: int) -> int | None:
    """Return the photo this rater rated just before the current one, or most recently."""
    mine = select(Rating).where(Rating.rater_id == rater)
    with reading(sessions) as session:
        current = session.scalar(mine.where(Rating.photo_id == before))
        query = mine.with_only_columns(Rating.photo_id)
        if current:
            moment = tuple_(Rating.saved_at, Rating.id)
            query = query.where(moment < (current.saved_at, current.id))
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
        exclusion=exclusion_of(session, photo),
        suggestion=Suggested(found.region or "", found.eyes or "", found.faces) if found else None,
        own=assessment_of(own) if own else None,
        version=own.version if own else 0,
    )


def _photo(session: Session, photo_id: int) -> Photo:
    photo = session.get(Photo, photo_id)
    if photo is None:
        raise NotFound("This photo is not in the collection.")
    return photo
