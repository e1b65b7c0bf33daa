"""The closed condition language: parsing it, and evaluating it in three values.

A condition is text such as ``applicant_age >= 16 and not known(father_id)``. It is parsed with `ast` into nodes of our
own; no part of it is ever executed. The language has ``and or not ( )``, the comparisons ``== != < <= > >= in [..]
not in [..]`` (also chained), ``+ -`` on numbers, names of facts, str, int, true and false, and the functions of
`FUNCTIONS`.

A fact has one of four states. Answered: its value. Unanswered or unobtainable: `UNKNOWN`. Not relevant: `IRRELEVANT`.
Logic is Kleene's strong K3 with None as unknown. A leaf on an unknown fact is unknown, equality included. A leaf on a
not-relevant fact is false, for ``==`` and for ``!=`` alike. Two functions look at the state itself and therefore are
always two-valued: ``known(f)`` holds when f has a value; ``asked(f)`` holds when the question of f belongs to the case
(it is not irrelevant), so that ``asked(f) and not f == 1`` stays unknown until f is answered.
"""

from __future__ import annotations

import ast
import calendar
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from counterdesk.formats import resident_id
from counterdesk.quiet import quiet

MAX_LENGTH: Final = 500
MAX_DEPTH: Final = 8
LONG: Final = date.max
"""A document valid for ever (长期): later than any day."""


class State(Enum):
    """What a name has instead of a value."""

    UNKNOWN = "unknown"
    IRRELEVANT = "irrelevant"


UNKNOWN: Final = State.UNKNOWN
IRRELEVANT: Final = State.IRRELEVANT

Because = tuple[tuple[str, object], ...]


@quiet
class Result(NamedTuple):
    """What a condition came to.

    value: True, False, or None for unknown.
    because: the facts that decided it as (name, value); the value is None where the fact has none.
    missing: names whose answers could still decide it; empty once it is decided.
    """

    value: bool | None
    because: Because
    missing: tuple[str, ...]


class ConditionError(ValueError):
    """A text that is no condition: a stable `code`, and `params` for the message."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(f"{code} {params}")
        self.code = code
        self.params: dict[str, str | int] = params


class Facts:
    """What is known while conditions are evaluated.

    values: name -> value, `UNKNOWN` or `IRRELEVANT`; a name that is absent is unknown. Material codes are names too
      (True when presented). Dates are `date`, money is `Decimal`, records are tuples of mappings.
    today: the day of the case.
    missing: for an unknown name that nobody can answer as such (a computed one), the names to ask for instead.
    """

    __slots__ = ("missing", "today", "values")

    def __init__(
        self, values: Mapping[str, object], today: date, missing: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.values: dict[str, object] = dict(values)
        self.today = today
        self.missing: dict[str, tuple[str, ...]] = dict(missing or {})


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


class Node:
    """A parsed condition or a part of it. `names`: what it reads, in the order of the text, without repeats."""

    __slots__ = ("names",)
    names: tuple[str, ...]

    def value(self, facts: Facts) -> object:
        """The value: a plain value, `UNKNOWN` or `IRRELEVANT`. Never raises."""
        raise NotImplementedError

    def truth(self, facts: Facts) -> bool | None:
        """The three-valued result without its reasons: what `result` says, in less time. Never raises."""
        value = self.value(facts)
        if value is True or value is False:
            return value
        return False if value is IRRELEVANT else None

    def result(self, facts: Facts) -> Result:
        """The three-valued result, explained. Never raises."""
        value = self.value(facts)
        if value is UNKNOWN:
            return self._unknown(facts)
        if value is IRRELEVANT:
            return self._irrelevant(facts)
        if value is True or value is False:
            return Result(value, self._because(facts), ())
        return self._unknown(facts)  # no truth value at all; the build refuses such a condition

    def _because(self, facts: Facts) -> Because:
        values = facts.values
        found = []
        for name in self.names:
            value = values.get(name, UNKNOWN)
            found.append((name, None if value is UNKNOWN or value is IRRELEVANT else value))
        return tuple(found)

    def _irrelevant(self, facts: Facts) -> Result:
        values = facts.values
        return Result(False, tuple((n, None) for n in self.names if values.get(n) is IRRELEVANT), ())

    def _unknown(self, facts: Facts) -> Result:
        names = self.names
        values = facts.values
        if len(names) == 1:
            name = names[0]
            if values.get(name, UNKNOWN) is UNKNOWN:
                return Result(None, (), facts.missing.get(name) or names)
        missing: list[str] = []
        known: list[tuple[str, object]] = []
        for name in names:
            value = values.get(name, UNKNOWN)
            if value is UNKNOWN:
                missing.extend(facts.missing.get(name) or (name,))
            else:
                known.append((name, value))
        # A value that cannot be used (a record without its fine) has to be entered again: ask for it by name.
        return Result(None, tuple(known), _unique(missing or names))


class Literal(Node):
    """A constant, or the tuple of constants on the right of ``in``."""

    __slots__ = ("constant",)

    def __init__(self, constant: object) -> None:
        self.names = ()
        self.constant = constant

    def value(self, facts: Facts) -> object:
        return self.constant


class Ref(Node):
    """A fact by name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.names = (name,)
        self.name = name

    def value(self, facts: Facts) -> object:
        return facts.values.get(self.name, UNKNOWN)


