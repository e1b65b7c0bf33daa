"""Dates and law (D01-D06), the way of a case (L), and words that officers read (S07, S08, R04, R07)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from counterdesk.catalog.check import Finding
from counterdesk.catalog.conditions import Compare, Facts, Literal, Node, Ref, walk
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Basis, Catalog, Dated, Limit, Prompt, Service, Text
from counterdesk.catalog.pinyin import fold
from counterdesk.catalog.plan import fact_conditions, parse, reads
from counterdesk.formats import calendar

from .expressions import overlap
from .leaves import canonical
from .space import Space
from .tables import limit_rows

REVIEW_DAYS: Final = 366
KNOWN_ROLES: Final = frozenset(
    (
        "officer",
        "auxiliary",
        "leader",
        "reviewer",
        "guide",
        "ticket_machine",
        "courier",
        "setup",
        "support",
        "inspector",
    )
)
"""The roles of the station's rules, which stand a floor above."""
LONGEST: Final = {"label": (24, 60), "prompt": (90, 220), "ask": (60, 140), "name": (40, 90)}
"""Characters that fit their pane in Chinese and in English."""
_PLACEHOLDER: Final = re.compile(r"\b(TODO|FIXME|TBD|XXX)\b|lorem ipsum|^(待补|待定|占位|[?？.…]+)$", re.IGNORECASE)


# --- D: dates and law -----------------------------------------------------------------------------------------------


def lint_law(index: Index, today: date) -> Iterator[Finding]:
    """D01 to D06."""
    catalog = index.catalog
    yield from _calendar(today)
    yield from _dated("global.toml", catalog.prompts, catalog.basis, today)
    for service in catalog.services:
        file = f"services/{service.id}.toml"
        bases = (*catalog.basis, *service.basis)
        yield from _dated(file, service.prompts, bases, today)
        yield from _claims(file, service, bases, today)
        yield from _promised(file, index, service)
        if service.reviewed_on is not None and (today - service.reviewed_on).days > REVIEW_DAYS:
            yield Finding("D04", "warning", file, service.id, service.reviewed_on.isoformat())
        yield from _overlaps(file, service)


def _calendar(today: date) -> Iterator[Finding]:
    years = calendar.years()
    wanted = [today.year] + ([today.year + 1] if today.month >= 11 else [])
    for year in wanted:
        if year not in years:
            yield Finding("D03", "warning", "formats/calendar.toml", str(year), f"{today}: {year}?")


def _reversed(file: str, name: str, row: Dated) -> Iterator[Finding]:
    if row.effective_from and row.effective_to and row.effective_to < row.effective_from:
        yield Finding("D06", "warning", file, name, f"{row.effective_from} > {row.effective_to}")


def _dated(file: str, prompts: Iterable[Prompt], bases: Iterable[Basis], today: date) -> Iterator[Finding]:
    table = {basis.id: basis for basis in bases}
    for prompt in prompts:
        yield from _reversed(file, prompt.id, prompt)
        yield from _ended(file, prompt.id, prompt, prompt.basis, table, today)


def _ended(
    file: str, name: str, row: Dated, wanted: Iterable[str], table: dict[str, Basis], today: date
) -> Iterator[Finding]:
    """D02: what still is the law stands on bases of which none is any more."""
    found = [table[basis] for basis in wanted if basis in table]
    ends = [basis.effective_to for basis in found if basis.effective_to is not None]
    if not found or len(ends) < len(found):
        return
    last = max(ends)
    lasts_longer = row.effective_to is None or row.effective_to > last
    if lasts_longer and last < today and (row.effective_to is None or row.effective_to >= today):
        yield Finding("D02", "warning", file, name, f"{found[0].id} … {last}")


