"""One service made ready to be evaluated: its conditions parsed, its facts in the order in which they depend.

`Index` makes a plan once per service and keeps it; `assess` runs it; `check` reads it to find mistakes.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Final, NamedTuple

from counterdesk.formats.fields import Limits

from . import conditions
from .conditions import ALWAYS, Node, Ref, materials, names
from .model import Catalog, Decision, Fact, Fee, Limit, Material, MaterialUse, Prompt, Service, Variant

SYSTEM_FACTS: Final[frozenset[str]] = frozenset(
    (
        *("today", "service", "category", "variant", "role", "open_case"),
        *("applicant_birth", "applicant_age", "applicant_sex"),
        *("materials_missing", "fee_due", "due_days", "due_kind", "due_on"),
        *("kiosk_possible", "app_possible", "guardian_needed", "agent_allowed"),
    )
)
"""What the engine knows without asking. No fact of the catalogue may have one of these names."""

SERVICE_CONDITIONS: Final[dict[str, str]] = {
    "guardian_needed": "guardian_needed",
    "agent_allowed": "agent_allowed",
    "kiosk_possible": "kiosk_when",
    "app_possible": "app_when",
}
"""System facts that are conditions of the service, with the field that says so."""

_SECTIONS: Final = {"identity": 0, "details": 1, "checks": 2}


parse = lru_cache(maxsize=4096)(conditions.parse)
"""The same texts stand in every service (the shared prompts) and are read twice; nodes are never changed."""


class CycleError(ValueError):
    """Facts that depend on each other in a circle; `path` names them."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(" -> ".join(path))
        self.path = path


class FactPlan(NamedTuple):
    """A fact with its conditions parsed; `required` is a bool where the catalogue says always or never.

    kind: the field type without its length.
    limits: what `counterdesk.formats.fields.check` needs to know beside the type.
    reads: what its state hangs on beside its value: whether it is relevant, required and what is offered.
    """

    fact: Fact
    relevant: Node | None
    required: Node | bool
    compute: Node | None
    rows: tuple[tuple[Node, str | int | bool], ...]
    prefill: Node | None
    kind: str
    limits: Limits
    reads: frozenset[str]


class MaterialPlan(NamedTuple):
    """One material that the service asks for."""

    use: MaterialUse
    material: Material
    when: Node
    deferrable: bool


class PromptPlan(NamedTuple):
    """A prompt with its condition and the expressions behind the places in its text."""

    prompt: Prompt
    when: Node
    params: tuple[tuple[str, Node], ...]
    reads: frozenset[str]


class Plan(NamedTuple):
    """All of one service.

    order: what to evaluate, each after what it depends on: keys of facts, names of system facts, codes of materials.
    absent: materials that a shared prompt looks at but this service does not ask for; they are not relevant here.
    needs: what each name of `order` depends on.
    """

    service: Service
    facts: dict[str, FactPlan]
    order: tuple[str, ...]
    variants: tuple[tuple[Variant, Node | None], ...]
    materials: dict[str, MaterialPlan]
    decisions: tuple[tuple[Decision, Node], ...]
    limits: tuple[tuple[Limit, Node], ...]
    fees: tuple[tuple[Fee, Node], ...]
    prompts: tuple[PromptPlan, ...]
    system: dict[str, Node]
    absent: tuple[str, ...] = ()
    needs: Mapping[str, frozenset[str]] = {}


def reads(node: Node) -> frozenset[str]:
    """Everything a node depends on: facts, system facts and codes of materials."""
    return names(node) | materials(node)


def places(prompt: Prompt) -> tuple[str, ...]:
    """The names in braces in the two texts of a prompt, each once."""
    found: list[str] = []
    for text in (prompt.text.zh, prompt.text.en):
        with suppress(ValueError):  # a lone brace; the check reports it
            found += [field for _, field, _, _ in string.Formatter().parse(text) if field]
    return tuple(dict.fromkeys(found))


def fact_conditions(fact: Fact) -> Iterator[tuple[str, str]]:
    """The conditions and expressions of a fact as (field, text)."""
    yield "relevant", fact.relevant
    if fact.required not in ("always", "never"):
        yield "required", fact.required
    yield "compute", fact.compute
    for number, row in enumerate(fact.rows):
        yield f"rows[{number}]", row.when
    yield "prefill", fact.prefill


def service_conditions(service: Service) -> Iterator[tuple[str, str, str]]:
    """The conditions of a service outside its facts and prompts as (id, field, text)."""
    for field in SERVICE_CONDITIONS.values():
        yield service.id, field, getattr(service, field)
    for variant in service.variants:
        yield variant.code, "when", variant.when
    for use in service.materials:
        yield use.code, "when", use.when
    for number, decision in enumerate(service.decisions):
        yield f"decisions[{number}]", "when", decision.when
    for number, limit in enumerate(service.limits):
        yield f"limits[{number}]", "when", limit.when
    for fee in service.fees:
        yield fee.id, "when", fee.when


def prompt_conditions(prompt: Prompt) -> Iterator[tuple[str, str]]:
    """The conditions and expressions of a prompt as (field, text)."""
    yield "when", prompt.when
    for name, text in prompt.params.items():
        yield f"params.{name}", text


