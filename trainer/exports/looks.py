"""Counts the looks at an export's test photos in a ledger, a file beside the export.

Each look may influence a later choice, which inflates scores: the report says how many there were.
"""

import csv
import errno
import fcntl
import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from trainer.config import RunConfig
from trainer.errors import LedgerUnwritable
from trainer.exports.manifest import Export
from trainer.files import write_whole

COLUMNS = ("when_utc", "run", "arch", "recipe", "seed", "content_hash")


def ledger_file(export: Export) -> Path:
    """Return the ledger of an export, which lies beside it: an export never changes."""
    folder = export.path.resolve()
    return folder.with_name(f"{folder.name}.test-looks.csv")


def check_ledger(export: Export) -> None:
    """Refuse to train if the look could not be recorded afterwards.

    Raises:
        LedgerUnwritable: the folder of the exports cannot be written.
    """
    try:
        with ledger_file(export).open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise _unwritable(export, error) from error


def count_looks(export: Export) -> int:
    """Count the looks so far."""
    try:
        return len(_rows(ledger_file(export).read_bytes()))
    except FileNotFoundError:
        return 0


def record_look(export: Export, run: str, config: RunConfig, note: Path) -> int:
    """Record a run's look at the test photos and return how many there are now.

    Args:
        note: a file of the run that records its look, so that a resumed run counts once.

    Raises:
        LedgerUnwritable: it cannot be written, so the photos must not be looked at.
    """
    if found := _noted(note):
        return found
    when = datetime.now(UTC).isoformat(timespec="seconds")
    row = (when, run, config.arch, config.recipe, config.seed, export.content_hash)
    try:
        with ledger_file(export).open("a+b", buffering=0) as ledger:
            fcntl.flock(ledger, fcntl.LOCK_EX)
            ledger.seek(0)
            return _append(ledger, row, note)
    except OSError as error:
        raise _unwritable(export, error) from error


def _noted(note: Path) -> int | None:
    """Read the number of a run's look; None if there is none, or an empty or damaged note."""
    try:
        return int(note.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _append(ledger: FileIO, row: Sequence[object], note: Path) -> int:
    """Add a look to the ledger and note it in the run, both or neither."""
    before = ledger.read()
    earlier = _rows(before)
    if (
        note.exists()
    ):  # but empty, as a full disk left it in an earlier version: the look was counted
        same = [at for at, one in enumerate(earlier, 1) if one[1:] == [str(x) for x in row[1:]]]
        if same:
            write_whole(note, str(same[-1]).encode())
            return same[-1]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([*([] if before else [COLUMNS]), row])
    added = text.getvalue().encode()
    try:
        if ledger.write(added) != len(added):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(ledger.fileno())
        write_whole(note, str(len(earlier) + 1).encode())
    except BaseException:
        ledger.truncate(len(before))
        raise
    return len(earlier) + 1


def _rows(ledger: bytes) -> list[list[str]]:
    """Return the looks in a ledger, without the names of its columns."""
    return list(csv.reader(io.StringIO(ledger.decode("utf-8", "replace"), newline="")))[1:]


def _unwritable(export: Export, error: OSError) -> LedgerUnwritable:
    return LedgerUnwritable(
        f"looks at the test photos are counted in {ledger_file(export)}, which cannot be written "
        f"({error.strerror}): make the folder writable, or copy the export and name it with --data"
    )
