"""What one fact of a case may be changed to so that a condition comes out differently."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.conditions import UNKNOWN, Node, add_months
from counterdesk.catalog.index import Index
from counterdesk.catalog.plan import Plan
from counterdesk.catalog.records import points, record
from counterdesk.catalog.tools.boundaries import is_valid, plain
from counterdesk.catalog.tools.hints import Hints, closure, collect
from counterdesk.catalog.tools.space import codes, dates, domain
from counterdesk.formats import resident_id
from counterdesk.practice import people
from counterdesk.practice.agreement import of_car
from counterdesk.practice.values import UNIT
from counterdesk.quiet import quiet

_GIVEN = frozenset(("today", "service", "category", "fee_due", "due_days", "due_kind", "due_on", "materials_missing"))
"""What follows from the rest of a case, so that nobody can set it."""


@quiet
class Change(NamedTuple):
    """A fact, the variant, a material, the role or another open case, and its new value; None takes an answer away."""

    name: str
    value: JsonValue | None


def changes(index: Index, plan: Plan, when: Node, day: date) -> tuple[Change, ...]:
    """Everything that one fact behind the condition may be changed to, the nearest to the constants first."""
    hints = collect(plan, [when])
    found: list[Change] = []
    for name in sorted(closure(plan, [when]) - _GIVEN):
        fact = plan.facts.get(name)
        if fact is not None and not fact.fact.computed:
            if fact.kind == "records":
                found += [Change(name, value) for value in _records(index, day)]
            else:
                found += [Change(name, value) for value in _values(plan, name, hints[name], day)]
            if hints[name].known or fact.fact.required != "always":
                found.append(Change(name, None))
        elif name == "variant":
            found += [Change(name, variant.code) for variant, _ in plan.variants]
        elif name in plan.materials:
            found += [Change(name, "verified"), Change(name, "missing")]
        elif name in ("role", "open_case"):
            found += [Change(name, str(value)) for value in domain(plan, name, hints[name], day)]
    once = {(name, repr(value)): Change(name, value) for name, value in found}  # lists of records have no hash
    return tuple(once.values())


def _values(plan: Plan, name: str, hints: Hints, day: date) -> list[JsonValue]:
    fact = plan.facts[name]
    if fact.kind in ("rid", "rid_or_uscc"):
        numbers = [*_numbers(hints, day), *([UNIT] if fact.kind == "rid_or_uscc" else [])]
        return [value for value in numbers if is_valid(plan, name, value, day)]
    found: Sequence[object] = [value for value in domain(plan, name, hints, day) if value is not UNKNOWN]
    if fact.kind == "enum":  # a code that no condition names may still be the one that a relevance wants
        found = [*codes(fact, hints), *fact.limits.get("options", ())][:14]
    values = [plain(value) for value in found]
    if fact.kind == "datetime":
        values = [f"{value} 08:00" for value in values if value is not None]
    if fact.kind == "name":
        values = [str(value).replace("明明", "测试").replace("明", "测试") for value in values]
    return [value for value in values if value is not None and is_valid(plan, name, value, day)]


def _numbers(hints: Hints, day: date) -> list[str]:
    """Invented numbers of people born at each distance before the day, of both sexes where that matters."""
    births = {born for born in dates(hints, day) if date(1900, 1, 1) <= born <= day}
    for years in hints.years:  # a number of days before or after a birthday is near neither of the two by itself
        for days in hints.days if 0 < years < 120 else ():
            birthday = add_months(day, -12 * years)
            births |= {birthday + timedelta(days=days + step) for step in (-1, 0, 1) if abs(days) < 400}
    births = {born for born in births if born <= day}
    regions = [*sorted(text for text in hints.texts if len(text) == 6 and text.isdigit()), people.REGION]
    sequences = (101, 102) if hints.sexes else (102,)
    return [resident_id.make(region, born, n) for born in sorted(births) for region in regions for n in sequences]


def _records(index: Index, day: date) -> list[JsonValue]:
    """One violation of each fine and number of points that the table knows, alone and on two cars."""
    once = {
        (row.fine, points(row, day)): row
        for row in index.catalog.violations
        if row.fine is not None and not row.ordinary_procedure
    }
    found: list[JsonValue] = []
    for plates in (("沪A00101",), ("沪A00101", "沪A00102")):
        for row in once.values():
            at = {"time": f"{day - timedelta(days=9)} 08:30", "place": f"{people.DISTRICTS[0]}{people.ROADS[0]}8号"}
            found.append([{**record(row, day, plate), **at} for plate in plates])
    return found


def apply(file: CaseFile, change: Change) -> CaseFile:
    """The file with one thing changed; `role` and `open_case` are not in a file."""
    name, value = change
    if name == "variant":
        return msgspec.structs.replace(file, variant=str(value))
    if value in ("verified", "missing") and name not in file.answers and name.isupper():
        return msgspec.structs.replace(file, materials={**file.materials, name: value})
    answers = {key: answer for key, answer in file.answers.items() if key != name}
    if value is not None:
        plate = file.answers.get("plate")
        if isinstance(value, list) and plate is not None:
            value = of_car(value, str(plate.value))
        answers[name] = Answer(value)
    return msgspec.structs.replace(file, answers=answers)


def distance(file: CaseFile, other: CaseFile) -> float:
    """How far apart two cases are: a fact that changed counts one, one that has an order by how far it was moved."""
    both = sorted(file.answers.keys() & other.answers.keys())  # sums of floats depend on their order
    return sum(_moved(file.answers[key].value, other.answers[key].value) for key in both)


def _moved(old: JsonValue | None, new: JsonValue | None) -> float:
    if old == new:
        return 0.0
    if isinstance(old, int) and isinstance(new, int) and not isinstance(old, bool):
        return min(1.0, abs(old - new) / 1000)
    if isinstance(old, str) and isinstance(new, str):
        first, second = _as_day(old), _as_day(new)
        if first is not None and second is not None:
            return min(1.0, abs((first - second) / timedelta(days=1)) / 100_000)
    return 1.0


def _as_day(text: str) -> date | None:
    born = resident_id.birth_date(text) if len(text) == 18 else None
    if born is not None:
        return born
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
