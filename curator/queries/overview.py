"""The collection's progress: what is ready, what is not and why, who rated how much, and agreement."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Integer, Subquery, cast, distinct, func, or_, select
from sqlalchemy.orm import Session

from curator.base.accounts import RATERS
from curator.base.db import Sessions
from curator.base.models.photos import Photo, RejectedFile
from curator.base.models.ratings import FirstWord, Rating
from curator.base.models.users import User
from curator.base.visibility import KEPT, rated_by
from curator.exports.eligible import eligible_photos
from curator.queries.memory import in_steps, remembered
from curator.queries.pairs import undecided
from curator.ratings.attributes import SEX, attributes
from curator.ratings.statistics import FEWEST

# Reasons to be left out that tell what a rater said; the others tell at most whether they did.
TELLS_LABEL = ("unsure", "no_region", "weak_evidence")
MOST_POINTS = 12  # of a curve


@dataclass(frozen=True)
class Status:
    """Photo counts by state; those ready also by consensus label and sex, source and other attributes."""

    photos: int
    rejected: int
    undecided_pairs: int
    ready: dict[tuple[str, str], int]
    ready_by_source: dict[tuple[str, str], int]
    ready_by_attribute: dict[str, dict[tuple[str, str], int]]  # code -> (value, label) -> photos
    ready_groups: int
    left_out: dict[str, int]

    @property
    def ready_total(self) -> int:
        return sum(self.ready.values())

    @property
    def to_rate(self) -> int:
        """Count the photos that are neither excluded nor copies."""
        return self.photos - self._left_out("excluded", "copy")

    @property
    def fully_rated(self) -> int:
        """Count the photos to rate that have all the ratings the project needs."""
        return self.to_rate - self._left_out("no_rating", "too_few_ratings")

    def _left_out(self, *reasons: str) -> int:
        return sum(self.left_out.get(reason, 0) for reason in reasons)


@dataclass(frozen=True)
class RaterProgress:
    name: str
    rated: int
    last_at: datetime | None


@dataclass(frozen=True)
class AgreedShare:
    """Photos with several ratings, up to the time `until`; on `agreed` of them all labels are equal."""

    until: datetime
    photos: int
    agreed: int

    @property
    def share(self) -> float:
        return self.agreed / self.photos


@remembered
def collection_status(session: Session) -> Status:
    found = eligible_photos(session)
    ready = [(one.source, one.consensus) for one in found.ready]
    return Status(
        photos=session.scalar(select(func.count(Photo.id))) or 0,
        rejected=session.scalar(select(func.count(RejectedFile.id))) or 0,
        undecided_pairs=undecided(session),
        ready=dict(Counter((agreed.label, agreed.values[SEX.code]) for _, agreed in ready)),
        ready_by_source=dict(Counter((source, agreed.label) for source, agreed in ready)),
        ready_by_attribute={
            attribute.code: dict(
                Counter(
                    (code, agreed.label)
                    for _, agreed in ready
                    for code in attribute.chosen(agreed.values[attribute.code])
                )
            )
            for attribute in attributes()
            if attribute is not SEX
        },
        ready_groups=len({one.group for one in found.ready}),
        left_out=dict(Counter(found.left_out.values())),
    )


def shown_status(sessions: Sessions) -> Status:
    """Return the status as pages show it: what tells labels moves in steps."""
    now, held = collection_status(sessions), _status_in_steps(sessions)
    told = {reason: count for reason, count in held.left_out.items() if reason in TELLS_LABEL}
    plain = {reason: count for reason, count in now.left_out.items() if reason not in TELLS_LABEL}
    return replace(
        held,
        photos=now.photos,
        rejected=now.rejected,
        undecided_pairs=now.undecided_pairs,
        left_out=plain | told,
    )


_status_in_steps = in_steps(collection_status)


@remembered
def progress_of_raters(session: Session) -> tuple[RaterProgress, ...]:
    """Return everyone who may rate or has rated, with their number of rated photos."""
    rated = (
        select(
            Rating.rater_id, func.count().label("rated"), func.max(Rating.saved_at).label("last")
        )
        .join(Photo, Photo.id == Rating.counts_on_id)
        .where(KEPT)
        .group_by(Rating.rater_id)
        .subquery()
    )
    may_rate = User.role.in_(RATERS) & ~User.disabled
    rows = session.execute(
        select(User.name, func.coalesce(rated.c.rated, 0), rated.c.last)
        .outerjoin(rated, rated.c.rater_id == User.id)
        .where(or_(may_rate, rated.c.rated.is_not(None)))
        .order_by(User.name)
    )
    return tuple(RaterProgress(*row) for row in rows)


@remembered
def agreement_over_time(session: Session) -> tuple[AgreedShare, ...]:
    """Return agreement of the first labels over time, in parts of equally many photos.

    Photos with several ratings, ordered by their last one. Empty for fewer than FEWEST photos:
    a share of so few would reveal single ratings.
    """
    shared = _shared_photos()
    photos = session.scalar(select(func.count()).select_from(shared)) or 0
    points = min(MOST_POINTS, photos // FEWEST)
    if not points:
        return ()
    order = (shared.c.last, shared.c.counts_on_id)
    parts = select(shared, func.ntile(points).over(order_by=order).label("part")).subquery()
    agreed = func.sum(cast(parts.c.labels == 1, Integer))
    rows = session.execute(
        select(func.max(parts.c.last), func.count(), agreed)
        .group_by(parts.c.part)
        .order_by(parts.c.part)
    )
    return tuple(AgreedShare(*row) for row in rows)


shown_agreement_over_time = in_steps(agreement_over_time)


def _shared_photos() -> Subquery:
    """Select photos with the first words of several raters, and how many labels these have."""
    return (
        select(
            FirstWord.counts_on_id,
            func.max(FirstWord.saved_at).label("last"),
            func.count(distinct(FirstWord.label)).label("labels"),
        )
        .join(Photo, Photo.id == FirstWord.counts_on_id)
        .where(KEPT, rated_by(FirstWord.rater_id))
        .group_by(FirstWord.counts_on_id)
        .having(func.count() > 1)
        .subquery()
    )
