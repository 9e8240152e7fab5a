"""Why a photo is excluded, what an exclusion would reach, and which exports hold excluded photos."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.models.exports import Export, ExportMember
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Photo
from curator.base.reach import WIDE, WIDELY_EXCLUDED, Scope, reach_of
from curator.base.visibility import KEPT, has_rated


@dataclass(frozen=True)
class Exclusion:
    """Why a photo is excluded; `origin` is the photo with which it is, None where it is by itself."""

    reason: str
    scope: str
    origin: int | None = None


@dataclass(frozen=True)
class Reach:
    """The photos that an exclusion reaches, the chosen first, and those that may belong to them.

    `alike` look like one of them and wait for a decision; `related` are kept photos of the same
    post or author, of which nobody said whom they show.
    """

    photos: tuple[int, ...]
    others: tuple[int, ...]
    alike: tuple[int, ...]
    related: tuple[int, ...]


@dataclass(frozen=True)
class ExportHolding:
    """An export with photos in it that were excluded later, not for their file alone."""

    id: int
    name: str
    path: str
    photos: tuple[int, ...]


def exclusion_of(session: Session, photo: Photo) -> Exclusion | None:
    if photo.excluded_reason is not None:
        return Exclusion(photo.excluded_reason, photo.excluded_scope or Scope.FILE)
    origin = session.get(Photo, photo.excluded_with_id) if photo.excluded_with_id else None
    if origin is None:
        return None
    return Exclusion(origin.excluded_reason or "", origin.excluded_scope or "", origin.id)


def reach(sessions: Sessions, photo_ids: Collection[int], scope: str) -> Reach:
    with reading(sessions) as session:
        photos = reach_of(session, photo_ids, scope)
        chosen = tuple(photo for photo in photos if photo in set(photo_ids))
        others = tuple(photo for photo in photos if photo not in set(photo_ids))
        is_wide = scope in WIDE
        return Reach(
            photos=chosen + others,
            others=others,
            alike=_alike(session, photos) if is_wide else (),
            related=_related(session, photos) if scope == Scope.PERSON else (),
        )


def still_excluded(sessions: Sessions, photo_ids: Collection[int]) -> tuple[int, ...]:
    """Return which of these photos are excluded with another."""
    ids = select(Photo.id).where(Photo.id.in_(photo_ids), Photo.excluded_with_id.is_not(None))
    with reading(sessions) as session:
        return tuple(session.scalars(ids.order_by(Photo.id)))


def kept_instead(sessions: Sessions, photo_ids: Collection[int]) -> tuple[int, ...]:
    """Return the copies kept in place of those of these photos that are excluded for their file."""
    replaced = (Photo.excluded_scope == Scope.FILE, Photo.copy_of_id.is_not(None))
    copies = select(Photo.copy_of_id).where(Photo.id.in_(photo_ids), *replaced).distinct()
    with reading(sessions) as session:
        return tuple(filter(None, session.scalars(copies.order_by(Photo.copy_of_id))))


def exports_holding(
    sessions: Sessions, viewer: int | None = None, *, among: Collection[int] | None = None
) -> tuple[ExportHolding, ...]:
    """Return the exports with photos excluded since for their person or content, newest first.

    A `viewer` is told of photos they rated only: that a photo was exported reveals others' ratings.
    """
    rows = (
        select(Export.id, Export.name, Export.path, Photo.id)
        .join(ExportMember, ExportMember.export_id == Export.id)
        .join(Photo, Photo.id == ExportMember.photo_id)
        .where(WIDELY_EXCLUDED, _may_be_told(viewer))
        .order_by(Export.id.desc(), Photo.id)
    )
    if among is not None:
        rows = rows.where(Photo.id.in_(among))
    photos: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    with reading(sessions) as session:
        for export, name, path, photo in session.execute(rows):
            photos[export, name, path].append(photo)
    return tuple(ExportHolding(*export, tuple(held)) for export, held in photos.items())


def count_untold(sessions: Sessions, viewer: int, *, among: Collection[int] | None = None) -> int:
    """Count the excluded photos of which `exports_holding` tells this viewer nothing.

    It is 0 where there is no export. Whether one of them was exported, it does not depend on.
    """
    untold = select(func.count(Photo.id)).where(WIDELY_EXCLUDED, ~has_rated(viewer))
    if among is not None:
        untold = untold.where(Photo.id.in_(among))
    with reading(sessions) as session:
        has_exports = session.scalar(select(Export.id).limit(1)) is not None
        return session.scalar(untold) or 0 if has_exports else 0


def _may_be_told(viewer: int | None) -> ColumnElement[bool]:
    return true() if viewer is None else has_rated(viewer)


def _alike(session: Session, photos: Collection[int]) -> tuple[int, ...]:
    a, b = PhotoPair.photo_a_id, PhotoPair.photo_b_id
    undecided = select(a, b).where(PhotoPair.decision.is_(None), or_(a.in_(photos), b.in_(photos)))
    sides = {photo for pair in session.execute(undecided) for photo in pair}
    return tuple(sorted(sides - {*photos}))


def _related(session: Session, photos: Collection[int]) -> tuple[int, ...]:
    found: set[int] = set()
    for key in (Photo.author_key, Photo.post_url):
        keys = select(key).where(Photo.id.in_(photos), key.is_not(None))
        found |= {*session.scalars(select(Photo.id).where(KEPT, key.in_(keys)))}
    return tuple(sorted(found - {*photos}))
