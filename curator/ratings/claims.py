"""Hands photos of a queue to raters, so that no two are at one photo unless both are meant to rate it."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.models import Claim, utc_now
from curator.ratings.queues import OWN_WORDS, Order, Queue, in_order, next_waiting, waiting

AT_IT_FOR = timedelta(minutes=15)  # a photo left lying is handed to others after that
# Photos claimed by one rater, in all tabs: who asks for more gives back the earliest.
MOST_HELD = 20


def hand_out(
    sessions: Sessions,
    rater: int,
    queue: Queue,
    order: Order | None = None,
    *,
    after: int = 0,
    count: int = 1,
    keeps: bool = False,
) -> tuple[int, ...]:
    """Return the next photos of a queue after the one in hand, and claim them for the rater.

    `keeps`: the one in hand is claimed anew, too, if it waits; a page that was reloaded let it go.
    """
    with sessions.begin() as session:
        photos = next_waiting(session, rater, queue, order, after=after, count=count, locked=True)
        if queue.name not in OWN_WORDS:
            waits = waiting(session, rater, queue, order)
            here = in_order(session, waits, [after] if keeps else [])
            _claim(session, rater, [*here, *photos])
        return tuple(photos)


def let_go(sessions: Sessions, rater: int, *photo_ids: int) -> None:
    """Give photos back that the rater skipped or left, for others to take."""
    with sessions.begin() as session:
        session.execute(delete(Claim).where(Claim.rater_id == rater, Claim.photo_id.in_(photo_ids)))


def _claim(session: Session, rater: int, photos: list[int]) -> None:
    now = utc_now()
    session.execute(delete(Claim).where(Claim.until < now))
    for photo in photos:
        session.merge(Claim(photo_id=photo, rater_id=rater, until=now + AT_IT_FOR))
    session.flush()
    latest_first = (Claim.until.desc(), Claim.photo_id)
    held = select(Claim.photo_id).filter_by(rater_id=rater).order_by(*latest_first).limit(MOST_HELD)
    session.execute(
        delete(Claim).where(Claim.rater_id == rater, Claim.photo_id.not_in(held)),
        execution_options={"synchronize_session": False},
    )
