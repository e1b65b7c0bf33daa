"""Violation records from the table of violations: points by the day of the decision, the fine, the procedure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from .index import Index
from .model import Violation

NEW_POINTS: Final = date(2022, 4, 1)
"""From this day decisions go by the points of order 163 (公安部令163号)."""
BEYOND: Final = "beyond_simple"
"""The fact that a record lies outside the simple procedure; for codes of the table the table knows it."""

Record = dict[str, str | int]


def points(violation: Violation, day: date) -> int:
    """The points of a violation in a decision of this day."""
    return violation.points if day >= NEW_POINTS else violation.points_before_2022


def record(violation: Violation, day: date, plate: str = "") -> Record:
    """One record as a case file keeps it. plate: of the vehicle, where it is known."""
    made: Record = {"code": violation.code, "fine": violation.fine or 0, "points": points(violation, day)}
    return made | {"plate": plate} if plate else made


def completed(index: Index, row: Mapping[str, str | int], day: date, plate: str = "") -> Record:
    """A record with what the table knows of its code; what the row says itself stays. KeyError: no such code."""
    return record(index.violation(str(row["code"]).upper()), day, plate) | dict(row)


def beyond_simple(index: Index, rows: Sequence[Mapping[str, str | int]]) -> bool:
    """Whether the table names the ordinary procedure for one of the records' codes."""
    ordinary = {violation.code for violation in index.catalog.violations if violation.ordinary_procedure}
    return any(row.get("code") in ordinary for row in rows)
