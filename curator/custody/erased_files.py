"""Removes erased photos from the instance's files: pictures, caches, exports, and what runs say of them."""

import csv
import io
import json
import mmap
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curator.base.config import Config
from curator.base.instance import COPIES
from curator.base.moving import point
from curator.base.snapshots import database_files
from curator.base.store import Store
from curator.base.writing import PREFIX, put_in_place, sweep, sync_folder
from curator.custody.stored_files import hash_of, write_file
from curator.exports.exporting import LISTING
from faces.formats import BY_CODE

LEAVE = ("photos", "cache", "exports", COPIES, "key")  # treated in their own way
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".npy", ".npz")
Pattern = re.Pattern[bytes]
LONGEST_COMMON = 15  # characters: a longer text says whose it is wherever it stands
DATABASE = re.compile(rb"\A(?:SQLite format 3\0|\x37\x7f\x06[\x82\x83])")  # or its log of writes
WITH_PHOTOS = re.compile(b"data:image/jpeg")  # in a page
ERASED_NOTE = """\
Photos that were used here were erased at somebody's request. What named or showed them was removed from
these files, or the whole file was. The scores are those of then; they no longer recompute. The network was
trained with these photos and cannot forget them: train it again on a new export."""


@dataclass(frozen=True)
class ErasedPhoto:
    """A photo as files know it: by the hash of its file and by the first 16 digits of that of its pixels."""

    file_sha256: str
    format: str
    example: str


@dataclass(frozen=True)
class Traces:
    """By what a file in the instance tells of erased photos.

    Attributes:
        named: finds their hashes, names, addresses and keys.
        used: finds the hashes of exports that held them.
        names: of their files, some with the folders above.
        files: the SHA-256 of their files.
    """

    named: Pattern
    used: Pattern
    names: frozenset[str]
    files: frozenset[str]

    def is_of(self, path: Path) -> bool:
        """Tell whether a file is one of the photos, or is called like one."""
        if any(path.as_posix().endswith(f"/{name}") for name in self.names):
            return True
        with suppress(OSError):
            return path.suffix.lower() in PICTURES and hash_of(path) in self.files
        return False


@dataclass
class Removed:
    """What was removed, by path in the instance; `databases` are left to people."""

    photos: int = 0
    pictures: int = 0
    caches: int = 0
    copies: int = 0
    exports: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    databases: list[Path] = field(default_factory=list)


def remove_files(
    config: Config,
    photos: Sequence[ErasedPhoto],
    texts: Collection[str],
    exports: Sequence[tuple[Path, str]],
    removed: Removed,
) -> None:
    """Remove all that is left of photos; what is gone already is no error.

    Args:
        texts: names, addresses and keys that are of these photos alone.
        exports: the folders that hold them, each with its content hash.
    """
    _remove_photos(config, photos, removed)
    _remove_caches(config, photos, removed)
    _remove_copies(config, removed)
    for folder, content_hash in exports:
        _remove_export(config, folder, content_hash, removed)
    hashes = [digest for photo in photos for digest in (photo.example, photo.file_sha256)]
    _remove_unknown_exports(config, _any_of(hashes), removed)
    traces = Traces(
        named=_any_of([*hashes, *texts]),
        used=_any_of([content_hash for _, content_hash in exports]),
        names=frozenset(texts),
        files=frozenset(photo.file_sha256 for photo in photos),
    )
    _clean_results(config, traces, removed)
    _sync_folders(config.instance)


def _sync_folders(folder: Path) -> None:
    """Let no power cut bring back what was removed; the database is told after that."""
    for path, _, _ in os.walk(folder):
        sync_folder(Path(path))


def _remove_photos(config: Config, photos: Sequence[ErasedPhoto], removed: Removed) -> None:
    store = Store(config.instance)
    for photo in photos:
        paths = {store.photo(photo.file_sha256, photo.format)} if photo.format in BY_CODE else set()
        kept = config.instance / "photos" / photo.file_sha256[:2]
        lost = config.instance / "lost+found"
        paths |= {*kept.glob(f"{photo.file_sha256}*"), *lost.rglob(f"{photo.file_sha256}*")}
        removed.photos += sum(map(_unlink, paths))


def _remove_caches(config: Config, photos: Sequence[ErasedPhoto], removed: Removed) -> None:
    """Remove their pictures, and every cache that is made of all photos: it is made anew."""
    for folder in _entries(config.instance / "cache"):
        if not folder.name.startswith(("preview-", "redness-")):
            removed.caches += 1
            _remove(folder)
            continue
        for photo in photos:
            found = (folder / photo.file_sha256[:2]).glob(f"{photo.file_sha256}*")
            removed.pictures += sum(map(_unlink, found))


def _remove_copies(config: Config, removed: Removed) -> None:
    """Remove the databases as they were before upgrades: they still hold the rows."""
    for path in _entries(config.instance / COPIES):
        removed.copies += _unlink(path)


def _remove_export(config: Config, folder: Path, content_hash: str, removed: Removed) -> None:
    """Remove an export's folder, if it is still the one that was written there."""
    left = _leaving(folder)
    if left.exists():  # by an erasure that was cut short
        sweep([left])
        removed.exports.append(folder.name)
    with suppress(OSError, ValueError, LookupError, TypeError):
        if json.loads((folder / LISTING).read_bytes())["content_hash"] == content_hash:
            _remove_whole(folder)
            removed.exports.append(folder.name)
    latest = config.instance / "exports" / "latest"
    if latest.is_symlink() and not latest.exists():
        latest.unlink()


def _remove_whole(folder: Path) -> None:
    """Remove a folder under another name: what is left of it after a crash is known by that name alone."""
    put_in_place(folder, _leaving(folder))
    shutil.rmtree(_leaving(folder))


