"""Scenarios out of the catalogue: each rule that decides something, and its twin in which it narrowly does not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Prompt, Text
from counterdesk.practice.chance import chance
from counterdesk.practice.papers import holder_number, validity
from counterdesk.practice.scenario import Expect, Paper, PaperState, Scenario, Temper, Value, truth_of
from counterdesk.practice.sources import spoken
from counterdesk.practice.targets import Target, Unsolved, targets

if TYPE_CHECKING:
    from counterdesk.practice.solving import Solved

NEAR: Final = ":near"
"""What the id of a twin ends with."""
_FAULTS: Final[tuple[PaperState, ...]] = ("absent", "absent", "copy", "expired", "someone_else")
_FORMS: Final = frozenset(("FHK", "FID", "FEE", "FDL", "FVH", "FDOG", "APPF", "LOSTS", "CONS", "COMMIT", "POA", "NMS"))
"""Papers that are written for the case: they are there or not, never expired or somebody else's."""
_PICTURES: Final = frozenset(("PHID", "PHEE", "PHDL", "DOGPH", "EBV", "PLATE"))
_TEMPERS: Final[tuple[Temper, ...]] = ("polite", "plain", "plain", "impatient")


def ids(index: Index, service: str = "") -> tuple[str, ...]:
    """The ids of all generated scenarios, of one service or of all; nothing is solved for that."""
    return tuple(name for target in targets(index, service) for name in (target.id, target.id + NEAR))


def generated(index: Index, name: str, today: date, seed: int = 0) -> Scenario | Unsolved:
    """The generated scenario with this id on this day.

    Raises:
        KeyError: for an id that no rule of the catalogue has.
    """
    from counterdesk.practice.solving import solve  # it takes its time to load, and a list needs none of it

    wanted = name.removesuffix(NEAR)
    service = wanted.partition(":")[0]
    known = targets(index, "" if service == "shared" else service)
    target = next((target for target in known if target.id == wanted), None)
    if target is None:
        raise KeyError(name)
    found = solve(index, target, today, seed)
    return found if isinstance(found, Unsolved) else scenario_of(index, found, seed, near=name.endswith(NEAR))


def scenario_of(index: Index, solved: Solved, seed: int = 0, *, near: bool = False) -> Scenario:
    """The scenario of a solved rule, or its twin."""
    target = solved.target
    file = solved.twin if near else solved.case
    name = target.id + (NEAR if near else "")
    made = Scenario(
        id=name,
        service=target.service,
        variant=file.variant,
        day=solved.day,
        seed=seed,
        title=title(index, target, near),
        hints=() if near else (_hint(index, target),),
        role=solved.twin_role if near else solved.role,
        open_case=solved.twin_open_case if near else solved.open_case,
        complete=True,
        facts=dict(_facts(file)),
        papers=() if near else _papers(index, solved, seed),
        temper=chance(seed, "temper", name).choice(_TEMPERS),
        decides=() if near else (target.rule,),
        mistaken={} if near else _mistaken(solved),
        expect=Expect(outcome="accept"),
    )
    return with_expectation(index, made)


def with_expectation(index: Index, scenario: Scenario) -> Scenario:
    """The scenario with what the catalogue makes of it as its expectation."""
    truth = truth_of(index, scenario)
    found = truth.found
    fee = None if found.fee_due is None else str(found.fee_due)
    expect = Expect(
        outcome=truth.outcomes[0],
        fee=fee,
        due=found.due.on if found.due is not None else None,
        department=found.department,
        prompts=(*truth.blocks, *truth.warnings),
        materials=truth.lacking,
    )
    return msgspec.structs.replace(scenario, expect=expect)


def _facts(file: CaseFile) -> dict[str, Value]:
    return {key: answer.value for key, answer in sorted(file.answers.items())}


def _papers(index: Index, solved: Solved, seed: int) -> tuple[Paper, ...]:
    """What is not in order: papers whose absence the rule is about, and the paper that is the rule."""
    target = solved.target
    found = [Paper(code=code, state="absent") for code, mark in solved.case.materials.items() if mark == "missing"]
    if target.kind == "material":
        uses = {use.code: use for use in index.service(target.service).materials}
        group = uses[target.code].one_of
        state = _fault(target.code, uses[target.code].originals, seed, target.id)
        if state == "someone_else" and not holder_number(index, solved.case, target.code):
            state = "absent"  # whose it is could not be told from anything
        if state == "expired" and validity(target.code, solved.case.answers):
            state = "absent"  # until when it holds is a fact of the case, and that says otherwise
        found.append(Paper(code=target.code, state=state))
        found += [
            Paper(code=code, state="absent")
            for code in uses
            if code != target.code and group and uses[code].one_of == group
        ]
    return tuple({paper.code: paper for paper in found}.values())


def _fault(code: str, originals: int, seed: int, name: str) -> PaperState:
    if code in _FORMS or code in _PICTURES:
        return "absent"
    state = chance(seed, "fault", name).choice(_FAULTS)
    return "absent" if state == "copy" and not originals else state


def _mistaken(solved: Solved) -> dict[str, Value]:
    """What stands in the twin instead: what somebody writes down who does not see what decides."""
    if solved.target.kind == "material":
        return {}
    case, twin = solved.case, solved.twin
    found: dict[str, Value] = {}
    if case.variant != twin.variant:
        found["variant"] = twin.variant
    for key in sorted({*case.answers, *twin.answers}):
        before, after = case.answers.get(key), twin.answers.get(key)
        if (before and before.value) != (after and after.value) or (before is None) != (after is None):
            found[key] = None if after is None else after.value
    missing = [code for code, mark in case.materials.items() if mark == "missing"]
    found |= {code: "verified" for code in sorted(missing) if twin.materials.get(code) == "verified"}
    return found


def title(index: Index, target: Target, near: bool) -> Text:
    """What a generated scenario is called: the service and what its rule says."""
    service = index.service(target.service).short
    about = _about(index, target)
    if near:
        return Text(zh=f"{service.zh}(差一点):{about.zh}", en=f"{service.en} (a near miss): {about.en}")
    return Text(zh=f"{service.zh}:{about.zh}", en=f"{service.en}: {about.en}")


def _about(index: Index, target: Target) -> Text:
    if target.kind == "material":
        return index.material(target.code).name
    return spoken(index, target.service, _prompt(index, target).text)


def _hint(index: Index, target: Target) -> Text:
    if target.kind == "prompt":
        return _about(index, target)
    name, check = index.material(target.code).name, index.material(target.code).check
    return Text(zh=f"{name.zh}:{check.zh}", en=f"{name.en}: {check.en}")


def _prompt(index: Index, target: Target) -> Prompt:
    prompts = (plan.prompt for plan in index.plan(target.service).prompts)
    return next(prompt for prompt in prompts if prompt.id == target.code)
