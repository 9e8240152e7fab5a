"""Suggests a region for every photo from the face found in it; the finding itself is faces.search's."""

import fcntl
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import LibraryMissing
from curator.base.models import Photo, Suggestion
from curator.base.pixels import DECODE_ERRORS, load_reduced
from curator.base.store import Store
from curator.base.visibility import KEPT
from curator.ratings.regions import format_fractions
from faces.landmarks import suggested_region
from faces.search import SEARCHED_PX, can_search, find_faces, networks

RECIPE = 1  # grows with each change of what is found or suggested: older rows are then made anew
TOGETHER = 16  # photos of one transaction: what a killed search loses


@dataclass(frozen=True)
class SuggestResult:
    """`unreadable` are the ids of photos whose files could not be read; they are sought again next time."""

    photos: int
    with_face: int
    unreadable: tuple[int, ...]


@dataclass(frozen=True)
class _Waiting:
    photo_id: int
    path: Path
    shape: float  # height by width


def require_detector() -> None:
    """Raise `LibraryMissing` where this installation has no mtcnn."""
    if not can_search():
        raise LibraryMissing(
            "No regions are suggested, since mtcnn is not installed: run  pip install 'malar[suggest]'"
        )


def suggest_regions(
    sessions: Sessions,
    config: Config,
    *,
    progress: Callable[[int, int], None] | None = None,
    limit: int | None = None,
    skipped: Collection[int] = (),
) -> SuggestResult:
    """Find the faces of photos not searched yet, or only by older code; copies and excluded photos come last.

    Transactions: one for each TOGETHER photos, none while faces are sought. Other processes wait.

    Args:
        limit: the most photos to search.
        skipped: ids to pass over, of files that could not be read before.
    """
    with_face = done = 0
    unreadable: list[int] = []
    with _alone(config):
        waiting = _waiting(sessions, config, limit, skipped)
        if waiting:
            require_detector()
            networks()  # here, where what goes wrong is not taken for a photo's fault
        for start in range(0, len(waiting), TOGETHER):
            part = waiting[start : start + TOGETHER]
            found = [row for each in part if (row := _suggestion(each))]
            with sessions.begin() as session:
                _store(session, found)
            readable = {row.photo_id for row in found}
            unreadable += [each.photo_id for each in part if each.photo_id not in readable]
            with_face += sum(row.faces > 0 for row in found)
            done += len(part)
            if progress:
                progress(done, len(waiting))
    return SuggestResult(done - len(unreadable), with_face, tuple(unreadable))


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """Wait until no other process seeks faces for this instance; the lock ends with its process."""
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


def _suggestion(waiting: _Waiting) -> Suggestion | None:
    """Return the row to store; None where the file cannot be read."""
    try:
        found = find_faces(load_reduced(waiting.path, SEARCHED_PX))
    except DECODE_ERRORS:
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


def _store(session: Session, found: Sequence[Suggestion]) -> None:
    wanted = [row.photo_id for row in found]
    there = set(session.scalars(select(Photo.id).where(Photo.id.in_(wanted))))
    for row in found:
        if row.photo_id in there:  # else erased meanwhile
            session.merge(row)
