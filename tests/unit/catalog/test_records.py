"""Violation records from their codes: the table of the day, the vehicle of the case, the procedure."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.catalog.records import BEYOND, NEW_POINTS, beyond_simple, completed, points
from counterdesk.desk import intake

INDEX = Index(load())
BEFORE = NEW_POINTS - timedelta(days=1)
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("violation", INDEX.catalog.violations, ids=lambda violation: str(violation.code))
def test_the_table_of_the_day(violation: object) -> None:
    row = INDEX.violation(violation.code)  # type: ignore[attr-defined]
    assert (points(row, BEFORE), points(row, NEW_POINTS)) == (row.points_before_2022, row.points)


def test_what_a_record_says_itself_stays() -> None:
    assert completed(INDEX, {"code": "1345"}, BEFORE) == {"code": "1345", "fine": 200, "points": 3}
    assert completed(INDEX, {"code": "x09", "fine": 1500}, TODAY, "沪A00001") == {
        "code": "x09", "fine": 1500, "points": 12, "plate": "沪A00001",
    }  # fmt: skip
    with pytest.raises(KeyError):
        completed(INDEX, {"code": "0000"}, TODAY)


def test_typed_codes_know_the_vehicle_and_the_procedure() -> None:
    file = CaseFile(case="c", service="violation.handle")
    file, _ = intake.commit(INDEX, file, "plate", "沪A00001", TODAY)
    simple, problem = intake.commit(INDEX, file, "violation_items", "1345 1625", TODAY)
    assert problem is None
    assert simple.answers["violation_items"].value == [
        {"code": "1345", "fine": 200, "points": 1, "plate": "沪A00001"},
        {"code": "1625", "fine": 200, "points": 6, "plate": "沪A00001"},
    ]
    assert BEYOND not in simple.answers
    ordinary, _ = intake.commit(INDEX, file, "violation_items", "1345 X18", TODAY)
    assert ordinary.answers[BEYOND].value is True
    assert not beyond_simple(INDEX, [{"code": "1345"}])
