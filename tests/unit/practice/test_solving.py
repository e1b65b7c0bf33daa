"""Cases in which one rule decides: one for every rule of the catalogue, and a twin on the other side."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from counterdesk.catalog.assess import Assessment, assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.conditions import materials
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.formats import resident_id
from counterdesk.practice import people
from counterdesk.practice.agreement import disagreements
from counterdesk.practice.generated import scenario_of
from counterdesk.practice.papers import VALID, particulars, printed, validity
from counterdesk.practice.scenario import truth_of
from counterdesk.practice.solving import Coverage, Solved, cover, solve
from counterdesk.practice.targets import Target, Unsolved, targets

DAY = date(2026, 11, 23)


def value(found: Assessment, target: Target) -> bool | None:
    if target.kind == "prompt":
        return next(state.value for state in found.prompts if state.prompt.id == target.code)
    return next(state.needed for state in found.materials if state.use.code == target.code)


def test_of_one_service_every_shared_rule_is_a_rule_of_it(index: Index) -> None:
    shared = [p.id for p in index.catalog.prompts if p.level in ("BLOCK", "WARN")]
    named = [one.id for one in targets(index, "idcard.renew")]
    assert [f"idcard.renew:{name}" for name in shared] == named[-len(shared) :]


def test_a_year_without_a_calendar_is_said(index: Index) -> None:
    target = next(t for t in targets(index) if t.id == "passport.renew:P4")
    assert solve(index, target, date(2028, 3, 1)) == Unsolved(target, "no_calendar")


def looked_at(index: Index, one: Solved, file: CaseFile, role: str, open_case: str) -> Assessment:
    return assess(index, file, today=one.day, role=role, open_case=open_case)


@pytest.fixture(scope="module")
def covered(index: Index) -> Coverage:
    """All rules, solved once for the tests that look at all of them."""
    return cover(index, DAY)


def test_every_blocker_warning_and_conditional_paper_has_its_two_cases(index: Index, covered: Coverage) -> None:
    found = covered
    assert found.unsolved == ()
    assert len(found.solved) == len(targets(index)) == len({one.target.id for one in found.solved})
    for one in found.solved:
        case = looked_at(index, one, one.case, one.role, one.open_case)
        twin = looked_at(index, one, one.twin, one.twin_role, one.twin_open_case)
        assert value(case, one.target) is True, one.target.id
        assert value(twin, one.target) is False, one.target.id
        assert twin.gate == (), one.target.id
        when = next(
            (p.when for p in index.plan(one.target.service).prompts if p.prompt.id == one.target.code),
            None,
        )
        own = {one.target.code, *(materials(when) if when is not None else ()), *one.others}
        assert {problem.id for problem in case.gate} <= own, one.target.id


def test_no_scenario_contradicts_itself(index: Index, covered: Coverage) -> None:
    """Numbers of records, dates, points, fines, ages and what stands on papers, of all that the catalogue gives."""
    made = [scenario_of(index, one, near=near) for one in covered.solved for near in (False, True)]
    assert len(made) > 700
    for scenario in made:
        truth = truth_of(index, scenario)
        assert disagreements(index, truth.file, scenario.day) == (), scenario.id
        there = frozenset(code for code in truth.file.materials if scenario.paper(code).state != "absent")
        on_papers = printed(index.plan(scenario.service), truth.file, there)
        for code in there:
            keys = on_papers.get(code, ())
            shown = particulars(index, scenario, truth.file, code, keys)
            assert not (validity(code, truth.file.answers) in keys and VALID in shown), (scenario.id, code)
            assert all(shown[key] == truth.file.answers[key].value for key in keys if key in shown), scenario.id
            if "id_card_expiry" in keys:
                assert code in ("IDT", "ID", "OLDID") or not there & {"IDT", "ID", "OLDID"}, scenario.id


def test_what_is_counted_is_every_rule_that_is_judged(index: Index) -> None:
    services = index.catalog.services
    judged = [p for one in services for p in one.prompts if p.level in ("BLOCK", "WARN")]
    shared = [p for p in index.catalog.prompts if p.level in ("BLOCK", "WARN")]
    papers = [use for one in services for use in one.materials if use.when]
    assert len(targets(index)) == len(judged) + len(shared) + len(papers)


def test_the_same_seed_and_day_give_the_same_cases(index: Index) -> None:
    target = next(t for t in targets(index) if t.id == "idcard.renew:P1")
    assert solve(index, target, DAY, 5) == solve(Index(load()), target, DAY, 5)
    assert solve(index, target, DAY, 5) != solve(index, target, DAY, 6)


def test_before_a_rule_is_the_law_its_case_is_on_the_first_day_of_it(index: Index) -> None:
    target = next(t for t in targets(index) if t.id == "hukou.birth:P4")
    found = solve(index, target, date(2020, 6, 1))
    assert isinstance(found, Solved)
    assert found.day == date(2021, 1, 1)


def test_everybody_in_the_cases_is_invented(index: Index) -> None:
    for target in targets(index)[::17]:
        found = solve(index, target, DAY)
        assert isinstance(found, Solved)
        for key, plan in index.plan(found.target.service).facts.items():
            answer = found.case.answers.get(key)
            if plan.kind == "rid" and answer is not None and isinstance(answer.value, str):
                assert resident_id.check(answer.value, found.day) is None
                assert answer.value.startswith((people.REGION, "81", "82", "83"))


def with_first_prompt(index: Index, level: str, when: str) -> tuple[Index, Target]:
    """The catalogue with another first prompt of the exchange of ID cards."""
    service = index.service("idcard.renew")
    other = msgspec.structs.replace(service.prompts[0], level=level, when=when)
    changed = msgspec.structs.replace(service, prompts=(other, *service.prompts[1:]))
    catalog = msgspec.structs.replace(
        index.catalog, services=tuple(changed if one.id == service.id else one for one in index.catalog.services)
    )
    return Index(catalog), Target(service.id, "prompt", other.id)


def test_a_rule_that_is_new_today_has_its_cases_today(index: Index) -> None:
    other, target = with_first_prompt(index, "BLOCK", 'delivery == "mail" and applicant_age >= 90')
    found = solve(other, target, DAY)
    assert isinstance(found, Solved)
    assert found.case.answers["delivery"].value == "mail"


def test_control_what_cannot_be_solved_is_said_with_the_reason(index: Index) -> None:
    for level, when, reason in (
        ("WARN", 'face_match == "pass" and face_match == "failed"', "never_true"),
        ("WARN", "known(phone) or not known(phone)", "never_false"),
        ("BLOCK", "", "no_complete_case"),
    ):
        other, target = with_first_prompt(index, level, when)
        assert solve(other, target, DAY) == Unsolved(target, reason)
