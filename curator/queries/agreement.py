"""Agreement of blind raters on kept photos: over their first words, and without rulings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Row, Select, and_, case, func, select
from sqlalchemy.orm import Session

from curator.base.models.photos import Photo
from curator.base.models.ratings import LABELS, FirstWord, Rating
from curator.base.models.users import User
from curator.base.visibility import KEPT, rated_by
from curator.exports.eligible import photo_groups
from curator.queries.memory import in_steps, remembered
from curator.ratings.agreement import Categories, Ratings, Report, compare_raters
from curator.ratings.attributes import EVIDENCE, compared_attributes, completed
from curator.ratings.origins import UNKNOWN
from curator.ratings.settings import project
from curator.ratings.statistics import MISSING
from curator.ratings.words import Drawn, carried_regions
from faces.regions import Region

Place = tuple[list[int], list[int]]  # row and column index of each rating: its photo and rater


@remembered
def agreement_of_raters(session: Session) -> Report:
    """Compare raters on kept photos with at least two ratings, by what they first said."""
    rows = _first_words_of_several(session)
    groups = photo_groups(session) if rows else {}
    ratings = _ratings(rows, carried_regions(session), groups)
    return compare_raters(ratings, project(session).agreed_overlap)


@remembered
def changed_labels(session: Session) -> int:
    """Count the words on kept photos whose label is no longer the rater's first one."""
    of_same = (FirstWord.counts_on_id == Rating.counts_on_id, FirstWord.rater_id == Rating.rater_id)
    changed = (
        select(func.count())
        .select_from(Rating)
        .join(FirstWord, and_(*of_same))
        .join(Photo, Photo.id == Rating.counts_on_id)
        .where(KEPT, FirstWord.label != Rating.label)
    )
    return session.scalar(changed) or 0


@dataclass(frozen=True)
class SourceUse:
    """Ratings by whether the rater could see the photo's source.

    `by_sight_shown` counts those whose evidence should rest on the photo alone, but saw the source.
    """

    ratings: int
    shown: int
    hidden: int
    not_recorded: int
    by_sight_shown: int


@remembered
def source_use(session: Session) -> SourceUse:
    """Count the raters' words on kept photos by whether the source was shown before they were given."""
    shown, recorded = Rating.source_shown.is_(True), Rating.source_shown.is_not(None)
    by_sight = Rating.evidence.not_in(EVIDENCE.on_source)
    conditions = (shown, and_(recorded, ~shown), ~recorded, and_(shown, by_sight))
    counts = [func.count(case((condition, 1))) for condition in conditions]
    counted = select(func.count(), *counts).select_from(Rating)
    row = session.execute(counted.join(Photo, Photo.id == Rating.counts_on_id).where(KEPT)).one()
    return SourceUse(*map(int, row))


# As pages show them.
shown_agreement = in_steps(agreement_of_raters)
shown_changed_labels = in_steps(changed_labels)
shown_source_use = in_steps(source_use)


def _first_words_of_several(session: Session) -> Sequence[Row[Any]]:
    """Select the first words of raters whose rating stands, on photos with several of them."""
    first = FirstWord
    several = select(Rating.counts_on_id).group_by(Rating.counts_on_id)
    columns = (first.photo_id, first.counts_on_id, User.name, first.label, first.values)
    words: Select[*tuple[Any, ...]] = select(*columns, first.region, first.origin)
    return session.execute(
        words.join(Photo, Photo.id == first.counts_on_id)
        .join(User, User.id == first.rater_id)
        .where(
            KEPT,
            first.counts_on_id.in_(several.having(func.count(Rating.id) > 1)),
            rated_by(first.rater_id),
        )
    ).all()


def _ratings(
    rows: Sequence[Row[Any]],
    region_of: Callable[[Drawn], Region],
    groups: dict[int, str],
) -> Ratings:
    raters = sorted({row.name for row in rows})
    photos = sorted({row.counts_on_id for row in rows})
    column = {name: place for place, name in enumerate(raters)}
    line = {photo: place for place, photo in enumerate(photos)}
    at = ([line[row.counts_on_id] for row in rows], [column[row.name] for row in rows])
    shape = len(photos), len(raters)
    values = [completed(row.values) for row in rows]
    regions = np.full(shape, None, dtype=object)
    regions[at] = [shapely.Polygon(drawn) if (drawn := region_of(row)) else None for row in rows]
    origins = np.full(shape, UNKNOWN, dtype="U16")
    origins[at] = [row.origin for row in rows]
    numbers = {group: place for place, group in enumerate(sorted({*groups.values()}))}
    return Ratings(
        raters=tuple(raters),
        label=_categories([row.label for row in rows], LABELS, at, shape),
        attributes={
            a.code: _categories([each[a.code] for each in values], a.known_codes, at, shape)
            for a in compared_attributes()
        },
        regions=regions,
        origins=origins,
        groups=np.array([numbers[groups[photo]] for photo in photos], dtype=np.int64),
    )


def _categories(
    named: Sequence[str], known: Sequence[str], at: Place, shape: tuple[int, int]
) -> Categories:
    """Encode values as category numbers; an unknown value counts as missing."""
    codes = np.full(shape, MISSING)
    codes[at] = [known.index(name) if name in known else MISSING for name in named]
    return Categories(codes, len(known))
