"""Computed results kept in the instance's cache, which may be deleted at any time."""

from pathlib import Path

from trainer.errors import from_os_error
from trainer.files import write_whole
from trainer.instance import instance_folder


def cache_folder(kind: str) -> Path:
    """Return the folder of one kind of cached result."""
    return instance_folder() / "cache" / kind


def keep(file: Path, content: bytes) -> None:
    """Write a cache file.

    Raises:
        DiskFull: there was no room.
        FolderUnwritable: it could not be written for another reason.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, content, lasting=False)
    except OSError as error:
        hint = "name another folder of data in CURATOR_INSTANCE"
        raise from_os_error(error, f"the cache in {file.parent}", hint) from error
