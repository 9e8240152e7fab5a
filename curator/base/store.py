"""Stores photo files and previews by content hash; files appear whole or not at all."""

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE, S_ISLNK
from typing import IO

from curator.base.seals import sealed
from curator.base.writing import PREFIX, make_private, put_in_place, sweep, temporary_file
from faces.decoding import READING
from faces.formats import BY_CODE

REDNESS = 2  # counts the ways to draw redness: increase it when curator.photos.redness changes
WRITTEN_IN = (
    "",
    "backups/",
    "exports/",
    "photos/*/",
    "cache/",
    "cache/*/",
    "cache/*/*/",
)  # temporary files
# How the folders of cached pictures end; those that end otherwise are older.
ENDINGS = {"preview": f"-r{READING}", "redness": f"-s{REDNESS}-r{READING}"}


def write_file(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write a file through `replacing`."""
    with replacing(path, lasting=lasting) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, *, lasting: bool = True) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces the path once it is written; create private folders.

    Args:
        lasting: flush to disk; files that can be rebuilt need not survive a power cut.
    """
    make_private(path.parent)
    with temporary_file(path.parent) as written:
        with written.open("wb") as file:
            yield file
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        put_in_place(written, path) if lasting else written.replace(path)


@contextmanager
def replacing_text(path: Path) -> Iterator[IO[str]]:
    """Open a temporary text file through `replacing`; lines end as they are written."""
    with replacing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        yield text
        text.detach()  # flushed; the file is still to be synced


@dataclass(frozen=True)
class Store:
    """The files of one instance; `sha` is always the photo file's SHA-256 in hex."""

    instance: Path

    def photo(self, sha: str, file_format: str) -> Path:
        ending = BY_CODE[file_format].endings[0]
        return self.instance / "photos" / sha[:2] / f"{sha}.{ending}"

    def preview(self, sha: str, longest_side_px: int) -> Path:
        return self._pictures("preview", longest_side_px) / sha[:2] / f"{sha}.jpg"

    def redness(self, sha: str, longest_side_px: int, face: str = "") -> Path:
        """Return where the redness is cached that is drawn for a face, or for none."""
        return self._pictures("redness", longest_side_px) / sha[:2] / f"{sha}{face}.jpg"

    def keypoint_index(self, recipe: int) -> Path:
        return self.instance / "cache" / f"keypoints-{recipe}.npz"

    def add_photo(self, sha: str, file_format: str, content: bytes) -> None:
        path = self.photo(sha, file_format)
        if not path.exists():
            write_file(path, content)

    def add_preview(self, sha: str, longest_side_px: int, content: bytes) -> None:
        write_file(self.preview(sha, longest_side_px), sealed(content), lasting=False)

    def remove_photo(self, sha: str, file_format: str) -> None:
        """Remove a photo's file and all pictures made of it."""
        pictures = (self.instance / "cache").glob(f"*/{sha[:2]}/{sha}*.jpg")
        for path in (self.photo(sha, file_format), *pictures):
            path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what killed processes were writing."""
        for folder in WRITTEN_IN:
            sweep(self.instance.glob(f"{folder}{PREFIX}*"))

    def keep_private(self) -> None:
        """Take what an earlier version, or another program, left open to others from them."""
        for path in self.instance.rglob("*"):
            mode = path.lstat().st_mode
            if not S_ISLNK(mode) and mode & 0o077:
                with suppress(
                    PermissionError
                ):  # it is somebody else's; the folder is closed anyway
                    path.chmod(S_IMODE(mode) & 0o700)

    def remove_older_pictures(self) -> None:
        """Remove the cached pictures that another way of reading or drawing made."""
        for kind, ending in ENDINGS.items():
            for folder in (self.instance / "cache").glob(f"{kind}-*"):
                if not folder.name.endswith(ending):
                    shutil.rmtree(folder)

    def _pictures(self, kind: str, longest_side_px: int) -> Path:
        return self.instance / "cache" / f"{kind}-{longest_side_px}{ENDINGS[kind]}"