class Call(Node):
    """One of the closed functions over values."""

    __slots__ = ("args", "function", "name")

    def __init__(self, name: str, args: tuple[Node, ...]) -> None:
        self.names = _unique(n for a in args for n in a.names)
        self.name = name
        self.args = args
        self.function = _VALUE_FUNCTIONS[name]

    def value(self, facts: Facts) -> object:
        values = []
        unknown = False
        for arg in self.args:
            value = arg.value(facts)
            if value is IRRELEVANT:
                return IRRELEVANT
            unknown = unknown or value is UNKNOWN
            values.append(value)
        return UNKNOWN if unknown else self.function(facts.today, *values)


class Presented(Node):
    """``presented("CODE")``: whether a material was verified or waived (its data came another way)."""

    __slots__ = ("code",)

    def __init__(self, code: str) -> None:
        self.names = (code,)
        self.code = code

    def value(self, facts: Facts) -> object:
        return facts.values.get(self.code, UNKNOWN)


class StateOf(Node):
    """``known(f)`` or ``asked(f)``: two-valued, looks at the state of the fact and not at its value."""

    __slots__ = ("function", "name")

    def __init__(self, function: str, name: str) -> None:
        self.names = (name,)
        self.function = function
        self.name = name

    def value(self, facts: Facts) -> object:
        value = facts.values.get(self.name, UNKNOWN)
        if self.function == "asked":
            return value is not IRRELEVANT
        return value is not IRRELEVANT and value is not UNKNOWN


class Arithmetic(Node):
    """``a + b`` or ``a - b`` on numbers."""

    __slots__ = ("left", "minus", "right")

    def __init__(self, minus: bool, left: Node, right: Node) -> None:
        self.names = _unique(left.names + right.names)
        self.minus = minus
        self.left = left
        self.right = right

    def value(self, facts: Facts) -> object:
        left = self.left.value(facts)
        right = self.right.value(facts)
        if left is IRRELEVANT or right is IRRELEVANT:
            return IRRELEVANT
        if not (_is_number(left) and _is_number(right)):
            return UNKNOWN
        return left - right if self.minus else left + right  # type: ignore[operator]


class Compare(Node):
    """One comparison."""

    __slots__ = ("left", "op", "right", "symbol")

    def __init__(self, symbol: str, left: Node, right: Node) -> None:
        self.names = _unique(left.names + right.names)
        self.symbol = symbol
        self.op = _COMPARISONS[symbol]
        self.left = left
        self.right = right

    def value(self, facts: Facts) -> object:
        left = self.left.value(facts)
        right = self.right.value(facts)
        if left is IRRELEVANT or right is IRRELEVANT:
            return False
        if left is UNKNOWN or right is UNKNOWN:
            return UNKNOWN
        try:
            return self.op(left, right)
        except TypeError:  # a date against a number: the build refuses it, a stray answer must not crash the desk
            return UNKNOWN

    def result(self, facts: Facts) -> Result:
        value = self.value(facts)
        if value is UNKNOWN:
            return self._unknown(facts)
        values = facts.values
        if value is False and IRRELEVANT in [values.get(n) for n in self.names]:
            return self._irrelevant(facts)
        return Result(value is True, self._because(facts), ())


