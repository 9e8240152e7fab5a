"""Temporary files and folders: locked while they are written, and swept once their process is gone."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".writing-"


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
