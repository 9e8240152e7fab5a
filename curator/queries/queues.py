"""How far a rater is with a queue."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from curator.db import Sessions, reading
from curator.filters import KEPT
from curator.models import Photo
from curator.queues import Order, Queue, in_order, rated_by, waiting


@dataclass(frozen=True)
class QueueState:
    left: int
    total: int


def queue_state(
    sessions: Sessions, rater: int, queue: Queue, order: Order | None = None
) -> QueueState:
    """Count what waits, and what waited once: those the rater has rated, of the queue's photos."""
    with reading(sessions) as session:
        condition = waiting(session, rater, queue, order)
        if order is not None:
            left = sum(1 for _ in in_order(session, condition, order.photo_ids))
            return QueueState(left, len(order.photo_ids))
        left = _count(session, condition)
        done = _count(session, and_(KEPT, rated_by(rater))) if queue.name == "unrated" else 0
        return QueueState(left, left + done)


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Photo.id)).where(condition)) or 0
