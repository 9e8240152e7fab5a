"""Decisions that contradict what was found: asked about once, before they are recorded."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from copies.comparison import Alignment, Match
from curator.base.components import connected
from curator.base.errors import AgainstEvidence
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Photo
from curator.pairs.collages import collages_of

# Below it, version 0.2 and before called no pair a possible copy.
LEAST_POSSIBLE = 0.71


def against_evidence(
    session: Session, pairs: Iterable[PhotoPair], decision: str
) -> list[PhotoPair]:
    """Return those of these undecided pairs that a decision would contradict what was found of.

    Photos that the comparison verified as copies, directly or through others, are decided to be
    none; or photos are decided to be copies that hardly coincide, that have two persons' codes, or
    of which one is a collage.
    """
    if decision == "copy":
        return [pair for pair in pairs if _is_improbable(session, pair)]
    # That two photos show one person denies no copies, unless it was said of their look-alike pair.
    found = [pair for pair in pairs if decision == "different" or isinstance(pair, DuplicatePair)]
    joined = _joined(session, found) if found else {}
    return [
        pair
        for pair in found
        if pair.photo_a_id in joined and joined[pair.photo_a_id] == joined.get(pair.photo_b_id)
    ]


def require_confirmed(against: Sequence[PhotoPair], confirmed: Collection[int]) -> None:
    """Raise AgainstEvidence unless all these pairs are confirmed; called with the transaction open."""
    pairs = [pair.id for pair in against]
    if set(pairs) - set(confirmed):
        raise AgainstEvidence(
            "This contradicts what the comparison found on %(count)s of the pairs. Nothing was "
            "decided yet: look at them and confirm.",
            count=len(pairs),
            pairs=tuple(pairs),
        )


def joining(session: Session, pair: PhotoPair) -> list[DuplicatePair]:
    """Return the pairs by which a pair's photos were found, or decided, to be copies.

    They stand for a pair that is only being made: on PostgreSQL it gets another id with each try.
    """
    are_copies = or_(DuplicatePair.verified, DuplicatePair.decision == "copy")
    found = session.scalars(select(DuplicatePair).where(are_copies)).all()
    links = [(one.photo_a_id, one.photo_b_id) for one in found]
    class_of = connected({photo for link in links for photo in link}, links)
    return [one for one in found if class_of[one.photo_a_id] == class_of.get(pair.photo_a_id)]


def _is_improbable(session: Session, pair: PhotoPair) -> bool:
    if isinstance(pair, DuplicatePair) and not _is_possible(pair):
        return True
    if _is_in_collage(session, pair):
        return True
    first, second = (session.get_one(Photo, one) for one in (pair.photo_a_id, pair.photo_b_id))
    codes = {first.person_id, second.person_id}
    return len(codes) == 2 and None not in codes


def _is_in_collage(session: Session, pair: PhotoPair) -> bool:
    """Say whether one of the two photos shows the other beside a third."""
    a, b = DuplicatePair.photo_a_id, DuplicatePair.photo_b_id
    both = (pair.photo_a_id, pair.photo_b_id)
    return any(both in found.pairs for found in collages_of(session, or_(a.in_(both), b.in_(both))))


def _is_possible(pair: DuplicatePair) -> bool:
    """Say whether the comparison found that the photos may be copies; near hashes alone do not."""
    laid = pair.alignment or {}
    if "strain" not in laid:
        return pair.score >= LEAST_POSSIBLE
    return Match(pair.score, Alignment(**laid)).is_possible


def _joined(session: Session, deciding: Sequence[PhotoPair]) -> dict[int, int]:
    """Map photos to one that stands for all their copies: verified ones, and decided ones.

    What is being decided counts only where it is verified.
    """
    pair = DuplicatePair
    waits = and_(pair.decision.is_(None), pair.verified)
    rows = session.execute(
        select(pair.id, pair.photo_a_id, pair.photo_b_id, pair.verified).where(
            or_(pair.decision == "copy", waits)
        )
    )
    decided_now = {one.id for one in deciding}
    links = [(a, b) for one, a, b, verified in rows if verified or one not in decided_now]
    return connected({photo for link in links for photo in link}, links)
