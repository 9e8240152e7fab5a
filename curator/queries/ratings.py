"""A rater's own ratings; others' are in `disagreements`, which keeps the blind rule."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from curator.base.db import Sessions, reading
from curator.base.errors import NotFound
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.ratings.assessments import Assessment, assessment_of
from curator.ratings.words import Word, own_word


@dataclass(frozen=True)
class OwnRating:
    id: int
    photo_id: int
    assessment: Assessment
    version: int
    saved_at: datetime


def own_ratings(
    sessions: Sessions, rater: int, *, after: int = 0, size: int
) -> tuple[OwnRating, ...]:
    """Return a rater's ratings in the order in which the photos were first rated."""
    rows = select(Rating).where(Rating.rater_id == rater, Rating.id > after)
    with reading(sessions) as session:
        found = session.scalars(rows.order_by(Rating.id).limit(size))
        return tuple(
            OwnRating(row.id, row.photo_id, assessment_of(row), row.version, row.saved_at)
            for row in found
        )


def own_rating(sessions: Sessions, photo_id: int, rater: int) -> Word | None:
    """Return what a rater said on a photo or on its copies."""
    with reading(sessions) as session:
        photo = session.get(Photo, photo_id)
        if photo is None:
            raise NotFound("This photo is not in the collection.")
        return own_word(session, photo, rater)
