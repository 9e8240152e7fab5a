"""Counts where an export's photos and labels are from."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.models.photos import Batch, Photo
from curator.base.models.users import User
from curator.exports.description import Days, Provenance
from curator.exports.planning import Place


def provenance(session: Session, places: Sequence[Place]) -> Provenance:
    photos = {place.photo.photo_id for place in places}
    raters = {int(one.rater) for place in places for one in place.photo.consensus.opinions}
    columns = select(Photo.id, Photo.collected_on, Photo.collector, Photo.batch_id)
    rows = [row for row in session.execute(columns) if row.id in photos]
    imports = {row.batch_id for row in rows}
    dates = [row.collected_on for row in rows if row.collected_on]
    return Provenance(
        imports=len(imports),
        imported=_span(_days_of(session, imports)),
        collectors=len({row.collector for row in rows if row.collector}),
        dated=len(dates),
        collected=_span(dates),
        raters=_by_role(session, raters),
    )


def _days_of(session: Session, imports: Collection[int]) -> list[date]:
    rows = session.execute(select(Batch.id, Batch.started_at))
    return [row.started_at.date() for row in rows if row.id in imports]


def _by_role(session: Session, raters: Collection[int]) -> dict[str, int]:
    rows = session.execute(select(User.id, User.role))
    return dict(sorted(Counter(row.role for row in rows if row.id in raters).items()))


def _span(days: Iterable[date]) -> Days | None:
    ordered = sorted(days)
    return (ordered[0], ordered[-1]) if ordered else None
