"""Generated scenarios: every complete case of the catalogue with one fact moved to each side of each constant.

No expected texts: the engine and an independent two-valued evaluator (`oracle.py`) have to agree on every prompt,
material, fee, deadline and destination, at one less, the constant itself and one more; on the day before, of and after
each date and effective date. And each constant has to turn its comparison somewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from counterdesk.catalog.assess import Assessment, evaluated
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.conditions import LONG, Compare, Facts, Literal, Node, walk
from counterdesk.catalog.index import Index
from counterdesk.catalog.plan import Plan
from counterdesk.formats import fields

from .hints import Hints, collect, nodes_of
from .leaves import canonical
from .oracle import Oracle
from .scenarios import Difference, Scenario
from .space import domain

MOST: Final = 90
"""Values of one fact that are tried per case."""
_OUTCOMES: Final = frozenset(("fee_due", "due_days", "due_on"))
_DAY: Final = timedelta(days=1)
_TYPES: Final = frozenset(("int", "money", "date", "date_or_long", "datetime", "rid", "rid_or_uscc", "records"))


class Report(NamedTuple):
    """What the generated scenarios of one service showed.

    cases: how many were run. wrong: those in which the two readings differ. constants: each comparison with a constant
    or a computed day, and whether it was seen on both sides. shared: the same for those of the shared prompts.
    """

    service: str
    cases: int
    wrong: tuple[tuple[str, Difference], ...]
    constants: dict[str, bool]
    shared: dict[str, bool]


def boundary_report(index: Index, service: str, scenarios: Sequence[Scenario]) -> Report:
    """Generate and run the boundary scenarios of a service from its complete scenarios."""
    plan = index.plan(service)
    nodes = everything(plan)
    own = _comparisons(everything(plan, {prompt.id for prompt in plan.service.prompts}))
    comparisons = _comparisons(nodes)
    sides: dict[str, set[object]] = {text: set() for text in comparisons}
    wrong: list[tuple[str, Difference]] = []
    cases = 0
    for name, scenario in _generated(plan, collect(plan, nodes), _templates(index, scenarios)):
        cases += 1
        result, facts = evaluated(
            index, scenario.file, today=scenario.on, role=scenario.role, open_case=scenario.open_case
        )
        wrong += [(name, difference) for difference in disagreements(index, scenario, result)]
        _note(comparisons, facts, sides)
    flipped = {text: {True, False} <= seen for text, seen in sides.items()}
    constants = {text: flips for text, flips in flipped.items() if text in own}
    shared = {text: flips for text, flips in flipped.items() if text not in own}
    return Report(service, cases, tuple(wrong), constants, shared)


def _comparisons(nodes: Iterable[Node]) -> dict[str, Node]:
    return {canonical(part): part for node in nodes for part in walk(node) if _bounded(part)}


def everything(plan: Plan, prompts: Collection[str] | None = None) -> list[Node]:
    """All conditions of a service, with those of all prompts or only of these."""
    nodes = [prompt.when for prompt in plan.prompts if prompts is None or prompt.prompt.id in prompts]
    for name in (*plan.facts, *plan.materials, *plan.system, "variant"):
        nodes += nodes_of(plan, name)
    for table in (plan.decisions, plan.limits, plan.fees):
        nodes += [node for _, node in table]
    return nodes


def _bounded(part: Node) -> bool:
    """An order against a constant or a day; what is an outcome itself (money, the deadline) cannot be set."""
    if not isinstance(part, Compare) or part.symbol not in ("<", "<=", ">", ">=") or _OUTCOMES & set(part.names):
        return False
    return (bool(part.names) and part.names != ("today",)) or any(
        isinstance(s, Literal) for s in (part.left, part.right)
    )


def _note(comparisons: dict[str, Node], facts: Facts, sides: dict[str, set[object]]) -> None:
    for text, node in comparisons.items():
        if len(sides[text]) < 2:
            value = node.truth(facts)
            if value is not None:
                sides[text].add(value)


def _templates(index: Index, scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Accepted scenarios: the first of each variant, and each that has an answer which no earlier one has."""
    found: list[Scenario] = []
    variants: set[str] = set()
    answered: set[str] = set()
    for scenario in scenarios:
        result = scenario.run(index)
        if not result.gate and (result.variant not in variants or scenario.file.answers.keys() - answered):
            found.append(scenario)
            variants.add(result.variant)
            answered |= scenario.file.answers.keys()
    return found


