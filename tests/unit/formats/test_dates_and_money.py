"""Dates, times and amounts as officers type them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.formats import dates, money
from counterdesk.formats.problem import Problem

NEW_YEAR = date(2026, 1, 1)
MORNING = datetime(2026, 1, 1, 8, 15, tzinfo=dates.CHINA)


@pytest.mark.parametrize(
    "text",
    [
        "20260101",
        "2026-1-1",
        "2026-01-01",
        "2026年1月1日",
        "2026年01月01",
        "2026/1/1",
        "2026.1.1",
        " 2026 - 1 - 1 ",
    ],
)
def test_ways_to_type_a_date(text: str) -> None:
    assert dates.parse_date(text) == NEW_YEAR
    assert dates.normalise_date(text) == "2026-01-01"
    assert dates.check_date(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem("date.empty")),
        ("1985-02-29", Problem("date.not_existing", {"year": 1985, "month": 2, "day": 29})),
        ("19901301", Problem("date.not_existing", {"year": 1990, "month": 13, "day": 1})),
        ("02021-1-1", Problem("date.form")),
        ("26-1-1", Problem("date.form")),
        ("2026-1/1", Problem("date.form")),
        ("明天", Problem("date.form")),
        ("２026-1-1", Problem("date.full_width", {"position": 1})),
        ("0202-01-01", Problem("date.year", {"year": 202, "minimum": 1900, "maximum": 2199})),
        ("长期", Problem("date.long_term_not_allowed")),
    ],
)
def test_what_is_no_date(text: str, problem: Problem) -> None:
    assert dates.check_date(text) == problem
    assert problem.code in dates.CODES


def test_long_term_is_a_value_where_it_is_asked_for() -> None:
    assert dates.check_date("长期", long_term=True) is None
    assert dates.normalise_date(" 长期 ") == "long"
    assert dates.check_date("long", long_term=True) is None


def test_dates_within_limits() -> None:
    assert dates.check_date("2026-01-01", earliest=NEW_YEAR, latest=NEW_YEAR) is None
    early, late = (
        dates.check_date("2025-12-31", earliest=NEW_YEAR),
        dates.check_date("2026-01-02", latest=NEW_YEAR),
    )
    assert early == Problem("date.too_early", {"earliest": "2026-01-01"})
    assert late == Problem("date.too_late", {"latest": "2026-01-01"})
    assert dates.check_datetime("2026-01-02 00:00", latest=NEW_YEAR) == late


@pytest.mark.parametrize(
    "text",
    [
        "202601010815",
        "2026-01-01 08:15",
        "2026-1-1 8:15",
        "2026-01-01T08:15+08:00",
        "2026-01-01 08:15:00",
        "2026年1月1日 8时15分",
        "2026/1/1 8：15",
        "20260101 0815",
    ],
)
def test_ways_to_type_a_time(text: str) -> None:
    assert dates.parse_datetime(text) == MORNING
    assert dates.normalise_datetime(text) == "2026-01-01 08:15"
    assert dates.check_datetime(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "datetime.empty"),
        ("2026-01-01", "datetime.form"),
        ("2026-01-01 24:00", "datetime.time"),
        ("2026-01-01 08:60", "datetime.time"),
        ("2026-02-30 08:15", "date.not_existing"),
        ("２02601010815", "datetime.full_width"),
    ],
)
def test_what_is_no_time(text: str, code: str) -> None:
    problem = dates.check_datetime(text)
    assert problem is not None
    assert problem.code == code
    assert code in dates.CODES
    assert dates.normalise_datetime(text) == text


def test_show_by_language() -> None:
    assert dates.show(NEW_YEAR) == "2026年1月1日"
    assert dates.show(NEW_YEAR, "en") == "2026-01-01"
    assert dates.show(MORNING, "zh_CN") == "2026年1月1日 08:15"
    assert dates.show(MORNING, "en") == "2026-01-01 08:15"


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_form_reads_back(day: date) -> None:
    for text in (day.isoformat(), f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}", dates.show(day)):
        assert dates.parse_date(text) == day


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)))
def test_every_time_reads_back(moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0, tzinfo=dates.CHINA)
    for text in (f"{moment:%Y%m%d%H%M}", f"{moment:%Y-%m-%d %H:%M}", moment.isoformat()):
        assert dates.parse_datetime(text) == moment


@given(st.text(max_size=20))
def test_any_text_gets_an_answer(text: str) -> None:
    for problem in (dates.check_date(text), dates.check_datetime(text), money.check(text)):
        assert problem is None or problem.code in (*dates.CODES, *money.CODES)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("20", "20.00"),
        ("20.5", "20.50"),
        ("1,234.50", "1234.50"),
        ("¥20", "20.00"),
        ("20元", "20.00"),
        ("007", "7.00"),
    ],
)
def test_amounts(text: str, amount: str) -> None:
    assert money.parse(text) == Decimal(amount)
    assert money.normalise(text) == amount
    assert money.check(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem("money.empty")),
        ("二十", Problem("money.form")),
        ("1e5", Problem("money.form")),
        ("NaN", Problem("money.form")),
        ("1,23", Problem("money.form")),
        ("-5", Problem("money.negative")),
        ("5.005", Problem("money.decimals", {"maximum": 2})),
        ("２0", Problem("money.full_width", {"position": 1})),
        ("1" * 13, Problem("money.too_large", {"maximum": "999999999999.99"})),
    ],
)
def test_what_is_no_amount(text: str, problem: Problem) -> None:
    assert money.check(text) == problem
    assert problem.code in money.CODES


def test_amount_limits_and_show() -> None:
    assert money.check("5", minimum=10) == Problem("money.too_small", {"minimum": 10})
    assert money.check("50.01", maximum=50) == Problem("money.too_large", {"maximum": 50})
    assert money.show(Decimal("1234.5")) == "¥1,234.50"


@given(st.decimals(0, 10**9, places=2))
def test_amounts_read_back(amount: Decimal) -> None:
    assert money.parse(str(amount)) == amount
    assert money.parse(money.show(amount)) == amount
