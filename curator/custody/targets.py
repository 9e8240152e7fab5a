"""A folder of backups: files by their hash, each once for all backups, and one manifest a backup.

Files come first and the manifest last, each under a temporary name until it is on the disk: what a kill or a
full disk leaves is no backup.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from curator.base.config import Config
from curator.base.errors import BackupDamaged, BackupFailed, NotFound
from curator.base.invocation import curator_command
from curator.base.keys import instance_key
from curator.base.writing import PREFIX, make_private, sweep, sync_folder, temporary_file
from curator.custody.manifests import FORMAT, NAME, Manifest, read_manifest, written
from curator.custody.stored_files import (
    SourceUnreadable,
    copy_in,
    hash_of,
    write_file,
)

MARKER = "malar-backups.json"
ERASED = "erased.json"


def identity(config: Config) -> str:
    """Return what tells this study's backups from another's; it says nothing about the key."""
    return hashlib.sha256(b"backups of " + instance_key(config).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Target:
    folder: Path

    @contextmanager
    def writing(self, instance: str) -> Iterator[None]:
        """Hold the folder alone, creating it if missing; BackupFailed if it is somebody else's."""
        make_private(self.folder)
        self._require_own(instance)
        with self._locked(os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
            if not (self.folder / MARKER).exists():
                content = json.dumps({"format": FORMAT, "instance": instance}).encode()
                write_file(self.folder / MARKER, content)
            for name in ("files", "backups"):
                make_private(self.folder / name)
                sweep((self.folder / name).glob(f"{PREFIX}*"))
            sweep(self.folder.glob(f"{PREFIX}*"))
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let no backup be written or pruned meanwhile."""
        if not (self.folder / MARKER).is_file():
            raise NotFound("There are no backups in %(folder)s.", folder=self.folder)
        if not (self.folder / "lock").exists():  # it was copied without
            yield
            return
        with self._locked(os.O_RDONLY, fcntl.LOCK_SH):
            yield

    @contextmanager
    def _locked(self, mode: int, lock: int) -> Iterator[None]:
        handle = os.open(self.folder / "lock", mode, 0o600)
        try:
            try:
                fcntl.flock(handle, lock | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupFailed(
                    "Another backup or restore is using %(folder)s: try again once it has ended.",
                    folder=self.folder,
                ) from error
            yield
        finally:
            os.close(handle)

    def _require_own(self, instance: str) -> None:
        marker = self.folder / MARKER
        if not marker.exists():
            if any((self.folder / name).exists() for name in ("files", "backups")):
                raise BackupFailed(
                    "%(folder)s holds other files: choose another folder.", folder=self.folder
                )
            return
        try:
            owner = json.loads(marker.read_bytes())
            known = owner["format"] == FORMAT and owner["instance"]
        except (ValueError, LookupError, TypeError) as error:
            raise BackupFailed(
                "%(file)s is damaged: choose another folder.", file=marker
            ) from error
        if known != instance:
            raise BackupFailed(
                "%(folder)s holds the backups of another study: choose another folder.",
                folder=self.folder,
            )

    # -- photos that were erased since they were backed up ----------------------------------------

    def erased(self) -> frozenset[str]:
        """Return the keyed hashes of their files (photos/tombstones.py): a restore leaves them out."""
        with suppress(FileNotFoundError):
            return frozenset(json.loads((self.folder / ERASED).read_bytes()))
        return frozenset()

    def keep_erased(self, digests: Iterable[str]) -> None:
        """Keep these hashes in place of those that are there; within `writing`."""
        if (wanted := frozenset(digests)) != self.erased():
            write_file(self.folder / ERASED, json.dumps(sorted(wanted), indent=0).encode())

    # -- files ---------------------------------------------------------------------------------

    def file(self, sha: str) -> Path:
        return self.folder / "files" / sha[:2] / sha

    def add(self, source: Path, expected: str = "", *, compressed: bool = False) -> tuple[str, int]:
        """Store a file, in place of one of the same hash, and return its hash and size.

        Raises:
            SourceUnreadable: it cannot be read, or its hash is not the expected one.
        """
        with temporary_file(self.folder / "files") as path:
            sha, size_bytes = copy_in(source, path, compressed=compressed)
            if expected and sha != expected:
                raise SourceUnreadable(str(source))
            make_private(self.file(sha).parent)
            path.replace(self.file(sha))
        return sha, size_bytes

    def is_whole(self, sha: str) -> bool:
        """Read a stored file back, and tell whether it has its hash."""
        with suppress(OSError):
            return hash_of(self.file(sha)) == sha
        return False

    def sizes(self) -> dict[str, int]:
        """Return the size of every stored file by its hash."""
        return {path.name: path.stat().st_size for path in (self.folder / "files").glob("*/*")}

    # -- backups -------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Return the backups' names, oldest first."""
        with suppress(FileNotFoundError):
            found = [path.stem for path in (self.folder / "backups").glob("*.json")]
            return sorted(name for name in found if NAME.fullmatch(name))
        return []

    def _list(self, name: str) -> Path:
        return self.folder / "backups" / f"{name}.json"

    def manifest(self, name: str) -> Manifest:
        try:
            return read_manifest(name, self._list(name).read_bytes())
        except OSError as error:
            raise BackupDamaged(
                "The list of the backup %(name)s cannot be read (%(why)s).",
                name=name,
                why=error.strerror,
            ) from error

    def manifests(self) -> Iterator[tuple[str, Manifest | None]]:
        """Yield all backups, oldest first; None stands for one whose list is damaged."""
        for name in self.names():
            found = None
            with suppress(BackupDamaged):
                found = self.manifest(name)
            yield name, found

    def find(self, at: str = "") -> tuple[str, Manifest]:
        """Return the newest backup whose name begins so."""
        chosen = [name for name in self.names() if name.startswith(at)]
        if not chosen:
            raise NotFound(
                "There is no such backup in %(folder)s: `%(curator)s backups` lists them.",
                folder=self.folder,
                curator=curator_command(),
            )
        return chosen[-1], self.manifest(chosen[-1])

    def finish(self, manifest: Manifest) -> str:
        """Make a backup of stored files, and return its name."""
        used = {self.file(file.sha256).parent for _, file in manifest.needs()}
        for folder in (*used, self.folder / "files"):
            sync_folder(folder)
        name, content = written(manifest)
        write_file(self._list(name), content)
        return name

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            self._list(name).unlink()
        sync_folder(self.folder / "backups")

    def remove_unused(self) -> None:
        """Remove the files of no backup; none while a list is damaged, whose files are not known."""
        used: set[str] = set()
        for _, manifest in self.manifests():
            if manifest is None:
                return
            used.update(file.sha256 for _, file in manifest.needs())
        for path in (self.folder / "files").glob("*/*"):
            if path.name not in used:
                path.unlink()
