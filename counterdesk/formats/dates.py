"""Dates and times as an officer types them; stored as ISO 8601, shown by language.

Times are those of the station: China has one zone, +08:00, without daylight saving.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from .problem import Problem, full_width_at

CODES = (
    "date.empty",
    "date.full_width",
    "date.form",
    "date.not_existing",
    "date.year",
    "date.long_term_not_allowed",
    "date.too_early",
    "date.too_late",
    "datetime.empty",
    "datetime.full_width",
    "datetime.form",
    "datetime.time",
)

CHINA = timezone(timedelta(hours=8))
LONG_TERM = "long"
FIRST_YEAR, LAST_YEAR = 1900, 2199

_DATE = (
    r"(?:([0-9]{4})([0-9]{2})([0-9]{2})"
    r"|([0-9]{4})([-/.])([0-9]{1,2})\5([0-9]{1,2})"
    r"|([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日?)"
)
_TIME = r"(?:([0-9]{1,2})[:：时点]([0-9]{1,2})分?(?::([0-9]{2}))?|([0-9]{2})([0-9]{2}))"
_DATE_ONLY = re.compile(_DATE)
_DATE_TIME = re.compile(rf"{_DATE}[ T]*{_TIME}(?:\+08:00)?")
_LONG_TERM_WORDS = ("长期", LONG_TERM)


def _date_of(groups: tuple[str | None, ...]) -> date | Problem:
    year, month, day = (int(part) for part in groups if part and part.isdigit())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Problem("date.year", {"year": year, "minimum": FIRST_YEAR, "maximum": LAST_YEAR})
    try:
        return date(year, month, day)
    except ValueError:
        return Problem("date.not_existing", {"year": year, "month": month, "day": day})


def parse_date(text: str) -> date | Problem:
    """Reads `20260101`, `2026-1-1`, `2026/1/1`, `2026.1.1` or `2026年1月1日`."""
    text = text.strip()
    if not text:
        return Problem("date.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("date.full_width", {"position": at})
    found = _DATE_ONLY.fullmatch("".join(text.split()))
    return _date_of(found.groups()) if found else Problem("date.form")


def parse_datetime(text: str) -> datetime | Problem:
    """Reads `202601010815`, `2026-01-01 08:15` or `2026年1月1日 8时15分`; out with +08:00."""
    text = text.strip()
    if not text:
        return Problem("datetime.empty")
    if (at := full_width_at(text.replace("：", ":"))) is not None:
        return Problem("datetime.full_width", {"position": at})
    found = _DATE_TIME.fullmatch(text)
    if not found:
        return Problem("datetime.form")
    day = _date_of(found.groups()[:10])
    if isinstance(day, Problem):
        return day
    hour, minute, *seconds = (int(part) for part in found.groups()[10:] if part)
    second = seconds[0] if seconds else 0
    if hour > 23 or minute > 59 or second > 59:
        return Problem("datetime.time", {"hour": hour, "minute": minute})
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=CHINA)


def is_long_term(text: str) -> bool:
    """Whether the text says 长期, the validity of a card without an end; a value of its own, not a date."""
    return "".join(text.split()).lower() in _LONG_TERM_WORDS


def normalise_date(text: str) -> str:
    """`YYYY-MM-DD`, or `long` for 长期; text that is no date comes back trimmed."""
    if is_long_term(text):
        return LONG_TERM
    parsed = parse_date(text)
    return text.strip() if isinstance(parsed, Problem) else parsed.isoformat()


def normalise_datetime(text: str) -> str:
    """`YYYY-MM-DD HH:MM`; text that is no time comes back trimmed."""
    parsed = parse_datetime(text)
    return text.strip() if isinstance(parsed, Problem) else f"{parsed:%Y-%m-%d %H:%M}"


def check_date(
    text: str, *, long_term: bool = False, earliest: date | None = None, latest: date | None = None
) -> Problem | None:
    """Checks a date: it exists, and lies from `earliest` to `latest`; `long_term` allows 长期."""
    if is_long_term(text):
        return None if long_term else Problem("date.long_term_not_allowed")
    parsed = parse_date(text)
    if isinstance(parsed, Problem):
        return parsed
    if earliest is not None and parsed < earliest:
        return Problem("date.too_early", {"earliest": earliest.isoformat()})
    if latest is not None and parsed > latest:
        return Problem("date.too_late", {"latest": latest.isoformat()})
    return None


def check_datetime(text: str, *, earliest: date | None = None, latest: date | None = None) -> Problem | None:
    """Checks a date with a time of day; `earliest` and `latest` are whole days."""
    parsed = parse_datetime(text)
    if isinstance(parsed, Problem):
        return parsed
    return check_date(parsed.date().isoformat(), earliest=earliest, latest=latest)


def show(day: date, lang: str = "zh_CN") -> str:
    """`2026年1月1日` in Chinese, else `2026-01-01`; a datetime is shown with hours and minutes."""
    shown = f"{day.year}年{day.month}月{day.day}日" if lang.startswith("zh") else f"{day:%Y-%m-%d}"
    return f"{shown} {day:%H:%M}" if isinstance(day, datetime) else shown
