"""Computed results kept in the instance's cache, which may be deleted at any time."""

import os
import tempfile
from pathlib import Path

from trainer.errors import from_os_error
from trainer.instance import instance_folder


def cache_folder(kind: str) -> Path:
    """Return the folder of one kind of cached result."""
    return instance_folder() / "cache" / kind


def keep(file: Path, content: bytes) -> None:
    """Write a cache file atomically: readers see the old file or the new one.

    Raises:
        DiskFull: there was no room.
        FolderUnwritable: it could not be written for another reason.
    """
    partial: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".partial")
        partial = Path(name)
        with os.fdopen(handle, "wb") as written:
            written.write(content)
        partial.replace(file)
    except OSError as error:
        if partial:
            partial.unlink(missing_ok=True)
        hint = "name another folder of data in CURATOR_INSTANCE"
        raise from_os_error(error, f"the cache in {file.parent}", hint) from error
