"""Conditions that say nothing: always true, never true, said twice (E05, E06, E07, E09), or mislead (E10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from counterdesk.catalog.check import Finding
from counterdesk.catalog.conditions import IRRELEVANT, Compare, Facts, Junction, Node, Not, StateOf, walk
from counterdesk.catalog.conditions import Literal as Constant
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Dated, Prompt
from counterdesk.catalog.plan import Plan, parse, reads

from .leaves import canonical, decides, leaves_of
from .space import Space


class Target(NamedTuple):
    """One condition that should be able to hold and not to hold.

    span: the days on which it is the law. given: what holds anyway where it is looked at.
    """

    id: str
    node: Node
    text: str
    span: Dated | None = None
    given: Node | None = None


def targets(plan: Plan) -> Iterator[Target]:
    """The conditions of a service, without those of the shared prompts."""
    service = plan.service
    own = {prompt.id for prompt in service.prompts}
    for prompt in plan.prompts:
        if prompt.prompt.id in own:
            yield Target(f"{prompt.prompt.id}.when", prompt.when, prompt.prompt.when, prompt.prompt)
    for code, material in plan.materials.items():
        yield Target(f"{code}.when", material.when, material.use.when)
    for fee, node in plan.fees:
        yield Target(f"{fee.id}.when", node, fee.when, fee)
    for number, (limit, node) in enumerate(plan.limits):
        yield Target(f"limits[{number}].when", node, limit.when, limit)
    for number, (decision, node) in enumerate(plan.decisions):
        yield Target(f"decisions[{number}].when", node, decision.when)
    for variant, found in plan.variants:
        if found is not None:
            yield Target(f"{variant.code}.when", found, variant.when)
    own_facts = {fact.key for fact in service.facts}
    for key, fact in plan.facts.items():
        if key not in own_facts:
            continue
        if fact.relevant is not None:
            yield Target(f"{key}.relevant", fact.relevant, fact.fact.relevant)
        if isinstance(fact.required, Node):
            yield Target(f"{key}.required", fact.required, fact.fact.required, given=fact.relevant)
        for number, (node, _) in enumerate(fact.rows):
            yield Target(f"{key}.rows[{number}]", node, fact.fact.rows[number].when)


def lint_expressions(index: Index) -> Iterator[Finding]:
    """E05, E06, E07, E09 and E10 over all services and the shared prompts."""
    for service in index.catalog.services:
        file = f"services/{service.id}.toml"
        plan = index.plan(service.id)
        judged: dict[tuple[object, ...], str] = {}
        for target in targets(plan):
            span = target.span if target.span and _dated(target.span) else None
            key = (target.text, span and span.effective_from, span and span.effective_to, target.given)
            if key not in judged:
                found = _literal(target) or judge(plan, target.node, span, target.given) if target.text else ""
                judged[key] = "" if target.given is not None and found == "E05" else found  # as good as "always"
            if judged[key]:
                yield Finding(judged[key], "warning", file, target.id, target.text)
            if twice := _twice(target.node):
                yield Finding("E09", "warning", file, target.id, twice)
            for name, hint in misled(plan, target.node):
                yield Finding("E10", "warning", file, target.id, name, hint)
        yield from _said_twice(file, (*index.catalog.prompts, *service.prompts), {p.id for p in service.prompts})
    yield from _shared(index)
    yield from _said_twice("global.toml", index.catalog.prompts, {p.id for p in index.catalog.prompts})


def _dated(span: Dated) -> bool:
    return span.effective_from is not None or span.effective_to is not None


def _literal(target: Target) -> str:
    """`true` and `false` are meant where something is switched off or on; a prompt or material is just left out."""
    if reads(target.node) or not isinstance(target.node, Constant):
        return ""
    if target.id.endswith((".when",)):
        return "E05" if target.node.constant else "E06"
    return ""


def judge(plan: Plan, node: Node, span: Dated | None = None, given: Node | None = None) -> str:
    """E05 always true, E06 never true, E07 never true as long as its facts are relevant; or "" when it can be both."""
    if not reads(node):
        return ""

    def probe(facts: Facts) -> bool | None:
        if given is not None and not given.truth(facts):
            return None
        return node.truth(facts)

    def both(found: set[bool | None]) -> bool:
        return True in found and False in found

    nodes = [node] if given is None else [node, given]
    found, complete = Space(plan, nodes, span).outcomes(probe, both)
    if both(found) or not complete:
        return ""
    if True in found:
        return "E05"
    given = None
    alone, _ = Space(plan, [node], span, relevance=False).outcomes(probe, lambda seen: True in seen)
    return "E07" if True in alone else "E06"


def misled(plan: Plan, node: Node) -> Iterator[tuple[str, str]]:
    """E10: `!=`, `not in` or `not` over a fact, decided by nothing but that the fact is not relevant.

    Yields (what is read, what to write instead).
    """
    for leaf in _negated(node):
        names = [name for name in leaf.names if _may_be_irrelevant(plan, name)]

        def probe(facts: Facts, leaf: Node = leaf, names: list[str] = names) -> bool:
            return any(facts.values.get(name) is IRRELEVANT for name in names) and decides(node, leaf, facts)

        if names and True in Space(plan, [node]).outcomes(probe, lambda seen: True in seen)[0]:
            asked = f"asked({names[0]}) and …" if names[0] in plan.facts else f"materials.{names[0]}.when and …"
            yield f"not … {canonical(leaf)}", asked


def _negated(node: Node) -> list[Node]:
    """The leaves whose being false makes the condition hold."""
    found = [leaf for part in walk(node) if isinstance(part, Not) for leaf in leaves_of(part)]
    found += [leaf for leaf in leaves_of(node) if isinstance(leaf, Compare) and leaf.symbol in ("!=", "not in")]
    return [leaf for leaf in dict.fromkeys(found) if not isinstance(leaf, StateOf)]


def _may_be_irrelevant(plan: Plan, name: str) -> bool:
    fact = plan.facts.get(name)
    if fact is not None:
        return fact.relevant is not None
    return name in plan.absent or (name in plan.materials and bool(plan.materials[name].use.when))


def _shared(index: Index) -> Iterator[Finding]:
    """A shared prompt has to be able to hold, and not to hold, in some service."""
    plans = [index.plan(service.id) for service in index.catalog.services]
    for prompt in index.catalog.prompts:
        node = parse(prompt.when)
        if not prompt.when or not plans:
            continue
        verdicts: set[str] = set()
        for plan in plans:
            verdicts.add(judge(plan, node, prompt if _dated(prompt) else None))
            if "" in verdicts or len(verdicts & {"E05", "E06", "E07"}) > 1:
                break
        else:
            yield Finding(max(verdicts), "warning", "global.toml", f"{prompt.id}.when", prompt.when)
        found = dict.fromkeys(hint for plan in plans for hint in misled(plan, node))
        yield from (Finding("E10", "warning", "global.toml", f"{prompt.id}.when", *hint) for hint in found)


def _twice(node: Node) -> str:
    """A part that stands twice beside itself under one `and` or `or`."""
    for part in walk(node):
        if isinstance(part, Junction):
            seen: set[str] = set()
            for inner in part.parts:
                text = canonical(inner)
                if text in seen:
                    return text
                seen.add(text)
    return ""


def _said_twice(file: str, prompts: tuple[Prompt, ...], own: set[str]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], list[Prompt]] = {}
    for prompt in prompts:  # the shared ones stand first, so that the service is told
        others = seen.setdefault((canonical(parse(prompt.when)), prompt.text.zh), [])
        if prompt.id in own and (same := [other.id for other in others if overlap(prompt, other)]):
            yield Finding("E09", "warning", file, prompt.id, same[0])
        others.append(prompt)


def overlap(one: Dated, other: Dated) -> bool:
    """Whether there is a day on which both are the law."""
    starts = [day for day in (one.effective_from, other.effective_from) if day is not None]
    ends = [day for day in (one.effective_to, other.effective_to) if day is not None]
    return not (starts and ends) or max(starts) <= min(ends)
