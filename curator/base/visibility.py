"""The blind rule, who may see whose ratings, and which photos are kept: conditions for every query."""

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating

EXCLUDED = or_(Photo.excluded_reason.is_not(None), Photo.excluded_with_id.is_not(None))
KEPT = and_(
    Photo.copy_of_id.is_(None), Photo.excluded_reason.is_(None), Photo.excluded_with_id.is_(None)
)
RULED = exists().where(Adjudication.photo_id == Photo.id)


def rated_by(rater: int, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a rater rated a photo; `more` are conditions on that rating."""
    return exists().where(Rating.photo_id == Photo.id, Rating.rater_id == rater, *more)


def has_rated(rater: int) -> ColumnElement[bool]:
    """Return the condition that a rater rated or ruled on a photo, and so may see others' ratings."""
    # Aliased, since the enclosing query may select ratings too.
    rating, ruling = aliased(Rating), aliased(Adjudication)
    rated = exists().where(rating.photo_id == Photo.id, rating.rater_id == rater)
    ruled = exists().where(ruling.photo_id == Photo.id, ruling.adjudicator_id == rater)
    return or_(rated, ruled)


def may_see_ratings(session: Session, photo_id: int, rater: int) -> bool:
    """Tell whether a rater may see others' ratings of a photo."""
    seen = select(Photo.id).where(Photo.id == photo_id, has_rated(rater))
    return session.scalar(seen) is not None
