"""What of an instance is backed up besides the database: the photos that it names, and all other files but caches."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, select

from curator.base.config import Config
from curator.base.instance import COPIES
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.snapshots import database_files
from curator.base.store import Store
from curator.base.writing import PREFIX
from curator.runs.folders import PARTIAL

LEFT_OUT = ("cache", COPIES, "photos")  # caches are made anew; photos are those of the database


@dataclass(frozen=True)
class Recorded:
    """What a database says at one moment: its newest event, and the photo files that belong to it.

    `photos` has the sizes by the paths in the instance.
    """

    revision: str
    event: int
    photos: dict[Path, int]


@dataclass(frozen=True)
class Found:
    """A file or link by its path in the instance; `leads` is where a link leads."""

    path: str
    file: Path
    leads: str = ""


def recorded(connection: Connection) -> Recorded:
    store = Store(Path())
    photos = select(Photo.file_sha256, Photo.format, Photo.size_bytes).order_by(Photo.file_sha256)
    return Recorded(
        revision=MigrationContext.configure(connection).get_current_revision() or "",
        event=connection.scalar(select(func.max(Event.id))) or 0,
        photos={store.photo(sha, form): size for sha, form, size in connection.execute(photos)},
    )


def other_files(config: Config) -> Iterator[Found]:
    """Yield the files and links of an instance that are no photos.

    A link that leads out of the instance stands for what it leads to: a restored instance could not follow it.
    """
    instance = config.instance.resolve()
    database = {path.resolve() for path in database_files(config)}
    for found in _below(instance, instance, "", (instance,)):
        if found.leads or found.file.resolve() not in database:
            yield found


def _below(instance: Path, folder: Path, prefix: str, above: tuple[Path, ...]) -> Iterator[Found]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:  # told as a file that cannot be read
        yield Found(prefix.rstrip("/"), folder)
        return
    for entry in entries:
        path, target = f"{prefix}{entry.name}", entry.resolve()
        if path in LEFT_OUT or entry.name.startswith((PREFIX, PARTIAL)):
            continue
        if entry.is_symlink() and (target.is_relative_to(instance) or not target.exists()):
            yield Found(path, entry, str(entry.readlink()))
        elif entry.is_file():
            yield Found(path, entry)
        elif entry.is_dir() and target not in above:
            yield from _below(instance, entry, f"{path}/", (*above, target))