class Not(Node):
    """Kleene negation."""

    __slots__ = ("part",)

    def __init__(self, part: Node) -> None:
        self.names = part.names
        self.part = part

    def value(self, facts: Facts) -> object:
        truth = self.part.truth(facts)
        return UNKNOWN if truth is None else not truth

    def result(self, facts: Facts) -> Result:
        value, because, missing = self.part.result(facts)
        return Result(None if value is None else not value, because, missing)


class Junction(Node):
    """Kleene ``and`` (decided by the first false part) or ``or`` (decided by the first true part)."""

    __slots__ = ("decider", "parts")

    def __init__(self, any_of: bool, parts: tuple[Node, ...]) -> None:
        self.names = _unique(n for p in parts for n in p.names)
        self.decider = any_of
        self.parts = parts

    def value(self, facts: Facts) -> object:
        unknown = False
        for part in self.parts:
            truth = part.truth(facts)
            if truth is self.decider:
                return truth
            unknown = unknown or truth is None
        return UNKNOWN if unknown else not self.decider

    def result(self, facts: Facts) -> Result:
        decider = self.decider
        because: list[tuple[str, object]] = []
        missing: list[str] = []
        unknown = False
        for part in self.parts:
            result = part.result(facts)
            if result.value is decider:
                return result
            if result.value is None:
                unknown = True
                missing.extend(result.missing)
            because.extend(result.because)
        # dict() drops repeats and keeps the order: a name has one value, so nothing is lost
        reasons = tuple(dict(because).items()) if len(because) > 1 else tuple(because)
        return Result(None, reasons, _unique(missing)) if unknown else Result(not decider, reasons, ())


ALWAYS: Final = Literal(True)


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _contained(left: object, right: object) -> bool:
    if not isinstance(right, tuple):
        raise TypeError
    if isinstance(left, tuple):  # a set of codes is "in" a list when they share one
        return any(item in right for item in left)
    return left in right


