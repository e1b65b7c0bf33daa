"""What one case tells the next, what a card fills, and what is left out at acceptance; over the real catalogue."""

from __future__ import annotations

from datetime import date

import pytest

from counterdesk.catalog.assess import assess, dropped
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.desk import intake
from counterdesk.formats.wedge import Card

TODAY = date(2026, 11, 23)
RID, OTHER = "310000199001010010", "310000198506150030"
PHONE = "15400000001"
HOME = "上海市黄浦区示例路1号"


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(load())


def carried(index: Index, earlier: str, later: str, **answers: str | int | bool) -> dict[str, object]:
    before = CaseFile(case="a", service=earlier, answers={k: Answer(v) for k, v in answers.items()})
    after = intake.carry_over(index, CaseFile(case="b", service=later), before)
    assert all(answer.source == "carried" for answer in after.answers.values())
    return {key: answer.value for key, answer in after.answers.items()}


@pytest.mark.parametrize(
    ("earlier", "answers", "later", "found"),
    [
        ("passport.first", {"person_id": RID, "phone": PHONE}, "license.renew", {"driver_id": RID, "phone": PHONE}),
        ("passport.first", {"person_id": RID}, "vehicle.exempt-mark", {"owner_id": RID}),
        (
            "hukou.birth",
            {"mother_id": RID, "declarant_phone": PHONE},
            "idcard.first",
            {"person_id": RID, "phone": PHONE},
        ),
        ("idcard.first", {"phone": PHONE}, "hukou.birth", {"declarant_phone": PHONE}),
        ("migrate.intra", {"to_address": HOME}, "migrate.family", {"address": HOME}),
        ("residence.register", {"live_address": HOME}, "civic.dog", {"keep_addr": HOME}),
        (
            "violation.handle",
            {"plate": "沪A12345", "lic_file_no": "310000000001"},
            "vehicle.exempt-mark",
            {"plate": "沪A12345"},
        ),
        ("violation.handle", {"lic_file_no": "310000000001"}, "license.renew", {"lic_file_no": "310000000001"}),
        ("passport.first", {"hukou_region": "310000"}, "idcard.renew", {"hukou_region": "310000"}),
        ("idcard.renew", {"old_expiry": "2030-01-01"}, "passport.first", {"id_card_expiry": "2030-01-01"}),
        # The same word, another matter.
        ("passport.renew", {"old_expiry": "2027-01-01"}, "idcard.renew", {}),
        ("hukou.booklet", {"reason": "lost"}, "vehicle.doc-reissue", {}),
        ("migrate.family", {"address": HOME}, "hukou.split", {}),
        # Each case looks for itself, and only what the new fact takes comes along.
        ("passport.first", {"face_match": "pass"}, "passport.renew", {}),
        ("vehicle.exempt-mark", {"owner_id": "91310000MA1FL00000"}, "passport.first", {}),
    ],
)
def test_the_second_case_of_a_visit_starts_filled(
    index: Index, earlier: str, answers: dict[str, str | int | bool], later: str, found: dict[str, object]
) -> None:
    got = carried(index, earlier, later, **answers)
    assert got == found


CARD = Card(RID, "张测试", HOME, "上海市公安局黄浦分局", "2035-05-01")


@pytest.mark.parametrize(
    ("service", "found"),
    [
        ("passport.first", {"person_id": RID, "id_card_expiry": "2035-05-01"}),
        ("idcard.renew", {"person_id": RID, "old_expiry": "2035-05-01"}),
        ("idcard.first", {"person_id": RID, "name": "张测试", "birth_date": "1990-01-01"}),
        ("hukou.name", {"person_id": RID, "old_name": "张测试", "id_card_expiry": "2035-05-01"}),
        ("hukou.birth", {"mother_id": RID, "address": HOME, "id_card_expiry": "2035-05-01"}),
        ("license.renew", {"driver_id": RID, "id_card_expiry": "2035-05-01"}),
    ],
)
def test_a_card_fills_its_holder(index: Index, service: str, found: dict[str, str]) -> None:
    file, keys = intake.read_card(index, CaseFile(case="a", service=service), CARD, TODAY)
    got = {key: answer.value for key, answer in file.answers.items()}
    assert {key: got.get(key) for key in found} == found
    assert set(keys) == set(got)
    assert {answer.source for answer in file.answers.values()} == {"read"}


def test_the_card_of_somebody_else_fills_his_number_only(index: Index) -> None:
    file = CaseFile(case="a", service="hukou.birth", answers={"mother_id": Answer(OTHER)}, entered={"father_id": "31"})
    after, keys = intake.read_card(index, file, CARD, TODAY, "father_id")
    assert keys == ("father_id",)
    assert after.answers == {"mother_id": Answer(OTHER), "father_id": Answer(RID, source="read")}
    assert after.entered == {}


def test_what_is_not_asked_any_more_is_left_out(index: Index) -> None:
    file = CaseFile(
        case="a",
        service="idcard.renew",
        variant="R1",
        answers={"person_id": Answer(RID), "delivery": Answer("counter"), "remote_reason": Answer("expiry")},
        entered={"fee_relief": "x"},
    )
    found = assess(index, file, today=TODAY, role="officer")
    gone = dropped(found, file)
    assert "remote_reason" in gone
    after = intake.leave_out(file, gone)
    assert set(after.answers) == {"person_id", "delivery"}
    again = assess(index, after, today=TODAY, role="officer")
    assert dropped(again, after) == ()
    assert [p.value for p in again.prompts] == [p.value for p in found.prompts]
    assert again.gate == found.gate or "fee_relief" not in gone
