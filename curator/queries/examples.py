"""The photos of a run's examples."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.visibility import KEPT_ID, has_rated
from curator.photos.examples import DIGESTS, begins_with
from curator.ratings.queues import Listed
from curator.runs.folders import Run
from curator.runs.predictions import doubtful_labels, uncertain_ids

ORDERS_KEPT = 16  # in memory


@dataclass(frozen=True)
class VisibleExample:
    """A photo that the viewer rated or ruled on; `own_label` is their current label, None for a ruling."""

    photo_id: int
    own_label: str | None


def photos_of_examples(sessions: Sessions, ids: Collection[str]) -> dict[str, int]:
    """Return example id -> photo id, omitting examples whose photo no longer exists."""
    with reading(sessions) as session:
        found = _rows_of_examples(session, select(Photo.id), ids)
        return {example: row.id for example, row in found.items()}


def examples_visible_to(
    sessions: Sessions, ids: Collection[str], rater: int
) -> dict[str, VisibleExample]:
    """Return the examples whose photos the rater has rated: they may see no others."""
    of_rater = and_(Rating.counts_on_id == KEPT_ID, Rating.rater_id == rater)
    rated = select(Photo.id, Rating.label).outerjoin(Rating, of_rater).where(has_rated(rater))
    with reading(sessions) as session:
        found = _rows_of_examples(session, rated, ids)
        return {example: VisibleExample(row.id, row.label) for example, row in found.items()}


def ranked_by_run(sessions: Sessions, run: Run, queue: str) -> Listed:
    """Return a run's photos as a queue ranks them, uncertain or label_errors.

    Raises:
        LibraryMissing, RunDamaged: as for uncertain_ids and doubtful_labels.
    """
    ids = doubtful_labels(run) if queue == "label_errors" else uncertain_ids(run)
    with reading(sessions) as session:
        newest = select(Photo.pixel_sha256).order_by(Photo.id.desc()).limit(1)
        photos = session.scalar(select(func.count(Photo.id))), session.scalar(newest)
    return Listed(_in_order(sessions, ids, photos), is_ranked=True, since=run.finished_at)


@lru_cache(ORDERS_KEPT)
def _in_order(sessions: Sessions, ids: tuple[str, ...], _photos: Hashable) -> tuple[int, ...]:
    """Map example ids to photo ids in order; cached, since a queue asks for every photo."""
    found = photos_of_examples(sessions, ids)
    return tuple(found[example] for example in ids if example in found)


def _rows_of_examples(
    session: Session, query: Select[*tuple[Any, ...]], ids: Collection[str]
) -> dict[str, Row[*tuple[Any, ...]]]:
    """Return example id -> row of a query of photos, by the hash they have or had."""
    found: dict[str, Row[*tuple[Any, ...]]] = {}
    for digest in DIGESTS:
        rows = session.execute(query.add_columns(digest).where(begins_with(digest, ids)))
        found |= dict(_with_ids(((row[-1], row) for row in rows), ids))
    return found


def _with_ids(rows: Iterable[Sequence[Any]], ids: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Replace each hash with the example id that is its prefix."""
    wanted = frozenset(ids)
    lengths = {len(example) for example in wanted}
    for sha, value in rows:
        for length in lengths:
            if (example := sha[:length]) in wanted:
                yield example, value
