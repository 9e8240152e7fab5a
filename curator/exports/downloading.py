"""Hands an export out as one zip file that is made while it is sent: none is stored, and none held in memory."""

import json
import os
import stat
import zipfile
from collections.abc import ItemsView, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import ExportUnavailable, NotFound
from curator.base.events import Action, record
from curator.base.models.exports import Export, ExportMember
from curator.base.models.photos import Photo
from curator.base.moving import found_path
from curator.base.reach import WIDELY_EXCLUDED

CHUNK_BYTES = 1 << 18
# Bytes of a zip file beside content and names: before and after each entry, in the directory, at the end.
HEADER, DESCRIPTOR, IN_DIRECTORY, END = 30, 16, 46, 22


@dataclass(frozen=True)
class Entry:
    """A file or folder of the export; `name` is its path in the zip file, with a slash at a folder's end."""

    name: str
    path: Path
    size_bytes: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


@dataclass(frozen=True)
class Download:
    """A zip file to be sent; `size_bytes` is None for one so large that its form is another."""

    name: str
    size_bytes: int | None
    chunks: Iterator[bytes]


def download_export(sessions: Sessions, config: Config, export_id: int, *, actor: str) -> Download:
    """Record the download of an export and return its folder as a zip file.

    Iterating the chunks raises ExportUnavailable or OSError if the folder changes meanwhile.

    Raises:
        NotFound: there is no such export.
        ExportUnavailable: it holds excluded photos, or its folder is not as it was written.
    """
    with reading(sessions) as session:
        export = session.get(Export, export_id)
        if export is None:
            raise NotFound("There is no such export.")
        _refuse_excluded(session, export)
    folder = found_path(config.instance, export.path)
    entries = _entries(folder, export.name, export.counts["total"])
    with sessions.begin() as session:
        after = {"name": export.name, "files": sum(not entry.is_folder for entry in entries)}
        record(session, actor, Action.EXPORT_DOWNLOADED, "export", export_id, after=after)
    size_bytes = _zip_bytes(entries)
    return Download(f"{export.name}.zip", size_bytes, _zipped(entries, export.created_at))


def _refuse_excluded(session: Session, export: Export) -> None:
    """Refuse to spread photos that were excluded for their person or content since."""
    held = exists().where(ExportMember.export_id == export.id, ExportMember.photo_id == Photo.id)
    if session.scalar(select(Photo.id).where(WIDELY_EXCLUDED, held).limit(1)):
        raise ExportUnavailable(
            "%(name)s holds photos that were excluded since for their person or content: "
            "export again, download that one, and delete this one's folder.",
            name=export.name,
        )


def _entries(folder: Path, name: str, images: int) -> list[Entry]:
    """List an export's files and folders, sorted; symbolic links and other things are refused."""
    try:
        found = sorted(_walk(folder, f"{name}/"), key=lambda entry: entry.name)
        listed = _listed(folder)
    except (OSError, ValueError, AttributeError) as error:
        raise _gone(folder) from error
    sizes = {entry.name.partition("/")[2]: entry.size_bytes for entry in found}
    pictures = sum(entry.name.endswith(".png") for entry in found)
    is_whole = (
        pictures >= images and "examples.csv" in sizes
        if listed is None
        else listed <= sizes.items()
    )
    if not is_whole:
        raise _gone(folder)
    return found


def _listed(folder: Path) -> ItemsView[str, int] | None:
    """Return the files that dataset.json lists with their bytes; None if its format lists none."""
    handle = os.open(folder / "dataset.json", os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        files = json.load(file).get("files")
    return None if files is None else files.items()


def _walk(folder: Path, name: str) -> Iterator[Entry]:
    if folder.is_symlink():
        raise _foreign(folder)
    yield Entry(name, folder, 0)
    with os.scandir(folder) as found:
        for one in found:
            path, facts = Path(one.path), one.stat(follow_symlinks=False)
            if stat.S_ISDIR(facts.st_mode):
                yield from _walk(path, f"{name}{one.name}/")
            elif stat.S_ISREG(facts.st_mode) and one.name.isprintable():
                yield Entry(f"{name}{one.name}", path, facts.st_size)
            else:
                raise _foreign(path)


def _foreign(path: Path) -> ExportUnavailable:
    return ExportUnavailable(
        "%(path)s is a link or another thing that no export holds: delete it, or export again.",
        path=os.fsencode(path).decode(errors="replace"),
    )


def _gone(folder: Path) -> ExportUnavailable:
    return ExportUnavailable(
        "The export is no longer whole in %(folder)s: it was moved, deleted or changed. Export again.",
        folder=folder,
    )


def _zip_bytes(entries: Sequence[Entry]) -> int | None:
    """Return how long the zip file will be, which tells a browser how far it is and if it broke off."""
    total = END
    for entry in entries:
        total += HEADER + IN_DIRECTORY + 2 * len(entry.name.encode()) + entry.size_bytes
        total += 0 if entry.is_folder else DESCRIPTOR
    is_plain = total < zipfile.ZIP64_LIMIT and len(entries) < zipfile.ZIP_FILECOUNT_LIMIT
    return total if is_plain else None


class _Outlet:
    """What the zip file is written to: keeps the bytes until they are taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _zipped(entries: Sequence[Entry], made_at: datetime) -> Iterator[bytes]:
    outlet = _Outlet()
    with zipfile.ZipFile(cast(IO[bytes], outlet), "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, made_at.timetuple()[:6])
            info.external_attr = (0o600 if not entry.is_folder else 0o40700) << 16
            if entry.is_folder:
                info.CRC = 0  # which mkdir leaves out
                archive.mkdir(info)
                continue
            info.file_size = entry.size_bytes  # a large one needs the other form
            with archive.open(info, "w") as target:
                for chunk in _content(entry):
                    target.write(chunk)
                    yield outlet.take()
    yield outlet.take()


def _content(entry: Entry) -> Iterator[bytes]:
    """Read a file as it was listed."""
    handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        left = entry.size_bytes
        while chunk := file.read(CHUNK_BYTES):
            left -= len(chunk)
            yield chunk
    if left:
        raise _gone(entry.path)
