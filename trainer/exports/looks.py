"""Counts how often the test photos of an export were looked at, in a file beside the export.

Each look lets a choice lean on the test split, so that scores grow too good: the report says how many there were.
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
    """Name the ledger of an export: beside it, since nothing in an export is changed."""
    folder = export.path.resolve()
    return folder.with_name(f"{folder.name}.test-looks.csv")


def check_ledger(export: Export) -> None:
    """Refuse to train where no look could be written down afterwards.

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
    """Write a run's look at the test photos down and return how many there are now.

    Args:
        note: a file of the run that remembers its look, so that a resumed run has one, not two.

    Raises:
        LedgerUnwritable: it cannot be written, so that the look must not be taken.
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
