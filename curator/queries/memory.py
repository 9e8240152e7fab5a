"""Caches what is computed from the whole collection until something changes, and shows figures of labels in steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from time import monotonic
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, select
from sqlalchemy.orm import Session

from curator.base.accounts import RATERS
from curator.base.db import Sessions, reading
from curator.base.events import Action
from curator.base.models.base import Base, utc_now
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import RejectedFile
from curator.base.models.ratings import Adjudication, Rating
from curator.base.models.users import User
from curator.base.visibility import SITES

Found = TypeVar("Found")
State = Row[*tuple[int | None, ...]]

STEP = 10  # ratings and rulings

# All other actions may change which photos count, or as what.
ONLY_RATINGS = (
    *(Action.RATING_SAVED, Action.RATING_WITHDRAWN, Action.ADJUDICATED, Action.SOURCE_OPENED),
    *(Action.IMPORT_STARTED, Action.PHOTO_ADDED, Action.EXPORT_MADE, Action.SPLITS_ASSIGNED),
    Action.EXPORT_DOWNLOADED,
    *(Action.ACCOUNT_ADDED, Action.ACCOUNT_DISABLED, Action.ACCOUNT_ENABLED),
    *(Action.PASSWORD_CHANGED, Action.ROLE_CHANGED, Action.PROJECT_CHANGED),
    Action.STUDY_CHANGED,
    *(Action.TOKEN_MADE, Action.TOKEN_USED, Action.TOKEN_REVOKED),
    *(Action.SECOND_FACTOR_ON, Action.SECOND_FACTOR_OFF, Action.SECOND_FACTOR_RESET),
    *(Action.SECOND_FACTOR_DEMANDED, Action.RECOVERY_CODES_MADE, Action.RECOVERY_CODE_USED),
    *(Action.CODES_REFUSED, Action.SITES_SET),
)


@dataclass(frozen=True)
class Moment:
    """When figures were computed: on which day, and after how many ratings and other changes."""

    day: date
    ratings: int
    other_changes: int

    def is_step_after(self, earlier: "Moment") -> bool:
        return (
            self.other_changes == earlier.other_changes
            or self.day != earlier.day
            or abs(self.ratings - earlier.ratings) >= STEP
        )


@dataclass(frozen=True)
class _Cached(Generic[Found]):
    state: State
    found: Found
    until_s: float  # by the monotonic clock: until then nobody asks for a newer state


def remembered(compute: Callable[[Session], Found]) -> Callable[[Sessions], Found]:
    """Recompute a query only after a change; the decorated query takes `sessions`."""
    return remembered_while(_state, compute)


def remembered_while(
    state_of: Callable[[Session], State],
    compute: Callable[[Session], Found],
    hold_s: Callable[[State], float] = lambda _state: 0.0,
) -> Callable[[Sessions], Found]:
    """Recompute a query only when what `state_of` returns has changed, and `hold_s` have passed."""
    cache: WeakKeyDictionary[Engine | Connection, _Cached[Found]] = WeakKeyDictionary()

    @wraps(compute)
    def recall(sessions: Sessions) -> Found:
        with reading(sessions) as session:
            if SITES.get():  # what others see is nothing to this account, nor the other way round
                return compute(session)
            engine = session.get_bind()
            cached = cache.get(engine)
            if cached and monotonic() < cached.until_s:
                return cached.found
            state = state_of(session)
            if cached is None or cached.state != state:
                found = compute(session)
                cache[engine] = cached = _Cached(state, found, monotonic() + hold_s(state))
            return cached.found

    return recall


def in_steps(recall: Callable[[Sessions], Found]) -> Callable[[Sessions], Found]:
    """Hold figures after a photo was excluded, decided on or told of, until STEP ratings or the next day.

    Otherwise whoever excludes a photo could read its label off the figures before and after, and would
    not rate it blind. Where one person alone may rate, nothing is held.
    """
    cache: WeakKeyDictionary[Engine | Connection, tuple[Moment, Found]] = WeakKeyDictionary()
    checked: WeakKeyDictionary[Engine | Connection, tuple[State, date]] = WeakKeyDictionary()

    @wraps(recall)
    def recall_in_steps(sessions: Sessions) -> Found:
        if SITES.get():
            return recall(sessions)
        with reading(sessions) as session:
            engine, seen = session.get_bind(), (_state(session), utc_now().date())
            held = cache.get(engine)
            if held and checked.get(engine) == seen:
                return held[1]
            now = _moment(session)
            is_alone = _count(session, User, User.role.in_(RATERS), ~User.disabled) < 2
        if is_alone or held is None or now.is_step_after(held[0]):
            cache[engine] = held = now, recall(sessions)
        checked[engine] = seen
        return held[1]

    return recall_in_steps


def _moment(session: Session) -> Moment:
    return Moment(
        utc_now().date(),
        _count(session, Rating) + _count(session, Adjudication),
        _count(session, Event, Event.action.not_in(ONLY_RATINGS)),
    )


def _count(session: Session, table: type[Base], *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


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
