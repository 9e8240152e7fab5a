"""Files of photos that are about to be recorded: removed again where recording them fails."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import CuratorError
from curator.base.models.photos import Photo
from curator.base.store import Store
from curator.copies.candidates import blocks
from curator.photos.inspecting import Inspected

New = list[Inspected]
TOGETHER = 300  # photos whose files are removed in one turn


@dataclass(frozen=True)
class StoredFile:
    """The file of a photo, by its SHA-256."""

    file_sha256: str
    format: str


@contextmanager
def storing(sessions: Sessions, config: Config) -> Iterator[New]:
    """Yield a list for photos whose files are new; if the block fails, remove those that no row names."""
    new: New = []
    try:
        yield new
    except BaseException:
        with suppress(CuratorError):  # the database fails, too: the error under way says so
            remove_unrecorded(sessions, config, new)
        raise


def store_photo(config: Config, facts: Inspected, content: bytes, new: New) -> None:
    """Store a photo's file and thumbnail; note it as new before anything is written."""
    store = Store(config.instance)
    if not store.photo(facts.file_sha256, facts.format).exists():
        new.append(facts)
    store.add_photo(facts.file_sha256, facts.format, content)
    if facts.thumbnail:
        store.add_preview(facts.file_sha256, config.thumbnail_px, facts.thumbnail)


def require_stored(config: Config, facts: Inspected) -> None:
    """Raise FileNotFoundError if a photo's file was removed: by another import of it, which failed."""
    path = Store(config.instance).photo(facts.file_sha256, facts.format)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))


def remove_unrecorded(
    sessions: Sessions, config: Config, files: Sequence[Inspected | StoredFile]
) -> None:
    """Remove the files, and the pictures made of them, that no row names."""
    store = Store(config.instance)
    for some in blocks(files, TOGETHER):
        names = [file.file_sha256 for file in some]
        with (
            sessions.begin() as session
        ):  # in turn with those who are about to record the same photo
            rows = session.scalars(select(Photo.file_sha256).where(Photo.file_sha256.in_(names)))
            recorded = set(rows)
            for file in some:
                if file.file_sha256 not in recorded:
                    store.remove_photo(file.file_sha256, file.format)
