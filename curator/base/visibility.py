"""The blind rule, who may see whose ratings, which photos are kept, and what an account of a site sees at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, event, exists, func, or_, select
from sqlalchemy.orm import (
    InstrumentedAttribute,
    ORMExecuteState,
    Session,
    aliased,
    sessionmaker,
    with_loader_criteria,
)

from curator.base.errors import NotAllowed
from curator.base.models.base import Base
from curator.base.models.events import Event
from curator.base.models.exports import Export
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Batch, Person, Photo, RejectedFile
from curator.base.models.ratings import Adjudication, Rating, RatingValue
from curator.base.models.users import User, UserSource

BOUND_ROLES = ("annotator", "viewer")  # that may be bound to sources
SITES: ContextVar[tuple[str, ...]] = ContextVar("sites", default=())  # none: the whole study
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


def sites_of(session: Session, user: User) -> tuple[str, ...]:
    """Return the sources whose photos an account sees; none for one that sees the whole study."""
    if user.role not in BOUND_ROLES:
        return ()
    mine = select(UserSource.source).filter_by(user_id=user.id).order_by(UserSource.source)
    return tuple(session.scalars(mine))


def see_only(sites: tuple[str, ...]) -> None:
    """Let all queries of this request find the photos of these sources alone, or of all if there are none."""
    SITES.set(sites)


@contextmanager
def whole_study() -> Iterator[None]:
    """Let queries find all photos: for what is derived and stored, which must not depend on who asks."""
    token = SITES.set(())
    try:
        yield
    finally:
        SITES.reset(token)


def keep_to_sites(sessions: sessionmaker[Session]) -> None:
    """Make queries find only what an account of a site may see: whatever the query, and whoever wrote it."""
    event.listen(sessions, "do_orm_execute", _keep_to_sites)


def _keep_to_sites(state: ORMExecuteState) -> None:
    sites = SITES.get()
    if not sites or state.is_column_load or state.is_insert or state.is_update or state.is_delete:
        return
    if not state.is_orm_statement:  # the rule could not be added to it
        raise NotAllowed("This is not open to accounts that see some sources alone.")
    state.statement = state.statement.options(*_criteria(sites))


@lru_cache(16)
def _criteria(sites: tuple[str, ...]) -> tuple[Any, ...]:
    """Return what each table's rows must be like: those of a photo of another site do not exist."""
    # Tables, not classes, or the rule would apply to itself. Lambdas, since only these reach aliases in joins.
    photo = Photo.__table__.alias()
    seen = select(photo.c.id).where(photo.c.source.in_(sites))
    persons = select(photo.c.person_id).where(photo.c.source.in_(sites))
    rating = Rating.__table__.alias()
    ratings = select(rating.c.id).where(rating.c.photo_id.in_(seen))
    of_photos = (m.class_ for m in Base.registry.mappers if "photo_id" in m.columns)
    conditions: dict[Any, Any] = {
        Photo: lambda cls: and_(
            cls.id.in_(seen),
            or_(cls.copy_of_id.is_(None), cls.copy_of_id.in_(seen)),
            or_(cls.excluded_with_id.is_(None), cls.excluded_with_id.in_(seen)),
        ),
        PhotoPair: lambda cls: and_(cls.photo_a_id.in_(seen), cls.photo_b_id.in_(seen)),
        Person: lambda cls: cls.id.in_(persons),
        Event: lambda cls: and_(cls.subject == "photo", cls.subject_id.in_(seen)),
        RatingValue: lambda cls: cls.rating_id.in_(ratings),
        **dict.fromkeys(of_photos, lambda cls: cls.photo_id.in_(seen)),
        **dict.fromkeys((Batch, RejectedFile, Export), lambda cls: cls.id.is_(None)),
    }
    return tuple(
        with_loader_criteria(entity, condition, include_aliases=True)
        for entity, condition in conditions.items()
    )
