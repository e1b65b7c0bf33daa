"""What the scenarios show: each prompt true, false and unknown, each material needed and not needed (C01-C05).

Only scenarios written by hand count; generated ones say nothing about what was meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from counterdesk.catalog.assess import Assessment, assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.check import Finding
from counterdesk.catalog.conditions import Facts, Node
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Dated, Service

from .leaves import canonical, decides, leaves_of
from .scenarios import Scenario
from .space import BASE

SHARED: Final = "global.toml"
Key = tuple[str, str]
"""The file and the id of a prompt or a material row."""


class Run(NamedTuple):
    """A scenario that was run, with the facts as the conditions saw them."""

    scenario: Scenario
    result: Assessment
    facts: Facts


class Coverage(NamedTuple):
    """What was seen of every prompt and material row.

    prompts, materials: what each came to. always: those without a condition, which are never false.
    openable: the prompts that an unanswered question can leave open.
    leaves: whether each part of a condition ever made the difference, by prompt.
    services: how many scenarios each service has.
    """

    prompts: dict[Key, set[bool | None]]
    materials: dict[Key, set[bool | None]]
    always: set[Key]
    openable: set[Key]
    leaves: dict[Key, dict[str, bool]]
    services: dict[str, int]

    def lacking(self) -> Iterator[tuple[Key, bool | None]]:
        """Each value that a prompt or material should have had and never had."""
        for key, seen in (*self.prompts.items(), *self.materials.items()):
            if True not in seen:
                yield key, True
            if False not in seen and key not in self.always:
                yield key, False
            if None not in seen and key in self.openable:
                yield key, None

    def summary(self) -> Iterator[tuple[str, int, int]]:
        """(what, how many of, how many) for each thing that is counted."""
        lacking = set(self.lacking())
        for name, table in (("prompts", self.prompts), ("materials", self.materials)):
            sometimes = [key for key in table if key not in self.always]
            words = ("true", "false") if name == "prompts" else ("needed", "not needed")
            yield f"{name} {words[0]}", sum((key, True) not in lacking for key in table), len(table)
            yield f"{name} {words[1]}", sum((key, False) not in lacking for key in sometimes), len(sometimes)
        yield "prompts unknown", sum((key, None) not in lacking for key in self.openable), len(self.openable)


def run_all(index: Index, scenarios: Iterable[Scenario]) -> list[Run]:
    """Run scenarios of services that the catalogue has."""
    known = {service.id for service in index.catalog.services}
    return [Run(s, *s.evaluate(index)) for s in scenarios if s.service in known]


def cover(index: Index, runs: Iterable[Run], services: Collection[str] | None = None) -> Coverage:
    """Count what the scenarios of these services (all when None) show."""
    wanted = [s for s in index.catalog.services if services is None or s.id in services]
    found = Coverage({}, {}, set(), set(), {}, {service.id: 0 for service in wanted})
    for prompt in index.catalog.prompts:
        _add(found.prompts, found, (SHARED, prompt.id), prompt.when, prompt)
    for service in wanted:
        _prepare(index, service, found)
    for run in runs:
        if run.scenario.service in found.services:
            _count(index, run, found)
    return found


def _add(table: dict[Key, set[bool | None]], found: Coverage, key: Key, when: str, dated: Dated | None) -> None:
    table[key] = set()
    if not when and not (dated and (dated.effective_from or dated.effective_to)):
        found.always.add(key)


def _prepare(index: Index, service: Service, found: Coverage) -> None:
    file = f"services/{service.id}.toml"
    for prompt in service.prompts:
        _add(found.prompts, found, (file, prompt.id), prompt.when, prompt)
    for use in service.materials:
        _add(found.materials, found, (file, use.code), use.when, None)
    for variant in ("", *(variant.code for variant in service.variants)):
        empty = CaseFile(case="", service=service.id, variant=variant)
        for state in assess(index, empty, today=BASE, role="officer").prompts:
            if state.value is None:
                found.openable.add(_key(found, file, state.prompt.id))


def _key(found: Coverage, file: str, prompt: str) -> Key:
    return (file, prompt) if (file, prompt) in found.prompts else (SHARED, prompt)


def _count(index: Index, run: Run, found: Coverage) -> None:
    service = run.scenario.service
    found.services[service] += 1
    file = f"services/{service}.toml"
    states = {state.prompt.id: state.value for state in run.result.prompts}
    for plan in index.plan(service).prompts:
        key = _key(found, file, plan.prompt.id)
        found.prompts[key].add(states.get(plan.prompt.id, False))
        if plan.prompt.id in states:
            _flip(plan.when, run.facts, found.leaves.setdefault(key, {}))
    for material in run.result.materials:
        found.materials[(file, material.use.code)].add(material.needed)


# --- C05: does each part of a condition matter? ---------------------------------------------------------------------


@cache
def _parts(node: Node) -> tuple[tuple[str, Node], ...]:
    """The leaves of a condition that has several, each with its place and text."""
    leaves = leaves_of(node)
    return tuple((f"{at}: {canonical(leaf)}", leaf) for at, leaf in enumerate(leaves, 1)) if len(leaves) > 1 else ()


def _flip(node: Node, facts: Facts, seen: dict[str, bool]) -> None:
    """Note for each part of a condition whether it decides this case."""
    for name, leaf in _parts(node):
        if not seen.get(name):
            seen[name] = decides(node, leaf, facts)


# --- findings -------------------------------------------------------------------------------------------------------


_CODES: Final[dict[bool | None, str]] = {True: "C01", False: "C02", None: "C03"}


def lint_coverage(found: Coverage) -> Iterator[Finding]:
    """C01 to C05 from what was counted."""
    for service, count in found.services.items():
        if not count:
            yield Finding("C04", "warning", f"services/{service}.toml", service)
    empty = {f"services/{service}.toml" for service, count in found.services.items() if not count}
    for key, value in found.lacking():
        if key[0] not in empty:
            yield Finding(_CODES[value], "warning", *key)
    for key, leaves in found.leaves.items():
        yield from (Finding("C05", "warning", *key, leaf) for leaf, matters in leaves.items() if not matters)
