"""What kind a day is to those who plan it, by the calendar of working days."""

from __future__ import annotations

from datetime import date

from counterdesk.formats.calendar import is_working_day
from counterdesk.station.model import DayKind

_LONG = 3
"""Days off in a row that make a long holiday."""


def day_kind(day: date) -> DayKind:
    """The kind of a day; a year without a notice is taken by its weekdays.

    A day that is both after and before a rest is taken for the one after it, which moves more people; the last day
    before a long holiday comes before both.
    """
    if not _works(day):
        return "rest"
    if not any(_works(_later(day, days)) for days in range(1, _LONG + 1)):
        return "before_long_rest"
    if not _works(_later(day, -1)):
        return "after_rest"
    return "ordinary" if _works(_later(day, 1)) else "before_rest"


def _later(day: date, days: int) -> date:
    # The calendar's first and last day have no neighbour: they are taken for their own.
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _works(day: date) -> bool:
    works = is_working_day(day)
    return day.weekday() < 5 if works is None else works
