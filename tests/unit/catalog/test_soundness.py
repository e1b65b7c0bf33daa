"""Laws of the evaluator over the whole shipped catalogue, on random half-filled cases.

What is decided stays decided, whatever the rest turns out to be. Two things are left out because they speak of now and
not of the case: `known(f)` (the facts under it are not completed, and a prompt that asks it of a computed value,
like G14 of the due date, is not judged) and `materials_missing`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

import msgspec
import pytest

from counterdesk.catalog.assess import Assessment, assess, evaluated
from counterdesk.catalog.build import DATA
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue, MaterialStatus
from counterdesk.catalog.conditions import Node, StateOf, walk
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.catalog.plan import Plan, reads
from counterdesk.catalog.tools.boundaries import everything, is_valid, plain
from counterdesk.catalog.tools.hints import Hints, closure, collect
from counterdesk.catalog.tools.oracle import Oracle
from counterdesk.catalog.tools.scenarios import read
from counterdesk.catalog.tools.space import domain

INDEX = Index(load())
CASES = 1000
COMPLETIONS = 4
DAYS = (date(2019, 6, 30), date(2022, 4, 1), date(2024, 2, 29), date(2026, 9, 28))
STATUSES: tuple[MaterialStatus, ...] = ("verified", "missing", "waived", "deferred")

Decided = dict[str, object]


class World(NamedTuple):
    """What the cases of one service are made of."""

    plan: Plan
    values: dict[date, dict[str, list[JsonValue]]]
    fixed: frozenset[str]
    now: frozenset[str]


@cache
def worlds() -> list[World]:
    """For each service: values of every fact on each day, the facts under `known`, the prompts about now."""
    pool: dict[tuple[str, str], list[JsonValue]] = {}
    for scenario in read(DATA)[0]:
        for key, answer in scenario.file.answers.items():
            if answer.value is not None:
                pool.setdefault((scenario.service, key), []).append(answer.value)
    found = []
    for service in INDEX.catalog.services:
        plan = INDEX.plan(service.id)
        nodes = everything(plan)
        hints = collect(plan, nodes)
        values: dict[date, dict[str, list[JsonValue]]] = {}
        for day in DAYS:
            values[day] = {}
            for key, fact in plan.facts.items():
                if fact.fact.computed:
                    continue
                near = [plain(value) for value in domain(plan, key, hints.get(key, Hints()), day)]
                near += pool.get((service.id, key), [])
                values[day][key] = [v for v in near if v is not None and is_valid(plan, key, v, day)]
        fixed = frozenset(p.name for n in nodes for p in walk(n) if isinstance(p, StateOf) and p.function == "known")
        answered = {key for key, fact in plan.facts.items() if not fact.fact.computed}
        now = frozenset(p.prompt.id for p in plan.prompts if about_now(plan, p.when, answered))
        found.append(World(plan, values, fixed, now))
    return found


def about_now(plan: Plan, node: Node, answered: Collection[str]) -> bool:
    """Whether a condition asks what is known of something that nobody answers as such."""
    looked_at = {part.name for part in walk(node) if isinstance(part, StateOf) and part.function == "known"}
    return "materials_missing" in closure(plan, [node]) or bool(looked_at - set(answered))


class Case(NamedTuple):
    world: World
    file: CaseFile
    day: date
    role: str

    def assess(self) -> Assessment:
        return assess(INDEX, self.file, today=self.day, role=self.role)


def half_filled(chance: random.Random, world: World) -> Case:
    day = chance.choice(DAYS)
    share = chance.random()
    answers = {
        key: Answer(None, reason="x") if chance.random() < 0.04 else Answer(chance.choice(values))
        for key, values in world.values[day].items()
        if values and chance.random() < share
    }
    variants = [variant.code for variant, _ in world.plan.variants]
    materials = {code: chance.choice(STATUSES) for code in world.plan.materials if chance.random() < share / 2}
    file = CaseFile(
        case="T",
        service=world.plan.service.id,
        variant=chance.choice(variants) if variants and chance.random() < 0.6 else "",
        answers=answers,
        materials=materials,
    )
    return Case(world, file, day, chance.choice(("officer", "auxiliary", "leader")))


def completed(chance: random.Random, case: Case, before: Assessment) -> Case:
    """The case with everything answered that was not; the choice of a variant that its condition does not rule out."""
    answers = dict(case.file.answers)
    for key, values in case.world.values[case.day].items():
        if key not in case.world.fixed and values and (key not in answers or answers[key].value is None):
            answers[key] = Answer(chance.choice(values))
    materials: dict[str, MaterialStatus] = {code: chance.choice(STATUSES) for code in case.world.plan.materials}
    materials |= case.file.materials
    variant = case.file.variant
    if not before.variant:
        open_ = [state.variant.code for state in before.variants if state.applies is not False]
        variant = chance.choice(open_) if open_ else ""
    return case._replace(file=msgspec.structs.replace(case.file, answers=answers, materials=materials, variant=variant))


def decided(result: Assessment, world: World) -> Decided:
    """What is claimed of a case: prompts, materials, money, destination."""
    found: Decided = {p.prompt.id: p.value for p in result.prompts if p.prompt.id not in world.now}
    found |= {f"material {m.use.code}": m.needed for m in result.materials}
    found |= {"fee": result.fee_due, "department": result.department}
    return {key: value for key, value in found.items() if value is not None}


def two_valued(case: Case, result: Assessment) -> Decided:
    """The control: a reading that takes what is missing for false."""
    oracle = Oracle(INDEX, case.file, case.day, case.role)
    return {p.prompt.id: oracle.prompt(p.prompt.id) for p in result.prompts if p.prompt.id not in case.world.now}


def cases(count: int, seed: int = 1) -> Iterator[tuple[random.Random, Case]]:
    chance = random.Random(seed)
    for number in range(count):
        yield chance, half_filled(chance, worlds()[number % len(worlds())])


def contradictions(claims: Callable[[Case, Assessment], Decided], count: int) -> tuple[list[str], int, int]:
    """Claims that a completion of the case contradicts; how many claims there were, and how many were left open."""
    wrong: list[str] = []
    claimed = undecided = 0
    for chance, case in cases(count):
        before = case.assess()
        claim = claims(case, before)
        claimed += len(claim)
        undecided += sum(p.value is None for p in before.prompts)
        for _ in range(COMPLETIONS):
            after = decided(completed(chance, case, before).assess(), case.world)
            wrong += [
                f"{case.file.service} {key}: {value} → {after[key]}"
                for key, value in claim.items()
                if key in after and after[key] != value
            ]
    return wrong, claimed, undecided


def test_no_claim_is_contradicted_by_a_completion() -> None:
    wrong, claimed, undecided = contradictions(lambda case, result: decided(result, case.world), CASES)
    assert wrong == []
    assert claimed > 15 * CASES
    assert undecided > CASES


def test_the_control_with_two_values_fails() -> None:
    wrong, _, _ = contradictions(two_valued, CASES // 10)
    assert len(wrong) > CASES // 10


def test_with_everything_known_it_is_two_valued_logic() -> None:
    compared = 0
    for chance, case in cases(CASES // 5, seed=2):
        full = completed(chance, case, case.assess())
        result = full.assess()
        oracle = Oracle(INDEX, full.file, full.day, full.role)
        for state in result.prompts:
            if state.value is not None:
                compared += 1
                assert state.value == oracle.prompt(state.prompt.id), (full.file.service, state.prompt.id)
        for row in result.materials:
            if row.needed is not None:
                assert row.needed == oracle.needed(row.use.code), (full.file.service, row.use.code)
    assert compared > 10 * CASES // 5


def test_one_more_answer_never_turns_a_decided_result() -> None:
    for chance, case in cases(CASES // 10, seed=3):
        full = completed(chance, case, case.assess())
        order = list(full.file.answers)
        chance.shuffle(order)
        kept = {key for key in case.file.answers if key in case.world.fixed}
        answers = {key: full.file.answers[key] for key in order if key in kept}
        before: Decided = {}
        for key in [key for key in order if key not in kept]:
            answers[key] = full.file.answers[key]
            now = case._replace(file=msgspec.structs.replace(full.file, answers=dict(answers)))
            after = decided(now.assess(), case.world)
            assert {k: v for k, v in before.items() if after.get(k) != v} == {}, (case.file.service, key)
            before = after


def test_the_order_of_answers_does_not_matter() -> None:
    for chance, case in cases(CASES // 5, seed=4):
        order = list(case.file.answers)
        chance.shuffle(order)
        other = msgspec.structs.replace(case.file, answers={key: case.file.answers[key] for key in order})
        assert case._replace(file=other).assess() == case.assess()


def test_a_second_evaluation_is_the_first() -> None:
    """Nothing is kept between evaluations: an index that saw other cases says the same as a fresh one."""
    fresh = Index(load())
    for _, case in cases(CASES // 10, seed=5):
        assert assess(fresh, case.file, today=case.day, role=case.role) == case.assess()


def test_truth_is_the_result_without_its_reasons() -> None:
    for _, case in cases(CASES // 10, seed=6):
        _, facts = evaluated(INDEX, case.file, today=case.day, role=case.role)
        for node in everything(case.world.plan):
            assert node.truth(facts) is node.result(facts).value


@pytest.mark.parametrize("world", worlds(), ids=lambda world: str(world.plan.service.id))
def test_conditions_hang_on_names_of_the_plan(world: World) -> None:
    known = {*world.plan.order, *world.plan.absent, "today", "service", "category", "role", "open_case"}
    assert {name for node in everything(world.plan) for name in reads(node)} <= known
