"""How far raters agree, from all ratings of photos that count; rulings are none of them."""

from collections.abc import Sequence

import numpy as np
import shapely
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from curator.base.models import LABELS, SEXES, Photo, Rating, User
from curator.base.visibility import KEPT
from curator.exports.eligible import photo_groups
from curator.queries.memory import remembered
from curator.ratings.agreement import Report, Words, compare_raters
from curator.ratings.regions import stored_region
from curator.ratings.settings import project
from curator.ratings.statistics import MISSING

Said = Row[int, str, str, str, str | None]
KNOWN_SEXES = SEXES[:2]  # who does not know the sex says nothing of it


@remembered
def agreement_of_raters(session: Session) -> Report:
    """Compare what raters said of photos with at least two ratings; those of copies are left out."""
    rows = _said(session)
    groups = photo_groups(session) if rows else {}
    return compare_raters(_words(rows, groups), project(session).agreed_overlap)


def _said(session: Session) -> Sequence[Said]:
    several = select(Rating.photo_id).group_by(Rating.photo_id).having(func.count(Rating.id) > 1)
    return session.execute(
        select(Rating.photo_id, User.name, Rating.label, Rating.sex, Rating.region)
        .join(Photo, Photo.id == Rating.photo_id)
        .join(User, User.id == Rating.rater_id)
        .where(KEPT, Rating.photo_id.in_(several))
    ).all()


def _words(rows: Sequence[Said], groups: dict[int, str]) -> Words:
    raters = sorted({row.name for row in rows})
    photos = sorted({row.photo_id for row in rows})
    column = {name: place for place, name in enumerate(raters)}
    line = {photo: place for place, photo in enumerate(photos)}
    at = ([line[row.photo_id] for row in rows], [column[row.name] for row in rows])
    shape = len(photos), len(raters)
    labels, sexes = np.full(shape, MISSING), np.full(shape, MISSING)
    regions = np.full(shape, None, dtype=object)
    labels[at] = [LABELS.index(row.label) for row in rows]
    sexes[at] = [KNOWN_SEXES.index(row.sex) if row.sex in KNOWN_SEXES else MISSING for row in rows]
    regions[at] = [
        shapely.Polygon(stored_region(row.region)) if row.region else None for row in rows
    ]
    numbers = {group: place for place, group in enumerate(sorted({*groups.values()}))}
    member_of = np.array([numbers[groups[photo]] for photo in photos], dtype=np.int64)
    return Words(tuple(raters), labels, len(LABELS), sexes, len(KNOWN_SEXES), regions, member_of)
