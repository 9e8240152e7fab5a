"""Decisions on duplicate pairs, and which photos they make removed copies."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, func, or_, select
from sqlalchemy.orm import Session

from curator.base.components import connected
from curator.base.db import Sessions
from curator.base.errors import DecidedMeanwhile, InputInvalid, NotFound
from curator.base.events import Action, record
from curator.base.models.base import utc_now
from curator.base.models.events import Event
from curator.base.models.pairs import DECISIONS, DuplicatePair, PersonPair, PhotoPair
from curator.base.models.photos import Photo, StoredFingerprint
from curator.base.reach import WIDE
from curator.pairs.collages import collages_of
from curator.pairs.contradictions import ABOUT_COPIES, DECIDED, refuse_contradictions
from curator.pairs.kept_copy import Facts, choose
from curator.pairs.paths import Decided, contradicted, joined_as_copies
from curator.pairs.verification import against_evidence, require_confirmed
from curator.pairs.words import settle_words


class _Weighed(NamedTuple):
    """What is decided on a pair, or would be; a tuple, for they come in thousands."""

    decided: Decided
    waits: bool
    score: float


def decide_pair(
    sessions: Sessions,
    pair_id: int,
    decision: str | None,
    *,
    confirmed: Collection[int] = (),
    actor: str,
) -> None:
    """Record a decision on a pair; None takes the decision back and restores what it removed.

    Raises:
        AgainstEvidence: it contradicts what was found, and is not `confirmed` by the pair's id.
        DecisionContradicts: copies would join photos that somebody decided are none, or do already.
    """
    if decision is not None:
        _require_known(decision)
    with sessions.begin() as session:
        pair = session.get(PhotoPair, pair_id)
        if pair is None:
            raise NotFound("This pair no longer exists: reload the page.")
        if decision is None and pair.decision is None:
            return  # undone in the meantime
        if decision is None:
            act_as_one(session, [pair], decision, actor)
        else:
            _decide_together(session, [pair], decision, confirmed, actor)


def decide_group(
    sessions: Sessions,
    pair_ids: Collection[int],
    decision: str,
    *,
    among: Collection[int] = (),
    confirmed: Collection[int] = (),
    actor: str,
) -> int:
    """Record one decision on these pairs, as one act; return how many.

    Pairs decided meanwhile keep their decision. `among` leaves only the pairs between these photos.

    Raises:
        DecidedMeanwhile: none of them waits any more.
        AgainstEvidence, DecisionContradicts: as `decide_pair`; then none of the pairs is decided.
    """
    _require_known(decision)
    with sessions.begin() as session:
        shown = select(PhotoPair).where(PhotoPair.id.in_(pair_ids))
        pairs = session.scalars(shown.order_by(PhotoPair.id)).all()
        wanted = [pair for pair in pairs if not among or _lies_among(pair, among)]
        if pairs and not wanted:
            raise InputInvalid("The picked photos contain no pair: pick others, or none.")
        chosen = [pair for pair in wanted if pair.decision is None]
        if not chosen:
            raise DecidedMeanwhile(
                "These photos have been decided in the meantime: reload the page."
            )
        _decide_together(session, chosen, decision, confirmed, actor)
        return len(chosen)


def accept_verified(sessions: Sessions, *, min_score: float | None = None, actor: str) -> int:
    """Decide `copy`, as one act, for the pairs that `certain_copies` names."""
    with sessions.begin() as session:
        certain = set(certain_copies(session, min_score))
        undecided = select(DuplicatePair).where(
            DuplicatePair.decision.is_(None), DuplicatePair.verified
        )
        pairs = [
            pair
            for pair in session.scalars(undecided.order_by(DuplicatePair.id))
            if pair.id in certain
        ]
        act_as_one(session, pairs, "copy", actor)
        return len(pairs)


def certain_copies(session: Session, min_score: float | None = None) -> list[int]:
    """Return the undecided pairs that the comparison of pixels verified and no decision opposes.

    A pair is opposed where it would join, perhaps through others, two photos that somebody
    decided are not copies, or that a collage shows beside each other.
    """
    return _unopposed(_decided_or_verified(session), min_score)


def count_certain(session: Session, min_scores: Sequence[float | None]) -> list[int]:
    """Count what `certain_copies` returns from each of these scores on."""
    rows = _decided_or_verified(session)
    return [len(_unopposed(rows, min_score)) for min_score in min_scores]


def undo_last(sessions: Sessions, *, actor: str) -> tuple[int, ...]:
    """Undo this actor's last action as a whole; return its pairs."""
    with sessions.begin() as session:
        last = last_moment(session, actor)
        act = select(PhotoPair).where(PhotoPair.decided_by == actor, PhotoPair.decided_at == last)
        pairs = session.scalars(act.order_by(PhotoPair.id)).all() if last else []
        if not pairs:
            raise NotFound("You have no decision to undo.")
        act_as_one(session, pairs, None, actor)
        return tuple(pair.id for pair in pairs)


