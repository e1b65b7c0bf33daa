"""Whether what is true of a case agrees with itself: numbers of records, dates, points, ages.

A case is put together from single facts, and the rule that it is about moves some of them. What hangs on those has to
follow: five overdue records in the register where it says that there are five, the birth date that is in the number.
`agreed` makes it follow, `disagreements` says what does not; neither asks what the catalogue makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import msgspec

from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.records import BEYOND, beyond_simple, points, record
from counterdesk.formats import resident_id
from counterdesk.practice import people
from counterdesk.practice.chance import chance
from counterdesk.quiet import quiet

RECORDS, OVERDUE = "violation_items", "five_overdue"
_FIVE: Final = 5
_NOTIFIED: Final = 30
"""Days after which a record is overdue (令157号: 五起以上、告知满30日未处理)."""
_LIMIT: Final = 200
"""The largest fine of the simple procedure (行政处罚法 51条, 令157号43条)."""
_OF_AGE: Final = 18
_MARRIED: Final = 22
"""Of age to drive; of age to marry, men (民法典1047条)."""
_OWNERS: Final = {"W1": ("own",), "W2": ("other", "family"), "W3": ("unit",)}
"""Whose car each variant of `violation.handle` is about; the other two may be about any."""
_TERMS: Final = {"6": 6, "10": 16}
"""Years from the first licence to the end of one that holds for so long (令162号)."""
_PAST: Final = (
    *("reg_date", "first_issue", "last_endorse", "reg_since", "lodging_since", "cancel_date", "approval_date"),
    *("med_issue", "death_date", "marriage_date", "lost_date", "purchase_date", "evidence_date", "dog_birth"),
    *("entry_date", "migration_cert_date", "birth_date", "change_date", "child_birth", "pawn_permit_date"),
)
"""Days of what has happened."""
_IN_ORDER: Final = (
    *(("first_issue", "expiry"), ("reg_date", "insp_until"), ("approval_date", "approval_until")),
    *(("period_from", "period_to"), ("entry_date", "stay_until"), ("birth_date", "entry_date")),
    *(("move_in", "lease_end"), ("last_endorse", "lease_end"), ("entry_date", "arrive_at")),
)
Row = dict[str, str | int]


@quiet
@dataclass(frozen=True, slots=True)
class _Case:
    index: Index
    seed: int
    file: CaseFile
    day: date

    def value(self, key: str) -> JsonValue | None:
        answer = self.file.answers.get(key)
        return None if answer is None else answer.value

    def text(self, key: str) -> str:
        value = self.value(key)
        return value if isinstance(value, str) else ""

    def on(self, key: str) -> date | None:
        return _day(self.text(key))

    def born(self, key: str) -> date | None:
        return resident_id.birth_date(self.text(key)) if len(self.text(key)) == 18 else None

    @property
    def rows(self) -> list[Row]:
        value = self.value(RECORDS)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    @property
    def applicant(self) -> str:
        return self.index.service(self.file.service).applicant_fact


def agreed(index: Index, seed: int, file: CaseFile, day: date, kept: Collection[str] = ()) -> CaseFile:
    """The file with what follows from its other facts made to follow. kept: facts (and "variant") that stay as they
    are."""
    for follow in _FOLLOW:
        new = follow(_Case(index, seed, file, day), kept)
        variant = new.pop("variant", file.variant)
        answers = {key: Answer(value) for key, value in new.items() if key in file.answers and key not in kept}
        file = msgspec.structs.replace(file, variant=str(variant), answers={**file.answers, **answers})
    return file


def disagreements(index: Index, file: CaseFile, day: date) -> tuple[str, ...]:
    """What does not agree, each as the facts that it is between."""
    case = _Case(index, 0, file, day)
    return tuple(name for look in (_records, _dates, _people, _variant) for name in look(case))


# --- violation records --------------------------------------------------------------------------------------------


def of_car(rows: Sequence[object], plate: str) -> JsonValue:
    """Records of one car and perhaps of others as records of the car with this plate and of the others."""
    found = [dict(row) for row in rows if isinstance(row, dict)]
    first = found[0].get("plate") if found else None
    return [{**row, "plate": plate} if row.get("plate") == first else row for row in found]


def _overdue(rows: Sequence[Row], day: date) -> bool:
    last = (day - timedelta(days=_NOTIFIED)).isoformat()
    return sum(str(row.get("time", ""))[:10] <= last for row in rows) >= _FIVE


def _beyond(index: Index, rows: Sequence[Row]) -> bool:
    return beyond_simple(index, rows) or any(int(row.get("fine", 0)) > _LIMIT for row in rows)


def _records_follow(case: _Case, kept: Collection[str]) -> dict[str, JsonValue]:
    rows = case.rows
    if not rows:
        return {}
    if RECORDS in kept:
        return {BEYOND: _beyond(case.index, rows), OVERDUE: _overdue(rows, case.day)}
    overdue, beyond = case.value(OVERDUE) is True, case.value(BEYOND) is True
    plate = case.text("plate") or str(rows[0].get("plate", ""))
    fits = _overdue(rows, case.day) == overdue and _beyond(case.index, rows) == beyond
    if fits and any(row.get("plate") == plate for row in rows):
        return {}
    return {RECORDS: [dict(row) for row in _made(case, plate, overdue=overdue, beyond=beyond)]}


def _made(case: _Case, plate: str, *, overdue: bool, beyond: bool) -> Iterator[Row]:
    """Records of a car as the register says of it: small ones, five of them overdue, one of the ordinary procedure."""
    draw = chance(case.seed, "records", case.file.service, plate)
    table = case.index.catalog.violations
    small = sorted((row for row in table if row.fine is not None and points(row, case.day) <= 1), key=lambda r: r.code)
    ordinary = [row for row in table if row.ordinary_procedure]
    chosen = [draw.choice(small) for _ in range(_FIVE if overdue else 2)]
    if beyond:
        chosen[-1:] = [*(chosen[-1:] if overdue else []), min(ordinary, key=lambda r: (points(r, case.day), r.code))]
    first = _NOTIFIED + 5 if overdue else 5
    for row, ago in zip(chosen, sorted((draw.randrange(first, 90) for _ in chosen), reverse=True), strict=True):
        yield {
            **record(row, case.day, plate),
            "time": f"{case.day - timedelta(days=ago)} {draw.randrange(6, 23):02}:{draw.randrange(60):02}",
            "place": f"{draw.choice(people.DISTRICTS)}{draw.choice(people.ROADS)}{draw.randrange(1, 400)}号",
        }


def _records(case: _Case) -> Iterator[str]:
    rows = case.rows
    if not rows:
        return
    if case.value(OVERDUE) is not None and case.value(OVERDUE) != _overdue(rows, case.day):
        yield f"{RECORDS} {OVERDUE}"
    if case.value(BEYOND) is not None and case.value(BEYOND) != _beyond(case.index, rows):
        yield f"{RECORDS} {BEYOND}"
    if case.text("plate") and all(row.get("plate") != case.text("plate") for row in rows):
        yield f"{RECORDS} plate"
    for row in rows:
        known = record(case.index.violation(str(row["code"])), case.day)
        if known != {key: row[key] for key in known}:
            yield f"{RECORDS} {row['code']}"
        when = _day(str(row.get("time", "")))
        if when is None or when > case.day:
            yield f"{RECORDS} time"


# --- dates --------------------------------------------------------------------------------------------------------


def _dates_follow(case: _Case, kept: Collection[str]) -> dict[str, JsonValue]:
    new: dict[str, JsonValue] = {}
    if "birth_date" in case.file.answers and (born := case.born(case.applicant)) is not None:
        new["birth_date"] = born.isoformat()
    ends = case.on("expiry")
    if ends is not None and (years := _TERMS.get(case.text("old_term"))):
        new["first_issue"] = _years(ends, -years).isoformat()
    return new


def _dates(case: _Case) -> Iterator[str]:
    yield from (key for key in _PAST if (when := case.on(key)) is not None and when > case.day)
    for before, after in _IN_ORDER:
        first, last = case.on(before), case.on(after)
        if first is not None and last is not None and first > last:
            yield f"{before} {after}"
    born = case.born(case.applicant)
    if born is not None and case.on("birth_date") not in (None, born):
        yield f"{case.applicant} birth_date"
    first = case.on("first_issue")
    if first is not None and born is not None and first < _years(born, _OF_AGE):
        yield f"{case.applicant} first_issue"
    years = _TERMS.get(case.text("old_term"), 0)
    if years and first is not None and _years(first, years) != case.on("expiry"):
        yield "first_issue expiry"
    cycle = case.on("cycle_end")
    if cycle is not None and cycle > _years(case.day, 1):
        yield "cycle_end"  # a scoring cycle has twelve months (令163号3条)


# --- people -------------------------------------------------------------------------------------------------------


def _people_follow(case: _Case, kept: Collection[str]) -> dict[str, JsonValue]:
    """Who joins a household: a spouse old enough to have married, a child of the host or the host's parent."""
    host, married = case.born("host_id"), case.on("marriage_date")
    if "joiner_id" not in case.file.answers or host is None:
        return {}
    match case.file.variant:
        case "F2":
            grown = _people(case)
            child = people.of_age(case.seed, case.file.service, "child", youngest=3, oldest=10, today=case.day)
            older = _older(case, "host_id", _years(child.birth, -_MARRIED))
            return {"joiner_id": child.id, "host_id": older} if any(grown) else {}
        case "F3":
            return {"joiner_id": _older(case, "joiner_id", _years(host, -_MARRIED))}
    if married is None:
        return {}
    return {key: _older(case, key, _years(married, -_MARRIED)) for key in ("joiner_id", "host_id")}


