"""Caches what is computed from the whole collection until something in it changes."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import RejectedFile

Found = TypeVar("Found")
State = Row[int, int, int, int]


def remembered(compute: Callable[[Session], Found]) -> Callable[[Sessions], Found]:
    """Recompute a query only after a change; the decorated query takes `sessions`."""
    cache: WeakKeyDictionary[Engine | Connection, tuple[State, Found]] = WeakKeyDictionary()

    @wraps(compute)
    def recall(sessions: Sessions) -> Found:
        with reading(sessions) as session:
            engine, state = session.get_bind(), _state(session)
            cached = cache.get(engine)
            if cached is None or cached[0] != state:
                cache[engine] = cached = state, compute(session)
            return cached[1]

    return recall


def _state(session: Session) -> State:
    """Return a value that differs after every change.

    Every change records an event, except pairs that a search adds or drops, and rejected files.
    Events are counted, since of two concurrent events the one with the higher id may commit first.
    """
    return session.execute(
        select(
            select(func.count(Event.id)).scalar_subquery(),
            select(func.max(PhotoPair.id)).scalar_subquery(),
            select(func.count(PhotoPair.id)).scalar_subquery(),
            select(func.max(RejectedFile.id)).scalar_subquery(),
        )
    ).one()