_COMPARISONS: Final[dict[str, Callable[[object, object], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,  # type: ignore[dict-item]
    "<=": operator.le,  # type: ignore[dict-item]
    ">": operator.gt,  # type: ignore[dict-item]
    ">=": operator.ge,  # type: ignore[dict-item]
    "in": _contained,
    "not in": lambda left, right: not _contained(left, right),
}


# --- functions over values ------------------------------------------------------------------------------------------


def add_months(start: date, months: int) -> date:
    """The same day `months` later (or earlier), clamped to the month's last day and to the calendar's ends.

    >>> add_months(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    if start == LONG:
        return LONG
    count = start.year * 12 + start.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if year > LONG.year:
        return LONG
    if year < 1:
        return date.min
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


_COMPOUND_SURNAMES: Final = (
    "欧阳 上官 司马 诸葛 夏侯 东方 皇甫 尉迟 公孙 令狐 司徒 慕容 端木 轩辕 长孙 宇文 南宫 独孤 闻人 申屠 "
    "太史 仲孙 钟离 鲜于 闾丘 亓官 司空 呼延 万俟 淳于 单于 公冶 濮阳 澹台 赫连 拓跋 百里 东郭 西门 南门"
)


def _surname(_today: date, name: object) -> object:
    if not isinstance(name, str) or not name:
        return UNKNOWN
    return name[:2] if len(name) > 2 and name[:2] in _COMPOUND_SURNAMES.split() else name[:1]


def _age(today: date, born: object) -> object:
    return resident_id.age_on(born, today) if isinstance(born, date) else UNKNOWN


def _birth(_today: date, rid: object) -> object:
    born = resident_id.birth_date(rid) if isinstance(rid, str) else None
    return UNKNOWN if born is None else born


def _sex(_today: date, rid: object) -> object:
    sex = resident_id.sex(rid) if isinstance(rid, str) else None
    return UNKNOWN if sex is None else {"male": "1", "female": "2"}[sex]


def _region(_today: date, rid: object) -> object:
    return rid[:6] if isinstance(rid, str) and len(rid) >= 6 else UNKNOWN


def _days_since(today: date, day: object) -> object:
    return (today - day).days if isinstance(day, date) else UNKNOWN


def _days_until(today: date, day: object) -> object:
    return (day - today).days if isinstance(day, date) else UNKNOWN


def _months_after(_today: date, day: object, n: object) -> object:
    return add_months(day, n) if isinstance(day, date) and isinstance(n, int) else UNKNOWN


def _years_after(_today: date, day: object, n: object) -> object:
    return add_months(day, 12 * n) if isinstance(day, date) and isinstance(n, int) else UNKNOWN


def _column(records: object, field: object) -> list[str | int] | None:
    if not isinstance(records, tuple) or not isinstance(field, str):
        return None
    column: list[str | int] = []
    for row in records:
        cell = row.get(field) if isinstance(row, dict) else None
        if cell is None:
            return None
        column.append(cell)
    return column


def _total(_today: date, records: object, field: object) -> object:
    column = _column(records, field)
    if column is None or not all(isinstance(cell, int) for cell in column):
        return UNKNOWN
    return sum(int(cell) for cell in column)


def _largest(_today: date, records: object, field: object) -> object:
    column = _column(records, field)
    if column is None or not all(isinstance(cell, int) for cell in column):
        return UNKNOWN
    return max((int(cell) for cell in column), default=0)


def _distinct(_today: date, records: object, field: object) -> object:
    column = _column(records, field)
    return UNKNOWN if column is None else len(set(column))


def _count(_today: date, records: object) -> object:
    return len(records) if isinstance(records, tuple) else UNKNOWN


_VALUE_FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "age": _age,
    "birth": _birth,
    "sex": _sex,
    "region": _region,
    "days_since": _days_since,
    "days_until": _days_until,
    "months_after": _months_after,
    "years_after": _years_after,
    "total": _total,
    "largest": _largest,
    "distinct": _distinct,
    "count": _count,
    "surname": _surname,
}

FUNCTIONS: Final[dict[str, tuple[str, ...]]] = {
    "known": ("name",),
    "asked": ("name",),
    "presented": ("text",),
    "date": ("text",),
    "age": ("value",),
    "birth": ("value",),
    "sex": ("value",),
    "region": ("value",),
    "surname": ("value",),
    "days_since": ("value",),
    "days_until": ("value",),
    "months_after": ("value", "value"),
    "years_after": ("value", "value"),
    "total": ("name", "text"),
    "largest": ("name", "text"),
    "distinct": ("name", "text"),
    "count": ("name",),
}
"""Every function with the kinds of its arguments: a fact's name, a quoted text, or any value."""


# --- parsing --------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s+|[A-Za-z][A-Za-z0-9_]*(?!["'A-Za-z0-9_])|\d{1,12}(?![\w.])|"[^"\\\n]*"|'[^'\\\n]*'|[=!<>]=|[<>(),+\-\[\]]"""
)
_AST_COMPARISONS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}


def parse(text: str) -> Node:
    """Parse a condition or an expression.

    Args:
        text: at most 500 characters; an empty one always holds.

    Returns:
        The node to give to `evaluate`.

    Raises:
        ConditionError: too_long, too_deep, forbidden, syntax, unknown_function or bad_argument.
    """
    if not text.strip():
        return ALWAYS
    _screen(text)
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ConditionError("syntax", text=text) from None
    return _convert(tree.body, 1)


def _screen(text: str) -> None:
    """Refuse what Python's parser need not see at all: long, deeply nested, or with foreign tokens."""
    if len(text) > MAX_LENGTH:
        raise ConditionError("too_long", length=len(text), limit=MAX_LENGTH)
    at = depth = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or ("__" in token.group() and token.group()[0] not in "\"'"):
            raise ConditionError("forbidden", text=text[at : at + 20])
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.group(), 0)
        if depth > 2 * MAX_DEPTH:
            raise ConditionError("too_deep", limit=MAX_DEPTH)
        at = token.end()


def _convert(tree: ast.expr, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise ConditionError("too_deep", limit=MAX_DEPTH)
    match tree:
        case ast.BoolOp():
            return Junction(isinstance(tree.op, ast.Or), tuple(_convert(p, depth + 1) for p in tree.values))
        case ast.UnaryOp(op=ast.Not()):
            return Not(_convert(tree.operand, depth + 1))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)) if number is not True:
            return Literal(-number)
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            left, right = _convert(tree.left, depth + 1), _convert(tree.right, depth + 1)
            return Arithmetic(isinstance(tree.op, ast.Sub), left, right)
        case ast.Compare():
            return _convert_compare(tree, depth)
        case ast.Call():
            return _convert_call(tree, depth)
        case ast.Name(id="true"):
            return Literal(True)
        case ast.Name(id="false"):
            return Literal(False)
        case ast.Name(id=name) if name != "null" and name not in FUNCTIONS:
            return Ref(name)
        case ast.Constant(value=str() | int() as constant):
            return Literal(constant)
    raise ConditionError("forbidden", text=ast.unparse(tree)[:40])


