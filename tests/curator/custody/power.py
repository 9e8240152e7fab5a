"""A disk that loses power: what was synced stays, the rest stays, stays in part or goes.

It keeps no more promises than POSIX makes. A file's content lasts once the file was synced, a name once the
folder that holds it was: a file system may keep more.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import ClassVar, Literal

from tests.curator.custody.steps import Step, What

Survives = Literal["none", "some", "all"]
UNSAVED = "-shm"  # of SQLite: mapped into memory, made anew after a crash


@dataclass
class File:
    lasting: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut there

    def content(self, after: int) -> bytes:
        """Return what it holds after so many of the pending changes."""
        now = bytearray(self.lasting)
        for offset, data in self.pending[:after]:
            if len(now) < offset:
                now += bytes(offset - len(now))
            if data is None:
                del now[offset:]
            else:
                now[offset : offset + len(data)] = data
        return bytes(now)

    def sync(self) -> None:
        self.lasting, self.pending = self.content(len(self.pending)), []


@dataclass
class Link:
    leads: str


@dataclass
class Folder:
    lasting: dict[str, "File | Folder | Link"] = field(default_factory=dict)
    pending: list[dict[str, "File | Folder | Link | None"]] = field(default_factory=list)

    def entries(self, after: int) -> dict[str, "File | Folder | Link"]:
        now: dict[str, File | Folder | Link | None] = dict(self.lasting)
        for change in self.pending[:after]:
            now |= change
        return {name: node for name, node in now.items() if node is not None}

    @property
    def now(self) -> dict[str, "File | Folder | Link"]:
        return self.entries(len(self.pending))

    def sync(self) -> None:
        self.lasting, self.pending = self.now, []


class Disk:
    """The folders below one, as a process sees them, and as they are once the power fails."""

    def __init__(self, root: Path) -> None:
        self._root_path = root
        self._by_ino: dict[int, File] = {}
        self._root = self._read(root)

    def _read(self, folder: Path) -> Folder:
        entries: dict[str, File | Folder | Link] = {}
        for one in os.scandir(folder):
            if one.is_symlink():
                entries[one.name] = Link(str(Path(one.path).readlink()))
            elif one.is_dir():
                entries[one.name] = self._read(Path(one.path))
            else:
                file = File(Path(one.path).read_bytes())
                entries[one.name] = self._by_ino[one.inode()] = file
        return Folder(entries)

    def apply(self, step: Step) -> None:
        self._ACTS[step.what](self, step)

    def _open(self, step: Step) -> None:
        if step.offset:
            file = self._by_ino[step.ino] = File()
            self._put(step.path, file)
        elif step.ino in self._by_ino:  # emptied
            self._by_ino[step.ino].pending.append((0, None))

    def _write(self, step: Step) -> None:
        self._by_ino[step.ino].pending.append((step.offset, step.data))

    def _cut(self, step: Step) -> None:
        file = self._by_ino[step.ino]
        if len(file.content(len(file.pending))) < step.offset:
            file.pending.append((step.offset, b""))
        else:
            file.pending.append((step.offset, None))

    def _sync(self, step: Step) -> None:
        if step.ino in self._by_ino and not isinstance(self._at(step.path), Folder):
            self._by_ino[step.ino].sync()
        elif isinstance(folder := self._at(step.path), Folder):
            folder.sync()

    def _rename(self, step: Step) -> None:
        node, (old, before), (new, after) = (
            self._at(step.path),
            self._place(step.path),
            self._place(step.other),
        )
        if node is None:
            return
        if old is new:
            old.pending.append({before: None, after: node})
        else:
            new.pending.append({after: node})
            old.pending.append({before: None})

    def _remove(self, step: Step) -> None:
        self._put(step.path, None)

    def _make_folder(self, step: Step) -> None:
        self._put(step.path, Folder())

    def _link(self, step: Step) -> None:
        self._put(step.path, Link(step.other))

    def _note(self, step: Step) -> None:
        """Nothing changes."""

    _ACTS: ClassVar[Mapping[What, Callable[["Disk", Step], None]]] = {
        What.OPEN: _open,
        What.WRITE: _write,
        What.CUT: _cut,
        What.SYNC: _sync,
        What.RENAME: _rename,
        What.UNLINK: _remove,
        What.RMDIR: _remove,
        What.MKDIR: _make_folder,
        What.SYMLINK: _link,
        What.NOTE: _note,
    }

    def _put(self, path: str, node: "File | Folder | Link | None") -> None:
        folder, name = self._place(path)
        folder.pending.append({name: node})

    def _place(self, path: str) -> tuple[Folder, str]:
        parts = PurePosixPath(os.path.relpath(path, self._root_path)).parts
        folder = self._root
        for part in parts[:-1]:
            found = folder.now[part]
            assert isinstance(found, Folder), path
            folder = found
        return folder, parts[-1]

    def _at(self, path: str) -> "File | Folder | Link | None":
        if Path(path) == self._root_path:
            return self._root
        folder, name = self._place(path)
        return folder.now.get(name)

    def files(self) -> dict[str, bytes]:
        """Return every file as processes see it, by its path."""
        return dict(_files(self._root, ""))

    def write(self, survives: Survives, rng: random.Random) -> None:
        """Put in place what is there once the power is back."""
        kept: dict[Survives, Callable[[int], int]] = {
            "none": lambda _: 0,
            "some": lambda pending: rng.randint(0, pending),
            "all": lambda pending: pending,
        }
        shutil.rmtree(self._root_path, ignore_errors=True)
        _write(self._root, self._root_path, kept[survives])


def _files(folder: Folder, above: str) -> Iterable[tuple[str, bytes]]:
    for name, node in folder.now.items():
        if isinstance(node, Folder):
            yield from _files(node, f"{above}{name}/")
        elif isinstance(node, File) and not name.endswith(UNSAVED):
            yield f"{above}{name}", node.content(len(node.pending))


def _write(folder: Folder, path: Path, kept: Callable[[int], int]) -> None:
    path.mkdir(mode=0o700)
    for name, node in folder.entries(kept(len(folder.pending))).items():
        if isinstance(node, Folder):
            _write(node, path / name, kept)
        elif isinstance(node, Link):
            (path / name).symlink_to(node.leads)
        elif not name.endswith(UNSAVED):
            (path / name).write_bytes(node.content(kept(len(node.pending))))
            (path / name).chmod(0o600)
