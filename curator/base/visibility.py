"""The blind rule, who may see whose ratings, and which photos are kept: conditions for every query."""

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating

EXCLUDED = or_(Photo.excluded_reason.is_not(None), Photo.excluded_with_id.is_not(None))
KEPT = and_(
    Photo.copy_of_id.is_(None), Photo.excluded_reason.is_(None), Photo.excluded_with_id.is_(None)
)
KEPT_ID = func.coalesce(Photo.copy_of_id, Photo.id)  # on which ratings of a photo count
RULED = exists().where(Adjudication.counts_on_id == KEPT_ID)


def rated_by(
    rater: int | InstrumentedAttribute[int], *more: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that a rater rated a photo or a copy of it.

    `more` are conditions on their word, the rating that counts.
    """
    return exists().where(Rating.counts_on_id == KEPT_ID, Rating.rater_id == rater, *more)


def has_rated(rater: int) -> ColumnElement[bool]:
    """Return the condition that a rater rated or ruled on a photo, and so may see others' ratings."""
    # Aliased, since the enclosing query may select ratings too.
    rating, ruling = aliased(Rating), aliased(Adjudication)
    rated = exists().where(rating.counts_on_id == KEPT_ID, rating.rater_id == rater)
    ruled = exists().where(ruling.counts_on_id == KEPT_ID, ruling.adjudicator_id == rater)
    return or_(rated, ruled)


def may_see_ratings(session: Session, photo_id: int, rater: int) -> bool:
    """Tell whether a rater may see others' ratings of a photo."""
    seen = select(Photo.id).where(Photo.id == photo_id, has_rated(rater))
    return session.scalar(seen) is not None