def _convert_compare(tree: ast.Compare, depth: int) -> Node:
    parts: list[Node] = []
    left = _convert(tree.left, depth + 1)
    for op, comparator in zip(tree.ops, tree.comparators, strict=True):
        symbol = _AST_COMPARISONS.get(type(op))
        if symbol is None:
            raise ConditionError("forbidden", text=ast.unparse(tree)[:40])
        right = _convert_members(comparator, depth + 1) if "in" in symbol else _convert(comparator, depth + 1)
        parts.append(Compare(symbol, left, right))
        left = right
    return parts[0] if len(parts) == 1 else Junction(False, tuple(parts))


def _convert_members(tree: ast.expr, depth: int) -> Node:
    """The right side of ``in``: a list of constants, or the name of a fact that holds a set of codes."""
    if isinstance(tree, ast.Name):
        return _convert(tree, depth)
    if not isinstance(tree, ast.List) or not tree.elts:
        raise ConditionError("bad_argument", function="in", text=ast.unparse(tree)[:40])
    members = [_convert(element, depth + 1) for element in tree.elts]
    if not all(isinstance(member, Literal) for member in members):
        raise ConditionError("bad_argument", function="in", text=ast.unparse(tree)[:40])
    return Literal(tuple(member.constant for member in members if isinstance(member, Literal)))


def _convert_call(tree: ast.Call, depth: int) -> Node:
    if not isinstance(tree.func, ast.Name) or tree.keywords:
        raise ConditionError("forbidden", text=ast.unparse(tree)[:40])
    name = tree.func.id
    kinds = FUNCTIONS.get(name)
    if kinds is None:
        raise ConditionError("unknown_function", function=name)
    if len(kinds) != len(tree.args):
        raise ConditionError("bad_argument", function=name, text=ast.unparse(tree)[:40])
    args: list[Node] = []
    for kind, arg in zip(kinds, tree.args, strict=True):
        node = _convert(arg, depth + 1)
        text = isinstance(node, Literal) and isinstance(node.constant, str)
        if (kind == "name" and not isinstance(node, Ref)) or (kind == "text" and not text):
            raise ConditionError("bad_argument", function=name, text=ast.unparse(arg)[:40])
        args.append(node)
    first = args[0]
    if name in ("known", "asked"):
        return StateOf(name, first.names[0])
    if name == "presented" and isinstance(first, Literal):
        return Presented(str(first.constant))
    if name == "date" and isinstance(first, Literal):
        try:
            return Literal(date.fromisoformat(str(first.constant)))
        except ValueError:
            raise ConditionError("bad_argument", function=name, text=str(first.constant)[:40]) from None
    return Call(name, tuple(args))


# --- asking a node --------------------------------------------------------------------------------------------------


def evaluate(node: Node, facts: Facts) -> Result:
    """What `node` comes to as a condition, with what decided it and what is still missing."""
    return node.result(facts)


def value_of(node: Node, facts: Facts) -> object:
    """What `node` comes to as an expression: a value, `UNKNOWN` or `IRRELEVANT`."""
    return node.value(facts)


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node."""
    match node:
        case Junction():
            return node.parts
        case Not():
            return (node.part,)
        case Compare() | Arithmetic():
            return (node.left, node.right)
        case Call():
            return node.args
    return ()


def walk(node: Node) -> Iterable[Node]:
    """The node and all its parts."""
    yield node
    for child in children(node):
        yield from walk(child)


@lru_cache(maxsize=8192)
def materials(node: Node) -> frozenset[str]:
    """The codes of the materials it asks for with ``presented``."""
    return frozenset(n.code for n in walk(node) if isinstance(n, Presented))


@lru_cache(maxsize=8192)
def names(node: Node) -> frozenset[str]:
    """The names of the facts it reads."""
    return frozenset(n for leaf in walk(node) if isinstance(leaf, Ref | StateOf) for n in leaf.names)
