"""What a case file comes to: relevance, prompts, materials, money, deadline, next question, gate."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterdesk.catalog.assess import (
    Assessment,
    FactState,
    GateProblem,
    MaterialState,
    PromptState,
    assess,
    dropped,
)
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.conditions import LONG
from counterdesk.formats import resident_id

from .small import make_index, text
from .small import prompt as prompt_table

INDEX = make_index()
TODAY = date(2024, 9, 13)
ADULT = resident_id.make("310101", date(1990, 5, 1), 12)
CHILD = resident_id.make("310101", date(2015, 5, 1), 11)


def case(service: str = "passport.first", **more: object) -> CaseFile:
    answers = more.pop("answers", {})
    assert isinstance(answers, dict)
    made = {key: value if isinstance(value, Answer) else Answer(value) for key, value in answers.items()}
    return CaseFile(case="c1", service=service, answers=made, **more)  # type: ignore[arg-type]


def run(file: CaseFile, *, today: date = TODAY, role: str = "officer", open_case: str = "") -> Assessment:
    return assess(INDEX, file, today=today, role=role, open_case=open_case)


def fact(assessment: Assessment, key: str) -> FactState:
    return next(state for state in assessment.facts if state.fact.key == key)


def prompt(assessment: Assessment, name: str) -> PromptState:
    return next(state for state in assessment.prompts if state.prompt.id == name)


def material(assessment: Assessment, code: str) -> MaterialState:
    return next(state for state in assessment.materials if state.use.code == code)


COMPLETE: dict[str, JsonValue] = {
    "applicant_id": ADULT,
    "delivery": "self",
    "absconding": False,
    "face_match": True,
}
PAPERS = {"IDT": "verified", "PHO": "verified"}


def complete(**more: object) -> CaseFile:
    answers = COMPLETE | more.pop("answers", {})  # type: ignore[operator]
    return case(**({"variant": "N", "materials": PAPERS} | more), answers=answers)  # type: ignore[arg-type]


# --- facts ---


def test_a_new_case_asks_and_denies_nothing() -> None:
    got = run(case())
    assert not any(state.value for state in got.prompts if state.prompt.when)
    assert prompt(got, "P1").value is None
    assert prompt(got, "P1").missing == ("absconding",)
    assert got.variant == ""
    assert got.due is None
    assert [q.key for q in got.to_ask] == ["absconding", "face_match", "applicant_id", "old_until"]


def test_facts_stand_in_the_order_of_the_screen_with_the_shared_checks_last() -> None:
    keys = [state.fact.key for state in run(case()).facts]
    assert keys[:2] == ["applicant_id", "guardian_id"]
    assert keys[-3:] == ["absconding", "refused", "face_match"]
    assert "elsewhere" not in keys


def test_relevance_has_three_values_and_comes_before_requirement() -> None:
    unknown, adult, child = (run(case(answers=a)) for a in ({}, {"applicant_id": ADULT}, {"applicant_id": CHILD}))
    states = [(fact(a, "guardian_id").relevant, fact(a, "guardian_id").required) for a in (unknown, adult, child)]
    assert states == [(None, None), (False, False), (True, True)]


def test_an_irrelevant_answer_is_kept_but_excluded() -> None:
    answers: dict[str, object] = {
        "delivery": "self",
        "mail_address": "上海市某路1号",
        "absconding": False,
        "refused": False,
    }
    file = case(answers=answers)
    got = run(file)
    assert fact(got, "mail_address").status == "irrelevant"
    assert fact(got, "mail_address").value is None
    assert prompt(got, "P5").value is False  # refused == false, but refused is not relevant
    assert prompt(got, "P5").because == (("refused", None),)
    assert dropped(got, file) == ("mail_address", "refused")
    assert not any(p.id in ("mail_address", "refused") for p in got.gate)


def test_an_answer_whose_relevance_is_open_is_shown_but_not_used() -> None:
    got = run(case(answers={"refused": False}))
    assert fact(got, "refused").relevant is None
    assert fact(got, "refused").value is False
    assert prompt(got, "P5").value is None
    assert prompt(got, "P5").missing == ("absconding",)


def test_unobtainable_is_unknown_and_not_asked_again() -> None:
    got = run(case(answers={"absconding": Answer(None, reason="系统故障")}))
    assert fact(got, "absconding").status == "unobtainable"
    assert prompt(got, "P1").value is None
    assert "absconding" not in [q.key for q in got.to_ask]


@pytest.mark.parametrize(
    ("value", "code"),
    [("31010119900501012X", "rid.check_digit"), (12, "text.form"), (True, "text.form")],
)
def test_an_answer_that_fails_its_format_is_unknown(value: JsonValue, code: str) -> None:
    got = run(case(answers={"applicant_id": value}))
    state = fact(got, "applicant_id")
    assert state.problem is not None
    assert state.problem.code == code
    assert fact(got, "guardian_id").relevant is None
    assert GateProblem("field_invalid", "applicant_id") in got.gate


@pytest.mark.parametrize(
    ("key", "value", "seen"),
    [
        ("copies", 3, 3),
        ("copies", 10, None),
        ("copies", "3", None),
        ("copies", True, None),
        ("delivery", "self", "self"),
        ("delivery", "drone", None),
        ("absconding", "true", None),
        ("old_until", "2030-02-29", None),
        ("old_until", "2028-02-29", date(2028, 2, 29)),
        ("old_until", "long", LONG),
    ],
)
def test_answers_by_type(key: str, value: JsonValue, seen: object) -> None:
    state = fact(run(case(answers={key: value})), key)
    assert state.value == seen
    assert (state.problem is None) == (seen is not None)


def test_text_being_entered_hides_the_older_answer() -> None:
    got = run(case(answers={"applicant_id": ADULT}, entered={"applicant_id": "3101"}))
    state = fact(got, "applicant_id")
    assert (state.status, state.value) == ("unanswered", None)
    assert state.problem is not None
    assert fact(got, "band").value is None


def test_computed_facts_follow_and_say_what_they_wait_for() -> None:
    got = run(case(answers={"applicant_id": CHILD, "copies": 2}))
    assert (fact(got, "band").value, fact(got, "more").value) == ("child", 3)
    assert fact(got, "band").required is False
    assert prompt(run(case()), "P2").missing == ("applicant_id",)


def test_prefill_is_offered_until_something_is_entered() -> None:
    assert fact(run(case()), "copies").offer == 1
    assert fact(run(case(answers={"copies": 2})), "copies").offer is None


# --- prompts ---


def test_a_true_prompt_has_reasons_and_its_text_is_filled() -> None:
    got = run(complete(answers={"old_until": "2030-01-01"}), open_case="A-7")
    assert prompt(got, "P3").params == {"old_until": "2030-01-01"}
    assert prompt(got, "P3").because == (("old_until", date(2030, 1, 1)),)
    assert prompt(got, "P4").params == {"n": "120", "due_on": "2024-09-25"}
    assert prompt(got, "G2").params == {"no": "A-7"}


def test_a_prompt_speaks_only_while_it_is_the_law() -> None:
    names = {state.prompt.id for state in run(case(), today=date(2019, 12, 31)).prompts}
    assert "P5" not in names
    assert "P5" in {state.prompt.id for state in run(case(), today=date(2020, 1, 1)).prompts}


def test_a_material_that_the_service_does_not_ask_for_is_not_relevant() -> None:
    assert prompt(run(case()), "G4").value is False


# --- money, deadline, department ---


@pytest.mark.parametrize(("day", "due"), [(date(2019, 6, 30), 160), (date(2019, 7, 1), 120)])
def test_the_fee_of_the_day(day: date, due: int) -> None:
    got = run(case(answers={"delivery": "self"}), today=day)
    assert got.fee_due == Decimal(due)
    assert len(got.fees) == 1


def test_money_is_unknown_while_a_fee_is() -> None:
    assert run(case()).fee_due is None
    assert run(case(answers={"delivery": "mail"})).fee_due == Decimal(130)


@pytest.mark.parametrize(
    ("variant", "today", "due"),
    [
        ("N", date(2024, 9, 13), date(2024, 9, 25)),
        ("N", date(2024, 9, 27), date(2024, 10, 12)),
        ("U", date(2024, 9, 30), date(2024, 10, 8)),
        ("N", date(2090, 9, 13), None),
    ],
)
def test_the_deadline_counts_by_its_own_kind_of_day(variant: str, today: date, due: date | None) -> None:
    got = run(case(variant=variant), today=today)
    assert got.due is not None
    assert got.due.on == due


def test_no_deadline_while_it_is_open_which() -> None:
    assert run(case()).due is None


@pytest.mark.parametrize(("fine", "department"), [(200, "D1"), (201, "D4"), (None, None)])
def test_the_first_decision_that_holds(fine: int | None, department: str | None) -> None:
    row: dict[str, str | int] = {"code": "1", "points": 3}
    if fine is not None:
        row["fine"] = fine
    got = run(case("violation.handle", answers={"items": [row]}))
    assert (got.department, got.on_the_spot) == (department, None if department is None else department == "D1")


def test_points_are_summed_from_the_records() -> None:
    rows: list[dict[str, str | int]] = [{"points": 3, "fine": 200}, {"points": 1, "fine": 50}]
    got = run(case("violation.handle", answers={"items": rows, "points_before": 6}))
    assert prompt(got, "P2").value is True
    assert prompt(got, "P2").params == {"n": "10"}
    assert fact(got, "points_new").value == 4


# --- materials and variants ---


def test_materials_are_needed_by_their_condition() -> None:
    assert material(run(case()), "CONS").needed is None
    assert material(run(case()), "CONS").missing == ("applicant_id",)
    assert material(run(case(answers={"applicant_id": ADULT})), "CONS").needed is False
    assert material(run(case(answers={"applicant_id": CHILD})), "CONS").needed is True


@pytest.mark.parametrize(
    ("status", "warns"),
    [(None, None), ("missing", True), ("verified", False), ("waived", False), ("deferred", True)],
)
def test_presented_follows_what_was_found(status: str | None, warns: bool | None) -> None:
    materials = {} if status is None else {"CONS": status}
    got = run(case(answers={"applicant_id": CHILD}, materials=materials))
    assert prompt(got, "P2").value is warns


def test_a_missing_paper_of_a_choice_is_not_missing_once_another_is_there() -> None:
    assert prompt(run(case(materials={"IDT": "missing"})), "G3").value is True
    assert prompt(run(case(materials={"IDT": "missing", "TEMP": "verified"})), "G3").value is False


def test_the_variant_is_chosen_unless_a_condition_tells_it() -> None:
    assert run(case(variant="U")).variant == "U"
    assert run(case(variant="nonsense")).variant == ""
    assert run(case("violation.handle")).variants == ()


BY_AGE = [
    {"code": "N", "name": text("成人"), "when": "applicant_age >= 16", "confidence": "sure"},
    {"code": "U", "name": text("儿童"), "when": "applicant_age < 16", "confidence": "sure"},
]


@pytest.mark.parametrize(
    ("rid", "chosen", "variant", "applies", "missing"),
    [
        (None, "", "", [None, None], True),
        (ADULT, "", "N", [True, False], False),
        (CHILD, "", "U", [False, True], False),
        (CHILD, "N", "N", [False, True], True),  # chosen against the facts
        (None, "N", "N", [None, None], False),
    ],
)
def test_a_variant_that_tells_itself(
    rid: str | None, chosen: str, variant: str, applies: list[bool | None], missing: bool
) -> None:
    index = make_index(variants=BY_AGE)
    file = case(variant=chosen, answers={} if rid is None else {"applicant_id": rid})
    got = assess(index, file, today=TODAY, role="officer")
    assert got.variant == variant
    assert [state.applies for state in got.variants] == applies
    assert (GateProblem("variant_missing", chosen) in got.gate) is missing
    assert "variant" not in [q.key for q in got.to_ask]  # the number settles it, so that is what is asked


def test_a_choice_between_variants_is_asked_for_when_prompts_hang_on_it() -> None:
    index = make_index(prompts=[prompt_table("P1", "WARN", 'variant == "U"')])
    got = assess(index, case(), today=TODAY, role="officer")
    assert ("variant", "variant") in [(q.key, q.kind) for q in got.to_ask]


def test_a_limit_that_the_law_does_not_set_gives_no_deadline() -> None:
    index = make_index(limits=[{"kind": "statutory", "days": None, "confidence": "sure"}])
    got = assess(index, case(), today=TODAY, role="officer")
    assert got.due is None
    assert prompt(got, "P4").params["due_on"] == "…"


def test_a_paper_marked_missing_whose_need_is_open_leaves_it_open() -> None:
    assert prompt(run(case(materials={"CONS": "missing"})), "G3").value is None
    assert prompt(run(case(materials={"CONS": "missing"})), "G3").missing == ("applicant_id",)


# --- what to ask next ---


def test_the_next_question_settles_most() -> None:
    got = run(case())
    # absconding: P1 (8) and P5 (4); face_match: G1 (8); applicant_id: half of P2 (2) and the material CONS (2)
    assert [(q.key, q.kind) for q in got.to_ask[:3]] == [
        ("absconding", "fact"),
        ("face_match", "fact"),
        ("applicant_id", "fact"),
    ]
    assert got.to_ask[0].settles == 2


def test_a_paper_and_a_variant_can_be_the_question() -> None:
    got = run(complete(answers={"applicant_id": CHILD}))
    assert ("CONS", "material") in [(q.key, q.kind) for q in got.to_ask]


def test_nothing_to_ask_in_a_complete_case() -> None:
    assert run(complete(answers={"old_until": "2030-01-01"})).to_ask == ()


# --- the gate ---


def test_a_complete_case_may_be_accepted() -> None:
    assert run(complete()).gate == ()


GATE: list[tuple[str, CaseFile, list[tuple[str, str]]]] = [
    ("variant", complete(variant=""), [("variant_missing", "")]),
    ("field", complete(answers={"delivery": ""}), [("field_missing", "delivery")]),
    ("field open", complete(answers={"delivery": "mail"}), [("field_missing", "mail_address")]),
    ("field given", complete(answers={"delivery": "mail", "mail_address": "某路1号"}), []),
    (
        "field unobtainable",  # whether there is a mail address stays open, and no question is left to tell it
        complete(answers={"delivery": Answer(None)}),
        [("field_missing", "mail_address")],
    ),
    ("field unobtainable, settled", complete(answers=dict.fromkeys(("delivery", "mail_address"), Answer(None))), []),
    (
        "identity unobtainable",
        complete(answers={"applicant_id": Answer(None)}),
        [("field_missing", "applicant_id")],
    ),
    ("optional field", complete(answers={"copies": 99}), [("field_invalid", "copies")]),
    ("entered", complete(entered={"old_until": "soon"}), [("field_invalid", "old_until")]),
    ("block", complete(answers={"face_match": False}), [("prompt_block", "G1")]),
    ("unknown", complete(answers={"face_match": Answer(None)}), [("prompt_unknown", "G1")]),
    ("missing paper", complete(materials=PAPERS | {"PHO": "missing"}), [("material_missing", "PHO")]),
    ("open paper", complete(materials={"IDT": "verified"}), [("material_open", "PHO")]),
    ("waived paper", complete(materials=PAPERS | {"PHO": "waived"}), []),
    ("deferred paper", complete(materials=PAPERS | {"PHO": "deferred"}), []),
    ("deferred identity", complete(materials=PAPERS | {"IDT": "deferred"}), [("material_open", "TEMP")]),
    ("other paper of the choice", complete(materials={"TEMP": "verified", "PHO": "verified"}), []),
    (
        "no paper of the choice",
        complete(materials={"IDT": "missing", "TEMP": "missing", "PHO": "verified"}),
        [("material_missing", "IDT"), ("material_missing", "TEMP")],
    ),
    (
        "warning",
        complete(answers={"applicant_id": CHILD, "guardian_id": ADULT}, materials=PAPERS | {"CONS": "deferred"}),
        [("prompt_unconfirmed", "P2"), ("material_missing", "CONS")],
    ),
    (
        "warning confirmed",
        complete(
            answers={"applicant_id": CHILD, "guardian_id": ADULT},
            materials=PAPERS | {"CONS": "missing"},
            confirmed={"P2": ""},
        ),
        [("material_missing", "CONS")],
    ),
]


@pytest.mark.parametrize(("file", "problems"), [row[1:] for row in GATE], ids=[row[0] for row in GATE])
def test_gate(file: CaseFile, problems: list[tuple[str, str]]) -> None:
    got = [tuple(problem) for problem in run(file).gate]
    if file.answers["applicant_id"].value is None:  # everything that hangs on the age stays open with it
        got = got[:1]
    assert got == problems


def test_an_open_question_stands_once_in_the_gate() -> None:
    got = run(case(variant="N", answers={"delivery": "self"}))
    ids = [problem.id for problem in got.gate]
    assert "applicant_id" in ids
    assert "guardian_id" not in ids  # asked only when the age is known
    assert "CONS" not in ids


def test_an_unknown_service_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        run(case("no.such"))


# --- properties ---

POOL: dict[str, list[JsonValue | None]] = {
    "applicant_id": [ADULT, CHILD, "nonsense", None],
    "guardian_id": [ADULT],
    "delivery": ["mail", "self", "x"],
    "mail_address": ["某路1号"],
    "old_until": ["long", "2024-10-01", "2030-01-01"],
    "copies": [1, 3, 77],
    "absconding": [True, False, None],
    "refused": [True, False],
    "face_match": [True, False],
    "gone": ["a fact that the catalogue no longer has"],
}
answer_sets = st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in POOL.items()})
paper_sets = st.fixed_dictionaries(
    {},
    optional={
        code: st.sampled_from(["verified", "missing", "waived", "deferred"])
        for code in ("IDT", "TEMP", "CONS", "PHO", "GONE")
    },
)


@settings(max_examples=60)
@given(answer_sets, paper_sets, st.sampled_from(["", "N", "U", "X"]), st.integers())
def test_any_file_is_assessed_and_the_order_of_its_answers_does_not_matter(
    answers: dict[str, object], papers: dict[str, str], variant: str, seed: int
) -> None:
    got = run(case(answers=answers, materials=papers, variant=variant))
    keys = list(answers)
    random.Random(seed).shuffle(keys)
    again = run(case(answers={key: answers[key] for key in keys}, materials=papers, variant=variant))
    assert again == got


@settings(max_examples=60)
@given(answer_sets, st.data())
def test_one_more_answer_never_turns_a_decided_prompt(answers: dict[str, object], data: st.DataObject) -> None:
    before = run(case(answers=answers, variant="N"))
    unanswered = [key for key in POOL if key not in answers]
    if not unanswered:
        return
    key = data.draw(st.sampled_from(unanswered))
    after = run(case(answers=answers | {key: data.draw(st.sampled_from(POOL[key]))}, variant="N"))
    for old, new in zip(before.prompts, after.prompts, strict=True):
        assert old.value is None or new.value is old.value