def _leaving(folder: Path) -> Path:
    return folder.with_name(PREFIX + folder.name)


def point_latest(config: Config, folders: Sequence[Path]) -> None:
    """Let `latest` lead to the newest export that is left, if it led to one that is gone."""
    latest = config.instance / "exports" / "latest"
    left = [folder for folder in folders if folder.is_dir()]
    if left and not os.path.lexists(latest):
        point(latest, left[0])


def _remove_unknown_exports(config: Config, named: Pattern, removed: Removed) -> None:
    """Remove exports that no row knows, if a photo is named there by its hash."""
    sweep((config.instance / "exports").glob(f"{PREFIX}*"))
    for folder in _entries(config.instance / "exports"):
        if not folder.is_symlink() and any(_has(path, named) for path in _files(folder)):
            _remove_whole(folder) if folder.is_dir() else _unlink(folder)
            removed.exports.append(folder.name)


def _clean_results(config: Config, traces: Traces, removed: Removed) -> None:
    """Clean the trainer's folders, and whatever else lies in the instance, of what names the photos."""
    own = {path.resolve() for path in database_files(config)}
    for top in _entries(config.instance):
        if top.name in LEAVE or top.resolve() in own or top.name.startswith(PREFIX):
            continue
        for folder in _entries(top) if top.is_dir() else [top]:
            changed = _clean(folder, traces, own, removed)
            if changed and folder.is_dir():
                _note(folder, changed)
            removed.results += [path.relative_to(config.instance).as_posix() for path in changed]


def _clean(folder: Path, traces: Traces, own: Collection[Path], removed: Removed) -> list[Path]:
    """Clean one run, comparison or file; return what was changed or removed.

    Of what was made from an export with the photos, all pictures go: which of them show the photos,
    their names do not tell. Another database is left to people: it may be all that somebody has.
    """
    files = [path for path in sorted(_files(folder)) if path.resolve() not in own]
    shows_photos = any(_has(path, traces.used) for path in files)
    changed = []
    for path in files:
        if _has(path, DATABASE):
            if _has(path, traces.named):
                removed.databases.append(path)
        elif traces.is_of(path) or (shows_photos and _is_pictured(path)):
            path.unlink(missing_ok=True)
            changed.append(path)
        elif _has(path, traces.named):
            _clean_file(path, traces.named)
            changed.append(path)
    return changed


def _is_pictured(path: Path) -> bool:
    return path.suffix.lower() in PICTURES or _has(path, WITH_PHOTOS)


def _note(folder: Path, changed: Sequence[Path]) -> None:
    """Say in the folder why it is no longer as it was written."""
    files = [f"- {path.relative_to(folder).as_posix()}" for path in changed]
    text = "\n".join((ERASED_NOTE, *files, ""))
    write_file(folder / "ERASED.txt", text.encode())


def _clean_file(path: Path, named: Pattern) -> None:
    """Take what names a photo out of a table or JSON; remove any other file."""
    clean = CLEANED.get(path.suffix)
    cleaned = clean(path.read_bytes(), named) if clean else None
    if cleaned is None or named.search(cleaned):
        path.unlink(missing_ok=True)
    else:
        write_file(path, cleaned)


def _table_without(content: bytes, named: Pattern) -> bytes | None:
    with suppress(ValueError, csv.Error):
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
        written = io.StringIO(newline="")
        ending = "\r\n" if b"\r\n" in content else "\n"
        writer = csv.writer(written, lineterminator=ending)
        writer.writerows(row for row in rows if not any(_names(cell, named) for cell in row))
        return written.getvalue().encode()
    return None


def _json_without(content: bytes, named: Pattern) -> bytes | None:
    with suppress(ValueError, RecursionError):
        return json.dumps(_pruned(json.loads(content), named), indent=2).encode()
    return None


def _pruned(value: Any, named: Pattern) -> Any:
    """Return a value without the members that name a photo themselves or in a value of their own."""
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if not _names(key, named)}
        return {key: _pruned(one, named) for key, one in kept.items() if not _names(one, named)}
    if isinstance(value, list):
        return [_pruned(one, named) for one in value if not _is_about(one, named)]
    return value


def _is_about(value: Any, named: Pattern) -> bool:
    own = value.values() if isinstance(value, dict) else [value]
    return any(_names(one, named) for one in own)


def _names(value: Any, named: Pattern) -> bool:
    return isinstance(value, str) and named.search(value.encode()) is not None


CLEANED = {".csv": _table_without, ".json": _json_without}


def _any_of(texts: Iterable[str]) -> Pattern:
    """Return what finds any text in bytes, as it is or as JSON writes it; nothing where there is none.

    A short text is found as a word of its own alone: `1.jpg`, not `11.jpg`.
    """
    forms = {form for text in texts if text for form in (text, json.dumps(text)[1:-1])}
    return re.compile(b"|".join(map(_as_pattern, sorted(forms))) or b"(?!)")


def _as_pattern(text: str) -> bytes:
    found = re.escape(text.encode())
    return found if len(text) > LONGEST_COMMON else rb"(?<![\w.-])" + found + rb"(?![\w-])"


def _has(path: Path, sought: Pattern) -> bool:
    """Tell whether a file holds a text; without reading it into memory, for networks are large."""
    with (
        suppress(OSError, ValueError),  # it is gone, or empty
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return sought.search(content) is not None
    return False


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, or the file; no links, which lead to others'."""
    if folder.is_symlink():
        return
    found = folder.rglob("*") if folder.is_dir() else [folder]
    yield from (path for path in found if path.is_file() and not path.is_symlink())


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(folder.iterdir())
    return []


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        _unlink(path)


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