def _older(case: _Case, key: str, latest: date) -> str:
    """The number there is, or that of somebody born by then."""
    born = case.born(key)
    if born is not None and born <= latest:
        return case.text(key)
    draw = chance(case.seed, "older", case.file.service, key)
    return people.person(case.seed, case.file.service, key, birth=latest - timedelta(days=draw.randrange(20, 1500))).id


def _people(case: _Case) -> Iterator[str]:
    married = case.on("marriage_date")
    for key in ("joiner_id", "host_id"):
        born = case.born(key)
        if case.file.variant not in ("F2", "F3") and married and born is not None and _years(born, _MARRIED) > married:
            yield f"{key} marriage_date"
    joins, host = case.born("joiner_id"), case.born("host_id")
    if joins is not None and host is not None:
        apart = {"F2": (host, joins), "F3": (joins, host)}.get(case.file.variant)
        if apart is not None and _years(apart[0], _OF_AGE) > apart[1]:
            yield "joiner_id host_id"
        if case.file.variant == "F2" and _years(joins, _OF_AGE) <= case.day:
            yield "joiner_id variant"
    if case.value("is_single_household") is True and case.value("has_spouse") is True:
        yield "is_single_household has_spouse"


# --- variants -----------------------------------------------------------------------------------------------------


def _variant_follows(case: _Case, kept: Collection[str]) -> dict[str, JsonValue]:
    if not any(_variant(case)):
        return {}
    if "variant" in kept:
        return {"vehicle_owner_kind": _OWNERS[case.file.variant][0]}
    fitting = (code for code, kinds in _OWNERS.items() if case.value("vehicle_owner_kind") in kinds)
    return {"variant": next(fitting, case.file.variant)}


def _variant(case: _Case) -> Iterator[str]:
    kinds = _OWNERS.get(case.file.variant, ())
    if case.value("vehicle_owner_kind") is not None and kinds and case.value("vehicle_owner_kind") not in kinds:
        yield "variant vehicle_owner_kind"


Follow = Callable[[_Case, Collection[str]], dict[str, JsonValue]]
_FOLLOW: Final[tuple[Follow, ...]] = (_variant_follows, _people_follow, _dates_follow, _records_follow)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _years(day: date, years: int) -> date:
    """The same day so many years on; 28 February where there is no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
