"""Reads a table of consent: a row for each person or source."""

from datetime import date
from pathlib import Path

from curator.base.csv_table import UNCLEAR, read_table
from curator.base.dates import DateUnclear, read_date
from curator.base.errors import CuratorError, InputInvalid
from curator.photos.consents import Whose, Word, checked_word

COLUMNS = {"person", "source", "state", "document", "date", "scope"}


def read_consents(path: Path) -> list[tuple[Whose, Word]]:
    """Return what a table says, each row checked.

    Raises:
        InputInvalid: it names the line, and what is wrong there.
    """
    found: dict[Whose, Word] = {}
    for line, cells in read_table(path, {"state"}, COLUMNS):
        try:
            whose, word = _whose(cells), checked_word(_word(cells))
            if whose in found:
                raise InputInvalid("%(whose)s has an earlier row.", whose=whose.value)
        except CuratorError as why:
            raise InputInvalid(
                "%(path)s, line %(line)s: %(why)s", path=path, line=line, why=why
            ) from None
        found[whose] = word
    return [*found.items()]


def _whose(cells: dict[str, str]) -> Whose:
    named = [Whose(kind, cells[kind]) for kind in ("person", "source") if cells.get(kind)]
    if len(named) != 1:
        raise InputInvalid("Name a person or a source.")
    return named[0]


def _word(cells: dict[str, str]) -> Word:
    given = {name: cells.get(name, "") for name in ("document", "scope")}
    return Word(cells["state"].lower(), dated=_day(cells.get("date", "")), **given)


def _day(text: str) -> date | None:
    try:
        return read_date(text) if text else None
    except DateUnclear as unclear:
        raise InputInvalid(
            "the date is %(given)r (%(why)s); write a date like 2026-11-23.",
            given=text,
            why=UNCLEAR[unclear.reason],
        ) from None