def last_moment(session: Session, actor: str) -> datetime | None:
    """Return when this actor decided last, of the decisions that stand."""
    return session.scalar(
        select(func.max(PhotoPair.decided_at)).where(PhotoPair.decided_by == actor)
    )


def restore_copy(sessions: Sessions, photo_id: int, *, actor: str) -> tuple[int, ...]:
    """Undo the decisions that remove a copy; return its pairs, which are undecided again.

    A copy that was joined to the kept photo through this one alone comes back too.
    """
    with sessions.begin() as session:
        copies = select(PhotoPair).where(
            PhotoPair.decision == "copy",
            or_(PhotoPair.photo_a_id == photo_id, PhotoPair.photo_b_id == photo_id),
        )
        pairs = session.scalars(copies.order_by(PhotoPair.id)).all()
        if not pairs:
            raise NotFound("This photo is no longer a removed copy: reload the page.")
        act_as_one(session, pairs, None, actor)
        return tuple(pair.id for pair in pairs)


def settle_copies(session: Session, photo_ids: Iterable[int], actor: str) -> None:
    """Derive from the `copy` decisions which photo of each touched group `keeping` keeps."""
    touched = set(photo_ids)
    rows = session.execute(
        select(PhotoPair.photo_a_id, PhotoPair.photo_b_id).where(PhotoPair.decision == "copy")
    ).all()
    links = [(a, b) for a, b in rows]
    member_of = connected(touched | {photo for link in links for photo in link}, links)
    groups = {member_of[photo] for photo in touched}
    affected = [photo for photo, group in member_of.items() if group in groups]
    members: dict[int, list[tuple[Photo, Facts]]] = defaultdict(list)
    for photo, facts in photos_with_facts(session, affected):
        members[member_of[photo.id]].append((photo, facts))
    for group in members.values():
        _keep_best(group, session, actor)
    settle_words(session, affected)


def photos_with_facts(session: Session, photo_ids: Sequence[int]) -> Iterator[tuple[Photo, Facts]]:
    """Yield photos, in the order of their ids, with what decides which of them is kept."""
    # Written into the statement: databases limit the number of parameters.
    ids: BindParameter[int] = bindparam("ids", photo_ids, expanding=True, literal_execute=True)
    rows = (
        select(Photo, func.coalesce(StoredFingerprint.content_share, 1.0))
        .outerjoin(StoredFingerprint, StoredFingerprint.photo_id == Photo.id)
        .where(Photo.id.in_(ids))
        .order_by(Photo.id)
    )
    pair = DuplicatePair
    among = or_(pair.photo_a_id.in_(ids), pair.photo_b_id.in_(ids))
    of_collages = {found.photo for found in collages_of(session, among)}
    for photo, content_share in session.execute(rows):
        yield (
            photo,
            Facts(
                id=photo.id,
                pixels=photo.width_px * photo.height_px,
                content_share=content_share,
                size_bytes=photo.size_bytes,
                format=photo.format,
                is_excluded=_is_worse(photo),
                is_collage=photo.id in of_collages,
            ),
        )


def _is_worse(photo: Photo) -> bool:
    """Tell whether a photo is excluded for its file alone: otherwise all its copies are excluded."""
    return photo.excluded_reason is not None and photo.excluded_scope not in WIDE


def _keep_best(group: Sequence[tuple[Photo, Facts]], session: Session, actor: str) -> None:
    kept = choose([facts for _, facts in group]).id
    for photo, _ in group:
        copy_of = None if photo.id == kept else kept
        if photo.copy_of_id != copy_of:
            before = {"copy_of": photo.copy_of_id}
            photo.copy_of_id = copy_of
            action = Action.COPY_REMOVED if copy_of else Action.COPY_RESTORED
            record(session, actor, action, "photo", photo.id, before, {"copy_of": copy_of})


