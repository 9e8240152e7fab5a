"""The epochs of a training: one row each, written as history.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from trainer.files import write_whole


@dataclass(frozen=True)
class HistoryRow:
    """One epoch: loss and accuracy on the training views and on the validation photos."""

    phase: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    is_best: bool = False


def kept_row(history: Sequence[HistoryRow]) -> HistoryRow:
    """Return the epoch whose weights were kept: the best of the last phase that improved."""
    return [row for row in history if row.is_best][-1]


def write_history(file: Path, rows: Sequence[HistoryRow]) -> None:
    """Write one line per epoch."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(field.name for field in fields(HistoryRow))
    writer.writerows(astuple(row) for row in rows)
    write_whole(file, table.getvalue().encode())
