"""Working days 工作日: statutory limits count them without public holidays (行政许可法 Art. 82).

A period starts on the day after the event (公安机关办理行政案件程序规定 Art. 35). The days off and the
weekend days worked instead come from the State Council's yearly notices, as data in `calendar.toml`. A year
without a notice is unknown: every answer that would need it is None, never a guess.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

_ONE_DAY = timedelta(days=1)


class Year(NamedTuple):
    """One year's notice: days off, weekend days worked instead, the count of working days, and the source."""

    days_off: frozenset[date]
    working_weekend_days: frozenset[date]
    working_days: int
    source: str


@cache
def years() -> dict[int, Year]:
    """All known years, read from `calendar.toml` on the first call."""
    with Path(__file__).with_name("calendar.toml").open("rb") as file:
        rows = tomllib.load(file)["year"]
    return {
        row["year"]: Year(
            frozenset(row["days_off"]),
            frozenset(row["working_weekend_days"]),
            row["working_days"],
            row["source"],
        )
        for row in rows
    }


def is_working_day(day: date) -> bool | None:
    """Whether public bodies work on this day; None for a year without a notice."""
    # A moment has no date without a time zone, and it would never equal a date of the table.
    if isinstance(day, datetime):
        raise TypeError("a date wanted, not a datetime")
    year = years().get(day.year)
    if year is None:
        return None
    return day in year.working_weekend_days or (day.weekday() < 5 and day not in year.days_off)


def add_working_days(start: date, n: int) -> date | None:
    """The n-th working day after `start`, which is not counted; 0 gives `start`; None if unknown."""
    if n < 0:
        raise ValueError("a period of 0 days or more wanted")
    day = start
    while n:
        day += _ONE_DAY
        working = is_working_day(day)
        if working is None:
            return None
        n -= working
    return day


def add_calendar_days(start: date, n: int, *, move_to_working_day: bool) -> date | None:
    """The n-th calendar day after `start`, which is not counted.

    move_to_working_day: an end on a day off moves to the next working day (令163 Art. 36 and the like);
    None if that would need an unknown year.
    """
    if n < 0:
        raise ValueError("a period of 0 days or more wanted")
    day = start + n * _ONE_DAY
    if not move_to_working_day:
        return day
    while (working := is_working_day(day)) is False:
        day += _ONE_DAY
    return None if working is None else day


def working_days_between(a: date, b: date) -> int | None:
    """How many working days lie after `a` up to `b` included; negative if `b` is earlier; None if unknown.

    So `working_days_between(start, add_working_days(start, n)) == n`.
    """
    if b < a:
        back = working_days_between(b, a)
        return None if back is None else -back
    count, day = 0, a
    while day < b:
        day += _ONE_DAY
        working = is_working_day(day)
        if working is None:
            return None
        count += working
    return count
