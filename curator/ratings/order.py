"""Each rater's own order of the photos: random, recorded, and with related photos apart."""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, insert, not_, select, update
from sqlalchemy.orm import Session

from curator.base.models.photos import Photo
from curator.base.models.ratings import Place
from curator.base.models.users import User
from curator.base.visibility import whole_study
from curator.pairs.relations import relations
from curator.ratings.queues import LOOKED_UP_TOGETHER, Listed, Queue, waiting
from curator.ratings.spacing import APART, spaced

LOOKED_AHEAD = 400  # waiting photos, among which related ones are kept apart


class Candidate(NamedTuple):
    """A photo that waits for a rater, and its Place."""

    photo: int
    position: float
    turn: int
    queue: str


Candidates = Select[int, float, int, str]


def hand_out(
    session: Session, rater: int, queue: Queue, listed: Listed | None, *, after: int, count: int
) -> list[int]:
    """Return the photos that wait after the current one, and record their turns.

    First those handed out after it already, then those new in this queue, then those seen before,
    and the current one last if it still waits.
    """
    _draw_places(session, rater)
    condition = waiting(session, rater, queue, listed)
    now = _now(session, rater, queue, after, condition)
    places = _places(rater, condition)
    found = _in_list(session, places, listed) if listed else _first(session, places, queue, now)
    others = [one for one in found if one.photo != after]
    handed = sorted((one.turn, one.photo) for one in others if _is_later(one, queue, now))
    photos = [photo for _, photo in handed[:count]]
    rest = _in_order([one for one in others if not _is_later(one, queue, now)], queue, listed)
    while rest and len(photos) < count:
        photos.append(_hand_out_one(session, rater, queue, rest, after))
        rest.remove(photos[-1])
    if len(photos) < count:
        photos += (one.photo for one in found if one.photo == after)
    return photos


def in_own_order(session: Session, rater: int, photos: Collection[int]) -> list[int]:
    """Return photos in the rater's own order, related ones apart."""
    _draw_places(session, rater)
    wanted = set(photos)
    drawn_order = select(Place.photo_id).where(Place.rater_id == rater).order_by(Place.position)
    placed = [photo for photo in session.scalars(drawn_order) if photo in wanted]
    arranged: list[int] = []
    for start in range(0, len(placed), LOOKED_AHEAD):
        part, before = placed[start : start + LOOKED_AHEAD], arranged[-APART:]
        arranged += spaced(part, relations(session, part, before), before)
    return arranged


def _hand_out_one(
    session: Session, rater: int, queue: Queue, rest: Sequence[int], after: int
) -> int:
    """Choose the photo that comes next, as far as possible from photos related to it."""
    before = _handed_last(session, rater, after)
    chosen = next(spaced(rest, relations(session, rest, before), before))
    _record_turns(session, rater, queue, [chosen])
    return chosen


def drawn(seed: int, file_sha256: str) -> float:
    """Draw a number from 0 to 1 for a photo, whatever photos there are beside it."""
    digest = sha256(f"{seed} {file_sha256}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _draw_places(session: Session, rater: int) -> None:
    """Give each photo without a place in the rater's order one.

    New photos come among those that were not handed out yet, whose order stays as it is.
    """
    with whole_study():  # a place for each photo, for the day when the rater sees more of them
        mine = select(func.max(Place.photo_id)).where(Place.rater_id == rater)
        known = session.scalar(mine) or 0
        photos = select(Photo.id, Photo.file_sha256).where(Photo.id > known).order_by(Photo.id)
        new = session.execute(photos).all()
    if not new:
        return
    seed = session.scalars(select(User.order_seed).where(User.id == rater)).one()
    furthest = select(func.max(Place.position)).where(Place.rater_id == rater)
    start = session.scalar(furthest.where(Place.turn > 0)) or 0.0
    length = (session.scalar(furthest) or 0.0) - start or 1.0
    places = (
        {"rater_id": rater, "photo_id": photo, "position": start + length * drawn(seed, sha)}
        for photo, sha in new
    )
    session.execute(insert(Place), [*places])


def _now(
    session: Session, rater: int, queue: Queue, after: int, condition: ColumnElement[bool]
) -> int:
    """Return the turn of the current photo, or without one of the last that no longer waits."""
    current = session.get(Place, (rater, after))
    if current is None:
        done = select(Place.turn).join(Photo, Photo.id == Place.photo_id)
        done = done.where(Place.rater_id == rater, Place.queue == queue.key, not_(condition))
        return session.scalar(done.order_by(Place.turn.desc()).limit(1)) or 0
    if not current.turn or current.queue != queue.key:
        _record_turns(session, rater, queue, [after])
    return current.turn


def _places(rater: int, condition: ColumnElement[bool]) -> Candidates:
    columns = (Photo.id, Place.position, Place.turn, Place.queue)
    of_rater = (Place.photo_id == Photo.id) & (Place.rater_id == rater)
    return select(*columns).join(Place, of_rater).where(condition)


def _in_list(session: Session, places: Candidates, listed: Listed) -> list[Candidate]:
    parts = (
        listed.photo_ids[start : start + LOOKED_UP_TOGETHER]
        for start in range(0, len(listed.photo_ids), LOOKED_UP_TOGETHER)
    )
    rows = (session.execute(places.where(Photo.id.in_(part))) for part in parts)
    return [Candidate._make(row) for some in rows for row in some]


def _first(session: Session, places: Candidates, queue: Queue, now: int) -> list[Candidate]:
    """Read as many candidates as are looked at ahead, in the order of `hand_out`."""
    is_later = (Place.queue == queue.key) & (Place.turn > now)
    found: list[Candidate] = []
    for candidates in (
        places.where(is_later).order_by(Place.turn),
        places.where(Place.turn == 0).order_by(Place.position),
        places.where(Place.turn > 0, ~is_later).order_by(Place.queue == queue.key, Place.turn),
    ):
        rows = session.execute(candidates.limit(LOOKED_AHEAD - len(found)))
        found += map(Candidate._make, rows)
    return found


def _is_later(one: Candidate, queue: Queue, now: int) -> bool:
    return one.queue == queue.key and one.turn > now


def _in_order(candidates: Iterable[Candidate], queue: Queue, listed: Listed | None) -> list[int]:
    """Sort candidates: those new in this queue by place, then those seen in it by turn."""
    rank: dict[int, int] = {}
    if listed and listed.is_ranked:
        rank = {photo: at // listed.tranche for at, photo in enumerate(listed.photo_ids)}

    def standing(one: Candidate) -> tuple[bool, float, float]:
        seen = one.queue == queue.key
        return (True, one.turn, 0) if seen else (False, rank.get(one.photo, 0), one.position)

    return [one.photo for one in sorted(candidates, key=standing)]


def _handed_last(session: Session, rater: int, after: int) -> list[int]:
    """Return the photos that the rater was handed last, the current one at the end."""
    handed = select(Place.photo_id).where(Place.rater_id == rater, Place.turn > 0)
    latest = session.scalars(handed.order_by(Place.turn.desc()).limit(APART)).all()
    return [*(photo for photo in reversed(latest) if photo != after), *([after] if after else [])]


def _record_turns(session: Session, rater: int, queue: Queue, photos: Sequence[int]) -> None:
    last = session.scalar(select(func.max(Place.turn)).where(Place.rater_id == rater)) or 0
    rows = [
        {"rater_id": rater, "photo_id": photo, "turn": turn, "queue": queue.key}
        for turn, photo in enumerate(photos, last + 1)
    ]
    if rows:
        session.execute(update(Place), rows)
        session.expire_all()
