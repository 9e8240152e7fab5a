"""Photos: their files, a photo to rate, and the photo rated or excluded before it."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import NotFound
from curator.base.events import Action
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating, Suggestion
from curator.base.models.users import User
from curator.base.visibility import may_see_ratings
from curator.queries.exclusions import Exclusion, exclusion_of
from curator.ratings.assessments import Assessment
from curator.ratings.regions import parse_eyes, stored_region
from curator.ratings.settings import project
from curator.ratings.sources import shown_among
from curator.ratings.withholding import is_withheld
from curator.ratings.words import Word, own_word, read_on, ruling_on
from faces.landmarks import MarkedFace


@dataclass(frozen=True)
class PhotoFile:
    sha: str
    format: str


@dataclass(frozen=True)
class Suggested:
    """A suggestion; `region` and `eyes` as in Suggestion, empty if no face was found.

    `region` is also empty if the study withholds it.
    """

    region: str
    eyes: str
    faces: int

    @property
    def face(self) -> MarkedFace | None:
        """The face that the region is of."""
        if not self.region or not self.eyes:
            return None
        return MarkedFace(parse_eyes(self.eyes), stored_region(self.region))


@dataclass(frozen=True)
class PhotoToRate:
    """A photo and the rater's own word on it, never anyone else's.

    `name`, `source` and `caption` are empty unless `source_shown`.
    `given_on` is the photo that was rated: this one or a copy of it. Of a photo to adjudicate,
    `shows_ratings` tells whether the adjudicator has seen them, and `is_ruled` that `own` is its ruling.
    """

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
    source_shown: bool
    given_on: int | None
    shows_ratings: bool = False
    is_ruled: bool = False
    asks_reason: bool = False  # a ruling stands, whether or not the account may see it

    @property
    def excluded_reason(self) -> str | None:
        return self.exclusion.reason if self.exclusion else None


def photo_file(sessions: Sessions, photo_id: int) -> PhotoFile:
    with reading(sessions) as session:
        photo = _photo(session, photo_id)
        return PhotoFile(photo.file_sha256, photo.format)


def marked_face(sessions: Sessions, photo_id: int) -> MarkedFace | None:
    with reading(sessions) as session:
        found = _suggested(session, _photo(session, photo_id))
        return found.face if found else None


def photo_to_rate(sessions: Sessions, photo_id: int, rater: int) -> PhotoToRate:
    with reading(sessions) as session:
        photo = _photo(session, photo_id)
        return _to_rate(session, photo, rater, own_word(session, photo, rater))


def photo_to_adjudicate(sessions: Sessions, photo_id: int, adjudicator: int) -> PhotoToRate:
    """Return a photo with its ruling, if the adjudicator may see it; without one, with their own rating."""
    with reading(sessions) as session:
        photo = _photo(session, photo_id)
        ruling = session.get(Adjudication, photo_id) or ruling_on(session, photo_id)
        is_seen = may_see_ratings(session, photo_id, adjudicator)
        ruled = read_on(session, photo, ruling if is_seen else None)
        own = ruled or _to_rule_from(own_word(session, photo, adjudicator))
        shown = _to_rate(session, photo, adjudicator, own)
        is_ruled, asks_reason = ruled is not None, ruling is not None
        return replace(shown, shows_ratings=is_seen, is_ruled=is_ruled, asks_reason=asks_reason)


def has_photos(sessions: Sessions) -> bool:
    with reading(sessions) as session:
        return session.scalar(select(Photo.id).limit(1)) is not None


def last_rated(sessions: Sessions, rater: int, before: int) -> int | None:
    """Return the photo this rater rated just before the current one, or most recently."""
    mine = select(Rating).where(Rating.rater_id == rater)
    with reading(sessions) as session:
        current = session.scalar(mine.where(Rating.counts_on_id == before))
        query = mine.with_only_columns(Rating.counts_on_id).where(Rating.counts_on_id.is_not(None))
        if current:
            moment = tuple_(Rating.saved_at, Rating.id)
            query = query.where(moment < (current.saved_at, current.id))
        return session.scalar(query.order_by(Rating.saved_at.desc(), Rating.id.desc()).limit(1))


def last_done(sessions: Sessions, rater: int, before: int) -> int | None:
    """Return the photo this rater rated or excluded just before the current one, or most recently."""
    with reading(sessions) as session:
        done = union_all(*_done_by(session, rater)).subquery()
        moment = (done.c.at, done.c.id)
        now = session.execute(select(*moment).where(done.c.photo == before)).first()
        query = select(done.c.photo).order_by(*(part.desc() for part in moment)).limit(1)
        found = query.where(tuple_(*moment) < tuple(now)) if now else query
        return session.scalar(found)


def _done_by(session: Session, rater: int) -> tuple[Select[*tuple[Any, ...]], ...]:
    """Select when a rater excluded photos that still are, and when they rated the others."""
    name = session.get_one(User, rater).name
    excluded = (
        select(func.max(Event.at).label("at"), func.max(Event.id).label("id"))
        .add_columns(Event.subject_id.label("photo"))
        .join(Photo, Photo.id == Event.subject_id)
        .where(Event.subject == "photo", Photo.excluded_reason.is_not(None))
        .where(Event.action == Action.PHOTO_EXCLUDED, Event.actor == name)
        .group_by(Event.subject_id)
    )
    photo = Rating.counts_on_id
    rated = select(Rating.saved_at, Rating.id, photo).where(Rating.rater_id == rater)
    others = photo.is_not(None), photo.not_in(select(excluded.subquery().c.photo))
    return excluded, rated.where(*others)


def _to_rate(session: Session, photo: Photo, rater: int, own: Word | None) -> PhotoToRate:
    is_shown = bool(shown_among(session, [photo.id], rater))
    return PhotoToRate(
        id=photo.id,
        name=photo.original_name if is_shown else "",
        width_px=photo.width_px,
        height_px=photo.height_px,
        source=photo.source if is_shown else "",
        caption=photo.caption if is_shown else None,
        copy_of=photo.copy_of_id,
        exclusion=exclusion_of(session, photo),
        suggestion=_suggested(session, photo),
        own=own.assessment if own else None,
        version=own.version if own else 0,
        source_shown=is_shown,
        given_on=own.given_on if own else None,
    )


def _to_rule_from(word: Word | None) -> Word | None:
    """Return a rating as the start of a ruling, which has no version yet."""
    return replace(word, version=0) if word else None


def _suggested(session: Session, photo: Photo) -> Suggested | None:
    found = session.get(Suggestion, photo.id)
    if found is None:
        return None
    region = "" if is_withheld(photo, project(session)) else found.region or ""
    return Suggested(region, found.eyes or "", found.faces)


def _photo(session: Session, photo_id: int) -> Photo:
    photo = session.get(Photo, photo_id)
    if photo is None:
        raise NotFound("This photo is not in the collection.")
    return photo
