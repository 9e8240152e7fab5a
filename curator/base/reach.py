"""How far an exclusion reaches: one file, all copies of a photo, or all photos of a person.

What it reaches is derived from the decisions on pairs and the persons' codes whenever these or the
exclusions change: `photo.excluded_with_id` holds the result, for fast queries. Nobody writes it otherwise.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import event, inspect, or_, select, update
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker

from curator.base.components import connected
from curator.base.journal import UNKEPT
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Photo
from curator.base.visibility import whole_study

Links = list[tuple[int, int]]


class Scope(StrEnum):
    """What a reason for excluding a photo is about."""

    PERSON = "person"
    CONTENT = "content"
    FILE = "file"


# The decisions on pairs over which an exclusion passes; a person's code joins photos as well.
JOINING = {Scope.PERSON.value: ("copy", "same_person"), Scope.CONTENT.value: ("copy",)}
WIDE = tuple(JOINING)  # they reach other photos
WIDELY_EXCLUDED = or_(Photo.excluded_scope.in_(WIDE), Photo.excluded_with_id.is_not(None))
DECISIVE = {Photo: ("excluded_scope", "person_id"), PhotoPair: ("decision",)}
CHANGED = "exclusions may reach further"  # a key of a session's `info`


def links_within(session: Session, scope: str) -> Links:
    """Return pairs of photos that an exclusion of this scope passes between."""
    pair = PhotoPair
    joined = select(pair.photo_a_id, pair.photo_b_id).where(pair.decision.in_(JOINING[scope]))
    decided = [(a, b) for a, b in session.execute(joined)]
    return _codes(session) + decided if scope == Scope.PERSON else decided


def reach_of(session: Session, photo_ids: Collection[int], scope: str) -> tuple[int, ...]:
    """Return all photos that an exclusion of these reaches, themselves among them."""
    found, edge = {*photo_ids}, {*photo_ids}
    while edge:
        edge = _next_to(session, edge, scope) - found
        found |= edge
    return tuple(sorted(found))


def reached(session: Session) -> dict[int, int]:
    """Map each photo that the exclusion of another reaches to that other, the earliest of several."""
    found: dict[int, int] = {}
    for scope in WIDE:
        if excluded := _excluded(session, scope):
            _spread(excluded, links_within(session, scope), found)
    return found


def reach_within(session: Session, photo_ids: Collection[int], scope: str) -> set[int]:
    """Return all photos that an exclusion of these reaches, however many they are."""
    return _joined_to(photo_ids, links_within(session, scope)) if photo_ids else set()


def like_excluded(
    session: Session, withdrawn: Mapping[str, Collection[int]] | None = None
) -> set[int]:
    """Return the photos that excluded ones reach if what looks like these are copies of them.

    Args:
        withdrawn: by scope, photos that count as excluded as well.
    """
    undecided = select(PhotoPair.photo_a_id, PhotoPair.photo_b_id).where(
        PhotoPair.decision.is_(None)
    )
    found: set[int] = set()
    for scope in WIDE:
        if excluded := {*_excluded(session, scope), *(withdrawn or {}).get(scope, ())}:
            links = links_within(session, scope)
            reach = _joined_to(excluded, links)
            near = {one for pair in session.execute(undecided) if reach & {*pair} for one in pair}
            found |= _joined_to(near - reach, links)
    return found


def derive_reach(session: Session) -> None:
    """Store what the exclusions reach, where that changed."""
    derived = reached(session)
    column = select(Photo.id, Photo.excluded_with_id).where(Photo.excluded_with_id.is_not(None))
    stored = {photo: origin for photo, origin in session.execute(column)}  # noqa: C416
    changes = [
        {"id": photo, "excluded_with_id": derived.get(photo)}
        for photo in derived.keys() | stored.keys()
        if derived.get(photo) != stored.get(photo)
    ]
    if changes:
        session.execute(update(Photo), changes, execution_options=UNKEPT)


def keep_derived(sessions: sessionmaker[Session]) -> None:
    """Derive the reach before every commit that changed what it depends on, whoever changed it."""
    event.listen(sessions, "after_flush", _notice_change)
    event.listen(sessions, "before_commit", _derive_if_changed)


def _notice_change(session: Session, _flush: UOWTransaction) -> None:
    changed = (*session.new, *session.dirty)
    if session.deleted or any(map(_is_decisive, changed)):
        session.info[CHANGED] = True


def _is_decisive(changed: object) -> bool:
    names = next((names for table, names in DECISIVE.items() if isinstance(changed, table)), ())
    state = inspect(changed)
    return any(state.attrs[name].history.has_changes() for name in names)


def _derive_if_changed(session: Session) -> None:
    session.flush()
    if session.info.pop(CHANGED, False):
        with whole_study():
            derive_reach(session)


def _next_to(session: Session, photos: Collection[int], scope: str) -> set[int]:
    if scope not in JOINING:
        return set()
    a, b = PhotoPair.photo_a_id, PhotoPair.photo_b_id
    touching = select(a, b).where(or_(a.in_(photos), b.in_(photos)))
    joined = session.execute(touching.where(PhotoPair.decision.in_(JOINING[scope])))
    found = {photo for pair in joined for photo in pair}
    if scope == Scope.PERSON:
        codes = select(Photo.person_id).where(Photo.id.in_(photos), Photo.person_id.is_not(None))
        found |= {*session.scalars(select(Photo.id).where(Photo.person_id.in_(codes)))}
    return found


def _joined_to(photos: Collection[int], links: Links) -> set[int]:
    class_of = connected({*photos, *(photo for link in links for photo in link)}, links)
    wanted = {class_of[photo] for photo in photos}
    return {photo for photo, its in class_of.items() if its in wanted}


def _spread(excluded: Collection[int], links: Links, found: dict[int, int]) -> None:
    class_of = connected({*excluded, *(photo for link in links for photo in link)}, links)
    origin_of: dict[int, int] = {}
    for photo in excluded:
        origin_of.setdefault(class_of[photo], photo)
    for photo, its in class_of.items():
        origin = origin_of.get(its, photo)
        if origin != photo:
            found.setdefault(photo, origin)


def _excluded(session: Session, scope: str) -> Sequence[int]:
    ids = select(Photo.id).where(Photo.excluded_scope == scope).order_by(Photo.id)
    return session.scalars(ids).all()


def _codes(session: Session) -> Links:
    first_with: dict[int | None, int] = {}
    codes = select(Photo.person_id, Photo.id).where(Photo.person_id.is_not(None))
    rows = session.execute(codes.order_by(Photo.id))
    return [(first_with.setdefault(code, photo), photo) for code, photo in rows]
