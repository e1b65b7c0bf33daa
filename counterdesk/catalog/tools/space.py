"""The cases that can make a difference to some conditions, tried one by one: what can they come to?

Every fact that the conditions hang on takes the values at and around every constant it is compared with (its domain at
the boundaries), in every combination while these are few, else a sample. A claim of "never" needs all combinations; a
claim of "sometimes" needs one.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from counterdesk.catalog.conditions import IRRELEVANT, LONG, UNKNOWN, Facts, Node, add_months
from counterdesk.catalog.model import Dated
from counterdesk.catalog.plan import SYSTEM_FACTS, FactPlan, Plan, reads
from counterdesk.formats import resident_id

from .hints import OF_APPLICANT, Hints, closure, collect

CAP: Final = 4000
"""Combinations that are tried one by one; beyond that only a sample is."""
SAMPLES: Final = 240
BASE: Final = date(2026, 3, 11)
ROLES: Final = ("officer", "auxiliary", "leader")
_DAY: Final = timedelta(days=1)
_UNIT: Final = "91310000MA1FL0000X"

T = TypeVar("T", bound=Hashable)


class Space:
    """The boundary cases of some conditions in one service.

    span: the days on which they are the law. relevance: False leaves out what makes facts relevant, so that every
    name is free: what the condition can come to by itself.
    """

    def __init__(self, plan: Plan, nodes: Sequence[Node], span: Dated | None = None, *, relevance: bool = True) -> None:
        self.plan = plan
        self.relevance = relevance
        self.hints = collect(plan, nodes)
        names = closure(plan, nodes) if relevance else set().union(*map(reads, nodes))
        self.order = [name for name in plan.order if name in names]
        self.days = self._days(span)
        self.free = self._free(names)
        self.exact = all(self.hints[name].exact for name in names if name in self.hints)
        self._values: dict[tuple[str, date], tuple[object, ...]] = {}

    def outcomes(self, probe: Callable[[Facts], T], enough: Callable[[set[T]], bool]) -> tuple[set[T], bool]:
        """What `probe` comes to over the cases, until `enough` of it was seen; and whether that is all there is."""
        found: set[T] = set()
        complete = self.exact and self.size() <= CAP
        for facts in self._all() if complete and self.size() <= SAMPLES else self._sample():
            found.add(probe(facts))
            if enough(found):
                return found, True
        if complete and self.size() > SAMPLES:
            for facts in self._all():
                found.add(probe(facts))
                if enough(found):
                    break
        return found, complete

    def size(self) -> int:
        """How many combinations there are."""
        total = 0
        for day in self.days:
            product = 1
            for name in self.free:
                product *= len(self.values(name, day))
            total += product
        return total

    def values(self, name: str, day: date) -> tuple[object, ...]:
        """The values of a free name on a day."""
        key = (name, day)
        if key not in self._values:
            found = domain(self.plan, name, self.hints[name], day)
            if not self.relevance and name not in ("role", "open_case"):
                found = (*found, IRRELEVANT) if name in self.plan.facts else found
            self._values[key] = found + ((UNKNOWN,) if self.hints[name].known else ())
        return self._values[key]

    # --- the cases ---

    def _days(self, span: Dated | None) -> tuple[date, ...]:
        days = {BASE}
        for hint in self.hints.values():
            days |= {day + step * _DAY for day in hint.dates if day != LONG for step in (-1, 0, 1)}
        if span is not None:
            edges = {day for day in (span.effective_from, span.effective_to) if day is not None}
            days = {day for day in days | edges if span.in_force(day)}
        return tuple(sorted(days))

    def _free(self, names: Iterable[str]) -> list[str]:
        free = []
        for name in sorted(names):
            if name in ("today", "service", "category"):
                continue
            if self.relevance:
                fact = self.plan.facts.get(name)
                if fact is not None and (fact.fact.computed or name in self.plan.system):
                    continue
                if name in self.plan.system or name in OF_APPLICANT:
                    continue
            free.append(name)
        return free

    def _all(self) -> Iterator[Facts]:
        for day in self.days:
            for chosen in itertools.product(*(self.values(name, day) for name in self.free)):
                facts = self.facts(dict(zip(self.free, chosen, strict=True)), day)
                if facts is not None:
                    yield facts

    def _sample(self) -> Iterator[Facts]:
        chance = random.Random(1)
        for number in range(SAMPLES if self.days else 0):
            day = self.days[number % len(self.days)]
            facts = self.facts({name: chance.choice(self.values(name, day)) for name in self.free}, day)
            if facts is not None:
                yield facts

    def facts(self, chosen: Mapping[str, object], day: date) -> Facts | None:
        """The facts of one case; None where the variant contradicts its own condition."""
        plan = self.plan
        facts = Facts({"today": day, "service": plan.service.id, "category": plan.service.category}, day)
        values = facts.values
        values.update(dict.fromkeys(plan.absent, IRRELEVANT))
        values.update(chosen)
        if not self.relevance:
            return facts
        for name in self.order:
            fact = plan.facts.get(name)
            if fact is not None:
                values[name] = self._fact(name, fact, chosen, facts)
            elif name in plan.materials:
                needed = plan.materials[name].when.truth(facts)
                values[name] = IRRELEVANT if needed is False else chosen[name]
            elif name in plan.system:
                truth = plan.system[name].truth(facts)
                values[name] = UNKNOWN if truth is None else truth
            elif name in OF_APPLICANT:
                values[name] = _applicant(name, values.get(plan.service.applicant_fact, UNKNOWN), day)
            elif name == "variant" and not self._fits(chosen.get("variant"), facts):
                return None
        return facts

    def _fact(self, name: str, plan: FactPlan, chosen: Mapping[str, object], facts: Facts) -> object:
        if plan.relevant is not None:
            relevant = plan.relevant.truth(facts)
            if not relevant:
                return IRRELEVANT if relevant is False else UNKNOWN
        if not plan.fact.computed:
            return chosen[name]
        if plan.compute is not None:
            return plan.compute.value(facts)
        states = [(node.truth(facts), row) for node, row in plan.rows]
        for state, row in states:
            if state:
                return row
        return UNKNOWN if any(state is None for state, _ in states) else IRRELEVANT

    def _fits(self, code: object, facts: Facts) -> bool:
        own = [node for variant, node in self.plan.variants if variant.code == code]
        return not own or own[0] is None or own[0].truth(facts) is not False


def _applicant(name: str, rid: object, day: date) -> object:
    if rid is UNKNOWN or rid is IRRELEVANT:
        return rid
    born = resident_id.birth_date(rid) if isinstance(rid, str) and len(rid) == 18 else None
    if born is None:
        return IRRELEVANT
    if name == "applicant_birth":
        return born
    if name == "applicant_age":
        return resident_id.age_on(born, day)
    return "1" if resident_id.sex(str(rid)) == "male" else "2"


# --- values ---------------------------------------------------------------------------------------------------------


def domain(plan: Plan, name: str, hints: Hints, day: date) -> tuple[object, ...]:
    """The values of a name that can make a difference on a day, as conditions see them."""
    fact = plan.facts.get(name)
    if fact is not None:
        return _of_fact(fact, hints, day)
    if name in plan.materials or name in ("materials_missing", *plan.system):
        return (True, False)
    if name in SYSTEM_FACTS:
        return _of_system(plan, name, hints, day)
    return (UNKNOWN,)


def _of_system(plan: Plan, name: str, hints: Hints, day: date) -> tuple[object, ...]:
    match name:
        case "variant":
            return tuple(variant.code for variant, _ in plan.variants) or (IRRELEVANT,)
        case "role":
            return (*ROLES, *sorted(hints.texts - set(ROLES)))
        case "open_case":
            return ("", "A1")
        case "fee_due":
            amounts = {fee.amount for fee, _ in plan.fees}
            return tuple(sorted({Decimal(0), *amounts, sum(amounts, Decimal(0))}))
        case "due_days":
            return tuple({IRRELEVANT if limit.days is None else limit.days for limit, _ in plan.limits}) or (
                IRRELEVANT,
            )
        case "due_kind":
            return tuple(sorted({limit.day_kind for limit, _ in plan.limits})) or (IRRELEVANT,)
        case "due_on":
            return (day, day + 10 * _DAY)
        case "applicant_birth":
            return dates(hints, day)
        case "applicant_age":
            return numbers(hints, 0, 120)
        case "applicant_sex":
            return ("1", "2")
    return (UNKNOWN,)


def _of_fact(plan: FactPlan, hints: Hints, day: date) -> tuple[object, ...]:
    match plan.kind:
        case "bool":
            return (True, False)
        case "enum":
            return tuple(codes(plan, hints))
        case "enum_set":
            some = codes(plan, hints)
            return (*((code,) for code in some), tuple(some))
        case "int":
            return numbers(hints, plan.fact.minimum, plan.fact.maximum)
        case "money":
            return tuple(Decimal(number) for number in numbers(hints, plan.fact.minimum or 0, plan.fact.maximum))
        case "date" | "datetime":
            return dates(hints, day)
        case "date_or_long":
            return (*dates(hints, day), LONG)
        case "records":
            return records(hints)
        case "rid":
            return rids(hints, day)
        case "rid_or_uscc":
            return (*rids(hints, day), _UNIT)
        case "name":
            return (*(f"{text}明" for text in sorted(hints.texts)), "王明", "李明", "欧阳明明")
    return (*sorted(hints.texts), "别的")


def codes(plan: FactPlan, hints: Hints) -> list[str]:
    """The options that the conditions name, and two that they do not."""
    options = list(plan.limits.get("options", ()))
    named = [code for code in options if code in hints.texts]
    return named + [code for code in options if code not in hints.texts][:2]


def numbers(hints: Hints, low: int | None, high: int | None) -> tuple[int, ...]:
    """Each constant, one less, one more, and the ends of the range."""
    near = {number + step for number in hints.numbers for step in (-1, 0, 1)} | {low or 0}
    if high is not None:
        near.add(high)
    return tuple(sorted(n for n in near if (low is None or n >= low) and (high is None or n <= high)))


def dates(hints: Hints, day: date) -> tuple[date, ...]:
    """The days at each distance before and after `day`, and at each date constant, with the days beside them."""
    centres = {day, *hints.dates}
    centres |= {day + sign * number * _DAY for number in hints.days if abs(number) < 40000 for sign in (-1, 1)}
    months = hints.months | {12 * years for years in hints.years if abs(years) < 130}
    centres |= {add_months(day, sign * number) for number in months for sign in (-1, 1)}
    found = {centre + step * _DAY for centre in centres if date(1850, 1, 1) < centre < LONG for step in (-1, 0, 1)}
    return tuple(sorted(found))


def rids(hints: Hints, day: date) -> tuple[str, ...]:
    """Citizen numbers of people born at each distance before `day`, of both sexes where the sex matters."""
    births = [born for born in dates(hints, day) if date(1900, 1, 1) <= born <= day]
    if not (hints.years or hints.months or hints.days or hints.dates):
        births = [add_months(day, -360)]
    regions = [*sorted(text for text in hints.texts if len(text) == 6 and text.isdigit()), "310101"]
    sequences = (11, 12) if hints.sexes else (12,)
    return tuple(resident_id.make(region, born, n) for born in births for region in regions for n in sequences)


def records(hints: Hints) -> tuple[object, ...]:
    """Lists of records whose count and whose column each come near every constant."""
    near = sorted({number + step for number in hints.numbers for step in (-1, 0, 1) if number + step >= 0}) or [0]
    counts = sorted({1, *(number for number in near if 1 <= number <= 30)})
    columns: Sequence[str] = sorted(hints.columns & {"fine", "points"}) or ["points"]
    found: list[tuple[dict[str, str | int], ...]] = []
    for count in counts:
        for column in columns:
            for value in near if columns else [0]:
                first: dict[str, str | int] = {**row(0), column: value}
                found.append((first, *(row(number) for number in range(1, count))))
    return tuple(found)


def row(number: int) -> dict[str, str | int]:
    """A record without fine or points, on a plate of its own."""
    return {
        "code": "X01",
        "time": "2026-01-05 08:00",
        "place": "某路",
        "plate": f"沪A{number:05}",
        "fine": 0,
        "points": 0,
    }
