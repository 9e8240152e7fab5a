"""The order of a queue, what comes next in it, and how far a rater is with it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models import Photo
from curator.base.visibility import KEPT, rated_by
from curator.queries.disagreements import disagreements
from curator.queries.examples import order_of_run
from curator.ratings.queues import (
    OF_RUNS,
    Order,
    Queue,
    in_order,
    in_other_hands,
    next_waiting,
    told_to,
    waiting,
)
from curator.runs.folders import find_run


@dataclass(frozen=True)
class QueueState:
    left: int
    total: int


def order_of(sessions: Sessions, config: Config, queue: Queue) -> Order | None:
    """Return the order of a queue of a run or of disagreements; None where numbers are the order.

    Raises:
        NotFound, RunDamaged, LibraryMissing: the run's predictions cannot be read or weighed.
    """
    if queue.name in OF_RUNS:
        return order_of_run(sessions, find_run(config, queue.run), queue.name)
    if queue.name == "adjudicate":
        return Order([one.photo_id for one in disagreements(sessions)])
    return None


def next_in_queue(
    sessions: Sessions,
    rater: int,
    queue: Queue,
    order: Order | None = None,
    *,
    after: int = 0,
    count: int = 1,
) -> tuple[int, ...]:
    """Return what `handing.hand_out` would, for who only looks: nothing is claimed."""
    with reading(sessions) as session:
        return tuple(next_waiting(session, rater, queue, order, after=after, count=count))


def queue_state(
    sessions: Sessions, rater: int, queue: Queue, order: Order | None = None
) -> QueueState:
    """Count what waits, and what waited once: those the rater has rated, of the queue's photos."""
    with reading(sessions) as session:
        condition = waiting(session, rater, queue, order)
        if order is not None:
            left, total = (
                sum(1 for _ in in_order(session, each, order.photo_ids))
                for each in (condition, told_to(rater, queue))
            )
            return QueueState(left, total)
        left = _count(session, condition)
        done = _count(session, and_(KEPT, rated_by(rater))) if queue.name == "unrated" else 0
        return QueueState(left, left + done)


def count_in_other_hands(sessions: Sessions, rater: int) -> int:
    with reading(sessions) as session:
        return _count(session, in_other_hands(session, rater))


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Photo.id)).where(condition)) or 0