def _claims(file: str, service: Service, bases: Iterable[Basis], today: date) -> Iterator[Finding]:
    """D01 for money and for limits of the law that are claimed to be sure; a guess needs no basis."""
    table = {basis.id: basis for basis in bases}
    for fee in service.fees:
        yield from _reversed(file, fee.id, fee)
        yield from _ended(file, fee.id, fee, fee.basis, table, today)
        if fee.amount and fee.confidence == "sure" and not fee.basis:
            yield Finding("D01", "warning", file, fee.id, str(fee.amount))
    for number, limit in enumerate(service.limits):
        name = f"limits[{number}]"
        yield from _reversed(file, name, limit)
        yield from _ended(file, name, limit, limit.basis, table, today)
        if limit.kind == "statutory" and limit.confidence == "sure" and not limit.basis:
            yield Finding("D01", "warning", file, name, str(limit.days))


def _promised(file: str, index: Index, service: Service) -> Iterator[Finding]:
    """D05: a promise that is longer than the law allows in a case where both hold."""
    plan = index.plan(service.id)
    numbers = {id(limit): at for at, (limit, _) in enumerate(plan.limits)}
    statutory = limit_rows(plan, "statutory")
    for promised, node in limit_rows(plan, "promised"):
        for legal, other in statutory:
            if not overlap(promised, legal) or not _longer(promised, legal):
                continue
            earlier = [row for row, _ in statutory[: [limit for limit, _ in statutory].index(legal)]]
            if _together(index, service.id, node, other, [n for limit, n in statutory if limit in earlier]):
                value = f"{promised.days} {promised.day_kind} > {legal.days} {legal.day_kind}"
                yield Finding("D05", "warning", file, f"limits[{numbers[id(promised)]}]", value)
                break


def _longer(one: Limit, other: Limit) -> bool:
    if one.days is None or other.days is None:
        return False
    if one.day_kind == other.day_kind:
        return one.days > other.days
    # Five working days are a week; two days a year are allowed for what holidays do to that.
    in_days = {"working": 7 / 5, "calendar": 1.0}
    return one.days * in_days[one.day_kind] > other.days * in_days[other.day_kind] + 2


def _together(index: Index, service: str, node: Node, other: Node, earlier: list[Node]) -> bool:
    def probe(facts: Facts) -> bool:
        holds = node.truth(facts) is True and other.truth(facts) is True
        return holds and all(before.truth(facts) is False for before in earlier)

    found, _ = Space(index.plan(service), [node, other, *earlier]).outcomes(probe, lambda seen: True in seen)
    return True in found


def _overlaps(file: str, service: Service) -> Iterator[Finding]:
    """D06: two rows that say the same thing at the same time."""
    fees = [(fee.id, (fee.item.zh, canonical(parse(fee.when))), fee) for fee in service.fees]
    limits = [
        (f"limits[{at}]", (limit.kind, canonical(parse(limit.when))), limit) for at, limit in enumerate(service.limits)
    ]
    rows: list[tuple[str, tuple[str, str], Dated]] = [*fees, *limits]
    for at, (name, key, row) in enumerate(rows):
        for before, other_key, other in rows[:at]:
            if key == other_key and overlap(row, other):
                yield Finding("D06", "warning", file, name, before)


# --- L: the way of a case -------------------------------------------------------------------------------------------


def lint_ways(index: Index) -> Iterator[Finding]:
    """L01 to L07, over what the catalogue says of the way of a case."""
    catalog = index.catalog
    decided = {decision.department for service in catalog.services for decision in service.decisions}
    for department in catalog.departments:
        if department.id not in decided:
            yield Finding("L01", "warning", "departments.toml", department.id)
    for group in catalog.groups:
        if not any(service.group == group.id for service in catalog.services):
            yield Finding("L05", "warning", "catalog.toml", group.id)
    for category in catalog.categories:
        if not any(service.category == category.id for service in catalog.services):
            yield Finding("L05", "warning", "catalog.toml", category.id)
    yield from _roles("global.toml", [(p.id, p.when) for p in catalog.prompts])
    for service in catalog.services:
        yield from _way(f"services/{service.id}.toml", service)