def _generated(plan: Plan, hints: dict[str, Hints], templates: Sequence[Scenario]) -> Iterator[tuple[str, Scenario]]:
    days = sorted(_edges(plan, hints))
    for template in templates:
        for day in days:
            yield f"{template.name}: {day}", template._replace(on=day)
        for key, fact in plan.facts.items():
            if fact.fact.computed or fact.kind not in _TYPES or key not in hints:
                continue
            values = [plain(value) for value in domain(plan, key, hints[key], template.on)]
            if fact.kind == "datetime":
                values = [f"{value} 08:00" for value in values]
            for value in _thinned(values):
                if is_valid(plan, key, value, template.on):
                    answers = template.file.answers | {key: Answer(value)}
                    file = msgspec.structs.replace(template.file, answers=answers)
                    yield f"{template.name}: {key} = {_short(value)}", template._replace(file=file)


def _edges(plan: Plan, hints: dict[str, Hints]) -> set[date]:
    """The day before, of and after each date in a condition about today and each effective date."""
    days = set(hints["today"].dates) if "today" in hints else set()
    for row in (*(p.prompt for p in plan.prompts), *(fee for fee, _ in plan.fees), *(x for x, _ in plan.limits)):
        days |= {day for day in (row.effective_from, row.effective_to) if day is not None}
    return {day + step * _DAY for day in days if day != LONG for step in (-1, 0, 1)}


def _thinned(values: list[JsonValue | None]) -> list[JsonValue]:
    """At most `MOST` of the values; three at a time, so that a constant keeps both its neighbours."""
    values = [value for value in values if value is not None]
    step = -(-len(values) // MOST)
    return [value for at, value in enumerate(values) if value is not None and (at // 3) % step == 0]


def is_valid(plan: Plan, key: str, value: JsonValue, today: date) -> bool:
    """Whether a case file may hold this answer."""
    fact = plan.facts[key]
    if isinstance(value, list | bool):
        return True
    problem = fields.check(fact.fact.type, str(value), today=today, **fact.limits)
    return problem is None or problem.level != "error"


def plain(value: object) -> JsonValue | None:
    """A value of the conditions as it stands in a case file; None when it has no such form."""
    match value:
        case bool() | int():
            return value
        case str():
            return value
        case date():
            return "long" if value == LONG else value.isoformat()
        case Decimal():
            return str(value)
        case tuple() if value and all(isinstance(item, dict) for item in value):
            return [dict(item) for item in value]
        case tuple():
            return ",".join(map(str, value))
    return None


def _short(value: JsonValue) -> str:
    return f"{len(value)} × {value[0]}" if isinstance(value, list) else str(value)


def disagreements(index: Index, scenario: Scenario, result: Assessment) -> Iterator[Difference]:
    """Where the engine decided something and the second reading says otherwise."""
    oracle = make_oracle(index, scenario.file, scenario)
    for state in result.prompts:
        if state.value is not None and state.value != (said := oracle.prompt(state.prompt.id)):
            yield Difference(state.prompt.id, said, state.value)
    for row in result.materials:
        if row.needed is not None and row.needed != (said := oracle.needed(row.use.code)):
            yield Difference(row.use.code, said, row.needed)
    if result.fee_due is not None and result.fee_due != oracle.fee():
        yield Difference("fee", oracle.fee(), result.fee_due)
    if result.department is not None and result.department != oracle.department():
        yield Difference("department", oracle.department(), result.department)
    if result.due is not None and (result.due.days, result.due.day_kind) != oracle.due():
        yield Difference("due", oracle.due(), (result.due.days, result.due.day_kind))


def make_oracle(index: Index, file: CaseFile, scenario: Scenario) -> Oracle:
    """The second reading of a case of a scenario."""
    return Oracle(index, file, scenario.on, scenario.role, scenario.open_case)
