"""Decisions on duplicate pairs, and which photos they make removed copies."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.db import Sessions
from curator.errors import InputInvalid, NotFound
from curator.events import record
from curator.matching import keeping_order
from curator.models import DECISIONS, DuplicatePair, Photo, utc_now
from curator.splits import connected


def decide_pair(sessions: Sessions, pair_id: int, decision: str | None, *, actor: str) -> None:
    """Record a decision on a pair; None takes the decision back and restores what it removed."""
    if decision is not None and decision not in DECISIONS:
        raise InputInvalid(f"A decision is one of {', '.join(DECISIONS)}.")
    with sessions.begin() as session:
        pair = session.get(DuplicatePair, pair_id)
        if pair is None:
            raise NotFound("This pair is not known any more: reload the page.")
        _decide(session, pair, decision, actor)
        settle_copies(session, {pair.photo_a_id, pair.photo_b_id}, actor)


def accept_verified(sessions: Sessions, *, actor: str) -> int:
    """Decide `copy` for every undecided pair that the comparison of pixels verified."""
    verified = select(DuplicatePair).where(DuplicatePair.decision.is_(None), DuplicatePair.verified)
    with sessions.begin() as session:
        pairs = session.scalars(verified.order_by(DuplicatePair.id)).all()
        for pair in pairs:
            _decide(session, pair, "copy", actor)
        touched = {photo for pair in pairs for photo in (pair.photo_a_id, pair.photo_b_id)}
        settle_copies(session, touched, actor)
        return len(pairs)


def settle_copies(session: Session, photo_ids: Iterable[int], actor: str) -> None:
    """Derive from the `copy` decisions which photo of each touched group is kept.

    Kept is the photo with the most pixels, then the least compressed, then the earliest.
    """
    touched = set(photo_ids)
    rows = session.execute(
        select(DuplicatePair.photo_a_id, DuplicatePair.photo_b_id).where(
            DuplicatePair.decision == "copy"
        )
    ).all()
    links = [(a, b) for a, b in rows]
    member_of = connected(touched | {photo for link in links for photo in link}, links)
    groups = {member_of[photo] for photo in touched}
    affected = [photo for photo, group in member_of.items() if group in groups]
    photos = session.scalars(select(Photo).where(Photo.id.in_(affected))).all()
    for group in groups:
        _keep_best([photo for photo in photos if member_of[photo.id] == group], session, actor)


def _keep_best(photos: list[Photo], session: Session, actor: str) -> None:
    keeper = min(photos, key=_keeping_order)
    for photo in photos:
        copy_of = None if photo is keeper else keeper.id
        if photo.copy_of_id != copy_of:
            before = {"copy_of": photo.copy_of_id}
            photo.copy_of_id = copy_of
            action = "copy removed" if copy_of else "copy restored"
            record(session, actor, action, "photo", photo.id, before, {"copy_of": copy_of})


def _keeping_order(photo: Photo) -> tuple[int, int, int]:
    return keeping_order(photo.width_px * photo.height_px, photo.size_bytes, photo.id)


def _decide(session: Session, pair: DuplicatePair, decision: str | None, actor: str) -> None:
    before = {"decision": pair.decision}
    pair.decision = decision
    pair.decided_by = actor if decision else None
    pair.decided_at = utc_now() if decision else None
    action = "pair decided" if decision else "decision taken back"
    record(session, actor, action, "pair", pair.id, before, {"decision": decision})
