"""The odd photos of a collection, and why they are; which photos count as odd is in `photos.oddness`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from curator.base.db import Sessions, reading
from curator.base.events import Action
from curator.base.models.events import Event
from curator.base.models.photos import Photo, PhotoCheck
from curator.base.models.ratings import Suggestion
from curator.base.visibility import KEPT
from curator.photos.checks import CELLS, MEASURES, RECIPE, Grid
from curator.photos.oddness import REASON_TEXTS, InFace, Measured, Odd, in_face, odd_photos
from curator.queries.memory import ONLY_RATINGS, State, remembered_while
from curator.ratings.queues import LOOKED_UP_TOGETHER
from curator.ratings.regions import stored_region

NO_FACE = InFace(np.nan, np.nan, np.nan)
NOT_SOUGHT = -1


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


@dataclass(frozen=True, eq=False)
class _Kept:
    ids: NDArray[np.int64]


def odd_in_collection(sessions: Sessions) -> tuple[Odd, ...]:
    """Return the kept photos that are odd, the most suspicious first.

    Nothing of anybody's ratings decides it, nor their regions.
    """
    return _judged(_measured(sessions), _kept(sessions))


def reasons_of(sessions: Sessions, photo_id: int) -> tuple[str, ...]:
    """Return the texts that say why a photo is odd, none if it is not."""
    found = (odd for odd in odd_in_collection(sessions) if odd.photo_id == photo_id)
    return tuple(REASON_TEXTS[code] for odd in found for code in odd.reasons)


def listed_odd_photos(sessions: Sessions) -> tuple[OddPhoto, ...]:
    odd = odd_in_collection(sessions)
    names = dict(_names(sessions, [one.photo_id for one in odd]))
    return tuple(OddPhoto(one.photo_id, names[one.photo_id], one.reasons) for one in odd)


def count_searched(sessions: Sessions) -> Searched:
    sought = select(func.count(Photo.id)).join(Suggestion, Suggestion.photo_id == Photo.id)
    with reading(sessions) as session:
        photos = session.scalar(select(func.count(Photo.id)).where(KEPT)) or 0
        return Searched(photos, session.scalar(sought.where(KEPT)) or 0)


@lru_cache(4)  # of what is remembered itself, so that it changes only with it
def _judged(measured: Measured, kept: _Kept) -> tuple[Odd, ...]:
    return odd_photos(measured.only(kept.ids))


def _names(sessions: Sessions, photos: list[int]) -> Iterator[tuple[int, str]]:
    with reading(sessions) as session:
        for start in range(0, len(photos), LOOKED_UP_TOGETHER):
            part = Photo.id.in_(photos[start : start + LOOKED_UP_TOGETHER])
            yield from session.execute(select(Photo.id, Photo.original_name).where(part)).tuples()


def _read_measures(session: Session) -> Measured:
    columns = (PhotoCheck.measures, PhotoCheck.look, PhotoCheck.grids, Photo.width_px)
    rows = session.execute(
        select(Photo.id, *columns, Photo.height_px, Suggestion.faces, Suggestion.region)
        .join(PhotoCheck, PhotoCheck.photo_id == Photo.id)
        .outerjoin(Suggestion, Suggestion.photo_id == Photo.id)
        .where(PhotoCheck.recipe == RECIPE)
        .order_by(Photo.id)
    ).all()
    faces = [_face(row.grids, row.region, row.width_px) for row in rows]
    return Measured(
        ids=np.array([row.id for row in rows], np.int64),
        measures=_table([row.measures for row in rows], len(MEASURES)),
        looks=_table([row.look for row in rows]),
        longest_px=np.array([max(row.width_px, row.height_px) for row in rows], np.float32),
        faces=np.array([NOT_SOUGHT if row.faces is None else row.faces for row in rows], np.int64),
        in_face=np.array([face for face, _ in faces], np.float32).reshape(-1, len(NO_FACE)),
        region_px=np.array([width_px for _, width_px in faces], np.float32),
    )


def _table(cells: list[bytes], columns: int = 0) -> NDArray[np.float32]:
    width = columns or (len(cells[0]) // 4 if cells else 1)
    return np.frombuffer(b"".join(cells), "<f4").reshape(-1, width)


def _face(grids: bytes, region: str | None, width_px: int) -> tuple[InFace, float]:
    """Return what the grids say of the suggested region, and how wide it is."""
    if not region:
        return NO_FACE, np.nan
    xs, ys = zip(*stored_region(region), strict=True)
    light, blur = _grids(grids)
    box = min(xs), min(ys), max(xs), max(ys)
    return in_face(light, blur, box), (max(xs) - min(xs)) * width_px


def _grids(grids: bytes) -> tuple[Grid, Grid]:
    light, blur = np.frombuffer(grids, np.uint8).reshape(2, CELLS, CELLS)
    return light, blur


def _state_of_measures(session: Session) -> State:
    """Return a value that differs when photos were checked, read anew or searched for faces."""
    return session.execute(
        select(
            _count(PhotoCheck.recipe, PhotoCheck.recipe == RECIPE),
            select(func.max(PhotoCheck.photo_id)).scalar_subquery(),
            _count(Suggestion.photo_id),
            select(func.sum(Suggestion.faces)).scalar_subquery(),
            select(func.sum(Suggestion.recipe)).scalar_subquery(),
            _count(Event.id, Event.action == Action.COLOURS_REREAD),
        )
    ).one()


def _state_of_kept(session: Session) -> State:
    """Return a value that differs when photos were added, excluded or found to be copies."""
    newest = select(func.max(Photo.id)).scalar_subquery()
    return session.execute(
        select(newest, _count(Event.id, Event.action.not_in(ONLY_RATINGS)))
    ).one()


def _count(
    column: InstrumentedAttribute[int], *conditions: ColumnElement[bool]
) -> ScalarSelect[int]:
    return select(func.count(column)).where(*conditions).scalar_subquery()


def _kept_photos(session: Session) -> _Kept:
    return _Kept(np.array(session.scalars(select(Photo.id).where(KEPT)).all(), np.int64))


_measured = remembered_while(_state_of_measures, _read_measures)
_kept = remembered_while(_state_of_kept, _kept_photos)
