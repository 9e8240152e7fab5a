"""Reads a CSV table of ratings into entries, and imports it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from curator.base.csv_table import read_table
from curator.base.db import Sessions
from curator.base.errors import RegionInvalid
from curator.base.table_text import guessed_lines
from curator.photos.person_codes import SimilarCodes
from curator.ratings.attributes import attributes
from curator.ratings.entries import Entry, TableResult, rate_entries
from curator.ratings.outlines import Outline
from curator.ratings.regions import parse_points

REQUIRED = {"file", "label"}


def columns() -> set[str]:
    codes = {attribute.code for attribute in attributes()}
    return REQUIRED | codes | {"person", "region", "note"}


def rate_table(
    sessions: Sessions,
    path: Path,
    rater: str,
    *,
    skip_bad: bool = False,
    similar_codes: SimilarCodes = SimilarCodes.ASK,
    understood: Callable[[Iterable[Entry]], Sequence[Entry]] = list,
) -> TableResult:
    """Import a CSV of ratings; nothing is written if a row is bad, unless `skip_bad`.

    Args:
        understood: returns entries in the study's words.
    """
    entries = understood(read_ratings(path))
    result = rate_entries(sessions, entries, rater, skip_bad=skip_bad, similar_codes=similar_codes)
    return replace(result, guessed_lines=guessed_lines(path))


def read_ratings(path: Path) -> Iterator[Entry]:
    """Yield a table's rows.

    Columns: file and label; person, the study's attributes, region (pixels of the upright photo), note.
    """
    for line, cells in read_table(path, REQUIRED, columns()):
        entry = Entry(
            line,
            cells["file"],
            cells["label"],
            {a.code: cells[a.code] for a in attributes() if cells.get(a.code)},
            person=cells.get("person", ""),
            note=cells.get("note", ""),
        )
        yield _with_region(entry, cells.get("region", ""))


def _with_region(entry: Entry, text: str) -> Entry:
    try:
        return replace(entry, outline=Outline(parse_points(text))) if text else entry
    except RegionInvalid as problem:
        return replace(entry, problem=problem)
