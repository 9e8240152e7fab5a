"""On which photo each rating and ruling counts: the kept one of its photo's copies, once for each rater."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal, or_, select, update
from sqlalchemy.orm import Session

from curator.base.journal import UNKEPT
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, FirstWord, Rating
from curator.base.visibility import KEPT_ID

SETTLED_TOGETHER = 500  # photos

Word = Rating | Adjudication | FirstWord


class Rule(NamedTuple):
    """Which of several words counts on a photo: the last one of each speaker in the order."""

    table: type[Word]
    key: Any  # columns: typed as such, they would be descriptors here
    speaker: Any
    order: tuple[Any, ...]


# What was said on the kept photo itself comes before what was said on a copy, then the newest.
RULES = (
    Rule(
        Rating,
        Rating.id,
        Rating.rater_id,
        (Rating.photo_id == KEPT_ID, Rating.saved_at, Rating.id),
    ),
    Rule(
        Adjudication,
        Adjudication.photo_id,
        literal(0),  # one ruling, whoever ruled
        (Adjudication.photo_id == KEPT_ID, Adjudication.saved_at, Adjudication.photo_id),
    ),
    Rule(
        FirstWord,
        FirstWord.id,
        FirstWord.rater_id,
        (FirstWord.saved_at.desc(), FirstWord.id.desc()),
    ),
)


def settle_words(session: Session, photo_ids: Sequence[int]) -> None:
    """Settle again on which photo the ratings and rulings of these photos and their copies count.

    Of a rater's ratings of several copies the one of the kept photo counts, else the one saved last;
    of rulings likewise, whoever ruled; of their first words the very first.
    """
    session.flush()
    for start in range(0, len(photo_ids), SETTLED_TOGETHER):
        part = photo_ids[start : start + SETTLED_TOGETHER]
        kept = session.scalars(select(KEPT_ID).where(Photo.id.in_(part)).distinct()).all()
        in_groups = or_(Photo.id.in_(kept), Photo.copy_of_id.in_(kept))
        for rule in RULES:
            _settle(session, rule, in_groups)


def _settle(session: Session, rule: Rule, in_groups: ColumnElement[bool]) -> None:
    """Write `counts_on_id` of a table's rows where it is another one now."""
    table, key = rule.table, rule.key
    rows = session.execute(
        select(key, KEPT_ID, rule.speaker, table.counts_on_id)
        .join(Photo, Photo.id == table.photo_id)
        .where(in_groups)
        .order_by(*rule.order)
    ).all()
    last = {(kept, speaker): row for row, kept, speaker, _ in rows}
    wanted = {row: kept if last[kept, speaker] == row else None for row, kept, speaker, _ in rows}
    changed = {row: wanted[row] for row, _, _, now in rows if now != wanted[row]}
    # Those that no longer count come first: a rater has one word on a photo at any time.
    change = update(table).execution_options(**UNKEPT)
    session.execute(change.where(key.in_(changed)).values(counts_on_id=None))
    for row, kept in changed.items():
        if kept is not None:
            session.execute(change.where(key == row).values(counts_on_id=kept))
