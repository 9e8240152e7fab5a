"""Caches what the search for leaks found: an export never changes, and searching it takes longer than training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import copies
import trainer.images.photos
import trainer.leaks
from trainer.caches import cache_folder, keep
from trainer.errors import DiskFull, FileGone, FolderUnwritable
from trainer.exports.manifest import Export
from trainer.leaks.search import Leak, Partition, find_leaks

PACKAGES = (copies, trainer.leaks)  # whose code decides what is found


def cached_leaks(export: Export, across: Partition = "split") -> list[Leak]:
    """Find the leaks of an export with `find_leaks`, or return what it found before.

    Reading an export compares each file with its hash, so that what was kept for those hashes
    holds for the files.
    """
    file = cache_folder("leaks") / f"{_digest(export, across)}.json"
    leaks = _read(file, export)
    if leaks is None:
        leaks = find_leaks(export, across)
        rows = [(leak.first.id, leak.second.id, leak.correlation) for leak in leaks]
        with suppress(FolderUnwritable, DiskFull, FileGone):  # the finding counts, not its keeping
            keep(file, json.dumps({"leaks": rows}).encode())
    return leaks


def _read(file: Path, export: Export) -> list[Leak] | None:
    """Read the cached leaks; None if there are none or the file is damaged."""
    examples = {example.id: example for example in export.examples}
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["leaks"]
        return [Leak(examples[one], examples[other], float(alike)) for one, other, alike in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(export: Export, across: Partition) -> str:
    """Hash everything the search depends on, its own code included."""
    rows = [
        (one.id, one.sha256, one.pixel_sha256, str(getattr(one, across))) for one in export.examples
    ]
    code = [file.read_text(encoding="utf-8") for file in _code()]
    seen = json.dumps([across, export.crop.fill_rgb, rows, code])
    return hashlib.sha256(seen.encode()).hexdigest()[:32]


def _code() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(Path(package.__path__[0]).glob("*.py"))
    yield Path(trainer.images.photos.__file__)
