"""Disagreements, rulings, and all ratings of one photo for those who rated it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, combinations, groupby, islice
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select, tuple_
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import NotFound, TooEarly
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, FirstWord, Rating
from curator.base.models.users import User
from curator.base.visibility import KEPT, RULED, may_see_ratings
from curator.queries.memory import remembered
from curator.queries.places import Place
from curator.ratings.assessments import Assessment, assessment_of, values_of
from curator.ratings.consensus import Opinion, disputed, overlap_of
from curator.ratings.regions import format_fractions
from curator.ratings.settings import Project, project
from curator.ratings.values import FurtherValues, further_values, value_columns, values_in
from curator.ratings.words import carried_regions, ruling_on
from faces.regions import Region

PHOTOS_AT_ONCE = 200  # whose further values are read together


@dataclass(frozen=True)
class Disagreement:
    """A photo that waits for a ruling; `about` lists label, attributes or region, never who chose what."""

    photo_id: int
    about: tuple[str, ...]
    raters: int


@dataclass(frozen=True)
class Settled:
    """A ruling without its content; `changed` if a rating was saved after it."""

    photo_id: int
    by: str
    at: datetime
    changed: bool

    @property
    def place(self) -> Place:
        return self.at, self.photo_id


@dataclass(frozen=True)
class AuthoredAssessment:
    """One rater's or adjudicator's assessment, given on the photo or on a copy of it."""

    by: str
    assessment: Assessment
    version: int
    at: datetime
    photo_id: int
    first_label: str = ""  # where the label was another one first


@dataclass(frozen=True)
class Overlap:
    """Intersection over union of two regions, by index into the ratings; the ruling comes last.

    `share` is None where both were accepted as suggested.
    """

    first: int
    second: int
    share: float | None


@dataclass(frozen=True)
class RatingsOfPhoto:
    """All words on one kept photo; only its raters may see them."""

    photo_id: int
    width_px: int
    height_px: int
    ratings: tuple[AuthoredAssessment, ...]
    ruling: AuthoredAssessment | None
    changed: bool
    about: tuple[str, ...]
    overlaps: tuple[Overlap, ...]
    complete: bool  # has all the blind ratings it needs


@remembered
def disagreements(session: Session) -> tuple[Disagreement, ...]:
    """Return all photos that wait for a ruling, by id."""
    return tuple(_waiting(session, project(session)))


def others_waiting(sessions: Sessions, photo_id: int) -> bool:
    """Tell whether any photo but this one waits for a ruling."""
    with reading(sessions) as session:
        waiting = _waiting(session, project(session), Photo.id != photo_id)
        return next(waiting, None) is not None


def settled_disagreements(
    sessions: Sessions, *, before: Place | None = None, size: int
) -> tuple[tuple[Settled, ...], int]:
    """Return rulings, newest first, from the place `before` on, and the total number."""
    changed = exists().where(
        Rating.counts_on_id == Adjudication.counts_on_id, Rating.saved_at > Adjudication.saved_at
    )
    with reading(sessions) as session:
        rows = (
            select(Adjudication.counts_on_id, User.name, Adjudication.saved_at, changed)
            .join(User, User.id == Adjudication.adjudicator_id)
            .where(Adjudication.counts_on_id.is_not(None))
            .order_by(Adjudication.saved_at.desc(), Adjudication.counts_on_id.desc())
            .limit(size)
        )
        if before:
            rows = rows.where(tuple_(Adjudication.saved_at, Adjudication.counts_on_id) < before)
        total = session.scalar(select(func.count(Adjudication.counts_on_id))) or 0
        # Rows without a kept photo are left out above, which the type does not know.
        return tuple(Settled(*row) for row in session.execute(rows)), total  # type: ignore[arg-type]


def ratings_of_photo(sessions: Sessions, photo_id: int, viewer: int) -> RatingsOfPhoto:
    """Return everyone's words on a photo, or for a copy on the one that is kept.

    Raises:
        TooEarly: the viewer has not rated it.
    """
    with reading(sessions) as session:
        photo = session.get(Photo, photo_id)
        if photo is None:
            raise NotFound("This photo is not in the collection.")
        if not may_see_ratings(session, photo_id, viewer):
            raise TooEarly(
                "Rate photo %(photo)s first to see the other ratings.",
                photo=photo_id,
            )
        kept = session.get_one(Photo, photo.copy_of_id or photo.id)
        return _ratings_of(session, kept, project(session))


def _waiting(
    session: Session, settings: Project, *conditions: ColumnElement[bool]
) -> Iterator[Disagreement]:
    """Yield disagreements by photo id, reading values and comparing regions lazily."""
    rows = session.execute(_complete(settings).where(*conditions))
    region_of = carried_regions(session)
    photos = (list(words) for _, words in groupby(rows, key=lambda row: int(row.counts_on_id)))
    while batch := list(islice(photos, PHOTOS_AT_ONCE)):
        further = further_values(session, Rating, [row.id for row in chain(*batch)])
        for ratings in batch:
            opinions = [_opinion(rating, further, region_of(rating)) for rating in ratings]
            if about := disputed(opinions, settings.agreed_overlap):
                yield Disagreement(ratings[0].counts_on_id, about, len(opinions))


def _complete(settings: Project) -> Select[*tuple[Any, ...]]:
    """Select the ratings of photos that have enough of them and no ruling."""
    enough = (
        select(Rating.counts_on_id)
        .group_by(Rating.counts_on_id)
        .having(func.count(Rating.id) >= settings.needed_to_rule)
    )
    place = (Rating.photo_id, Rating.counts_on_id)
    columns = (Rating.id, *place, Rating.rater_id, Rating.label, Rating.region, Rating.origin)
    return (
        select(*columns, *value_columns(Rating))
        .join(Photo, Photo.id == Rating.counts_on_id)
        .where(KEPT, ~RULED, Photo.id.in_(enough))
        .order_by(Rating.counts_on_id, Rating.id)
    )


def _opinion(row: Row[Any], further: FurtherValues, region: Region) -> Opinion:
    values = values_in(row, further.get(row.id, {}))
    return Opinion(str(row.rater_id), row.label, values, region, row.origin)


def _ratings_of(session: Session, photo: Photo, settings: Project) -> RatingsOfPhoto:
    words = session.execute(
        select(Rating, User.name)
        .join(User, User.id == Rating.rater_id)
        .where(Rating.counts_on_id == photo.id)
        .order_by(User.name)
    ).all()
    region_of = carried_regions(session, photo.id)
    first = _first_labels(session, photo.id)
    opinions = [_opinion_of(row, name, region_of(row)) for row, name in words]
    ruling = ruling_on(session, photo.id)
    ruled = [_opinion_of(ruling, "", region_of(ruling))] if ruling else []
    return RatingsOfPhoto(
        photo_id=photo.id,
        width_px=photo.width_px,
        height_px=photo.height_px,
        ratings=tuple(
            replace(
                _authored(row, name, region_of(row)),
                first_label=said if (said := first.get(row.rater_id, "")) != row.label else "",
            )
            for row, name in words
        ),
        ruling=_ruled(session, ruling, region_of(ruling), photo.id) if ruling else None,
        changed=bool(ruling and any(row.saved_at > ruling.saved_at for row, _ in words)),
        about=disputed(opinions, settings.agreed_overlap),
        overlaps=_overlaps([*opinions, *ruled]),
        complete=len(opinions) >= settings.needed_to_rule,
    )


def _opinion_of(row: Rating | Adjudication, name: str, region: Region) -> Opinion:
    return Opinion(name, row.label, values_of(row), region, row.origin)


def _overlaps(opinions: Sequence[Opinion]) -> tuple[Overlap, ...]:
    drawn = [index for index, opinion in enumerate(opinions) if opinion.region]
    return tuple(
        Overlap(one, other, overlap_of(opinions[one], opinions[other]))
        for one, other in combinations(drawn, 2)
    )


def _authored(row: Rating | Adjudication, name: str, region: Region) -> AuthoredAssessment:
    assessment = replace(assessment_of(row), region=format_fractions(region))
    return AuthoredAssessment(name, assessment, row.version, row.saved_at, row.photo_id)


def _first_labels(session: Session, photo_id: int) -> dict[int, str]:
    """Return the label that each rater gave a photo first, by their id."""
    rows = select(FirstWord.rater_id, FirstWord.label).where(FirstWord.counts_on_id == photo_id)
    return {rater: label for rater, label in session.execute(rows)}  # noqa: C416


def _ruled(
    session: Session, row: Adjudication, region: Region, photo_id: int
) -> AuthoredAssessment:
    """Return a ruling; one given on a copy has no version of this photo that could be changed."""
    ruling = _authored(row, _name(session, row.adjudicator_id), region)
    return ruling if row.photo_id == photo_id else replace(ruling, version=0)


def _name(session: Session, user_id: int) -> str:
    return session.scalars(select(User.name).where(User.id == user_id)).one()
