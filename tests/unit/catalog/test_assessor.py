"""The law of the assessor: after any edits it says what a whole evaluation of the same file says, field by field."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterdesk.catalog import assessor
from counterdesk.catalog.assess import Run, assess
from counterdesk.catalog.assessor import Assessor
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue

from .test_soundness import DAYS, INDEX, STATUSES, World, half_filled, worlds

EDITS = 10
ROLES = ("officer", "auxiliary", "leader")
Edit = Callable[[random.Random, World, "Bench"], None]


class Bench:
    """A case on which edits are made, and the circumstances under which it is assessed."""

    def __init__(self, file: CaseFile, day: date, role: str) -> None:
        self.file = file
        self.day = day
        self.role = role
        self.open_case = ""
        self.overridden: tuple[str, ...] = ()

    def replace(self, **changes: object) -> None:
        self.file = msgspec.structs.replace(self.file, **changes)


def answer(chance: random.Random, world: World, bench: Bench) -> None:
    key = chance.choice(sorted(world.values[bench.day]))
    values: list[JsonValue | None] = [*world.values[bench.day][key], None, ""]
    bench.replace(answers={**bench.file.answers, key: Answer(chance.choice(values))})


def remove(chance: random.Random, _: World, bench: Bench) -> None:
    if bench.file.answers:
        gone = chance.choice(sorted(bench.file.answers))
        bench.replace(answers={key: given for key, given in bench.file.answers.items() if key != gone})


def enter(chance: random.Random, world: World, bench: Bench) -> None:
    key = chance.choice(sorted(world.values[bench.day]))
    entered = {other: text for other, text in bench.file.entered.items() if other != key}
    bench.replace(entered=entered if key in bench.file.entered else {**entered, key: "错"})


def variant(chance: random.Random, world: World, bench: Bench) -> None:
    bench.replace(variant=chance.choice(["", "?", *(one.code for one, _ in world.plan.variants)]))


def material(chance: random.Random, world: World, bench: Bench) -> None:
    if world.plan.materials:
        code = chance.choice(sorted(world.plan.materials))
        kept = {other: status for other, status in bench.file.materials.items() if other != code}
        status = chance.choice((None, *STATUSES))
        bench.replace(materials=kept if status is None else {**kept, code: status})


def confirm(chance: random.Random, world: World, bench: Bench) -> None:
    prompt = chance.choice(world.plan.prompts).prompt.id
    kept = {other: reason for other, reason in bench.file.confirmed.items() if other != prompt}
    bench.replace(confirmed=kept if prompt in bench.file.confirmed else {**kept, prompt: ""})


def override(chance: random.Random, world: World, bench: Bench) -> None:
    bench.overridden = tuple(p.prompt.id for p in world.plan.prompts if chance.random() < 0.2)


def circumstances(chance: random.Random, _: World, bench: Bench) -> None:
    bench.day, bench.role = chance.choice(DAYS), chance.choice(ROLES)
    bench.open_case = chance.choice(("", "310000260001"))


def reread(_: random.Random, __: World, bench: Bench) -> None:
    """The file comes back from the station: the same content, other objects."""
    bench.file = msgspec.json.decode(msgspec.json.encode(bench.file), type=CaseFile)


EDITING: tuple[Edit, ...] = (
    *(answer, answer, answer, answer, remove, enter, variant, material, material),
    *(confirm, override, circumstances, reread),
)


def exactly(value: object) -> object:
    """A value with the types of all that it holds: 1 is not True. Not by `repr`, which personal types keep quiet."""
    if isinstance(value, tuple | list | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return type(value), tuple(exactly(item) for item in items)
    if isinstance(value, dict):
        return dict, tuple((key, exactly(item)) for key, item in value.items())
    return type(value), value


def differing(seed: int, world: World) -> list[str]:
    """The fields in which the assessor and a whole evaluation differ after each of some edits."""
    chance = random.Random(seed)
    case = half_filled(chance, world)
    bench, kept = Bench(case.file, case.day, case.role), Assessor(INDEX)
    wrong = []
    for _ in range(EDITS):
        edit = chance.choice(EDITING)
        edit(chance, world, bench)
        found = kept.assess(
            bench.file, today=bench.day, role=bench.role, open_case=bench.open_case, overridden=bench.overridden
        )
        whole = assess(
            INDEX, bench.file, today=bench.day, role=bench.role, open_case=bench.open_case, overridden=bench.overridden
        )
        for field in whole._fields:
            if exactly(getattr(found, field)) != exactly(getattr(whole, field)):
                wrong.append(f"{edit.__name__}: {field}")
    return wrong


@pytest.mark.parametrize("world", worlds(), ids=lambda world: str(world.plan.service.id))
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_incremental_equals_whole(world: World, seed: int) -> None:
    assert differing(seed, world) == []


def test_the_control_that_forgets_what_hangs_on_an_answer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def shallow(run: Run, touched: set[str]) -> tuple[set[str], set[str]]:
        for name in run.plan.order:
            if name in touched:
                run.evaluate_name(name)
        return set(touched), set(touched)

    monkeypatch.setattr(assessor, "_propagate", shallow)
    assert sum(bool(differing(seed, world)) for seed, world in enumerate(worlds())) > len(worlds()) // 2


def test_an_unknown_service_is_refused_and_the_next_case_is_right() -> None:
    case = half_filled(random.Random(1), worlds()[0])
    kept = Assessor(INDEX)
    kept.assess(case.file, today=case.day, role="officer")
    with pytest.raises(KeyError):
        kept.assess(CaseFile(case="x", service="no.such"), today=case.day, role="officer")
    assert kept.assess(case.file, today=case.day, role="officer") == assess(
        INDEX, case.file, today=case.day, role="officer"
    )
