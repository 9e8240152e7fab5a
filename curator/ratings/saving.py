"""Saves a rater's assessment of a photo."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.errors import StaleRating
from curator.base.events import Action, record
from curator.base.models.photos import Photo
from curator.base.models.ratings import Claim, FirstWord, Rating
from curator.base.models.users import User
from curator.pairs.words import settle_words
from curator.photos.locking import locked_photo
from curator.ratings.assessments import (
    Assessment,
    assessment_of,
    checked_assessment,
    facts,
    rater_named,
    require_below_eyes,
    with_provenance,
    write_assessment,
)
from curator.ratings.words import word_of


@dataclass(frozen=True)
class SavedRating:
    photo_id: int
    assessment: Assessment
    version: int
    saved_at: datetime


def save_rating(
    sessions: Sessions, photo_id: int, rater: str, assessment: Assessment, *, expected_version: int
) -> SavedRating:
    """Save a rater's assessment; `expected_version` is the one the rater saw, 0 for none.

    Raises:
        StaleRating: a newer version was saved meanwhile; nothing was changed.
        RegionReachesEyes: the region reaches the eyes and the rater does not insist.
        InputInvalid: a value or the region is invalid.
    """
    checked = checked_assessment(assessment)
    with sessions.begin() as session:
        photo = locked_photo(session, photo_id)
        checked = require_below_eyes(session, photo, checked)
        user = rater_named(session, rater)
        rating = find_rating(session, photo_id, user)
        if (rating.version if rating else 0) != expected_version:
            raise StaleRating(
                "Your rating of this photo has changed in the meantime, perhaps in another tab. "
                "Nothing was saved: reload to see the newer rating."
            )
        return save_word(session, photo, user, rating, checked)


def save_word(
    session: Session,
    photo: Photo,
    rater: User,
    rating: Rating | None,
    checked: Assessment,
    *,
    through: str = "",
) -> SavedRating:
    """Write what a rater said just now over the rating that `find_rating` returned.

    `through` names the program in which they said it, if not on the page.
    """
    session.execute(delete(Claim).filter_by(photo_id=photo.id, rater_id=rater.id))
    before = rating or word_of(session, photo.id, rater.id)
    made = with_provenance(session, photo, rater, checked, before)
    return write_rating(session, photo.id, rater, rating, made, through=through)


def find_rating(session: Session, photo_id: int, rater: User) -> Rating | None:
    return session.scalar(select(Rating).filter_by(photo_id=photo_id, rater_id=rater.id))


def _keep_first_word(session: Session, rating: Rating) -> None:
    """Keep a rating as the rater's first word on the photo, unless there is one, also a withdrawn one."""
    of_rater = {"photo_id": rating.photo_id, "rater_id": rating.rater_id}
    if session.scalar(select(FirstWord.id).filter_by(**of_rater)) is None:
        said = assessment_of(rating)
        first = FirstWord(
            **of_rater,
            label=said.label,
            values=dict(said.values),
            region=rating.region,
            origin=rating.origin,
            saved_at=rating.saved_at,
        )
        session.add(first)


def write_rating(
    session: Session,
    photo_id: int,
    rater: User,
    rating: Rating | None,
    assessment: Assessment,
    *,
    through: str = "",
) -> SavedRating:
    """Write a rater's assessment over the rating that `find_rating` returned."""
    before = facts(rating) if rating else None
    if rating is None:
        rating = Rating(photo_id=photo_id, rater_id=rater.id, version=0)
        session.add(rating)
    write_assessment(rating, assessment)
    _keep_first_word(session, rating)
    settle_words(session, [photo_id])
    after = facts(rating) | ({"through": through} if through else {})
    record(session, rater.name, Action.RATING_SAVED, "photo", photo_id, before, after)
    return SavedRating(photo_id, assessment, rating.version, rating.saved_at)
