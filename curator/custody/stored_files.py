"""Files on their way into a folder of backups and out of it: hashed, compressed, brought to the disk."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import zstandard

from curator.base.progress import Progress, untold
from curator.base.writing import make_private, put_in_place, temporary_file

CHUNK_BYTES = 1 << 20
THREADS = 8  # most of the time is spent waiting for the disk
LEVEL = 3  # of compression: docs/decisions.md#backup-compression
Item = TypeVar("Item")
Done = TypeVar("Done")


class SourceUnreadable(Exception):
    """A file cannot be read, or is not what its name says."""


def write_chunk(handle: int, chunk: bytes) -> None:
    """Write all bytes: the one place where files of a backup and of a restored instance are written."""
    left = memoryview(chunk)
    while left:
        left = left[os.write(handle, left) :]


def write_file(final: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all, and stays."""
    with temporary_file(final.parent) as path:
        with _opened(path) as handle:
            write_chunk(handle, content)
            _settle(handle)
        put_in_place(path, final)


def copy_in(source: Path, path: Path, *, compressed: bool = False) -> tuple[str, int]:
    """Copy a file, and return the hash and the size of what was written; SourceUnreadable."""
    digest, size_bytes = hashlib.sha256(), 0
    with _opened(path) as handle:
        for chunk in _compressed(source) if compressed else _chunks(source):
            digest.update(chunk)
            size_bytes += len(chunk)
            write_chunk(handle, chunk)
        _settle(handle)
    return digest.hexdigest(), size_bytes


def copy_out(source: Path, sha: str, final: Path, *, compressed: bool = False) -> bool:
    """Copy a stored file and read the copy back; tell whether what it held has the hash both times."""
    make_private(final.parent)
    digest = hashlib.sha256()
    try:
        with _opened(final, os.O_CREAT) as handle:
            for chunk in _decompressed(source) if compressed else _chunks(source):
                digest.update(chunk)
                write_chunk(handle, chunk)
            _settle(handle)
    except (SourceUnreadable, zstandard.ZstdError):
        return False
    return digest.hexdigest() == sha == hash_of(final)


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def in_parallel(
    act: Callable[[Item], Done], items: Sequence[Item], progress: Progress = untold
) -> list[Done]:
    """Return what came of each item, in order; the first error ends all."""
    found = []
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            for done in threads.map(act, items):
                found.append(done)
                progress(len(found), len(items))
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    return found


def _chunks(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise SourceUnreadable(str(source)) from error


def _compressed(source: Path) -> Iterator[bytes]:
    press = zstandard.ZstdCompressor(level=LEVEL).compressobj()
    for chunk in _chunks(source):
        yield press.compress(chunk)
    yield press.flush()


def _decompressed(source: Path) -> Iterator[bytes]:
    press = zstandard.ZstdDecompressor().decompressobj()
    for chunk in _chunks(source):
        yield press.decompress(chunk)


@contextmanager
def _opened(path: Path, mode: int = 0) -> Iterator[int]:
    handle = os.open(path, os.O_WRONLY | os.O_TRUNC | mode, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _settle(handle: int) -> None:
    """Bring a file to the disk and out of memory, so that it is read back from the disk."""
    os.fsync(handle)
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
