"""What was computed before and is kept under the instance's cache; it may be deleted at any time."""

import os
import tempfile
from pathlib import Path

from trainer.errors import from_os_error
from trainer.instance import instance_folder


def cache_folder(kind: str) -> Path:
    """Name the folder of one kind of what is kept."""
    return instance_folder() / "cache" / kind


def keep(file: Path, content: bytes) -> None:
    """Write a file of the cache; readers see the old one or the new one, never a part.

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
