"""The odd photos of a collection, and why they are; which photos count as odd is in `photos.oddness`."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from curator.base.db import Sessions, reading
from curator.base.models.events import Event
from curator.base.models.photos import Photo, PhotoCheck
from curator.base.models.ratings import Suggestion
from curator.base.visibility import KEPT
from curator.photos.checks import RECIPE, Values, grids_of
from curator.photos.oddness import REASON_TEXTS, Measured, Odd, odd_photos, of_region
from curator.queries.memory import ONLY_RATINGS, State, remembered_while
from curator.ratings.queues import in_order
from curator.ratings.regions import stored_region

NOT_SOUGHT = -1
# For each MANY photos, which take 0.06 seconds, the photos found to be odd are held so long.
MANY, HOLD_S = 1000, 5.0


@dataclass(frozen=True)
class OddPhoto:
    """An odd photo for the command line; `reasons` are codes of photos.oddness.REASONS."""

    photo: int
    file: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Searched:
    """How many kept photos there are, and in how many of them a face was sought."""

    photos: int
    faces_sought: int


def odd_in_collection(sessions: Sessions) -> tuple[Odd, ...]:
    """Return the kept photos that are odd, the most suspicious first.

    Nothing of anybody's ratings decides it, nor their regions. What is excluded is left out at once; what
    is imported, found or included again comes in after up to HOLD_S for each MANY photos.
    """
    odd = {one.photo_id: one for one in _odd(sessions)}
    with reading(sessions) as session:
        return tuple(odd[photo] for photo in in_order(session, KEPT, [*odd]))


def reasons_of(sessions: Sessions, photo_id: int) -> tuple[str, ...]:
    """Return the texts that say why a photo is odd, none if it is not."""
    reasons = next((one.reasons for one in _odd(sessions) if one.photo_id == photo_id), ())
    return tuple(REASON_TEXTS[code] for code in reasons)


def listed_odd_photos(sessions: Sessions) -> tuple[OddPhoto, ...]:
    odd = odd_in_collection(sessions)
    with reading(sessions) as session:
        rows = session.execute(select(Photo.id, Photo.original_name).where(KEPT))
        names = {row.id: row.original_name for row in rows}
    return tuple(
        OddPhoto(one.photo_id, names[one.photo_id], one.reasons)
        for one in odd
        if one.photo_id in names  # others were excluded meanwhile
    )


def count_searched(sessions: Sessions) -> Searched:
    sought = select(func.count(Photo.id)).join(Suggestion, Suggestion.photo_id == Photo.id)
    with reading(sessions) as session:
        photos = session.scalar(select(func.count(Photo.id)).where(KEPT)) or 0
        return Searched(photos, session.scalar(sought.where(KEPT)) or 0)


def _judge(session: Session) -> tuple[Odd, ...]:
    columns = (PhotoCheck.measures, PhotoCheck.look, PhotoCheck.grids, Photo.width_px)
    rows = session.execute(
        select(Photo.id, *columns, Photo.height_px, Suggestion.faces, Suggestion.region)
        .join(PhotoCheck, PhotoCheck.photo_id == Photo.id)
        .outerjoin(Suggestion, Suggestion.photo_id == Photo.id)
        .where(KEPT, PhotoCheck.recipe == RECIPE)
        .order_by(Photo.id)
    ).all()
    if not rows:
        return ()
    faces = [
        of_region(*grids_of(row.grids), stored_region(row.region), row.width_px) for row in rows
    ]
    return odd_photos(
        Measured(
            ids=np.array([row.id for row in rows], np.int64),
            measures=_table([row.measures for row in rows]),
            looks=_table([row.look for row in rows]),
            longest_px=np.array([max(row.width_px, row.height_px) for row in rows], np.float32),
            faces=np.array([NOT_SOUGHT if row.faces is None else row.faces for row in rows]),
            in_face=np.array([face for face, _ in faces], np.float32),
            region_px=np.array([width_px for _, width_px in faces], np.float32),
        )
    )


def _table(cells: list[bytes]) -> Values:
    return np.frombuffer(b"".join(cells), "<f4").reshape(len(cells), -1)


def _state(session: Session) -> State:
    """Return a value that differs when photos were checked, searched for faces, excluded or found to be copies."""
    return session.execute(
        select(
            _count(PhotoCheck.recipe, PhotoCheck.recipe == RECIPE),
            select(func.sum(Suggestion.recipe)).scalar_subquery(),  # grows with each search
            _count(Event.id, Event.action.not_in(ONLY_RATINGS)),
        )
    ).one()


def _count(
    column: InstrumentedAttribute[int], *conditions: ColumnElement[bool]
) -> ScalarSelect[int]:
    return select(func.count(column)).where(*conditions).scalar_subquery()


def _hold_s(state: State) -> float:
    """Return how long a large collection is not judged anew, though faces are found all the time."""
    checked = state[0] or 0
    return checked // MANY * HOLD_S


_odd = remembered_while(_state, _judge, _hold_s)
