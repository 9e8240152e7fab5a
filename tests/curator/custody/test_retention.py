"""Which backups are kept: of days, weeks and months the newest, and until when."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.custody.retention import Retention, kept, pruned_on

NIGHT = timedelta(hours=2)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def nightly(first: str, days: int) -> list[datetime]:
    return [at(first) + NIGHT + timedelta(days=day) for day in range(days)]


def days_of(times: set[datetime]) -> list[str]:
    return sorted(time.date().isoformat() for time in times)


@pytest.mark.parametrize(
    ("times", "keep", "days"),
    [
        ([], Retention(), []),
        # Of a year of nights: 7 days, the Sundays of 4 weeks, the last days of 6 months.
        (
            nightly("2026-01-01", 365),
            Retention(),
            [
                *("2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30"),
                *("2026-12-13", "2026-12-20", "2026-12-25", "2026-12-26", "2026-12-27"),
                *("2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31"),
            ],
        ),
        (nightly("2026-03-01", 3), Retention(2, 0, 0), ["2026-03-02", "2026-03-03"]),
        (nightly("2026-03-01", 3), Retention(0, 0, 0), ["2026-03-03"]),
        # The ISO week 2026-W53 has days of two years and is one week.
        (nightly("2026-12-28", 7), Retention(0, 9, 0), ["2027-01-03"]),
        # A pause loses nothing: days without a backup do not count.
        (
            [at("2025-01-01"), at("2025-01-02"), at("2026-06-01")],
            Retention(3, 0, 0),
            ["2025-01-01", "2025-01-02", "2026-06-01"],
        ),
    ],
)
def test_kept_are_the_newest_of_days_weeks_and_months(
    times: list[datetime], keep: Retention, days: list[str]
) -> None:
    assert days_of(kept(times, keep)) == days


def test_of_one_day_the_newest_is_kept() -> None:
    morning, evening = at("2026-03-01T08:00"), at("2026-03-01T20:00")
    assert kept([evening, morning], Retention()) == {evening}


@pytest.mark.parametrize(
    ("time", "keep", "day"),
    [
        # A Wednesday: out of the days after seven, since its week and month end later.
        ("2026-07-15", Retention(), "2026-07-22"),
        # A Sunday: the newest of its week until four later ones are.
        ("2026-07-12", Retention(), "2026-08-03"),
        ("2026-07-31", Retention(), "2027-01-01"),
        ("2026-07-31", Retention(0, 0, 0), "2026-08-01"),
    ],
)
def test_the_day_of_removal_is_foretold(time: str, keep: Retention, day: str) -> None:
    assert pruned_on([at(time)], keep, at(time).date()) == {at(time): date.fromisoformat(day)}


@given(
    st.sets(st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1)), min_size=1, max_size=12),
    st.builds(Retention, *(st.integers(0, 8) for _ in range(3))),
)
def test_what_is_foretold_comes_true(times: set[datetime], keep: Retention) -> None:
    today = max(times).date()
    present, foretold = set(times), pruned_on(times, keep, today)
    for day in range(1, (max(foretold.values()) - today).days + 1):
        now = datetime.combine(today + timedelta(days=day), datetime.min.time()) + NIGHT
        present = kept(present | {now}, keep)
        for time in times:
            assert (time in present) == (now.date() < foretold[time])
