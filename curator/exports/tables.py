"""Writes an export's rows as tables that pandas and spreadsheets read as they are meant."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from curator.base.spreadsheets import spreadsheet
from curator.exports.manifest import (
    NOT_RECORDED,
    NUMBERS,
    Example,
    by_split,
    column_names,
    row_of,
)

Cell = str | int
# What pandas reads as a missing value unless told otherwise.
MISSING = {
    *("NA", "N/A", "n/a", "<NA>", "#NA", "#N/A", "#N/A N/A", "NULL", "null", "None"),
    *("NaN", "nan", "-NaN", "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
}
TRUTHS = ("true", "false")


def write_csv(folder: Path, _facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write examples.csv, and dtypes.json with the kind of each column."""
    rows = [row_of(example) for example in examples]
    (folder / "examples.csv").write_bytes(_table(column_names(), rows))
    dtypes = {name: "int64" if name in NUMBERS else "str" for name in column_names()}
    (folder / "dtypes.json").write_bytes(f"{json.dumps(dtypes, indent=2)}\n".encode())


def write_imagefolder(folder: Path, _facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write metadata.csv into the folder of each split that has photos."""
    for split, members in by_split(examples):
        rows = [_metadata(example) for example in members]
        (folder / split / "metadata.csv").write_bytes(_table(rows[0], _as_text(rows)))


def _metadata(example: Example) -> dict[str, Cell]:
    """Return a row whose picture is named from the folder of its split."""
    row = row_of(example)
    named = {"file_name": str(row.pop("file")).partition("/")[2]}
    return {**named, **{name: _recorded(cell) for name, cell in row.items()}}


def _recorded(cell: Cell) -> Cell:
    """Return a cell that is never missing: a column that is empty in one split only would be no text there."""
    if cell == "":
        return NOT_RECORDED
    return f"'{cell}" if cell in MISSING else cell


def _as_text(rows: Sequence[dict[str, Cell]]) -> list[dict[str, Cell]]:
    """Keep each column of text one: pandas tells a column's kind by its cells, file by file."""
    mistaken = {
        name
        for name in rows[0]
        if name not in NUMBERS and not any(_is_surely_text(str(row[name])) for row in rows)
    }
    return [
        {name: f"'{cell}" if name in mistaken else cell for name, cell in row.items()}
        for row in rows
    ]


def _is_surely_text(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lower() not in TRUTHS
    return False


def _table(head: Iterable[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    return spreadsheet(head, (row.values() for row in rows)).encode()
