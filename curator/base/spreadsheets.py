"""Tables for people: CSV in which no spreadsheet computes a cell; what programs read back is written elsewhere."""

import csv
import io
from collections.abc import Iterable

Cell = str | int | float
# How a cell begins that a spreadsheet would compute, as OWASP lists them; East Asia's take full width, too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def spreadsheet(head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """Write a table: numbers stay numbers, and all text is quoted.

    A spreadsheet that parts cells by `;` would otherwise find a formula behind one.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(head)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def harmless(cell: Cell) -> Cell:
    """Put an apostrophe before text that a spreadsheet would compute."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
