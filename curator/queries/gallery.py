"""The gallery: pages of photos that match a filter, and a photo's neighbours among them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.visibility import KEPT_ID
from curator.queries.listed import listed_photos
from curator.ratings.filter import Filter, matching
from curator.ratings.queues import in_order

COUNTED_UP_TO = 10_000  # counting a whole large collection would take longer than its page


@dataclass(frozen=True)
class GalleryPhoto:
    id: int
    name: str
    copy_of: int | None
    excluded_reason: str | None
    excluded_with: int | None
    own_label: str | None


@dataclass(frozen=True)
class GalleryPage:
    """`after` and `before` are the ids that the next and previous page start from, 0 for none.

    `total` is exact up to COUNTED_UP_TO; one more means "more than that".
    """

    photos: tuple[GalleryPhoto, ...]
    total: int
    after: int
    before: int

    @property
    def has_more_than_counted(self) -> bool:
        return self.total > COUNTED_UP_TO


@dataclass(frozen=True)
class Neighbours:
    previous: int | None
    following: int | None


def gallery_page(
    sessions: Sessions, rater: int, wanted: Filter, *, after: int = 0, before: int = 0, size: int
) -> GalleryPage:
    """Return the photos after `after`, or before `before`, in import order."""
    fits = matching(wanted, rater)
    listed = listed_photos(sessions, wanted)
    with reading(sessions) as session:
        if listed is not None:
            photos_listed = list(in_order(session, fits, listed))
            return _page_of(session, rater, photos_listed, after, before, size)
        nearest = _nearest(session, rater, fits, after, before, size + 1)
        photos = sorted(nearest[:size], key=lambda photo: photo.id)
        first, last = (photos[0].id, photos[-1].id) if photos else (after + 1, max(before, 1) - 1)
        goes_on = len(nearest) > size
        # Only the side that the page was reached from may need a query.
        has_next = bool(_next(session, fits, last)) if before else goes_on
        has_previous = goes_on if before else bool(after and _previous(session, fits, first))
        return GalleryPage(
            photos=tuple(photos),
            total=_count(session, fits),
            after=last if has_next else 0,
            before=first if has_previous else 0,
        )


def neighbours(sessions: Sessions, rater: int, wanted: Filter, photo_id: int) -> Neighbours:
    """Return the matching photos before and after one."""
    fits = matching(wanted, rater)
    listed = listed_photos(sessions, wanted)
    with reading(sessions) as session:
        if listed is not None:
            photos = list(in_order(session, fits, listed))
            at = bisect_left(photos, photo_id)
            following = photos[bisect_right(photos, photo_id) :]
            return Neighbours(photos[at - 1] if at else None, next(iter(following), None))
        return Neighbours(_previous(session, fits, photo_id), _next(session, fits, photo_id))


def sources(sessions: Sessions) -> tuple[str, ...]:
    """Return the photos' sources, sorted."""
    with reading(sessions) as session:
        found = select(Photo.source).where(Photo.source != "").distinct().order_by(Photo.source)
        return tuple(session.scalars(found))


def _page_of(
    session: Session, rater: int, photos: Sequence[int], after: int, before: int, size: int
) -> GalleryPage:
    """Return a page of listed photos, which are sorted."""
    later = photos[bisect_right(photos, after) :][:size]
    shown = photos[: bisect_left(photos, before)][-size:] if before else later
    first, last = (shown[0], shown[-1]) if shown else (after + 1, max(before, 1) - 1)
    return GalleryPage(
        photos=tuple(_nearest(session, rater, Photo.id.in_(shown), 0, 0, size)),
        total=min(len(photos), COUNTED_UP_TO + 1),
        after=last if photos and last < photos[-1] else 0,
        before=first if photos and first > photos[0] else 0,
    )


def _nearest(
    session: Session, rater: int, fits: ColumnElement[bool], after: int, before: int, count: int
) -> list[GalleryPhoto]:
    own = aliased(Rating)  # the condition may refer to ratings too
    is_own = and_(own.counts_on_id == KEPT_ID, own.rater_id == rater)
    columns = (Photo.id, Photo.original_name, Photo.copy_of_id)
    excluded = (Photo.excluded_reason, Photo.excluded_with_id)
    rows = select(*columns, *excluded, own.label).outerjoin(own, is_own).where(fits).limit(count)
    if before:
        rows = rows.where(Photo.id < before).order_by(Photo.id.desc())
    else:
        rows = rows.where(Photo.id > after).order_by(Photo.id)
    return [GalleryPhoto(*row) for row in session.execute(rows)]


def _previous(session: Session, fits: ColumnElement[bool], photo_id: int) -> int | None:
    earlier = select(Photo.id).where(fits, Photo.id < photo_id)
    return session.scalar(earlier.order_by(Photo.id.desc()).limit(1))


def _next(session: Session, fits: ColumnElement[bool], photo_id: int) -> int | None:
    later = select(Photo.id).where(fits, Photo.id > photo_id)
    return session.scalar(later.order_by(Photo.id).limit(1))


def _count(session: Session, fits: ColumnElement[bool]) -> int:
    some = select(Photo.id).where(fits).limit(COUNTED_UP_TO + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
