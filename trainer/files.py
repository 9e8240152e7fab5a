"""Writes files whole or not at all: a reader sees the earlier content or the new one, never a part.

What lasts is on the disk when the function returns, and a power cut leaves it there.
"""

import errno
import os
import secrets
from pathlib import Path

WRITING = ".writing-"  # before the name of a file that is not finished
NO_SYNC = (errno.EINVAL, errno.ENOTSUP)  # what file systems say that cannot sync a folder


def write_whole(file: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write a file under another name beside it, then give it its own.

    Args:
        file: in a folder that exists.
        content: all of it.
        lasting: flush it to the disk; what can be computed again need not survive a power cut.
    """
    partial = file.with_name(f"{WRITING}{secrets.token_hex(8)}")
    try:
        with partial.open("xb") as handle:
            handle.write(content)
            handle.flush()
            if lasting:
                os.fsync(handle.fileno())
        partial.replace(file)
        if lasting:
            sync_folder(file.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Create a folder and those above it, as far as they are missing."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def place_folder(written: Path, final: Path) -> None:
    """Rename a finished folder, once all that it holds is on the disk."""
    for path in written.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            _sync(path)
    sync_folder(written)
    written.rename(final)
    sync_folder(final.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: syncing a file does not bring its own."""
    try:
        _sync(folder)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
