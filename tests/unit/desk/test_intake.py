"""What an officer does to a case file: tables of what goes in and what comes out."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from counterdesk.catalog.assess import assess
from counterdesk.catalog.build import assemble
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.index import Index
from counterdesk.desk import intake
from tests.unit.catalog import small

TODAY = date(2026, 11, 23)
RID = "11010519491231002X"
PASSPORT, VIOLATION = "passport.first", "violation.handle"


def violations() -> list[dict[str, Any]]:
    return [
        {"code": "1344", "name": small.text("闯红灯"), "points": 6, "points_before_2022": 6, "fine": 200},
        {"code": "1039A", "name": small.text("违停"), "points": 0, "points_before_2022": 0},
    ]


@pytest.fixture(scope="module")
def index() -> Any:
    tables = small.shared() | {"violations": violations()}
    return Index(assemble(tables, small.files(), small.READINGS_TEXT))


def file(service: str = PASSPORT, **values: Any) -> CaseFile:
    return CaseFile(case="c", service=service, **values)


@pytest.mark.parametrize(
    ("service", "key", "typed", "value", "problem"),
    [
        (PASSPORT, "applicant_id", RID, RID, None),
        (PASSPORT, "applicant_id", " 11010519491231002x ", RID, None),
        (PASSPORT, "applicant_id", "１１０１０５１９４９１２３１００２Ｘ", None, "rid."),
        (PASSPORT, "applicant_id", "110105194912310021", None, "rid."),
        (PASSPORT, "applicant_id", "1101", None, "rid."),
        (PASSPORT, "delivery", "mail", "mail", None),
        (PASSPORT, "delivery", "pigeon", None, "enum."),
        (PASSPORT, "copies", "3", 3, None),
        (PASSPORT, "copies", "10", None, "int."),
        (PASSPORT, "copies", "3.5", None, "int."),
        (PASSPORT, "copies", "٣", None, "int."),
        (PASSPORT, "face_match", "true", True, None),
        (PASSPORT, "face_match", "false", False, None),
        (PASSPORT, "face_match", "maybe", None, "bool."),
        (PASSPORT, "old_until", "2030-01-01", "2030-01-01", None),
        (PASSPORT, "old_until", "20300101", "2030-01-01", None),
        (PASSPORT, "old_until", "2030-02-30", None, "date."),
        (PASSPORT, "mail_address", "人民路1号\x1b[2J", "人民路1号\ufffd[2J", None),
        (VIOLATION, "items", "1344", [{"code": "1344", "fine": 200, "points": 6}], None),
        (
            *(VIOLATION, "items", "1344, 1039a，1344"),
            [
                {"code": "1344", "fine": 200, "points": 6},
                {"code": "1039A", "fine": 0, "points": 0},
                {"code": "1344", "fine": 200, "points": 6},
            ],
            None,
        ),
        (VIOLATION, "items", "1344 9999", None, "records.unknown_code"),
    ],
)
def test_commit(index: Any, service: str, key: str, typed: str, value: object, problem: str | None) -> None:
    before = file(service, answers={"other": Answer("stays")}, entered={"else": "stays"})
    after, found = intake.commit(index, before, key, typed, TODAY)
    assert after.at == key
    assert after.answers["other"] == Answer("stays")
    assert after.entered["else"] == "stays"
    if value is None:
        assert key not in after.answers
        assert after.entered[key], "what is wrong is kept as it was typed"
        assert found is not None
        assert found.code.startswith(problem or "")
    else:
        assert key not in after.entered
        assert after.answers[key] == Answer(value)  # type: ignore[arg-type]
        assert found is None or found.level != "error"


def test_commit_over_what_was_there(index: Any) -> None:
    good, _ = intake.commit(index, file(), "copies", "3", TODAY)
    bad, problem = intake.commit(index, good, "copies", "many", TODAY)
    assert problem is not None
    assert (bad.answers, bad.entered) == ({}, {"copies": "many"})
    again, _ = intake.commit(index, bad, "copies", "4", TODAY)
    assert (again.answers, again.entered) == ({"copies": Answer(4)}, {})
    nothing, problem = intake.commit(index, again, "copies", "  ", TODAY)
    assert (nothing.answers, nothing.entered, problem) == ({}, {}, None)
    assert good.answers == {"copies": Answer(3)}, "a file is never changed in place"


def test_what_is_wrong_is_still_wrong_when_it_is_looked_at_again(index: Any) -> None:
    """The screen shows the same problem from the file as at the moment of typing."""
    after, problem = intake.commit(index, file(), "applicant_id", "1101", TODAY)
    assert problem is not None
    (state,) = [s for s in assess(index, after, today=TODAY, role="officer").facts if s.fact.key == "applicant_id"]
    assert state.problem is not None
    assert state.problem.code == problem.code


def test_capture_and_take_back() -> None:
    taken = intake.capture(file(answers={"a": Answer("x")}), "photo", "photo:17")
    assert taken.answers == {"a": Answer("x"), "photo": Answer("photo:17", source="read")}
    assert taken.at == "photo"
    assert intake.capture(taken, "photo", "").answers == {"a": Answer("x")}


@pytest.mark.parametrize("status", ["verified", "missing", "waived", "deferred"])
def test_mark_a_material_and_take_the_mark_away(status: Any) -> None:
    marked = intake.mark_material(file(materials={"IDT": "verified"}), "PHO", status)
    assert marked.materials == {"IDT": "verified", "PHO": status}
    assert intake.mark_material(marked, "PHO", None).materials == {"IDT": "verified"}
    assert intake.mark_material(marked, "unknown", None) == marked


def test_confirm_and_take_back() -> None:
    noted = intake.confirm(file(confirmed={"P1": "because"}), "P2", True)
    assert noted.confirmed == {"P1": "because", "P2": ""}
    assert intake.confirm(noted, "P2", False).confirmed == {"P1": "because"}
    assert intake.confirm(noted, "P9", False) == noted


def test_choose_a_variant() -> None:
    assert intake.choose_variant(file(variant="N"), "U").variant == "U"


@pytest.mark.parametrize(
    ("before", "settled"),
    [
        ({}, {"face_match": True, "absconding": False}),
        ({"absconding": Answer(True)}, {"face_match": True, "absconding": True}),
        ({"face_match": Answer(None, reason="cannot say")}, {"face_match": None, "absconding": False}),
    ],
)
def test_settle_quiet_checks(index: Any, before: dict[str, Answer], settled: dict[str, object]) -> None:
    asked = file(variant="N", answers=before)
    after = intake.settle_quiet_checks(asked, assess(index, asked, today=TODAY, role="officer"))
    assert {key: answer.value for key, answer in after.answers.items()} == settled
    assert "refused" not in after.answers, "it has no uneventful answer"


def test_quiet_checks_leave_alone_what_is_being_typed(index: Any) -> None:
    asked = file(variant="N", entered={"face_match": "tr"})
    after = intake.settle_quiet_checks(asked, assess(index, asked, today=TODAY, role="officer"))
    assert after.answers == {"absconding": Answer(False)}
    assert after.entered == {"face_match": "tr"}


@pytest.mark.parametrize(
    ("answers", "entered", "value"),
    [
        ({}, {}, Answer(1, source="carried")),
        ({"copies": Answer(5)}, {}, Answer(5)),
        ({"copies": Answer(None, reason="?")}, {}, Answer(None, reason="?")),
        ({}, {"copies": "x"}, None),
    ],
)
def test_settle_offers(index: Any, answers: dict[str, Answer], entered: dict[str, str], value: Answer | None) -> None:
    asked = file(answers=answers, entered=entered)
    after = intake.settle_offers(asked, assess(index, asked, today=TODAY, role="officer"))
    assert after.answers.get("copies") == value
    again = intake.settle_offers(after, assess(index, after, today=TODAY, role="officer"))
    assert again is after, "nothing new is no change"


def test_carry_over(index: Any) -> None:
    earlier = file(
        PASSPORT,
        answers={
            "applicant_id": Answer(RID),
            "delivery": Answer("mail"),
            "face_match": Answer(True),
            "copies": Answer(2),
        },
        entered={"mail_address": "half"},
        materials={"IDT": "verified"},
        confirmed={"P2": ""},
    )
    same = intake.carry_over(index, intake.new_file(index, "d", index.service(PASSPORT)), earlier)
    assert same.answers == {
        "applicant_id": Answer(RID, source="carried"),
        "delivery": Answer("mail", source="carried"),
        "copies": Answer(2, source="carried"),
    }
    assert (same.case, same.materials, same.confirmed, same.entered) == ("d", {}, {}, {})
    assert same.catalog == index.catalog.sha256

    other = intake.carry_over(index, file(VIOLATION), earlier)
    assert other.answers == {"applicant_id": Answer(RID, source="carried")}

    mine = intake.carry_over(index, file(PASSPORT, answers={"delivery": Answer("self")}), earlier)
    assert mine.answers["delivery"] == Answer("self"), "what is answered already stays"


def test_the_applicant_has_other_names_elsewhere() -> None:
    tables = [
        ("services/passport.first.toml", small.passport()),
        (
            "services/violation.handle.toml",
            small.ticket()
            | {
                "applicant_fact": "driver_id",
                "facts": [
                    small.fact("driver_id", "rid", "驾驶证号", section="identity"),
                    small.fact("delivery", "int", "别的", required="never"),
                ],
                "prompts": [],
                "decisions": [{"department": "D4", "on_the_spot": False, "confidence": "sure"}],
            },
        ),
    ]
    index = Index(assemble(small.shared(), tables, small.READINGS_TEXT))
    earlier = file(PASSPORT, answers={"applicant_id": Answer(RID), "delivery": Answer("mail")})
    after = intake.carry_over(index, file(VIOLATION), earlier)
    assert after.answers == {"driver_id": Answer(RID, source="carried")}, "the same key of another type is not the same"
    back = intake.carry_over(index, file(PASSPORT), msgspec.structs.replace(after, service=VIOLATION))
    assert back.answers == {"applicant_id": Answer(RID, source="carried")}


@pytest.mark.parametrize(
    ("rid", "person"),
    [
        (RID, (date(1949, 12, 31), "female")),
        ("110105194912310011", (date(1949, 12, 31), "male")),
        ("110105194913310011", None),
        ("1101", None),
        ("", None),
    ],
)
def test_person_behind(rid: str, person: tuple[date, str] | None) -> None:
    assert intake.person_behind(rid) == person
