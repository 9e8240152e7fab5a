"""Other tools' tables, also as spreadsheets save them again: their delimiter, header and rows."""

import csv
import io
from collections.abc import Iterator

from curator.base.csv_table import DECLARED

DELIMITERS = (",;\t", "|^")  # the second only where there is none of the first: texts have them


def header_of(start: str) -> list[str]:
    """Return the columns' names in a text that may break off after them; empty if there are none."""
    return next(_read(start, strict=False), [])


def rows_in(text: str) -> Iterator[list[str]]:
    """Yield a table's rows that are not blank, the header first.

    Raises:
        csv.Error
    """
    return (row for row in _read(text, strict=True) if any(row))


def records_in(text: str) -> Iterator[dict[str, str]]:
    """Yield a table's rows by the columns' names, a short row with empty cells.

    Raises:
        csv.Error
    """
    rows = rows_in(text)
    header = next(rows, [])
    for row in rows:
        yield dict(zip(header, [*row, *[""] * len(header)], strict=False))


def _read(text: str, *, strict: bool) -> Iterator[list[str]]:
    body = text.removeprefix("\ufeff")
    declared = DECLARED.match(body)
    body = body[declared.end() :] if declared else body
    delimiter = declared[1] if declared else _delimiter(body.partition("\n")[0])
    return csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=strict)


def _delimiter(header: str) -> str:
    most = (max(group, key=header.count) for group in DELIMITERS)
    return next((one for one in most if one in header), ",")
