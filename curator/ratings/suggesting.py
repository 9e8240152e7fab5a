"""Suggests a region for every photo from the face that `faces.search` finds in it."""

import fcntl
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import DecodingFailed, LibraryMissing
from curator.base.models.photos import Photo
from curator.base.models.ratings import Suggestion
from curator.base.pixels import load_reduced
from curator.base.progress import Progress, untold
from curator.base.store import Store
from curator.base.visibility import KEPT
from curator.base.workers import COMMANDS, Bounds, bounds
from curator.ratings.regions import format_fractions
from faces.landmarks import suggested_region
from faces.photos import DECODE_ERRORS
from faces.search import SEARCHED_PX, can_search, find_faces, networks

RECIPE = 1  # increase it when detection or suggestion changes: older rows are then recomputed
BATCH_SIZE = 16  # photos per transaction, and so the most that a killed search loses


@dataclass(frozen=True)
class SuggestResult:
    """`unreadable` holds the ids of photos whose files could not be read; the next search retries them."""

    photos: int
    with_face: int
    unreadable: tuple[int, ...]


@dataclass(frozen=True)
class _Waiting:
    photo_id: int
    path: Path
    shape: float  # height by width


def require_detector() -> None:
    """Raise `LibraryMissing` if mtcnn is not installed."""
    if not can_search():
        raise LibraryMissing(
            "No regions are suggested because mtcnn is not installed: run  pip install 'malar[suggest]'"
        )


def suggest_regions(
    sessions: Sessions,
    config: Config,
    *,
    progress: Progress = untold,
    limit: int | None = None,
    skipped: Collection[int] = (),
) -> SuggestResult:
    """Search photos for faces unless the current RECIPE has; copies and excluded photos come last.

    Transactions: one per BATCH_SIZE photos, none during detection. Other processes wait.

    Args:
        limit: the maximum number of photos to search.
        skipped: ids of photos to skip because their files could not be read before.
    """
    with_face = done = 0
    unreadable: list[int] = []
    with _exclusive(config):
        waiting = _waiting(sessions, config, limit, skipped)
        if waiting:
            require_detector()
            networks()  # loaded here, so that a failure is not blamed on a photo
        for start in range(0, len(waiting), BATCH_SIZE):
            part = waiting[start : start + BATCH_SIZE]
            found = [row for each in part if (row := _suggestion(each, bounds(config)))]
            with sessions.begin() as session:
                _store(session, found)
            readable = {row.photo_id for row in found}
            unreadable += [each.photo_id for each in part if each.photo_id not in readable]
            with_face += sum(row.faces > 0 for row in found)
            done += len(part)
            progress(done, len(waiting))
    return SuggestResult(done - len(unreadable), with_face, tuple(unreadable))


@contextmanager
def _exclusive(config: Config) -> Iterator[None]:
    """Wait until no other process is searching this instance; the lock ends with its process."""
    with (config.instance / "suggest.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _waiting(
    sessions: Sessions, config: Config, limit: int | None, skipped: Collection[int]
) -> list[_Waiting]:
    is_newest = exists().where(Suggestion.photo_id == Photo.id, Suggestion.recipe == RECIPE)
    query = (
        select(Photo.id, Photo.file_sha256, Photo.format, Photo.width_px, Photo.height_px)
        .where(~is_newest)
        .order_by(~KEPT, Photo.id)
        .limit(None if limit is None else limit + len(skipped))
    )
    store = Store(config.instance)
    with reading(sessions) as session:
        rows = [row for row in session.execute(query) if row.id not in skipped]
    return [
        _Waiting(row.id, store.photo(row.file_sha256, row.format), row.height_px / row.width_px)
        for row in rows[:limit]
    ]


def _suggestion(waiting: _Waiting, within: Bounds) -> Suggestion | None:
    """Return the row to store, None if the file cannot be read."""
    try:
        found = find_faces(COMMANDS.run(_searched, waiting.path, within))
    except (DecodingFailed, *DECODE_ERRORS):
        return None
    face = found.largest
    region = suggested_region(face, waiting.shape) if face else ()
    return Suggestion(
        photo_id=waiting.photo_id,
        recipe=RECIPE,
        faces=found.faces,
        region=format_fractions(region) if region else None,
        eyes=format_fractions(face.eyes) if face else None,
    )


def _searched(path: Path) -> Image.Image:
    return load_reduced(path, SEARCHED_PX)


def _store(session: Session, found: Sequence[Suggestion]) -> None:
    wanted = [row.photo_id for row in found]
    existing = set(session.scalars(select(Photo.id).where(Photo.id.in_(wanted))))
    for row in found:
        if row.photo_id in existing:  # others were erased meanwhile
            session.merge(row)
