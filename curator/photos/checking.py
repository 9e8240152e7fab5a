"""Checks the photos that are stored without the checks of this version."""

from pathlib import Path

from sqlalchemy import delete, select

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import DecodingFailed
from curator.base.models.photos import Photo, PhotoCheck
from curator.base.pixels import load_reduced
from curator.base.progress import Progress, untold
from curator.base.store import Store
from curator.base.workers import bounds, processes_for, spread
from curator.photos.checks import RECIPE, CheckRow, checks_of
from faces.photos import DECODE_ERRORS


def add_checks(sessions: Sessions, config: Config, progress: Progress = untold) -> int:
    """Check the photos without checks, or with those of older code; return how many could be read.

    Transactions: one for each `import_batch` photos.
    """
    with reading(sessions) as session:
        there = select(PhotoCheck.photo_id).where(PhotoCheck.recipe == RECIPE)
        rows = session.execute(
            select(Photo.id, Photo.file_sha256, Photo.format).where(Photo.id.not_in(there))
        ).all()
    store, checked = Store(config.instance), 0
    processes = processes_for(config, len(rows))
    for start in range(0, len(rows), config.import_batch):
        part = rows[start : start + config.import_batch]
        paths = [store.photo(row.file_sha256, row.format) for row in part]
        taken = spread(check_file, paths, processes, bounds(config), no_checks)
        found = {row.id: checks for row, checks in zip(part, taken, strict=True) if checks}
        with sessions.begin() as session:
            session.execute(delete(PhotoCheck).where(PhotoCheck.photo_id.in_(found)))
            there = select(Photo.id).where(Photo.id.in_(found))  # others were erased meanwhile
            session.add_all(check_row(photo, found[photo]) for photo in session.scalars(there))
        checked += len(found)
        progress(start + len(part), len(rows))
    return checked


def check_row(photo_id: int, checks: CheckRow) -> PhotoCheck:
    measures, look, grids = checks
    return PhotoCheck(photo_id=photo_id, recipe=RECIPE, measures=measures, look=look, grids=grids)


def check_file(path: Path) -> CheckRow | None:
    try:
        return checks_of(load_reduced(path)).to_row()
    except DECODE_ERRORS:  # damaged or gone: the next search tries it again
        return None


def no_checks(_path: Path, _failed: DecodingFailed) -> CheckRow | None:
    return None
