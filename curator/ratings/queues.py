"""Queues of photos to rate: which photos wait in one, in which order; nothing here hands one out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from curator.base.errors import InputInvalid
from curator.base.models import Claim, Photo, Rating, utc_now
from curator.base.visibility import KEPT, RULED, has_given_word, rated_by
from curator.ratings.filter import Filter, matching
from curator.ratings.settings import project
from curator.ratings.values import differ

QUEUES = ("unrated", "unsure", "disagreements", "uncertain", "label_errors", "filter", "adjudicate")
OF_RUNS = ("uncertain", "label_errors")
OWN_WORDS = ("unsure", "disagreements")  # each rater's own: several may look at once
AT_ONCE = 500  # photos of a run's order that are looked up together


@dataclass(frozen=True)
class Queue:
    """A queue by name; `run` for those of a run's predictions, `filter` for one of one's own."""

    name: str = "unrated"
    run: str = ""
    filter: Filter = field(default_factory=Filter)

    def __post_init__(self) -> None:
        if self.name not in QUEUES:
            raise InputInvalid("There is no such queue: choose one at the top of the page.")


@dataclass(frozen=True)
class Order:
    """The photos of a queue that no SELECT can put in order; those rated `since` are done."""

    photo_ids: Sequence[int]
    since: datetime | None = None


def next_waiting(
    session: Session,
    rater: int,
    queue: Queue,
    order: Order | None,
    *,
    after: int,
    count: int,
    locked: bool = False,
) -> list[int]:
    """Return the next photos that wait after the one in hand, then from the start; itself last.

    Those of a queue without an order are `locked` where the database can: photos that are being
    handed to another are passed over.
    """
    condition = waiting(session, rater, queue, order)
    if order is None:
        found: list[int] = []
        for part in (Photo.id > after, Photo.id < after, Photo.id == after):
            ids = select(Photo.id).where(condition, part).order_by(Photo.id)
            ids = ids.limit(count - len(found))
            found += session.scalars(ids.with_for_update(skip_locked=True) if locked else ids)
        return found
    ids_in_order = list(order.photo_ids)
    here = ids_in_order.index(after) + 1 if after in ids_in_order else 0
    turned = ids_in_order[here:] + ids_in_order[:here]
    return list(islice(in_order(session, condition, turned), count))


def waiting(
    session: Session, rater: int, queue: Queue, order: Order | None = None
) -> ColumnElement[bool]:
    """Return the condition that a photo waits in the queue of this rater."""
    if queue.name == "unrated":
        return and_(KEPT, ~rated_by(rater), _needs_more(rater, project(session).raters_needed))
    if queue.name == "unsure":
        return and_(KEPT, rated_by(rater, Rating.label == "unsure"))
    if queue.name == "disagreements":
        return and_(KEPT, _differs_from(rater), ~RULED)
    if queue.name == "adjudicate":
        return and_(KEPT, ~RULED, ~_claimed(rater))
    if queue.name == "filter":
        return and_(matching(queue.filter, rater), ~_claimed(rater))
    since = (order and order.since) or datetime.min
    done = rated_by(rater, Rating.saved_at > since)
    return and_(KEPT, ~done, ~_claimed(rater), told_to(rater, queue))


def told_to(rater: int, queue: Queue) -> ColumnElement[bool]:
    """Return the condition that a photo may be in this rater's queue at all.

    That its label is doubted tells the label, beside what the photo looks like.
    """
    return has_given_word(rater) if queue.name == "label_errors" else true()


def in_other_hands(session: Session, rater: int) -> ColumnElement[bool]:
    """Return the condition that a photo would wait for this rater, were others not at it."""
    needed = project(session).raters_needed
    wanting = and_(KEPT, ~rated_by(rater), _ratings() < needed, ~RULED)
    return and_(wanting, ~_needs_more(rater, needed))


def in_order(
    session: Session, condition: ColumnElement[bool], photo_ids: Sequence[int]
) -> Iterator[int]:
    for start in range(0, len(photo_ids), AT_ONCE):
        part = photo_ids[start : start + AT_ONCE]
        wait = set(session.scalars(select(Photo.id).where(Photo.id.in_(part), condition)))
        yield from (photo for photo in part if photo in wait)


def _ratings() -> ScalarSelect[int]:
    return select(func.count(Rating.id)).where(Rating.photo_id == Photo.id).scalar_subquery()


def _needs_more(rater: int, needed: int) -> ColumnElement[bool]:
    """Fewer than `needed` others have rated it or are at it."""
    rated = exists().where(Rating.photo_id == Claim.photo_id, Rating.rater_id == Claim.rater_id)
    at_it = (
        select(func.count())
        .where(Claim.photo_id == Photo.id, *_live(rater), ~rated)
        .scalar_subquery()
    )
    return and_(_ratings() + at_it < needed, ~RULED)


def _claimed(rater: int) -> ColumnElement[bool]:
    return exists().where(Claim.photo_id == Photo.id, *_live(rater))


def _live(rater: int) -> tuple[ColumnElement[bool], ...]:
    return Claim.rater_id != rater, Claim.until > utc_now()


def _differs_from(rater: int) -> ColumnElement[bool]:
    own, other = aliased(Rating), aliased(Rating)
    return exists().where(
        *(own.photo_id == Photo.id, other.photo_id == Photo.id),
        *(own.rater_id == rater, other.rater_id != rater),
        or_(own.label != other.label, differ(own, other)),
    )
