"""Working days: the years of the table, the worked examples, and what is unknown."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.formats import calendar

D = date.fromisoformat
known = st.dates(date(2019, 1, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("year", "count"),
    [(2019, 250), (2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)],
)
def test_working_days_in_the_year(year: int, count: int) -> None:
    days = (date(year, 1, 1) + timedelta(n) for n in range(366))
    assert sum(calendar.is_working_day(day) is True for day in days if day.year == year) == count
    assert calendar.years()[year].working_days == count


def test_the_table_is_consistent() -> None:
    assert sorted(calendar.years()) == list(range(2019, 2027))
    for number, year in calendar.years().items():
        assert year.source
        assert not year.days_off & year.working_weekend_days
        assert all(day.year == number for day in year.days_off | year.working_weekend_days)
        assert all(day.weekday() >= 5 for day in year.working_weekend_days)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2024-10-01", False),
        ("2024-10-12", True),
        ("2024-09-14", True),
        ("2024-09-28", False),
        ("2024-06-03", True),
        ("2020-01-31", False),
        ("2022-12-31", False),
        ("2026-02-14", True),
        ("2026-02-23", False),
        ("2018-12-31", None),
        ("2027-01-04", None),
    ],
)
def test_is_working_day(day: str, working: bool | None) -> None:
    assert calendar.is_working_day(D(day)) is working


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2024-09-13", 7, "2024-09-25"),
        ("2024-09-27", 7, "2024-10-12"),
        ("2024-02-05", 20, "2024-03-08"),
        ("2023-12-29", 3, "2024-01-04"),
        ("2024-04-26", 15, "2024-05-20"),
        ("2019-09-30", 7, "2019-10-15"),
    ],
)
def test_worked_examples(start: str, days: int, due: str) -> None:
    assert calendar.add_working_days(D(start), days) == D(due)
    assert calendar.working_days_between(D(start), D(due)) == days
    assert calendar.working_days_between(D(due), D(start)) == -days


def test_calendar_days_move_off_a_holiday() -> None:
    start = D("2024-09-20")
    assert calendar.add_calendar_days(start, 15, move_to_working_day=False) == D("2024-10-05")
    assert calendar.add_calendar_days(start, 15, move_to_working_day=True) == D("2024-10-08")
    assert calendar.add_calendar_days(start, 5, move_to_working_day=True) == D("2024-09-25")


def test_an_unknown_year_is_never_guessed() -> None:
    assert calendar.add_working_days(D("2026-12-30"), 1) == D("2026-12-31")
    assert calendar.add_working_days(D("2026-12-30"), 2) is None
    assert calendar.add_calendar_days(D("2026-12-20"), 30, move_to_working_day=True) is None
    assert calendar.add_calendar_days(D("2026-12-20"), 30, move_to_working_day=False) == D("2027-01-19")
    assert calendar.working_days_between(D("2026-12-30"), D("2027-01-04")) is None
    assert calendar.working_days_between(D("2027-01-04"), D("2026-12-30")) is None


def test_no_days_and_negative_days() -> None:
    assert calendar.add_working_days(D("2024-10-01"), 0) == D("2024-10-01")
    with pytest.raises(ValueError, match="0 days or more"):
        calendar.add_working_days(D("2024-10-01"), -1)
    with pytest.raises(ValueError, match="0 days or more"):
        calendar.add_calendar_days(D("2024-10-01"), -1, move_to_working_day=False)


def test_a_moment_is_no_day() -> None:
    with pytest.raises(TypeError):
        calendar.is_working_day(datetime(2024, 10, 1, 8))


@given(known, st.integers(1, 60))
def test_adding_working_days_is_monotone_and_lands_on_one(start: date, n: int) -> None:
    due, next_due = calendar.add_working_days(start, n), calendar.add_working_days(start, n + 1)
    later = calendar.add_working_days(start + timedelta(1), n)
    assert due is not None
    assert next_due is not None
    assert later is not None
    assert start < due < next_due
    assert due <= later
    assert calendar.is_working_day(due)
    assert calendar.working_days_between(start, due) == n


@given(known, st.integers(0, 60))
def test_moved_ends_are_working_days(start: date, n: int) -> None:
    end = calendar.add_calendar_days(start, n, move_to_working_day=True)
    assert end is not None
    assert end >= start + timedelta(n)
    assert calendar.is_working_day(end)
