"""Counts the looks at an export's test photos in a ledger, a file beside the export.

Each look may influence a later choice, which inflates scores: the report says how many there were.
"""

import csv
import fcntl
from datetime import UTC, datetime
from pathlib import Path

from trainer.config import RunConfig
from trainer.errors import LedgerUnwritable
from trainer.exports.manifest import Export

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
        with ledger_file(export).open(encoding="utf-8", newline="") as handle:
            return max(sum(1 for _ in csv.reader(handle)) - 1, 0)
    except FileNotFoundError:
        return 0


def record_look(export: Export, run: str, config: RunConfig, note: Path) -> int:
    """Record a run's look at the test photos and return how many there are now.

    Args:
        note: a file of the run that records its look, so that a resumed run counts once.

    Raises:
        LedgerUnwritable: it cannot be written, so the photos must not be looked at.
    """
    if note.exists():
        return int(note.read_text())
    file = ledger_file(export)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with file.open("a+", encoding="utf-8", newline="") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            handle.seek(0)
            looks = sum(1 for _ in csv.reader(handle)) - 1
            writer = csv.writer(handle, lineterminator="\n")
            if looks < 0:
                writer.writerow(COLUMNS)
            row = (when, run, config.arch, config.recipe, config.seed, export.content_hash)
            writer.writerow(row)
        note.write_text(str(max(looks, 0) + 1))
        return max(looks, 0) + 1
    except OSError as error:
        raise _unwritable(export, error) from error


def _unwritable(export: Export, error: OSError) -> LedgerUnwritable:
    return LedgerUnwritable(
        f"looks at the test photos are counted in {ledger_file(export)}, which cannot be written "
        f"({error.strerror}): make the folder writable, or copy the export and name it with --data"
    )
