"""Claims photos of a queue for raters, so that two raters share a photo only if it needs both."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.models.base import utc_now
from curator.base.models.photos import Photo
from curator.base.models.ratings import Claim
from curator.ratings.order import hand_out
from curator.ratings.queues import OWN_RATING_QUEUES, Listed, Queue, waiting

CLAIM_LASTS = timedelta(minutes=15)  # then the photo is offered to others
MAX_CLAIMS = 20  # per rater, across all tabs; claiming more releases the earliest


def claim_next_photos(
    sessions: Sessions,
    rater: int,
    queue: Queue,
    listed: Listed | None = None,
    *,
    after: int = 0,
    count: int = 1,
    keep_current: bool = False,
) -> tuple[int, ...]:
    """Claim the next photos of a queue after the current one, and return their ids.

    `keep_current`: also renew the claim on the current photo, which a reloaded page has released.
    """
    with sessions.begin() as session:
        photos = hand_out(session, rater, queue, listed, after=after, count=count)
        if queue.name not in OWN_RATING_QUEUES:
            waits = select(Photo.id).where(
                Photo.id == after, waiting(session, rater, queue, listed)
            )
            current = session.scalars(waits) if keep_current else ()
            _claim(session, rater, [*current, *photos])
        return tuple(photos)


def show_next_photos(
    sessions: Sessions,
    viewer: int,
    queue: Queue,
    listed: Listed | None = None,
    *,
    after: int = 0,
    count: int = 1,
) -> tuple[int, ...]:
    """Return the photos that `claim_next_photos` would, for one who may not rate them."""
    with sessions.begin() as session:
        return tuple(hand_out(session, viewer, queue, listed, after=after, count=count))


def release_claims(sessions: Sessions, rater: int, *photo_ids: int) -> None:
    """Release photos that the rater skipped or left, so that others can claim them."""
    with sessions.begin() as session:
        session.execute(delete(Claim).where(Claim.rater_id == rater, Claim.photo_id.in_(photo_ids)))


def _claim(session: Session, rater: int, photos: list[int]) -> None:
    now = utc_now()
    session.execute(delete(Claim).where(Claim.until < now))
    for photo in photos:
        session.merge(Claim(photo_id=photo, rater_id=rater, until=now + CLAIM_LASTS))
    session.flush()
    latest_first = (Claim.until.desc(), Claim.photo_id)
    held = (
        select(Claim.photo_id).filter_by(rater_id=rater).order_by(*latest_first).limit(MAX_CLAIMS)
    )
    session.execute(
        delete(Claim).where(Claim.rater_id == rater, Claim.photo_id.not_in(held)),
        execution_options={"synchronize_session": False},
    )
