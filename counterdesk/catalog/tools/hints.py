"""Which values make a difference to a condition: its constants, by the fact that they are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from counterdesk.catalog.conditions import Call, Compare, Literal, Node, Ref, StateOf, walk
from counterdesk.catalog.plan import FactPlan, Plan, reads

OF_APPLICANT: Final = frozenset(("applicant_birth", "applicant_age", "applicant_sex"))
"""What the engine reads from the applicant's number."""


@dataclass
class Hints:
    """The constants that one fact meets.

    numbers: compared with its value. days, months, years: distances from another day. dates, texts: compared with it.
    known, sexes: whether `known(f)` or its sex is looked at. columns: of records. exact: False when a distance is not
    constant, so that no list of values is enough to say "never".
    """

    numbers: set[int] = field(default_factory=set)
    days: set[int] = field(default_factory=set)
    months: set[int] = field(default_factory=set)
    years: set[int] = field(default_factory=set)
    dates: set[date] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    known: bool = False
    sexes: bool = False
    exact: bool = True


def fact_nodes(fact: FactPlan) -> list[Node]:
    """The conditions that decide a fact's value and relevance."""
    nodes = [node for node in (fact.relevant, fact.compute) if node is not None]
    return nodes + [node for node, _ in fact.rows]


def nodes_of(plan: Plan, name: str) -> list[Node]:
    """The conditions behind a name of the plan; none for what is answered and always relevant."""
    if (fact := plan.facts.get(name)) is not None:
        return fact_nodes(fact)
    if (material := plan.materials.get(name)) is not None:
        return [material.when]
    if name == "variant":
        return [node for _, node in plan.variants if node is not None]
    return [plan.system[name]] if name in plan.system else []


def closure(plan: Plan, nodes: Iterable[Node]) -> set[str]:
    """Every name that the nodes depend on, through computed facts, relevance and the conditions of the service."""
    found: set[str] = set()
    todo = [name for node in nodes for name in reads(node)]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        if name in OF_APPLICANT:
            todo.append(plan.service.applicant_fact)
        for node in nodes_of(plan, name):
            todo += reads(node)
    return found


def collect(plan: Plan, nodes: Iterable[Node]) -> dict[str, Hints]:
    """The hints of every name in the closure of `nodes`."""
    nodes = list(nodes)
    names = closure(plan, nodes)
    hints = {name: Hints() for name in names}
    for node in (*nodes, *(inner for name in sorted(names) for inner in nodes_of(plan, name))):
        for part in walk(node):
            if isinstance(part, Compare):
                _compare(plan, part, hints)
            elif isinstance(part, StateOf) and part.function == "known":
                hints[part.name].known = True
            elif isinstance(part, Call):
                _call(plan, part, hints)
    return hints


def _behind(plan: Plan, node: Node, hints: dict[str, Hints]) -> list[Hints]:
    """The hints of the names in a node and of what these are computed from."""
    found: set[str] = set()
    todo = list(reads(node))
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        if name in OF_APPLICANT:
            todo.append(plan.service.applicant_fact)
        fact = plan.facts.get(name)
        if fact is not None and fact.compute is not None:
            todo += reads(fact.compute)
    return [hints[name] for name in found if name in hints]


def _row_values(plan: Plan, node: Node) -> list[object]:
    """The constants that a side of a comparison can be: a literal, a list, or the rows of a computed fact."""
    if isinstance(node, Literal):
        return list(node.constant) if isinstance(node.constant, tuple) else [node.constant]
    if isinstance(node, Ref) and node.name in plan.facts:
        return [value for _, value in plan.facts[node.name].rows]
    return []


def _compare(plan: Plan, node: Compare, hints: dict[str, Hints]) -> None:
    constants = _row_values(plan, node.left) + _row_values(plan, node.right)
    calls = {part.name for part in walk(node) if isinstance(part, Call)}
    for part in walk(node):
        if isinstance(part, Call):
            _distances(plan, part, _behind(plan, node, hints))
    for hint in _behind(plan, node, hints):
        for value in constants:
            if isinstance(value, bool):
                continue
            if isinstance(value, date):
                hint.dates.add(value)
            elif isinstance(value, str):
                hint.texts.add(value)
            elif isinstance(value, int):
                hint.numbers.add(value)
                if calls & {"days_since", "days_until"}:
                    hint.days.add(value)
                else:
                    hint.years.add(value)
    if any(isinstance(part, Ref) and part.name == "applicant_sex" for part in walk(node)):
        for hint in _behind(plan, node, hints):
            hint.sexes = True


def _call(plan: Plan, call: Call, hints: dict[str, Hints]) -> None:
    behind = _behind(plan, call, hints)
    for hint in behind:
        if call.name == "sex":
            hint.sexes = True
        if call.name in ("total", "largest", "distinct") and isinstance(call.args[1], Literal):
            hint.columns.add(str(call.args[1].constant))
    _distances(plan, call, behind)


def _distances(plan: Plan, call: Call, behind: list[Hints]) -> None:
    """The months or years that a call counts matter to whatever it is compared with."""
    if call.name not in ("months_after", "years_after"):
        return
    distances = _row_values(plan, call.args[1])
    for hint in behind:
        hint.exact = hint.exact and bool(distances)
        target = hint.months if call.name == "months_after" else hint.years
        target.update(value for value in distances if isinstance(value, int))
