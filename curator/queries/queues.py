"""The photos of a queue that no query finds, and a rater's progress in a queue."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.base.visibility import KEPT, rated_by
from curator.queries.disagreements import disagreements
from curator.queries.examples import photos_of_examples, ranked_by_run
from curator.queries.listed import listed_photos
from curator.queries.odd import odd_in_collection
from curator.ratings.queues import (
    RUN_QUEUES,
    Listed,
    Queue,
    allowed_in_queue,
    claimed_by_others,
    in_order,
    waiting,
)
from curator.runs.folders import find_run
from curator.runs.predictions import wrong_predictions

ODD_TRANCHE = 5  # most odd photos are excluded, so that the order matters little to ratings


@dataclass(frozen=True)
class QueueState:
    left: int
    total: int

    @property
    def done(self) -> int:
        return self.total - self.left


def listed_in(sessions: Sessions, config: Config, queue: Queue) -> Listed | None:
    """Return the photos of a run's queue, of disagreements or odd ones; None if a query finds them.

    Raises:
        NotFound, RunDamaged, LibraryMissing: the run's predictions cannot be read or ranked.
    """
    if queue.name in RUN_QUEUES:
        return ranked_by_run(sessions, find_run(config, queue.run), queue.name)
    if queue.is_list:
        return Listed(_wrong(sessions, config, queue))
    if queue.name == "odd":
        odd = [one.photo_id for one in odd_in_collection(sessions)]
        return Listed(odd, is_ranked=True, tranche=ODD_TRANCHE)
    if queue.name == "adjudicate":
        return Listed([one.photo_id for one in disagreements(sessions)])
    if queue.name == "filter" and (photos := listed_photos(sessions, queue.filter)) is not None:
        return Listed(photos)
    return None


def photos_in_list(
    sessions: Sessions, rater: int, queue: Queue, listed: Listed | None
) -> tuple[int, ...]:
    """Return the photos of a list that the rater may see, in its order; none if the queue is no list."""
    if listed is None or not queue.is_list:
        return ()
    with reading(sessions) as session:
        return tuple(in_order(session, allowed_in_queue(rater, queue), listed.photo_ids))


def _wrong(sessions: Sessions, config: Config, queue: Queue) -> list[int]:
    """Return the photos of a run's wrong predictions, in the order of the run's page."""
    wrong = wrong_predictions(find_run(config, queue.run))
    ids = [one.id for one in wrong if one.is_among(queue.split, queue.kind)]
    photos = photos_of_examples(sessions, ids)
    return [photos[one] for one in ids if one in photos]


def queue_state(
    sessions: Sessions, rater: int, queue: Queue, listed: Listed | None = None
) -> QueueState:
    """Count the photos that wait, and in `total` also those of the queue that the rater has rated."""
    with reading(sessions) as session:
        condition = waiting(session, rater, queue, listed)
        if listed is not None:
            left, total = (
                sum(1 for _ in in_order(session, each, listed.photo_ids))
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
