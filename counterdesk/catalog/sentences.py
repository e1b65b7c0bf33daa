"""A condition as a sentence, and the facts that decided it as a list, in Chinese or English.

``applicant_age >= 16 and not known(permit)`` reads "申请人年龄 ≥ 16 且 未知居住证". The same words stand in the prompt
pane, in the catalogue check and in the audit. Nothing here raises: a name without a label stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, Literal

from .conditions import (
    LONG,
    Arithmetic,
    Call,
    Compare,
    Junction,
    Node,
    Not,
    Presented,
    Ref,
    State,
    StateOf,
)
from .conditions import Literal as Constant
from .index import Index
from .model import Text

Language = Literal["zh", "en"]

_SYSTEM: Final[dict[str, tuple[str, str]]] = {
    "today": ("今天", "today"),
    "service": ("事项", "service"),
    "category": ("类别", "category"),
    "variant": ("情形", "variant"),
    "role": ("操作人员", "role"),
    "applicant_birth": ("申请人出生日期", "applicant's birth"),
    "applicant_age": ("申请人年龄", "applicant's age"),
    "applicant_sex": ("申请人性别", "applicant's sex"),
    "materials_missing": ("缺少材料", "materials missing"),
    "fee_due": ("应缴费用", "fee due"),
    "due_days": ("期限天数", "days allowed"),
    "due_kind": ("期限日类", "kind of days"),
    "due_on": ("办结日期", "due date"),
    "open_case": ("在办件", "open case"),
    "kiosk_possible": ("可自助办理", "possible at the kiosk"),
    "app_possible": ("可网上办理", "possible in the app"),
    "guardian_needed": ("须监护人", "guardian needed"),
    "agent_allowed": ("可代办", "agent allowed"),
}
_SEXES: Final = {"1": ("男", "male"), "2": ("女", "female")}
_ROLES: Final = {
    "officer": ("民警", "officer"),
    "auxiliary": ("辅警", "auxiliary"),
    "leader": ("带班领导", "shift leader"),
}
_SYMBOLS: Final[dict[str, tuple[str, str]]] = {
    "==": ("=", "="),
    "!=": ("≠", "≠"),
    "<": ("<", "<"),
    "<=": ("≤", "≤"),
    ">": (">", ">"),
    ">=": ("≥", "≥"),
    "in": ("属于", "is one of"),
    "not in": ("不属于", "is none of"),
}
_CALLS: Final[dict[str, tuple[str, str]]] = {
    "age": ("{0}至今周岁", "full years since {0}"),
    "birth": ("{0}中的出生日期", "birth date in {0}"),
    "sex": ("{0}中的性别", "sex in {0}"),
    "region": ("{0}中的地区", "region in {0}"),
    "surname": ("{0}的姓", "surname of {0}"),
    "days_since": ("{0}至今天数", "days since {0}"),
    "days_until": ("距{0}天数", "days until {0}"),
    "months_after": ("{0}加{1}个月", "{0} plus {1} months"),
    "years_after": ("{0}加{1}年", "{0} plus {1} years"),
    "total": ("{0}的{1}合计", "total {1} of {0}"),
    "largest": ("{0}中最大的{1}", "largest {1} of {0}"),
    "distinct": ("{0}中不同的{1}数", "different {1} in {0}"),
    "count": ("{0}条数", "number of {0}"),
}
_PLAIN: Final = {
    "long": ("长期", "long-term"),
    "working": ("工作日", "working days"),
    "calendar": ("日", "days"),
}
_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "fine": ("罚款", "fine"),
    "points": ("记分", "points"),
    "plate": ("号牌", "plate"),
    "code": ("代码", "code"),
    "place": ("地点", "place"),
    "time": ("时间", "time"),
}
_NEGATED: Final = {"==": "!=", "!=": "==", "in": "not in", "not in": "in"}


class Labels:
    """The words of one service in one language: of its facts, their values, and its materials."""

    def __init__(self, index: Index, service: str, language: Language) -> None:
        self._index = index
        self._service = service
        self._at = 0 if language == "zh" else 1

    def pick(self, pair: tuple[str, str]) -> str:
        """The word of this language."""
        return pair[self._at]

    def text(self, text: Text) -> str:
        """The text of this language."""
        return text.zh if self._at == 0 else text.en

    def name(self, name: str) -> str:
        """What a fact, a system fact or a material is called; the name itself when nothing is known of it."""
        if name in _SYSTEM:
            return self.pick(_SYSTEM[name])
        try:
            return self.text(self._index.fact(self._service, name).label)
        except KeyError:
            pass
        try:
            return self.text(self._index.material(name).name)
        except KeyError:
            return name

    def value(self, name: str, value: object) -> str:
        """How a value of the fact `name` is written: an option by its name, a bool as yes or no, a date as ISO."""
        if value is None or value == "" or isinstance(value, State):
            return self.pick(("无", "none"))
        if isinstance(value, bool):
            return self.pick(("是", "yes") if value else ("否", "no"))
        if isinstance(value, date):
            return self.pick(("长期", "long-term")) if value == LONG else value.isoformat()
        if isinstance(value, tuple):
            if any(isinstance(item, dict) for item in value):
                return self.pick((f"{len(value)}条", f"{len(value)} records"))
            return self.pick(("、", ", ")).join(self.value(name, item) for item in value)
        return self._code(name, str(value))

    def _code(self, name: str, code: str) -> str:
        if name == "applicant_sex":
            return self.pick(_SEXES.get(code, (code, code)))
        if name == "due_kind":
            return self.pick(_PLAIN.get(code, (code, code)))
        if name == "role":
            return self.pick(_ROLES.get(code, (code, code)))
        try:
            if name == "category":
                categories = self._index.catalog.categories
                return next((self.text(c.name) for c in categories if c.id == code), code)
            if name == "service":
                return self.text(self._index.service(code).short)
            if name == "variant":
                variants = self._index.service(self._service).variants
                return next((self.text(v.name) for v in variants if v.code == code), code)
            options = self._index.options(self._index.fact(self._service, name))
        except KeyError:
            return code
        return next((self.text(option.name) for option in options if option.code == code), code)


def sentence(node: Node, labels: Labels) -> str:
    """The condition in words; "总是" (always) for an empty one."""
    if isinstance(node, Constant) and isinstance(node.constant, bool):
        return labels.pick(("总是", "always") if node.constant else ("从不", "never"))
    return _truth(node, labels, nested=False)


def reasons(because: Iterable[tuple[str, object]], labels: Labels) -> str:
    """The facts that decided a condition: "记分=12、情形=非婚生育"."""
    return labels.pick(("、", ", ")).join(f"{labels.name(n)}={labels.value(n, v)}" for n, v in because)


def told(text: Text, params: Mapping[str, str], labels: Labels) -> str:
    """The text of a prompt with its places filled; `…` where nothing is given. `params` as in `PromptState`."""
    words = {name: labels.pick(_PLAIN.get(value, (value, value))) for name, value in params.items()}
    return re.sub(r"{(\w+)}", lambda place: words.get(place.group(1), "…"), labels.text(text))


def _truth(node: Node, labels: Labels, *, nested: bool) -> str:
    match node:
        case Junction():
            word = labels.pick((" 或 ", " or ") if node.decider else (" 且 ", " and "))
            text = word.join(_truth(part, labels, nested=True) for part in node.parts)
            return labels.pick((f"({text})", f"({text})")) if nested else text
        case Not():
            return _negation(node.part, labels)
        case Compare():
            return _comparison(node, node.symbol, labels)
        case StateOf():
            name = labels.name(node.name)
            if node.function == "known":
                return labels.pick((f"已知{name}", f"{name} is known"))
            return labels.pick((f"须问{name}", f"{name} is to be asked"))
        case Presented():
            return labels.pick((f"已交验{labels.name(node.code)}", f"{labels.name(node.code)} is presented"))
    return _term(node, labels)


def _negation(part: Node, labels: Labels) -> str:
    match part:
        case Compare() if part.symbol in _NEGATED:
            return _comparison(part, _NEGATED[part.symbol], labels)
        case StateOf(function="known"):
            return labels.pick((f"未知{labels.name(part.name)}", f"{labels.name(part.name)} is not known"))
        case Presented():
            name = labels.name(part.code)
            return labels.pick((f"未交验{name}", f"{name} is not presented"))
        case Ref():
            return _is_no(part.name, labels)
    return labels.pick(("不是", "not ")) + _truth(part, labels, nested=True)


def _is_no(name: str, labels: Labels) -> str:
    # A label may itself hold a negation, so the sentence is not negated in words.
    return f"{labels.name(name)} = {labels.value(name, False)}"


def _comparison(node: Compare, symbol: str, labels: Labels) -> str:
    left, right = node.left, node.right
    # A code is written by its name, so the constant side needs to know whose value it is.
    owner = next((side.name for side in (left, right) if isinstance(side, Ref)), "")
    if owner and isinstance(right, Constant) and isinstance(right.constant, bool) and symbol in ("==", "!="):
        return labels.name(owner) if right.constant is (symbol == "==") else _is_no(owner, labels)
    if owner and isinstance(right, Constant) and right.constant == "" and symbol in ("==", "!="):
        name = labels.name(owner)
        words = (f"没有{name}", f"no {name}") if symbol == "==" else (f"有{name}", f"has {name}")
        return labels.pick(words)
    word = labels.pick(_SYMBOLS[symbol])
    return f"{_term(left, labels, owner)} {word} {_term(right, labels, owner)}"


def _term(node: Node, labels: Labels, owner: str = "") -> str:
    match node:
        case Constant():
            return labels.value(owner, node.constant)
        case Ref():
            return labels.name(node.name)
        case Arithmetic():
            sign = "-" if node.minus else "+"
            return f"{_term(node.left, labels)} {sign} {_term(node.right, labels)}"
        case Call(name="months_after" | "years_after", args=(day, Constant(constant=int() as number))) if number < 0:
            months = labels.pick(("个月", " months") if node.name == "months_after" else ("年", " years"))
            return labels.pick(
                (f"{_term(day, labels)}前{-number}{months}", f"{-number}{months} before {_term(day, labels)}")
            )
        case Call():
            args = [_column(arg, labels) if place else _term(arg, labels) for place, arg in enumerate(node.args)]
            return labels.pick(_CALLS[node.name]).format(*args)
    return _truth(node, labels, nested=True)


def _column(node: Node, labels: Labels) -> str:
    """The second argument of a function: a column of records by its name, else the value."""
    if isinstance(node, Constant) and isinstance(node.constant, str):
        return labels.pick(_COLUMNS.get(node.constant, (node.constant, node.constant)))
    return _term(node, labels)