def _decided_or_verified(session: Session) -> list[_Weighed]:
    """Return what is decided, and as if decided to be copies what is verified.

    What a collage shows beside each other counts as decided to be different, and none of it as a
    copy of the collage.
    """
    found = collages_of(session)
    of_collages = {pair for each in found for pair in each.pairs}
    decided = session.execute(select(*DECIDED).where(PhotoPair.decision.is_not(None), ABOUT_COPIES))
    pair = DuplicatePair
    verified = session.execute(
        select(pair.id, pair.photo_a_id, pair.photo_b_id, pair.score).where(
            pair.decision.is_(None), pair.verified
        )
    )
    return [
        *(
            _Weighed(Decided(pair_id, a, b, said or "", by), waits=False, score=0)
            for pair_id, a, b, said, by in decided
        ),
        *(
            _Weighed(Decided(pair_id, a, b, "copy", None), waits=True, score=score)
            for pair_id, a, b, score in verified
            if (a, b) not in of_collages
        ),
        *(
            _Weighed(Decided(0, each.one, each.other, "different", None), waits=False, score=0)
            for each in found
        ),
    ]


def _unopposed(weighed: Sequence[_Weighed], min_score: float | None) -> list[int]:
    least = min_score or 0
    taken = [one for one in weighed if not one.waits or one.score >= least]
    if_accepted = [one.decided for one in taken]
    joined = joined_as_copies(if_accepted)
    opposed = {joined[one.first] for one in contradicted(if_accepted, joined)}
    waiting = (one.decided for one in taken if one.waits)
    return [one.pair for one in waiting if joined[one.first] not in opposed]


def _require_known(decision: str) -> None:
    if decision not in DECISIONS:
        raise InputInvalid(
            "A decision must be one of %(decisions)s.", decisions=", ".join(DECISIONS)
        )


def _lies_among(pair: PhotoPair, photo_ids: Collection[int]) -> bool:
    return pair.photo_a_id in photo_ids and pair.photo_b_id in photo_ids


def _decide_together(
    session: Session,
    pairs: Sequence[PhotoPair],
    decision: str,
    confirmed: Collection[int],
    actor: str,
) -> None:
    against = against_evidence(session, pairs, decision)
    act_as_one(session, pairs, decision, actor, against)
    refuse_contradictions(session, pairs, decision)
    require_confirmed(against, confirmed)


def act_as_one(
    session: Session,
    pairs: Sequence[PhotoPair],
    decision: str | None,
    actor: str,
    against: Collection[PhotoPair] = (),
) -> list[Event]:
    """Decide pairs at one moment, by which `undo_last` knows them as one act; return its events.

    Those `against` what was found are recorded as confirmed.
    """
    at = _next_moment(session, actor)
    touched = {photo for pair in pairs for photo in (pair.photo_a_id, pair.photo_b_id)}
    events = [_decide(session, pair, decision, actor, at, pair in against) for pair in pairs]
    settle_copies(session, touched, actor)
    return events


def _decide(
    session: Session,
    pair: PhotoPair,
    decision: str | None,
    actor: str,
    at: datetime,
    is_confirmed: bool,
) -> Event:
    before = {"decision": pair.decision}
    # Named by its photos too: a pair that was deleted says nothing any more.
    after: dict[str, Any] = {"decision": decision, "photos": [pair.photo_a_id, pair.photo_b_id]}
    if is_confirmed:
        after["confirmed"] = True  # somebody saw that it contradicts what was found
    pair.decision = decision
    pair.decided_by = actor if decision else None
    pair.decided_at = at if decision else None
    action = Action.PAIR_DECIDED if decision else Action.DECISION_TAKEN_BACK
    event = record(session, actor, action, "pair", pair.id, before, after)
    if not decision and isinstance(pair, PersonPair):
        session.delete(pair)  # it said nothing but that
    return event


def _next_moment(session: Session, actor: str) -> datetime:
    """Return now, but after this actor's last act even where the clock was set back."""
    last = last_moment(session, actor)
    return max(utc_now(), last + timedelta(microseconds=1)) if last else utc_now()
