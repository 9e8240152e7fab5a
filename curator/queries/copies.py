"""Removed copies, and conflicting ratings between copies of one photo."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session, aliased

from curator.base.db import Sessions, reading
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.models.users import User
from curator.base.visibility import has_rated
from curator.ratings.attributes import attributes
from curator.ratings.values import further_values, value_columns, values_in


@dataclass(frozen=True)
class RemovedCopy:
    id: int
    name: str
    kept: int
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class CopyRating:
    photo: int
    rater: str
    label: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class RatingConflict:
    """Ratings of copies of one photo, at least two of which contradict each other."""

    kept: int
    about: tuple[str, ...]  # label, codes of attributes
    raters: tuple[str, ...]  # those who contradict themselves or one another
    ratings: tuple[CopyRating, ...]


def removed_copies(sessions: Sessions, *, after: int, size: int) -> tuple[RemovedCopy, ...]:
    """Return removed copies by id, each with the last decision about it."""
    with reading(sessions) as session:
        photos = session.scalars(
            select(Photo)
            .where(Photo.copy_of_id.is_not(None), Photo.id > after)
            .order_by(Photo.id)
            .limit(size)
        ).all()
        decided = _last_decisions(session, [photo.id for photo in photos])
        return tuple(
            RemovedCopy(photo.id, photo.original_name, photo.copy_of_id or 0, *decided[photo.id])
            for photo in photos
        )


def count_removed(sessions: Sessions) -> int:
    removed = select(func.count(Photo.id)).where(Photo.copy_of_id.is_not(None))
    with reading(sessions) as session:
        return session.scalar(removed) or 0


def rating_conflicts(
    sessions: Sessions, *, viewer: int | None = None
) -> tuple[RatingConflict, ...]:
    """Return the photos whose copies have contradictory ratings.

    A `viewer` sees only photos they rated. Raters who disagree on the same photo are not a conflict
    between copies.
    """
    with reading(sessions) as session:
        ratings = _ratings_of_copies(session, viewer)
    found = (_conflict(kept, of_photo) for kept, of_photo in sorted(ratings.items()))
    return tuple(conflict for conflict in found if conflict)


def _last_decisions(
    session: Session, photo_ids: list[int]
) -> dict[int, tuple[str | None, datetime | None]]:
    pair = PhotoPair
    decided = select(pair.photo_a_id, pair.photo_b_id, pair.decided_by, pair.decided_at).where(
        pair.decision == "copy", pair.photo_a_id.in_(photo_ids) | pair.photo_b_id.in_(photo_ids)
    )
    last: dict[int, tuple[str | None, datetime | None]] = dict.fromkeys(photo_ids, (None, None))
    for a, b, actor, at in session.execute(decided.order_by(pair.decided_at, pair.id)):
        last[a] = last[b] = (actor, at)
    return last


def _ratings_of_copies(session: Session, viewer: int | None) -> dict[int, list[CopyRating]]:
    """Return the ratings of all photos that have copies, by kept photo."""
    may_be_seen = true() if viewer is None else has_rated(viewer)
    copy = aliased(Photo)
    kept = func.coalesce(Photo.copy_of_id, Photo.id)
    rows = session.execute(
        select(
            *(kept.label("kept"), Photo.id, User.name, Rating.label),
            *(Rating.id.label("rating"), *value_columns(Rating)),
        )
        .join(Rating, Rating.photo_id == Photo.id)
        .join(User, User.id == Rating.rater_id)
        .where(kept.in_(select(copy.copy_of_id).where(copy.copy_of_id.is_not(None))), may_be_seen)
        .order_by(Photo.id, User.name)
    )
    ratings: dict[int, list[CopyRating]] = defaultdict(list)
    further = further_values(session, Rating)
    for row in rows:
        values = values_in(row, further.get(row.rating, {}))
        ratings[row.kept].append(CopyRating(row.id, row.name, row.label, values))
    return ratings


def _conflict(kept: int, ratings: Sequence[CopyRating]) -> RatingConflict | None:
    on_one_photo = {
        frozenset((one.rater, other.rater))
        for one, other in combinations(ratings, 2)
        if one.photo == other.photo and _contradiction(one, other)
    }
    across = [
        (one, other)
        for one, other in combinations(ratings, 2)
        if one.photo != other.photo
        and _contradiction(one, other)
        and frozenset((one.rater, other.rater)) not in on_one_photo
    ]
    if not across:
        return None
    about = {what for pair in across for what in _contradiction(*pair)}
    raters = {rating.rater for pair in across for rating in pair}
    return RatingConflict(kept, tuple(sorted(about)), tuple(sorted(raters)), tuple(ratings))


def _contradiction(one: CopyRating, other: CopyRating) -> tuple[str, ...]:
    """Return what two ratings contradict each other about.

    Between two raters an unknown value is no contradiction; from one rater it is.
    """
    found = ["label"] if one.label != other.label else []
    for attribute in attributes():
        first, second = one.values[attribute.code], other.values[attribute.code]
        is_open = one.rater != other.rater and not (
            attribute.chosen(first) and attribute.chosen(second)
        )
        if attribute.is_compared and first != second and not is_open:
            found.append(attribute.code)
    return tuple(found)
