"""Temporary files and folders: locked while written, swept once their process is gone, lasting once in place."""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".writing-"
SYNCED_AT_ONCE = 8  # files, which wait for the disk together
NO_SYNC = (errno.EINVAL, errno.ENOTSUP)  # what file systems say that cannot sync a folder


@contextmanager
def temporary_file(folder: Path) -> Iterator[Path]:
    """Yield a new file in a folder; it is removed at the end unless it was renamed."""
    with _locked(lambda: _new_file(folder)) as path:
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def temporary_folder(parent: Path, prefix: str = PREFIX) -> Iterator[Path]:
    """Yield a new folder in another; it is removed at the end unless it was renamed."""
    with _locked(lambda: Path(tempfile.mkdtemp(dir=parent, prefix=prefix))) as path:
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


def put_in_place(written: Path, final: Path) -> None:
    """Rename a file or folder, so that a power cut after that leaves it there; what it holds is synced before."""
    written.replace(final)
    sync_folder(final.parent)


def make_private(folder: Path) -> None:
    """Create a folder and those above it, as far as they are missing, so that a power cut leaves them."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: syncing a file does not bring its own."""
    try:
        _sync(folder)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise


def sync_tree(folder: Path) -> None:
    """Bring a folder to the disk with all files and folders in it."""
    found = [path for path in folder.rglob("*") if not path.is_symlink()]
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as threads:
        list(threads.map(_sync, (path for path in found if not path.is_dir())))
    for path in (*(path for path in found if path.is_dir()), folder):
        sync_folder(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(paths: Iterable[Path]) -> None:
    """Remove temporary files and folders that no living process is writing."""
    for path in paths:
        with suppress(OSError):  # it is being written or gone, or cannot be locked here
            _remove_abandoned(path)


def _remove_abandoned(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(handle)


@contextmanager
def _locked(make: Callable[[], Path]) -> Iterator[Path]:
    """Yield what was made, with a lock that ends with this process; a sweep may come before the lock."""
    path, handle = make(), None
    while handle is None:
        handle = _lock(path)
        path = path if handle is not None else make()
    try:
        yield path
    finally:
        os.close(handle)


def _lock(path: Path) -> int | None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with suppress(OSError):  # a file system without locks: nothing is swept there either
        fcntl.flock(handle, fcntl.LOCK_EX)
    if path.exists():
        return handle
    os.close(handle)
    return None


def _new_file(folder: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, prefix=PREFIX)
    os.close(handle)
    return Path(name)
