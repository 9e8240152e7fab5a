"""Reads dates as spreadsheets show them, where only one day can be meant."""

import re
from datetime import date

TIME = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?(?:Z| ?[+-]\d{2}:?\d{2})?)?"
YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.]) ?(\d{{1,2}})\2 ?(\d{{1,2}})\.?{TIME}", re.IGNORECASE)
YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.]) ?(\d{{1,2}})\2 ?(\d{{4}}){TIME}", re.IGNORECASE)
SERIAL = re.compile(r"\d{4,5}([.,]\d+)?")  # days since 1900 or 1904


class DateUnclear(ValueError):
    """No single day is meant; `reason` is a key of REASONS in the table's module."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_date(text: str) -> date:
    """Read a date; a time after it is passed over.

    Day and month are told apart only where one of them is over 12, or both are the same:
    spreadsheets of two countries would write the other day in the same way.

    Raises:
        DateUnclear: day and month may be swapped, it is a number of days, or no date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    if found := YEAR_FIRST.fullmatch(text):
        return _date(int(found[1]), int(found[3]), int(found[4]))
    if found := YEAR_LAST.fullmatch(text):
        return _day_and_month(int(found[1]), int(found[3]), int(found[4]))
    raise DateUnclear("serial" if SERIAL.fullmatch(text) else "unknown")


def _day_and_month(first: int, second: int, year: int) -> date:
    if first == second or second > 12:
        return _date(year, first, second)
    if first > 12:
        return _date(year, second, first)
    raise DateUnclear("swapped")


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise DateUnclear("unknown") from None
