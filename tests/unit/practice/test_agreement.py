"""What is true of a case agrees with itself. Of all generated scenarios `test_solving` holds it."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.index import Index
from counterdesk.practice.agreement import agreed, disagreements
from counterdesk.practice.collection import find, written
from counterdesk.practice.scenario import Scenario, truth_of

DAY = date(2026, 11, 23)


def test_none_that_is_written_by_hand_contradicts_itself(index: Index) -> None:
    for scenario in written():
        assert disagreements(index, truth_of(index, scenario).file, scenario.day) == (), scenario.id


def handled(index: Index) -> CaseFile:
    found = find(index, "violation.handle:P15", DAY)
    assert isinstance(found, Scenario)
    return truth_of(index, found).file


def test_five_overdue_are_five_in_the_register(index: Index) -> None:
    rows = handled(index).answers["violation_items"].value
    assert isinstance(rows, list)
    assert len(rows) == 5
    assert all(isinstance(row, dict) and str(row["time"]) < "2026-10-24" for row in rows)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"five_overdue": False}, "violation_items five_overdue"),
        ({"beyond_simple": True}, "violation_items beyond_simple"),
        ({"plate": "沪A09999"}, "violation_items plate"),
        ({"vehicle_owner_kind": "unit"}, "variant vehicle_owner_kind"),
    ],
)
def test_control_what_does_not_agree_is_said_and_made_to_agree(
    index: Index, changes: dict[str, str | bool], wanted: str
) -> None:
    file = handled(index)
    answers = {**file.answers, **{key: Answer(value) for key, value in changes.items()}}
    torn = msgspec.structs.replace(file, answers=answers)
    assert wanted in disagreements(index, torn, DAY)
    assert disagreements(index, agreed(index, 0, torn, DAY), DAY) == ()


def test_control_a_record_with_other_points_than_the_table_has_is_said(index: Index) -> None:
    file = handled(index)
    rows = file.answers["violation_items"].value
    assert isinstance(rows, list)
    other = [{**row, "points": 11, "time": "2027-01-01 08:00"} for row in rows if isinstance(row, dict)]
    torn = msgspec.structs.replace(file, answers={**file.answers, "violation_items": Answer(other)})
    found = disagreements(index, torn, DAY)
    assert "violation_items time" in found
    assert any(name.startswith("violation_items X") for name in found)


def test_what_is_kept_stays(index: Index) -> None:
    file = handled(index)
    torn = msgspec.structs.replace(file, answers={**file.answers, "five_overdue": Answer(False)})
    assert agreed(index, 0, torn, DAY, ("violation_items", "five_overdue")) == torn
    assert agreed(index, 0, torn, DAY, ("violation_items",)).answers["five_overdue"].value is True


def test_a_birth_date_is_that_of_the_number_and_a_joining_spouse_was_of_age(index: Index) -> None:
    for name in ("idcard.first:P1", "migrate.family:P1", "license.renew:P6"):
        found = find(index, name, DAY)
        assert isinstance(found, Scenario)
        file = truth_of(index, found).file
        for key, value in (
            ("birth_date", "2026-11-03"),
            ("joiner_id", "310000202301173641"),
            ("first_issue", "2026-11-03"),
        ):
            if key in file.answers:
                torn = msgspec.structs.replace(file, answers={**file.answers, key: Answer(value)})
                assert disagreements(index, torn, DAY), name
