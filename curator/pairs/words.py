"""On which photo each rating and ruling counts: the kept one of its photo's copies, once for each rater."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating
from curator.base.visibility import KEPT_ID

SETTLED_TOGETHER = 500  # photos


def settle_words(session: Session, photo_ids: Sequence[int]) -> None:
    """Settle again on which photo the ratings and rulings of these photos and their copies count.

    Of a rater's ratings of several copies the one of the kept photo counts, else the one saved last;
    of rulings likewise, whoever ruled.
    """
    session.flush()
    for start in range(0, len(photo_ids), SETTLED_TOGETHER):
        part = photo_ids[start : start + SETTLED_TOGETHER]
        kept = session.scalars(select(KEPT_ID).where(Photo.id.in_(part)).distinct()).all()
        in_groups = or_(Photo.id.in_(kept), Photo.copy_of_id.in_(kept))
        _settle(session, Rating, Rating.id, Rating.rater_id, in_groups)
        _settle(session, Adjudication, Adjudication.photo_id, literal(0), in_groups)


def _settle(
    session: Session,
    table: type[Rating | Adjudication],
    key: InstrumentedAttribute[int],
    by: ColumnElement[int] | InstrumentedAttribute[int],
    in_groups: ColumnElement[bool],
) -> None:
    """Write `counts_on_id` of a table's rows where it is another one now; `by` tells their raters."""
    columns = (key, KEPT_ID, by, table.counts_on_id)
    least_first = (table.photo_id == KEPT_ID, table.saved_at, key)
    rows = session.execute(
        select(*columns)
        .join(Photo, Photo.id == table.photo_id)
        .where(in_groups)
        .order_by(*least_first)
    ).all()
    last = {(kept, rater): row for row, kept, rater, _ in rows}
    wanted = {row: kept if last[kept, rater] == row else None for row, kept, rater, _ in rows}
    changed = {row: wanted[row] for row, _, _, now in rows if now != wanted[row]}
    # Those that no longer count come first: a rater has one word on a photo at any time.
    session.execute(update(table).where(key.in_(changed)).values(counts_on_id=None))
    for row, kept in changed.items():
        if kept is not None:
            session.execute(update(table).where(key == row).values(counts_on_id=kept))
