"""Queues of photos to rate: which photos wait in each; their order is in `order`, claims in `claims`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from curator.base.accounts import Account
from curator.base.errors import InputInvalid, NotAllowed
from curator.base.models.base import utc_now
from curator.base.models.photos import Photo
from curator.base.models.ratings import Claim, Rating
from curator.base.visibility import KEPT, KEPT_ID, RULED, has_rated, rated_by
from curator.ratings.filter import Filter, matching, require_allowed
from curator.ratings.settings import project
from curator.ratings.values import values_differ

QUEUES = (
    *("unrated", "unsure", "disagreements", "odd", "uncertain", "label_errors", "wrong"),
    *("filter", "adjudicate"),
)
RUN_QUEUES = ("uncertain", "label_errors")
OWN_RATING_QUEUES = ("unsure", "disagreements")  # each rater's own, so photos need no claim
LOOKED_UP_TOGETHER = 500  # photos of a list


@dataclass(frozen=True)
class Queue:
    """A queue by name, with the `run` or `filter` that some queues need.

    `split` and `kind` narrow a run's wrong predictions.
    """

    name: str = "unrated"
    run: str = ""
    filter: Filter = field(default_factory=Filter)
    split: str = ""
    kind: str = ""

    def __post_init__(self) -> None:
        if self.name not in QUEUES:
            raise InputInvalid("There is no such queue: choose one at the top of the page.")

    @property
    def is_list(self) -> bool:
        """Whether it is a list to go through, in its own order, from which no photo leaves."""
        return self.name == "wrong"

    @property
    def key(self) -> str:
        """Return what tells the queue from others in a rater's record."""
        return f"{self.name} {self.run}".strip()


@dataclass(frozen=True)
class Listed:
    """A queue's photos where no query finds them; those rated after `since` are done.

    If `is_ranked`, the first ones deserve a look most: a `tranche` of them comes in the rater's own
    order before those ranked lower.
    """

    photo_ids: Sequence[int]
    is_ranked: bool = False
    tranche: int = 50
    since: datetime | None = None


def require_queue(queue: Queue, viewer: Account) -> None:
    """Raise NotAllowed if the queue or its filter would tell a rater of others' ratings."""
    require_allowed(queue.filter, viewer)
    if queue.name == "adjudicate" and not viewer.may_adjudicate:
        raise NotAllowed("This is for adjudicators: ask an administrator for that role.")


def waiting(
    session: Session, rater: int, queue: Queue, listed: Listed | None = None
) -> ColumnElement[bool]:
    """Return the condition that a photo waits in this rater's queue."""
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
    if queue.is_list:
        return allowed_in_queue(rater, queue)
    since = (listed and listed.since) or datetime.min
    done = rated_by(rater, Rating.saved_at > since)
    return and_(KEPT, ~done, ~_claimed(rater), allowed_in_queue(rater, queue))


def allowed_in_queue(rater: int, queue: Queue) -> ColumnElement[bool]:
    """Return the condition that a photo may appear in this rater's queue.

    A doubted label or a wrong prediction would reveal the consensus label, so only raters of the photo
    see it.
    """
    return has_rated(rater) if queue.name in ("label_errors", "wrong") else true()


def claimed_by_others(session: Session, rater: int) -> ColumnElement[bool]:
    """Return the condition that a photo would wait for this rater if others had not claimed it."""
    needed = project(session).raters_needed
    lacks_ratings = and_(KEPT, ~rated_by(rater), _ratings() < needed, ~RULED)
    return and_(lacks_ratings, ~_needs_more(rater, needed))


def in_order(
    session: Session, condition: ColumnElement[bool], photo_ids: Sequence[int]
) -> Iterator[int]:
    """Yield the photos that meet the condition, in the order given."""
    for start in range(0, len(photo_ids), LOOKED_UP_TOGETHER):
        part = photo_ids[start : start + LOOKED_UP_TOGETHER]
        matching_ids = set(session.scalars(select(Photo.id).where(Photo.id.in_(part), condition)))
        yield from (photo for photo in part if photo in matching_ids)


def _ratings() -> ScalarSelect[int]:
    return select(func.count(Rating.id)).where(Rating.counts_on_id == KEPT_ID).scalar_subquery()


def _needs_more(rater: int, needed: int) -> ColumnElement[bool]:
    """Return the condition that fewer than `needed` raters have rated or claimed a photo."""
    rated = exists().where(Rating.counts_on_id == Claim.photo_id, Rating.rater_id == Claim.rater_id)
    claimed = (
        select(func.count())
        .where(Claim.photo_id == Photo.id, *_live(rater), ~rated)
        .scalar_subquery()
    )
    return and_(_ratings() + claimed < needed, ~RULED)


def _claimed(rater: int) -> ColumnElement[bool]:
    return exists().where(Claim.photo_id == Photo.id, *_live(rater))


def _live(rater: int) -> tuple[ColumnElement[bool], ...]:
    return Claim.rater_id != rater, Claim.until > utc_now()


def _differs_from(rater: int) -> ColumnElement[bool]:
    own, other = aliased(Rating), aliased(Rating)
    return exists().where(
        *(own.counts_on_id == KEPT_ID, other.counts_on_id == KEPT_ID),
        *(own.rater_id == rater, other.rater_id != rater),
        or_(own.label != other.label, values_differ(own, other)),
    )