def shared_facts(catalog: Catalog, service: Service) -> tuple[Fact, ...]:
    """The shared facts that belong to a service.

    Fields of the sections identity and details belong to every service (their `relevant` decides); a check only where
    the service or a shared prompt reads it, directly or through another fact.
    """
    own = {fact.key for fact in service.facts}
    shared = {fact.key: fact for fact in catalog.facts if fact.key not in own}
    wanted = [key for key, fact in shared.items() if fact.section != "checks"]
    texts = [text for fact in service.facts for _, text in fact_conditions(fact)]
    texts += [text for _, _, text in service_conditions(service)]
    for prompt in (*service.prompts, *catalog.prompts):
        texts += [text for _, text in prompt_conditions(prompt)]
        wanted += places(prompt)
    if service.applicant_fact:
        wanted.append(service.applicant_fact)
    for text in texts:
        wanted += names(parse(text))
    seen: set[str] = set()
    while wanted:
        key = wanted.pop()
        if key in shared and key not in seen:
            seen.add(key)
            for _, text in fact_conditions(shared[key]):
                wanted += names(parse(text))
    return tuple(fact for fact in catalog.facts if fact.key in seen)


def _plan_fact(fact: Fact, options: dict[str, tuple[str, ...]]) -> FactPlan:
    required: Node | bool = fact.required == "always"
    if fact.required not in ("always", "never"):
        required = parse(fact.required)
    codes = tuple(option.code for option in fact.options) or options.get(fact.options_from, ())
    relevant = parse(fact.relevant) if fact.relevant else None
    prefill = parse(fact.prefill) if fact.prefill else None
    shown = (relevant, prefill, None if isinstance(required, bool) else required)
    return FactPlan(
        fact=fact,
        relevant=relevant,
        required=required,
        compute=parse(fact.compute) if fact.compute else None,
        rows=tuple((parse(row.when), row.value) for row in fact.rows),
        prefill=prefill,
        kind=fact.type.partition("(")[0],
        limits=Limits(
            minimum=fact.minimum,
            maximum=fact.maximum,
            max_length=fact.max_length,
            options=codes,
            shanghai=not fact.anywhere,
        ),
        reads=_union(node for node in shown if node is not None),
    )


def _plan_prompt(prompt: Prompt) -> PromptPlan:
    params = {name: Ref(name) for name in places(prompt) if name not in prompt.params}
    nodes = {name: parse(text) for name, text in prompt.params.items()}
    when, filled = parse(prompt.when), params | nodes
    return PromptPlan(prompt, when, tuple(filled.items()), _union((when, *filled.values())))


def make_plan(catalog: Catalog, service: Service) -> Plan:
    """Parse all conditions of a service and order its facts.

    Raises:
        ConditionError: for a condition that cannot be parsed.
        CycleError: when facts, materials or variants depend on each other in a circle.
        KeyError: for a material that the shared table does not have.
    """
    options = {key: tuple(option.code for option in group) for key, group in catalog.options.items()}
    table = {material.code: material for material in catalog.materials}
    facts = sorted((*service.facts, *shared_facts(catalog, service)), key=lambda fact: _SECTIONS[fact.section])
    plan = Plan(
        service=service,
        facts={fact.key: _plan_fact(fact, options) for fact in facts},
        order=(),
        variants=tuple((v, parse(v.when) if v.when else None) for v in service.variants),
        materials={use.code: _plan_material(use, table[use.code]) for use in service.materials},
        decisions=tuple((d, parse(d.when)) for d in service.decisions),
        limits=tuple((x, parse(x.when)) for x in service.limits),
        fees=tuple((x, parse(x.when)) for x in service.fees),
        prompts=tuple(_plan_prompt(p) for p in (*service.prompts, *catalog.prompts)),
        system={name: parse(getattr(service, field)) for name, field in SERVICE_CONDITIONS.items()},
    )
    graph = _dependencies(plan)
    named = frozenset().union(*(prompt.reads for prompt in plan.prompts), *graph.values())
    absent = tuple(sorted(name for name in named if name in table and name not in plan.materials))
    return plan._replace(order=_ordered(graph), absent=absent, needs=graph)


def _plan_material(use: MaterialUse, material: Material) -> MaterialPlan:
    deferrable = material.deferrable if use.deferrable is None else use.deferrable
    return MaterialPlan(use, material, parse(use.when), deferrable)


def _union(nodes: Iterable[Node]) -> frozenset[str]:
    return frozenset().union(*map(reads, nodes))


def _dependencies(plan: Plan) -> dict[str, frozenset[str]]:
    """What has to be evaluated before each name. `required` and `prefill` decide no value, so they are left out."""
    graph: dict[str, frozenset[str]] = {name: reads(node) for name, node in plan.system.items()}
    chosen = frozenset([plan.service.applicant_fact])
    graph |= dict.fromkeys(("applicant_birth", "applicant_age", "applicant_sex"), chosen)
    graph["variant"] = _union(node for _, node in plan.variants if node)
    for key, fact in plan.facts.items():
        graph[key] = _union([fact.relevant or ALWAYS, fact.compute or ALWAYS, *(node for node, _ in fact.rows)])
    for code, material in plan.materials.items():
        graph[code] = reads(material.when)
    graph["materials_missing"] = frozenset(plan.materials)
    graph["fee_due"] = _union(node for _, node in plan.fees)
    graph["due_days"] = _union(node for _, node in plan.limits)
    graph["due_kind"] = graph["due_on"] = frozenset(["due_days"])  # found with it
    return graph


def _ordered(graph: dict[str, frozenset[str]]) -> tuple[str, ...]:
    """The names of the graph, each after those that it depends on; stable, depth first."""
    done: dict[str, None] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        if name in done or name not in graph:
            return
        if name in path:
            raise CycleError((*path[path.index(name) :], name))
        path.append(name)
        for needed in sorted(graph[name]):
            visit(needed)
        path.pop()
        done[name] = None

    for name in graph:
        visit(name)
    return tuple(done)
