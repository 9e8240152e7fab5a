"""The photos of a run's examples; an example's id is a prefix of its photo's pixel hash."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.visibility import has_rated
from curator.ratings.queues import Order
from curator.runs.folders import Run
from curator.runs.predictions import doubtful_labels, uncertain_ids

LOOKED_UP_SINGLY = 200  # more ids than this are matched by scanning all photos once
ORDERS_KEPT = 16  # in memory


@dataclass(frozen=True)
class VisibleExample:
    """A photo that the viewer rated or ruled on; `own_label` is their current label, None for a ruling."""

    photo_id: int
    own_label: str | None


def photos_of_examples(sessions: Sessions, ids: Collection[str]) -> dict[str, int]:
    """Return example id -> photo id, omitting examples whose photo no longer exists."""
    with reading(sessions) as session:
        rows = session.execute(select(Photo.pixel_sha256, Photo.id).where(_hash_begins_with(ids)))
        return dict(_with_ids(rows, ids))


def examples_visible_to(
    sessions: Sessions, ids: Collection[str], rater: int
) -> dict[str, VisibleExample]:
    """Return the examples whose photos the rater has rated: they may see no others."""
    of_rater = and_(Rating.photo_id == Photo.id, Rating.rater_id == rater)
    with reading(sessions) as session:
        rows = session.execute(
            select(Photo.pixel_sha256, Photo.id, Rating.label)
            .outerjoin(Rating, of_rater)
            .where(_hash_begins_with(ids), has_rated(rater))
        )
        seen = ((sha, VisibleExample(photo, label)) for sha, photo, label in rows)
        return dict(_with_ids(seen, ids))


def order_of_run(sessions: Sessions, run: Run, queue: str) -> Order:
    """Return a run's photos in the order of a queue, uncertain or label_errors.

    Raises:
        LibraryMissing, RunDamaged: as for uncertain_ids and doubtful_labels.
    """
    ids = doubtful_labels(run) if queue == "label_errors" else uncertain_ids(run)
    with reading(sessions) as session:
        newest = select(Photo.pixel_sha256).order_by(Photo.id.desc()).limit(1)
        photos = session.scalar(select(func.count(Photo.id))), session.scalar(newest)
    return Order(_in_order(sessions, ids, photos), run.finished_at)


@lru_cache(ORDERS_KEPT)
def _in_order(sessions: Sessions, ids: tuple[str, ...], _photos: Hashable) -> tuple[int, ...]:
    """Map example ids to photo ids in order; cached, since a queue asks for every photo."""
    found = photos_of_examples(sessions, ids)
    return tuple(found[example] for example in ids if example in found)


def _hash_begins_with(ids: Collection[str]) -> ColumnElement[bool]:
    if len(ids) > LOOKED_UP_SINGLY:
        return true()
    # `g` sorts after every hexadecimal digit.
    ranges = [Photo.pixel_sha256.between(example, f"{example}g") for example in ids]
    return or_(false(), *ranges)


def _with_ids(rows: Iterable[Sequence[Any]], ids: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Replace each hash with the example id that is its prefix."""
    wanted = frozenset(ids)
    lengths = {len(example) for example in wanted}
    for sha, value in rows:
        for length in lengths:
            if (example := sha[:length]) in wanted:
                yield example, value
