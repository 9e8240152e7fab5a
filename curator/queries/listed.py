"""The photos of filters that no query finds: computed as the queues and the pages of exports do."""

from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.exports.eligible import eligible_photos
from curator.queries.disagreements import disagreements
from curator.queries.memory import remembered
from curator.queries.odd import odd_in_collection
from curator.ratings.filter import Filter


@remembered
def ready_photos(session: Session) -> tuple[int, ...]:
    """Return the photos that an export takes, by id."""
    return tuple(sorted(one.photo_id for one in eligible_photos(session).ready))


def listed_photos(sessions: Sessions, wanted: Filter) -> tuple[int, ...] | None:
    """Return the photos that a filter lists, sorted; None if a query alone finds them."""
    if wanted.show == "odd":
        return tuple(sorted(one.photo_id for one in odd_in_collection(sessions)))
    if wanted.show == "disagree":
        return tuple(one.photo_id for one in disagreements(sessions))
    return ready_photos(sessions) if wanted.show == "ready" else None
