"""What the scenarios show of the catalogue: each prompt true, false and unknown, each material needed and not (C01-C05).

Only scenarios written by hand count; generated ones say nothing about what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from counterdesk.catalog import conditions as c
from counterdesk.catalog.assess import Assessment, assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.check import Finding
from counterdesk.catalog.conditions import Facts, Node
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Prompt, Service
from counterdesk.catalog.plan import Plan, parse

from .scenarios import Scenario
from .space import BASE, ROLES

SHARED: Final = "global.toml"
Key = tuple[str, str]
"""The file and the id of a prompt or a material row."""


class Coverage(NamedTuple):
    """What was seen of every prompt and material row.

    prompts, materials: what each came to. openable: the prompts that an unanswered question can leave open.
    open_leaves: parts of conditions that never made a difference, by prompt.
    services: how many scenarios each service has.
    """

    prompts: dict[Key, set[bool | None]]
    materials: dict[Key, set[bool | None]]
    openable: set[Key]
    open_leaves: dict[Key, list[str]]
    services: dict[str, int]

    def summary(self) -> Iterator[tuple[str, int, int]]:
        """(what, how many of, how many) for each thing that is counted."""
        for value, name in ((True, "true"), (False, "false")):
            wanted = [key for key in self.prompts if key not in self._told(value)]
            yield f"prompts {name}", sum(value in self.prompts[key] for key in wanted), len(wanted)
        yield "prompts unknown", sum(None in self.prompts[key] for key in self.openable), len(self.openable)
        for value, name in ((True, "needed"), (False, "not needed")):
            wanted = [key for key in self.materials if key not in self._told(value)]
            yield f"materials {name}", sum(value in self.materials[key] for key in wanted), len(wanted)

    def _told(self, value: bool) -> set[Key]:
        return set() if value else self.always()

    def always(self) -> set[Key]:
        """What has no condition, so that it is never false."""
        return {key for key, seen in (*self.prompts.items(), *self.materials.items()) if ... in seen}  # type: ignore[comparison-overlap]


def cover(index: Index, runs: Iterable[tuple[Scenario, Assessment]], *, services: set[str] | None = None) -> Coverage:
    """Count what the scenarios of these services (all when None) show."""
    wanted = [s for s in index.catalog.services if services is None or s.id in services]
    found = Coverage({}, {}, set(), {}, {service.id: 0 for service in wanted})
    leaves: dict[Key, dict[str, bool]] = {}
    own: dict[str, set[str]] = {}
    for service in wanted:
        _prepare(index, service, found)
        own[service.id] = {prompt.id for prompt in service.prompts}
    for prompt in index.catalog.prompts:
        found.prompts[(SHARED, prompt.id)] = _always(prompt.when, prompt)
    for scenario, result in runs:
        if scenario.service not in found.services:
            continue
        found.services[scenario.service] += 1
        file = f"services/{scenario.service}.toml"
        states = {state.prompt.id: state.value for state in result.prompts}
        for name in (*own[scenario.service], *(prompt.id for prompt in index.catalog.prompts)):
            key = (file if name in own[scenario.service] else SHARED, name)
            found.prompts[key].add(states.get(name, False))
        for state in result.materials:
            found.materials[(file, state.use.code)].add(state.needed)
        _flip(index.plan(scenario.service), file, own[scenario.service], scenario, result, leaves)
    for key, seen in leaves.items():
        if lost := [leaf for leaf, matters in seen.items() if not matters]:
            found.open_leaves[key] = lost
    return found


def _always(when: str, dated: Prompt | None = None) -> set[bool | None]:
    bound = dated is not None and (dated.effective_from or dated.effective_to)
    return set() if when or bound else {...}  # type: ignore[arg-type]


def _prepare(index: Index, service: Service, found: Coverage) -> None:
    file = f"services/{service.id}.toml"
    for prompt in service.prompts:
        found.prompts[(file, prompt.id)] = _always(prompt.when, prompt)
    for use in service.materials:
        found.materials[(file, use.code)] = _always(use.when)
    own = {prompt.id for prompt in service.prompts}
    variants = ["", *(variant.code for variant in service.variants)]
    for variant in variants:
        empty = CaseFile(case="", service=service.id, variant=variant)
        for role in ROLES[:1]:
            for state in assess(index, empty, today=BASE, role=role).prompts:
                if state.value is None:
                    found.openable.add((file if state.prompt.id in own else SHARED, state.prompt.id))


# --- C05: does each part of a condition matter? ---------------------------------------------------------------------


def leaves_of(node: Node) -> list[Node]:
    """The parts of a condition that are true or false by themselves."""
    match node:
        case c.Junction():
            return [leaf for part in node.parts for leaf in leaves_of(part)]
        case c.Not():
            return leaves_of(node.part)
    return [node]


def forced(node: Node, leaf: Node, value: bool, facts: Facts) -> bool | None:
    """What a condition comes to when one of its leaves is given a value (the leaf is meant by identity)."""
    if node is leaf:
        return value
    match node:
        case c.Junction():
            seen = [forced(part, leaf, value, facts) for part in node.parts]
            if node.decider in seen:
                return node.decider
            return None if None in seen else not node.decider
        case c.Not():
            inner = forced(node.part, leaf, value, facts)
            return None if inner is None else not inner
    return node.result(facts).value


def _flip(
    plan: Plan, file: str, own: set[str], scenario: Scenario, result: Assessment, leaves: dict[Key, dict[str, bool]]
) -> None:
    facts = facts_of(plan, scenario, result)
    in_force = {state.prompt.id for state in result.prompts}
    for prompt in plan.prompts:
        key = (file if prompt.prompt.id in own else SHARED, prompt.prompt.id)
        found = leaves_of(prompt.when)
        if prompt.prompt.id not in in_force or len(found) < 2:
            continue
        seen = leaves.setdefault(key, {})
        for number, leaf in enumerate(found):
            name = f"{number + 1}: {text_of(leaf)}"
            if not seen.get(name):
                seen[name] = forced(prompt.when, leaf, True, facts) != forced(prompt.when, leaf, False, facts)


def facts_of(plan: Plan, scenario: Scenario, result: Assessment) -> Facts:
    """The facts of an assessed scenario as conditions saw them: only decided values, the rest unknown."""
    values: dict[str, object] = {
        "today": scenario.on,
        "service": plan.service.id,
        "category": plan.service.category,
        "role": scenario.role,
        "open_case": scenario.open_case,
        "variant": result.variant or c.UNKNOWN,
        "fee_due": c.UNKNOWN if result.fee_due is None else result.fee_due,
    }
    for state in result.facts:
        values[state.fact.key] = c.IRRELEVANT if state.status == "irrelevant" else state.value
        if state.value is None and state.status != "irrelevant":
            values[state.fact.key] = c.UNKNOWN
    values.update(dict.fromkeys(plan.absent, c.IRRELEVANT))
    facts = Facts(values, scenario.on)
    for name in ("applicant_birth", "applicant_age", "applicant_sex"):
        from .space import _applicant

        values[name] = _applicant(name, values.get(plan.service.applicant_fact, c.UNKNOWN), scenario.on)
        facts.values[name] = values[name]
    for material in result.materials:
        open_ = c.IRRELEVANT if material.needed is False else c.UNKNOWN
        facts.values[material.use.code] = open_ if material.status == "open" else material.status in ("verified", "waived")
    if result.due is not None:
        due = result.due
        facts.values |= {"due_days": due.days, "due_kind": due.day_kind, "due_on": due.on or c.UNKNOWN}
    missing = any(
        m.status == "missing" and m.needed and m.use.necessity == "required" for m in result.materials
    )
    facts.values["materials_missing"] = missing
    for name in plan.order:
        if name in plan.system:
            truth = plan.system[name].result(facts).value
            facts.values[name] = c.UNKNOWN if truth is None else truth
    return facts


def text_of(node: Node) -> str:
    """A part of a condition as text."""
    from .expressions import canonical

    return canonical(node)


# --- findings -------------------------------------------------------------------------------------------------------


def lint_coverage(index: Index, found: Coverage) -> Iterator[Finding]:
    """C01 to C05 from what was counted."""
    always = found.always()
    for key, seen in (*found.prompts.items(), *found.materials.items()):
        if True not in seen:
            yield Finding("C01", "warning", *key)
        if False not in seen and key not in always:
            yield Finding("C02", "warning", *key)
        if key in found.openable and None not in seen:
            yield Finding("C03", "warning", *key)
    for service, count in found.services.items():
        if not count:
            yield Finding("C04", "warning", f"services/{service}.toml", service)
    for key, leaves in found.open_leaves.items():
        for leaf in leaves:
            yield Finding("C05", "warning", *key, leaf)


def gaps(found: Coverage) -> Iterator[str]:
    """What is missing, as lines."""
    always = found.always()
    for key, seen in (*found.prompts.items(), *found.materials.items()):
        lacking = ["true"] if True not in seen else []
        lacking += ["false"] if False not in seen and key not in always else []
        lacking += ["unknown"] if key in found.openable and None not in seen else []
        if lacking:
            yield f"{key[0]} {key[1]}: {', '.join(lacking)}"


__all__ = ["Coverage", "cover", "gaps", "leaves_of", "lint_coverage", "parse"]
