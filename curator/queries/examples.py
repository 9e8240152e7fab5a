"""The photos that a run's examples were cut from; their ids begin the photos' pixel hashes."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from curator.base.db import Sessions, reading
from curator.base.models import Photo, Rating
from curator.base.visibility import has_given_word
from curator.ratings.queues import Order
from curator.runs.folders import Run
from curator.runs.predictions import doubtful_labels, uncertain_ids

FEW = 200  # are looked up one by one; for more, all photos are gone through once
ORDERS_KEPT = 16  # in memory


@dataclass(frozen=True)
class SeenExample:
    """A photo on which the rater gave their word; `own_label` is theirs now, None of an adjudicator."""

    photo_id: int
    own_label: str | None


def photos_of_examples(sessions: Sessions, ids: Collection[str]) -> dict[str, int]:
    """Return example id -> photo id, without those whose photo is no longer there."""
    with reading(sessions) as session:
        rows = session.execute(select(Photo.pixel_sha256, Photo.id).where(_begun_by(ids)))
        return dict(_with_ids(rows, ids))


def seen_examples(sessions: Sessions, ids: Collection[str], rater: int) -> dict[str, SeenExample]:
    """Return those on whose photos the rater gave their word: more than these they may not see."""
    of_rater = and_(Rating.photo_id == Photo.id, Rating.rater_id == rater)
    with reading(sessions) as session:
        rows = session.execute(
            select(Photo.pixel_sha256, Photo.id, Rating.label)
            .outerjoin(Rating, of_rater)
            .where(_begun_by(ids), has_given_word(rater))
        )
        seen = ((sha, SeenExample(photo, label)) for sha, photo, label in rows)
        return dict(_with_ids(seen, ids))


def order_of_run(sessions: Sessions, run: Run, queue: str) -> Order:
    """Return the photos of a run in the order of a queue: uncertain, or label_errors.

    Raises:
        LibraryMissing, RunDamaged: as uncertain_ids and doubtful_labels.
    """
    ids = doubtful_labels(run) if queue == "label_errors" else uncertain_ids(run)
    with reading(sessions) as session:
        newest = select(Photo.pixel_sha256).order_by(Photo.id.desc()).limit(1)
        photos = session.scalar(select(func.count(Photo.id))), session.scalar(newest)
    return Order(_in_order(sessions, ids, photos), run.finished_at)


@lru_cache(ORDERS_KEPT)
def _in_order(sessions: Sessions, ids: tuple[str, ...], _photos: Hashable) -> tuple[int, ...]:
    """Map ids to photos in their order; remembered, since a queue asks with each photo."""
    found = photos_of_examples(sessions, ids)
    return tuple(found[example] for example in ids if example in found)


def _begun_by(ids: Collection[str]) -> ColumnElement[bool]:
    if len(ids) > FEW:
        return true()
    # `g` follows the last hexadecimal digit.
    ranges = [Photo.pixel_sha256.between(example, f"{example}g") for example in ids]
    return or_(false(), *ranges)


def _with_ids(rows: Iterable[Sequence[Any]], ids: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Put the example's id in the place of the hash that it begins."""
    wanted = frozenset(ids)
    lengths = {len(example) for example in wanted}
    for sha, value in rows:
        for length in lengths:
            if (example := sha[:length]) in wanted:
                yield example, value
