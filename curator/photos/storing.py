"""Files of photos that are about to be recorded: removed again where recording them fails."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import CuratorError
from curator.base.models.photos import Photo
from curator.base.store import Store
from curator.photos.inspecting import Inspected

New = list[Inspected]


@contextmanager
def storing(sessions: Sessions, config: Config) -> Iterator[New]:
    """Yield a list for photos whose files are new; if the block fails, remove those that no row names."""
    new: New = []
    try:
        yield new
    except BaseException:
        with suppress(CuratorError):  # the database fails, too: the error under way says so
            _remove_unrecorded(sessions, config, new)
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


def _remove_unrecorded(sessions: Sessions, config: Config, new: New) -> None:
    store = Store(config.instance)
    names = [facts.file_sha256 for facts in new]
    with sessions.begin() as session:  # in turn with those who are about to record the same photo
        rows = session.scalars(select(Photo.file_sha256).where(Photo.file_sha256.in_(names)))
        recorded = set(rows)
        for facts in new:
            if facts.file_sha256 not in recorded:
                store.remove_photo(facts.file_sha256, facts.format, config.thumbnail_px)
