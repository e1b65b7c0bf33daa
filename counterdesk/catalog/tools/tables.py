"""Tables that decide: gaps, overlaps, rows that are never reached, choices that are none (T01-T05)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from counterdesk.catalog.check import Finding
from counterdesk.catalog.conditions import ALWAYS, Facts, Node, Not, Presented, walk
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Dated, Fee, Limit, Service
from counterdesk.catalog.plan import Plan, parse

from .expressions import overlap
from .leaves import canonical
from .space import Space

_GAP: Final = -1
_OPEN: Final = -2
_Row = tuple[Node, Dated | None]


def lint_tables(index: Index) -> Iterator[Finding]:
    """T01 to T05 over all services."""
    for service in index.catalog.services:
        file = f"services/{service.id}.toml"
        plan = index.plan(service.id)
        yield from _ordered(file, "decisions", plan, [(node, None) for _, node in plan.decisions], gaps=True)
        yield from _limits(file, plan)
        yield from _variants(file, plan)
        yield from _rows(file, plan)
        yield from _fees(file, plan)
        yield from _materials(file, service)


def _ordered(
    file: str, name: str, plan: Plan, rows: Sequence[_Row], *, gaps: bool, numbers: Sequence[int] = ()
) -> Iterator[Finding]:
    """A table of which the first row that holds counts: rows that are never first, cases that meet no row."""
    if not rows:
        return
    numbers = numbers or range(len(rows))
    closed = any(node is ALWAYS and (span is None or _open(span)) for node, span in rows)
    if closed and len(rows) == 1:
        return
    spans = [span for _, span in rows if span is not None]

    def probe(facts: Facts) -> int:
        for at, (node, span) in enumerate(rows):
            if span is not None and not span.in_force(facts.today):
                continue
            value = node.truth(facts)
            if value is None:
                return _OPEN
            if value:
                return at
        return _GAP

    wanted = set(range(len(rows))) | (set() if closed or not gaps else {_GAP})
    space = Space(plan, [node for node, _ in rows])
    space.days = _days(space.days, spans)
    found, complete = space.outcomes(probe, lambda seen: wanted <= seen)
    if gaps and _GAP in found:
        yield Finding("T01", "warning", file, name, " / ".join(canonical(node) for node, _ in rows)[:120])
    if complete:
        for at in sorted(set(range(len(rows))) - found):
            yield Finding("T03", "warning", file, f"{name}[{numbers[at]}]", canonical(rows[at][0]))


def _open(span: Dated) -> bool:
    return span.effective_from is None and span.effective_to is None


def _days(days: Sequence[date], spans: Sequence[Dated]) -> tuple[date, ...]:
    """The days to try, with the first and last day of each row."""
    edges = {day for span in spans for day in (span.effective_from, span.effective_to) if day is not None}
    return tuple(sorted({*days, *edges}))


def _limits(file: str, plan: Plan) -> Iterator[Finding]:
    """A gap is a case without any limit; where the law sets none, a row without `days` says so."""
    everything = [(node, limit) for limit, node in plan.limits]
    for kind in ("promised", "statutory"):
        numbers = [at for at, (_, limit) in enumerate(everything) if limit.kind == kind]
        yield from _ordered(file, "limits", plan, [everything[at] for at in numbers], gaps=False, numbers=numbers)
    for finding in _ordered(file, "limits", plan, everything, gaps=True):
        if finding.code == "T01":
            yield finding


def _variants(file: str, plan: Plan) -> Iterator[Finding]:
    """Variants that tell themselves must not both apply; that none does is no gap, the officer chooses then."""
    rows = [(variant.code, node) for variant, node in plan.variants if node is not None]
    if rows:
        yield from _unique(file, "variants", plan, rows, gaps=False)


def _rows(file: str, plan: Plan) -> Iterator[Finding]:
    """The rows of a computed fact: at most one may hold, and one should."""
    own = {fact.key for fact in plan.service.facts}
    for key, fact in plan.facts.items():
        if key in own and fact.rows and any(node is not ALWAYS and node.names for node, _ in fact.rows):
            rows = [(str(value), node) for node, value in fact.rows]
            yield from _unique(file, key, plan, rows, gaps=True, relevant=fact.relevant)


def _unique(
    file: str,
    name: str,
    plan: Plan,
    rows: Sequence[tuple[str, Node]],
    *,
    gaps: bool,
    relevant: Node | None = None,
) -> Iterator[Finding]:
    def probe(facts: Facts) -> tuple[str, ...] | None:
        if relevant is not None and not relevant.truth(facts):
            return None
        values = [(value, node.truth(facts)) for value, node in rows]
        if any(value is None for _, value in values):
            return None
        return tuple(dict.fromkeys(value for value, holds in values if holds))

    nodes = [node for _, node in rows] + ([relevant] if relevant is not None else [])
    space = Space(_without_variants(plan) if name == "variants" else plan, nodes)
    found, _ = space.outcomes(probe, lambda seen: False)
    both = [seen for seen in found if seen and len(seen) > 1]
    if both:
        yield Finding("T02", "warning", file, name, " + ".join(min(both)))
    if gaps and () in found:
        yield Finding("T01", "warning", file, name, " / ".join(value for value, _ in rows)[:120])


def _without_variants(plan: Plan) -> Plan:
    """While the variant itself is looked for it must not decide which cases there are."""
    return plan._replace(variants=tuple((variant, None) for variant, _ in plan.variants))


def _fees(file: str, plan: Plan) -> Iterator[Finding]:
    """Two prices of one thing at a time, and days on which a thing that had a price has none."""
    groups: dict[str, list[tuple[Fee, Node]]] = {}
    for fee, node in plan.fees:
        groups.setdefault(fee.item.zh, []).append((fee, node))
    for rows in groups.values():
        yield from _holes(file, rows)
        pairs = [(a, b) for at, a in enumerate(rows) for b in rows[at + 1 :] if overlap(a[0], b[0])]
        for (one, first), (other, second) in pairs:
            if canonical(first) == canonical(second):
                continue  # D06 says so

            def probe(facts: Facts, nodes: tuple[Node, Node] = (first, second)) -> bool:
                return all(node.truth(facts) for node in nodes)

            found, _ = Space(plan, [first, second]).outcomes(probe, lambda seen: True in seen)
            if True in found:
                yield Finding("T02", "warning", file, other.id, f"{one.id} + {other.id}")


def _holes(file: str, rows: Sequence[tuple[Fee, Node]]) -> Iterator[Finding]:
    chains: dict[str, list[Fee]] = {}
    for fee, node in rows:
        chains.setdefault(canonical(node), []).append(fee)
    for chain in chains.values():
        chain.sort(key=lambda fee: fee.effective_from or date.min)
        for before, after in pairwise(chain):
            if before.effective_to is None or after.effective_from is None:
                continue
            first = before.effective_to + timedelta(days=1)
            if first < after.effective_from:
                yield Finding("T01", "warning", file, after.id, f"{first} … {after.effective_from}")


def _materials(file: str, service: Service) -> Iterator[Finding]:
    optional = {use.code for use in service.materials if use.necessity == "optional"}
    for prompt in service.prompts:
        if prompt.level != "BLOCK":
            continue
        absent = [part.part for part in walk(parse(prompt.when)) if isinstance(part, Not)]
        for part in absent:
            if isinstance(part, Presented) and part.code in optional:
                yield Finding("T04", "warning", file, part.code, prompt.id)
    groups: dict[str, list[str]] = {}
    for use in service.materials:
        if use.one_of:
            groups.setdefault(use.one_of, []).append(use.necessity)
    for name, members in groups.items():
        if len(members) == 1 or "required" not in members:
            yield Finding("T05", "warning", file, name, f"{len(members)} × {members[0]}")
        elif len(set(members)) > 1:
            yield Finding("T04", "warning", file, name, " + ".join(sorted(set(members))))


def limit_rows(plan: Plan, kind: str) -> list[tuple[Limit, Node]]:
    """The limits of one kind, in their order."""
    return [(limit, node) for limit, node in plan.limits if limit.kind == kind]
