"""Which backups are kept, and until when. Pure: knows dates alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True)
class Retention:
    """Of so many days, weeks and months in which there are backups the newest of each is kept."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 6


Period = Callable[[datetime], tuple[int, ...]]
PERIODS: dict[str, Period] = {
    "daily": lambda at: (at.year, at.month, at.day),
    "weekly": lambda at: at.isocalendar()[:2],
    "monthly": lambda at: (at.year, at.month),
}


def kept(times: Iterable[datetime], keep: Retention) -> set[datetime]:
    """Return the backups to keep, the newest among them whatever the numbers are."""
    newest_first = sorted(times, reverse=True)
    found = set(newest_first[:1])
    for name, period in PERIODS.items():
        newest = {period(at): at for at in reversed(newest_first)}
        found |= set(sorted(newest.values(), reverse=True)[: getattr(keep, name)])
    return found


def pruned_on(times: Iterable[datetime], keep: Retention, today: date) -> dict[datetime, date]:
    """Return the day on which each backup is removed, if one is made on every day from tomorrow on.

    Without new backups none is removed, so that a pause loses nothing.
    """
    waiting, present = set(times), set(times)
    found: dict[datetime, date] = {}
    day = max([today, *(at.date() for at in waiting)])
    while waiting:
        day += timedelta(days=1)
        present = kept(present | {datetime.combine(day, time.max)}, keep)
        found |= dict.fromkeys(waiting - present, day)
        waiting &= present
    return found
