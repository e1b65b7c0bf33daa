"""A second, independent reading of the catalogue, in two values: what is not known counts as false.

It shares no code with `conditions.py` and `assess.py`: conditions are walked as Python's own syntax trees, days are
counted in another way. With all facts known both have to agree; `boundaries.py` holds them to it. On half-filled cases
this one is wrong by design (it denies what was not asked), which makes it the control of the soundness test.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Fact, MaterialUse
from counterdesk.formats import calendar

_ONE = timedelta(days=1)
_OPERATORS: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: bool(set(left if isinstance(left, list) else [left]) & set(right)),
    ast.NotIn: lambda left, right: not set(left if isinstance(left, list) else [left]) & set(right),
}


class Missing(Exception):
    """Something without a value was looked at: the comparison around it is false."""


class Oracle:
    """One case, read in two values."""

    def __init__(self, index: Index, file: CaseFile, today: date, role: str, open_case: str = "") -> None:
        self.service = index.service(file.service)
        shared = {fact.key: fact for fact in index.catalog.facts}
        self.facts: dict[str, Fact] = shared | {fact.key: fact for fact in self.service.facts}
        self.uses: dict[str, MaterialUse] = {use.code: use for use in self.service.materials}
        self.prompts = (*self.service.prompts, *index.catalog.prompts)
        self.file = file
        self.today = today
        self.given = {"today": today, "role": role, "open_case": open_case}
        self.given |= {"service": self.service.id, "category": self.service.category}
        self._values: dict[str, Any] = {}
        self._trees: dict[str, ast.expr] = {}
        self._deferrable = {material.code: material.deferrable for material in index.catalog.materials}

    # --- what it says ---

    def prompt(self, prompt: str) -> bool:
        """Whether a prompt in force speaks."""
        return self.holds(next(p.when for p in self.prompts if p.id == prompt))

    def needed(self, code: str) -> bool:
        """Whether a material is asked for."""
        return self.holds(self.uses[code].when)

    def fee(self) -> Decimal:
        """The sum of the fees of the day."""
        return sum((f.amount for f in self.service.fees if f.in_force(self.today) and self.holds(f.when)), Decimal(0))

    def department(self) -> str | None:
        """Who decides."""
        return next((row.department for row in self.service.decisions if self.holds(row.when)), None)

    def due(self) -> tuple[int, str] | None:
        """The days that the case may take, and their kind."""
        for kind in ("promised", "statutory"):
            for row in self.service.limits:
                if row.kind == kind and row.in_force(self.today) and self.holds(row.when):
                    return None if row.days is None else (row.days, row.day_kind)
        return None

    def holds(self, text: str) -> bool:
        """Whether a condition holds."""
        try:
            return not text.strip() or self._value(self._tree(text)) is True
        except Missing:
            return False

    def relevant(self, key: str) -> bool:
        """Whether a fact is asked in this case."""
        return key in self.given or key not in self.facts or self.holds(self.facts[key].relevant)

    # --- names ---

    def get(self, name: str) -> Any:
        """The value of a name; `Missing` when it has none."""
        if name in self.given:
            return self.given[name]
        if name not in self._values:
            self._values[name] = None
            with suppress(Missing):
                self._values[name] = self._found(name)
        if self._values[name] is None:
            raise Missing(name)
        return self._values[name]

    def _found(self, name: str) -> Any:
        if name in self.facts:
            return self._fact(self.facts[name])
        if name in ("guardian_needed", "agent_allowed"):
            return self.holds(getattr(self.service, name))
        if name in ("kiosk_possible", "app_possible"):
            return self.holds(getattr(self.service, name.partition("_")[0] + "_when"))
        if name.startswith("applicant_"):
            return self._applicant(name)
        match name:
            case "variant":
                return self._variant()
            case "fee_due":
                return self.fee()
            case "materials_missing":
                return self._lacking()
        limit = self.due()
        if limit is None:
            raise Missing(name)
        if name == "due_on":
            return self._end(*limit)
        return limit[0] if name == "due_days" else limit[1]

    def _fact(self, fact: Fact) -> Any:
        if not self.relevant(fact.key):
            raise Missing(fact.key)
        if fact.compute:
            return self._value(self._tree(fact.compute))
        if fact.rows:
            return next((row.value for row in fact.rows if self.holds(row.when)), None)
        answer = self.file.answers.get(fact.key)
        if answer is None or answer.value is None or answer.value in ("", []):
            return None
        value = answer.value
        kind = fact.type.partition("(")[0]
        if isinstance(value, str):
            if kind.startswith("date"):
                return date.max if value == "long" else date.fromisoformat(value[:10])
            if kind == "money":
                return Decimal(value)
            if kind == "enum_set":
                return value.split(",")
        return value

    def _applicant(self, name: str) -> Any:
        rid = self.get(self.service.applicant_fact)
        born = _birth(rid)
        return {"applicant_birth": born, "applicant_age": _years(born, self.today), "applicant_sex": _sex(rid)}[name]

    def _variant(self) -> Any:
        codes = [variant.code for variant in self.service.variants]
        if self.file.variant in codes:
            return self.file.variant
        return next((v.code for v in self.service.variants if v.when and self.holds(v.when)), None)

    def _lacking(self) -> bool:
        status = self.file.materials
        satisfied = {use.one_of for use in self.uses.values() if use.one_of and self._settled(use)}
        return any(
            status.get(code) == "missing" and use.necessity == "required" and self.needed(code)
            for code, use in self.uses.items()
            if use.one_of not in satisfied
        )

    def _settled(self, use: MaterialUse) -> bool:
        status = self.file.materials.get(use.code)
        deferrable = self._deferrable[use.code] if use.deferrable is None else use.deferrable
        return status in ("verified", "waived") or (status == "deferred" and deferrable)

    def _end(self, days: int, kind: str) -> Any:
        end, left = self.today, days
        while left:
            end += _ONE
            left -= 1 if kind == "calendar" else bool(self._working(end))
        while kind == "calendar" and not self._working(end):
            end += _ONE
        return end

    def _working(self, day: date) -> bool:
        found = calendar.is_working_day(day)
        if found is None:
            raise Missing("due_on")
        return found

    # --- conditions ---

    def _tree(self, text: str) -> ast.expr:
        return ast.parse(text.strip(), mode="eval").body

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id="true" | "false" as word):
                return word == "true"
            case ast.Name(id=name):
                return self.get(name)
            case ast.List(elts=items):
                return [self._value(item) for item in items]
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self._truth(operand)
            case ast.UnaryOp(operand=operand):
                return -self._value(operand)
            case ast.BinOp(left=left, op=op, right=right):
                sign = 1 if isinstance(op, ast.Add) else -1
                return self._value(left) + sign * self._value(right)
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(self._truth(part) for part in parts)
            case ast.BoolOp(values=parts):
                return any(self._truth(part) for part in parts)
            case ast.Compare():
                return self._compare(node)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(name, args)
        raise ValueError(ast.dump(node))

    def _truth(self, node: ast.expr) -> bool:
        try:
            return self._value(node) is True
        except Missing:
            return False

    def _compare(self, node: ast.Compare) -> bool:
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            try:
                if not _OPERATORS[type(op)](self._value(left), self._value(right)):
                    return False
            except Missing:
                return False
            left = right
        return True

    def _call(self, name: str, args: list[ast.expr]) -> Any:
        if name in ("known", "asked") and isinstance(args[0], ast.Name):
            if name == "asked":
                return self.relevant(args[0].id)
            try:
                return self.get(args[0].id) is not None
            except Missing:
                return False
        values = [self._value(arg) for arg in args]
        match name, values:
            case "date", [str() as text]:
                return date.fromisoformat(text)
            case "presented", [str() as code]:
                return self.file.materials.get(code) in ("verified", "waived")
            case "age", [born]:
                return _years(born, self.today)
            case "birth", [rid]:
                return _birth(rid)
            case "sex", [rid]:
                return _sex(rid)
            case "region", [rid]:
                return rid[:6]
            case "surname", [text]:
                return _surname(text)
            case "days_since", [day]:
                return self.today.toordinal() - day.toordinal()
            case "days_until", [day]:
                return day.toordinal() - self.today.toordinal()
            case "months_after", [day, months]:
                return _later(day, months)
            case "years_after", [day, years]:
                return _later(day, 12 * years)
            case "total", [rows, column]:
                return sum(row[column] for row in rows)
            case "largest", [rows, column]:
                return max((row[column] for row in rows), default=0)
            case "distinct", [rows, column]:
                return len({row[column] for row in rows})
            case "count", [rows]:
                return len(rows)
        raise ValueError(name)


def _birth(rid: Any) -> date:
    try:
        return date(int(rid[6:10]), int(rid[10:12]), int(rid[12:14]))
    except ValueError:  # a unit or a foreign document
        raise Missing("birth") from None


def _sex(rid: str) -> str:
    if not rid[16:17].isdigit():
        raise Missing("sex")
    return "1" if rid[16] in "13579" else "2"


def _years(born: date, today: date) -> int:
    """How many birthdays there were; who was born on 29 February has them on 1 March of a common year."""
    years = today.year - born.year
    try:
        birthday = born.replace(year=today.year)
    except ValueError:
        birthday = date(today.year, 3, 1)
    return years if birthday <= today else years - 1


def _later(day: date, months: int) -> date:
    """The same day of a later or earlier month, or that month's last."""
    if day == date.max:
        return day
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    while month < 1:
        year, month = year - 1, month + 12
    if not 1 <= year <= 9999:
        return date.max if year > 9999 else date.min
    for last in (day.day, 30, 29, 28):
        with suppress(ValueError):
            return date(year, month, min(day.day, last))
    raise AssertionError


def _surname(name: str) -> str:
    from counterdesk.catalog.conditions import _COMPOUND_SURNAMES

    return name[:2] if len(name) > 2 and name[:2] in _COMPOUND_SURNAMES.split() else name[:1]
