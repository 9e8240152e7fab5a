"""The files of an instance at one moment: those that lie where only the program writes."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from curator.base.writing import PREFIX

LOST = "lost+found"  # where --repair puts what no row knows
OWN = ("photos", "cache", "exports", LOST)  # folders that only the program writes to
RUNS = "runs"  # which the trainer writes, as its user pleases


@dataclass(frozen=True)
class Entry:
    """A file or folder as it was listed."""

    path: Path
    mode: int
    owner: int
    size_bytes: int
    changed_at: float

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)

    @property
    def age_s(self) -> float:
        return time.time() - self.changed_at


@dataclass(frozen=True)
class Listing:
    """All entries by path in the instance; what is being written is not among them.

    `left_over` were written by processes that no longer live.
    """

    instance: Path
    entries: dict[str, Entry]
    left_over: tuple[str, ...]

    def below(self, folder: str) -> Iterator[tuple[str, Entry]]:
        return (
            (name, entry) for name, entry in self.entries.items() if name.startswith(f"{folder}/")
        )


def list_instance(instance: Path) -> Listing:
    entries: dict[str, Entry] = {}
    left_over: list[str] = []
    _list(instance, instance, entries, left_over)
    return Listing(instance, entries, tuple(left_over))


def _list(instance: Path, folder: Path, entries: dict[str, Entry], left_over: list[str]) -> None:
    try:
        found = sorted(os.scandir(folder), key=lambda one: one.name)
    except (
        FileNotFoundError,
        NotADirectoryError,
        PermissionError,
    ):  # gone meanwhile, or told by its mode
        return
    for one in found:
        path = Path(one.path)
        name = readable(path.relative_to(instance))
        if one.name.startswith(PREFIX):
            if not is_being_written(path):
                left_over.append(name)
            continue
        entry = entry_of(path)
        if entry is None:
            continue
        entries[name] = entry
        is_top_link = entry.is_link and folder == instance and one.name in (*OWN, RUNS)
        if entry.is_folder or is_top_link:
            _list(instance, path, entries, left_over)


def entry_of(path: Path) -> Entry | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return Entry(path, found.st_mode, found.st_uid, found.st_size, found.st_mtime)


def readable(path: Path) -> str:
    """Return a path as text, also where its bytes are none."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def is_being_written(path: Path) -> bool:
    """Tell whether a living process has a temporary file or folder locked; it stays as it is."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return True  # renamed or removed: it was
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        with suppress(OSError):
            os.close(handle)
    return False