def _way(file: str, service: Service) -> Iterator[Finding]:
    spots = {decision.on_the_spot for decision in service.decisions}
    expected = {"instant": {True}, "handed_over": {False}, "mixed": {True, False}}[service.mode]
    if not service.decisions:
        yield Finding("L02", "warning", file, "decisions")
    elif spots != expected:
        yield Finding("L03", "warning", file, "mode", service.mode, _mode(spots))
    if False in spots and not service.limits:
        yield Finding("L07", "warning", file, "limits")
    seen: set[str] = set()
    for bundle in service.bundles:
        for other in bundle.services:
            if other == service.id or other in seen:
                yield Finding("L06", "warning", file, "bundles", other)
            seen.add(other)
    texts = [(prompt.id, prompt.when) for prompt in service.prompts]
    texts += [(fact.key, text) for fact in service.facts for _, text in fact_conditions(fact)]
    yield from _roles(file, texts)


def _mode(spots: set[bool]) -> str:
    return "mixed" if len(spots) == 2 else "instant" if True in spots else "handed_over"


def _roles(file: str, texts: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    for name, text in texts:
        for part in walk(parse(text)):
            if not isinstance(part, Compare) or not isinstance(part.left, Ref) or part.left.name != "role":
                continue
            given = part.right.constant if isinstance(part.right, Literal) else ()
            for role in given if isinstance(given, tuple) else (given,):
                if role not in KNOWN_ROLES:
                    yield Finding("L04", "warning", file, name, str(role))


# --- words ----------------------------------------------------------------------------------------------------------


def lint_words(catalog: Catalog) -> Iterator[Finding]:
    """S07 and S08 over what officers read, R04 over what they search by, R07 over the order of questions."""
    yield from _texts("global.toml", _shared_texts(catalog))
    for service in catalog.services:
        yield from _texts(f"services/{service.id}.toml", _service_texts(service))
    yield from _names(catalog)
    shared = {fact.key: fact.section for fact in catalog.facts}
    for service in catalog.services:
        sections = shared | {fact.key: fact.section for fact in service.facts}
        for fact in service.facts:
            if fact.section != "identity" or not fact.relevant:
                continue
            later = sorted(name for name in reads(parse(fact.relevant)) if sections.get(name, "identity") != "identity")
            if later:
                yield Finding("R07", "warning", f"services/{service.id}.toml", fact.key, later[0])


def _shared_texts(catalog: Catalog) -> Iterator[tuple[str, str, Text]]:
    for fact in catalog.facts:
        yield fact.key, "label", fact.label
        if fact.ask:
            yield fact.key, "ask", fact.ask
    yield from ((prompt.id, "prompt", prompt.text) for prompt in catalog.prompts)
    yield from ((material.code, "name", material.name) for material in catalog.materials)


def _service_texts(service: Service) -> Iterator[tuple[str, str, Text]]:
    yield service.id, "name", service.name
    for fact in service.facts:
        yield fact.key, "label", fact.label
        if fact.ask:
            yield fact.key, "ask", fact.ask
    yield from ((prompt.id, "prompt", prompt.text) for prompt in service.prompts)
    yield from ((variant.code, "name", variant.name) for variant in service.variants)
    yield from ((fee.id, "name", fee.item) for fee in service.fees)


def _texts(file: str, rows: Iterable[tuple[str, str, Text]]) -> Iterator[Finding]:
    for name, kind, text in rows:
        for words, limit in zip((text.zh, text.en), LONGEST[kind], strict=True):
            if len(words) > limit:
                yield Finding("S07", "warning", file, name, f"{len(words)} > {limit}")
            if not words.strip() or _PLACEHOLDER.search(words.strip()):
                yield Finding("S08", "warning", file, name, words)


def _names(catalog: Catalog) -> Iterator[Finding]:
    owners: dict[str, list[str]] = {}
    for service in catalog.services:
        names = [fold(name) for name in (service.name.zh, service.short.zh)]
        for alias in service.aliases:
            if fold(alias) in names:
                yield Finding("R04", "warning", f"services/{service.id}.toml", "aliases", alias)
            names.append(fold(alias))
        for name in set(names):
            owners.setdefault(name, []).append(service.id)
    for name, services in owners.items():
        if len(services) > 1:
            yield Finding("R04", "warning", f"services/{services[1]}.toml", "aliases", f"{name}: {services[0]}")
