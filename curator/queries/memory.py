"""What is computed from the whole collection, remembered until something in it changes."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.models import Event, PhotoPair, RejectedFile

Found = TypeVar("Found")
State = Row[int, int, int, int]


def remembered(compute: Callable[[Session], Found]) -> Callable[[Sessions], Found]:
    """Let a query compute anew only after a change; it takes `sessions` from then on."""
    known: WeakKeyDictionary[Engine | Connection, tuple[State, Found]] = WeakKeyDictionary()

    @wraps(compute)
    def recall(sessions: Sessions) -> Found:
        with reading(sessions) as session:
            engine, state = session.get_bind(), _state(session)
            before = known.get(engine)
            if before is None or before[0] != state:
                known[engine] = before = state, compute(session)
            return before[1]

    return recall


def _state(session: Session) -> State:
    """Return what differs after every change.

    Each change records an event, but for pairs that the search finds or gives up, and rejected
    files. Events are counted: of two at once the one with the higher id may be written first.
    """
    return session.execute(
        select(
            select(func.count(Event.id)).scalar_subquery(),
            select(func.max(PhotoPair.id)).scalar_subquery(),
            select(func.count(PhotoPair.id)).scalar_subquery(),
            select(func.max(RejectedFile.id)).scalar_subquery(),
        )
    ).one()
