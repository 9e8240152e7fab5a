"""A queue's order, the next photos in it, and a rater's progress."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.base.visibility import KEPT, rated_by
from curator.queries.disagreements import disagreements
from curator.queries.examples import order_of_run
from curator.ratings.queues import (
    RUN_QUEUES,
    Order,
    Queue,
    allowed_in_queue,
    claimed_by_others,
    in_order,
    next_waiting,
    waiting,
)
from curator.runs.folders import find_run


@dataclass(frozen=True)
class QueueState:
    left: int
    total: int


def order_of(sessions: Sessions, config: Config, queue: Queue) -> Order | None:
    """Return the order of a run's queue or of disagreements; None if photos go by id.

    Raises:
        NotFound, RunDamaged, LibraryMissing: the run's predictions cannot be read or ranked.
    """
    if queue.name in RUN_QUEUES:
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
    """Return the photos that `claim_next_photos` would, without claiming them."""
    with reading(sessions) as session:
        return tuple(next_waiting(session, rater, queue, order, after=after, count=count))


def queue_state(
    sessions: Sessions, rater: int, queue: Queue, order: Order | None = None
) -> QueueState:
    """Count the photos that wait, and in `total` also those of the queue that the rater has rated."""
    with reading(sessions) as session:
        condition = waiting(session, rater, queue, order)
        if order is not None:
            left, total = (
                sum(1 for _ in in_order(session, each, order.photo_ids))
                for each in (condition, allowed_in_queue(rater, queue))
            )
            return QueueState(left, total)
        left = _count(session, condition)
        done = _count(session, and_(KEPT, rated_by(rater))) if queue.name == "unrated" else 0
        return QueueState(left, left + done)


def count_claimed_by_others(sessions: Sessions, rater: int) -> int:
    with reading(sessions) as session:
        return _count(session, claimed_by_others(session, rater))


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Photo.id)).where(condition)) or 0
