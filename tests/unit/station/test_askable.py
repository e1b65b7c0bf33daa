"""What a leader can be asked for, over all services: laws that hold for any case file."""

from __future__ import annotations

import random
from datetime import date, datetime
from functools import cache

import msgspec
import pytest

from counterdesk.catalog.assess import assess
from counterdesk.catalog.casefile import Answer, CaseFile, MaterialStatus
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.fill import complete
from counterdesk.station.acceptance import askable, evidence, needless
from counterdesk.station.model import TIMEZONE, Case, Request

INDEX = Index(load())
DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, tzinfo=TIMEZONE)
STATUSES: tuple[MaterialStatus | None, ...] = ("verified", "missing", "deferred", "waived", None)


@cache
def whole(service: str) -> CaseFile:
    """A complete file."""
    return complete(INDEX, 1, service, DAY) or CaseFile(case="", service=service)


def damaged(service: str, chance: random.Random) -> CaseFile:
    """A complete file in which some answers and papers are otherwise, whatever that means."""
    file = whole(service)
    materials = dict(file.materials)
    for code in INDEX.plan(service).materials:
        if chance.random() < 0.4:
            status = chance.choice(STATUSES)
            materials = {k: v for k, v in materials.items() if k != code} | ({code: status} if status else {})
    answers = dict(file.answers)
    for key, plan in INDEX.plan(service).facts.items():
        if chance.random() < 0.3 and plan.kind in ("bool", "enum"):
            enum = tuple(map(str, plan.limits.get("options", ())))
            options: tuple[str | bool, ...] = (True, False) if plan.kind == "bool" else enum
            if options:
                answers[key] = Answer(chance.choice(options))
    return msgspec.structs.replace(file, materials=materials, answers=answers)


def case_of(service: str, *asked: str, overrides: tuple[str, ...] = (), deferred: tuple[str, ...] = ()) -> Case:
    requests = tuple(
        Request(what=what, item=item, reason="instruction", by="p1", at=NOW)  # type: ignore[arg-type]
        for what, _, item in (key.partition(":") for key in asked)
    )
    return Case(
        id="c1",
        ticket="t1",
        counter="1",
        officer="p1",
        service=service,
        status="draft",
        opened_at=NOW,
        changed_at=NOW,
        requests=requests,
        deferred=deferred,
        overrides=dict.fromkeys(overrides, "instruction"),
    )


@pytest.mark.parametrize("service", [service.id for service in INDEX.catalog.services])
def test_what_is_asked_is_in_the_way_and_a_yes_takes_it_out(service: str) -> None:
    plan = INDEX.plan(service)
    prompts = {one.prompt.id: one.prompt for one in plan.prompts}
    chance = random.Random(service)
    for _ in range(12):
        file = damaged(service, chance)
        found = assess(INDEX, file, today=DAY, role="officer")
        case = case_of(service)
        keys = askable(case, found)
        assert evidence(INDEX, case, found).askable == keys
        assert needless(case_of(service, *keys), found) == (), "what can be asked for is needed"
        for key in keys:
            what, _, item = key.partition(":")
            if what == "override":
                assert prompts[item].overridable
                assert f"prompt_block:{item}" in evidence(INDEX, case, found).gate
                granted = case_of(service, overrides=(item,))
                after = assess(INDEX, file, today=DAY, role="officer", overridden=granted.overrides)
                assert f"prompt_block:{item}" not in evidence(INDEX, granted, after).gate
            else:
                assert plan.materials[item].deferrable
                granted = case_of(service, deferred=(item,))
                marked = msgspec.structs.replace(file, materials={**file.materials, item: "deferred"})
                after = assess(INDEX, marked, today=DAY, role="officer")
                gate = evidence(INDEX, granted, after).gate
                assert not {f"material_missing:{item}", f"material_open:{item}"} & set(gate)
            assert key not in askable(granted, after)


def test_some_of_all_that_can_be_asked_for_was_met() -> None:
    """The law above would hold for a function that never finds anything."""
    met: set[str] = set()
    for service in INDEX.catalog.services:
        chance = random.Random(service.id)
        for _ in range(12):
            found = assess(INDEX, damaged(service.id, chance), today=DAY, role="officer")
            met |= {f"{service.id}:{key}" for key in askable(case_of(service.id), found)}
    assert len([key for key in met if ":override:" in key]) > 60
    assert len([key for key in met if ":deferral:" in key]) > 5
