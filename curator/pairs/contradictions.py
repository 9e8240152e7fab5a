"""Refuses decisions that contradict others: copies that somebody decided are none."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from curator.base.errors import DecisionContradicts
from curator.base.messages import Listed, translatable
from curator.base.models.pairs import PERSON, PhotoPair
from curator.pairs.paths import Decided, contradicted, joined_as_copies, way

DECIDED = (
    PhotoPair.id,
    PhotoPair.photo_a_id,
    PhotoPair.photo_b_id,
    PhotoPair.decision,
    PhotoPair.decided_by,
)
# Photos of one post or author were called one person; whether they are copies was not asked.
ABOUT_COPIES = ~((PhotoPair.decision == "same_person") & (PhotoPair.kind == PERSON))
IN_WORDS = {
    "same_person": translatable("two photos of one person"),
    "different": translatable("different people"),
}
SOMEBODY = translatable("somebody")


def refuse_contradictions(session: Session, pairs: Sequence[PhotoPair], decision: str) -> None:
    """Raise `DecisionContradicts` if copies now join two photos that are decided to be none.

    Called when the pairs carry `decision` and the transaction is still open: raising undoes it.
    What was contradicted before, in data of an older version, stands in the way of copies only.
    """
    touched = {photo for pair in pairs for photo in (pair.photo_a_id, pair.photo_b_id)}
    decided = _decided_among(session, _with_copies(session, touched))
    wrong = contradicted(decided, joined_as_copies(decided))
    if decision == "copy" and wrong:
        raise _would_join(wrong)
    already = [one for one in wrong if one.pair in {pair.id for pair in pairs}]
    if already:
        raise _are_joined(already[0], decided)


def _with_copies(session: Session, photo_ids: set[int]) -> set[int]:
    """Return these photos and all their copies, direct or through others."""
    first, second = PhotoPair.photo_a_id, PhotoPair.photo_b_id
    found: set[int] = set()
    edge = photo_ids
    while edge:
        found |= edge
        # The decision is looked at here: in the query it would lead SQLite over all copies.
        touching = select(first, second, PhotoPair.decision)
        rows = session.execute(touching.where(or_(first.in_(edge), second.in_(edge)))).all()
        edge = {photo for a, b, said in rows if said == "copy" for photo in (a, b)} - found
    return found


def _decided_among(session: Session, photo_ids: set[int]) -> list[Decided]:
    decided = select(*DECIDED).where(
        PhotoPair.decision.is_not(None),
        ABOUT_COPIES,
        PhotoPair.photo_a_id.in_(photo_ids),
        PhotoPair.photo_b_id.in_(photo_ids),
    )
    rows = session.execute(decided.order_by(PhotoPair.id))
    return [Decided(pair, a, b, said or "", by) for pair, a, b, said, by in rows]


def _would_join(wrong: Sequence[Decided]) -> DecisionContradicts:
    first, more = wrong[0], len(wrong) - 1
    return DecisionContradicts(
        "Nothing was decided: photos No. %(first)s and No. %(second)s would become copies, "
        "but %(by)s decided that they are %(decided)s. %(way_out)s",
        first=first.first,
        second=first.second,
        by=first.by or SOMEBODY,
        decided=IN_WORDS[first.decision],
        way_out=_way_out(more),
    )


def _way_out(more: int) -> DecisionContradicts:
    if not more:
        return DecisionContradicts("Undo that decision, or pick only some of the photos.")
    if more == 1:
        return DecisionContradicts(
            "Undo that decision and one more like it, or pick only some of the photos."
        )
    return DecisionContradicts(
        "Undo that decision and %(more)s more like it, or pick only some of the photos.",
        more=more,
    )


def _are_joined(wrong: Decided, decided: Sequence[Decided]) -> DecisionContradicts:
    copies = way(decided, wrong.first, wrong.second)
    ends = {wrong.first, wrong.second}
    stops = dict.fromkeys(photo for one in copies for photo in (one.first, one.second))
    return DecisionContradicts(
        "Nothing was decided: photos No. %(first)s and No. %(second)s are linked as copies "
        "through %(through)s, as %(by)s decided. Undo one of those decisions first.",
        first=wrong.first,
        second=wrong.second,
        through=Listed(f"No. {photo}" for photo in stops if photo not in ends),
        by=Listed(sorted({one.by or SOMEBODY for one in copies})),
    )
