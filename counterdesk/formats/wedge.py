"""What a keyboard wedge types: card readers and scanners that end their line with Enter, like a very fast hand.

A line is recognised by its content alone, so that a slow line or a paste means the same: the record of an identity
card, an identity number, a ticket number, a pre-review code or a case number. What it is good for, the screen says.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal, NamedTuple

from counterdesk.quiet import quiet

from . import names, resident_id

LONGEST: Final = 400
"""No reader sends more; a longer line is none of theirs."""


@quiet
class Card(NamedTuple):
    """The record of an identity card. What a reader left out is ""; expires: YYYY-MM-DD, `long` for 长期.

    sex and birth are those of the number: a record that says otherwise is no record.
    """

    number: str
    name: str = ""
    address: str = ""
    issuer: str = ""
    expires: str = ""


@quiet
class Code(NamedTuple):
    """A single code and what it is, written as the station writes it."""

    kind: Literal["number", "ticket", "pre_review", "case"]
    text: str


Reading = Card | Code

_SEPARATORS: Final = "|^\t"
_CODES: Final[dict[Literal["ticket", "pre_review", "case"], str]] = {
    "ticket": "[A-Z][0-9]{3}",
    "pre_review": "YS[0-9]{10}",
    "case": "[0-9]{8}",
}
_DAY: Final = r"(?:19|20)[0-9]{2}[-./年]?[0-9]{1,2}[-./月]?[0-9]{1,2}日?"
_PERIOD: Final = re.compile(rf"({_DAY})\s*[-—–至~]+\s*({_DAY}|长期)")
_PEOPLES: Final = frozenset(
    (
        *("蒙古", "维吾尔", "布依", "朝鲜", "土家", "哈尼", "哈萨克", "傈僳", "高山", "拉祜", "东乡", "纳西", "景颇"),
        *("柯尔克孜", "达斡尔", "仫佬", "布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米", "塔吉克", "乌孜别克"),
        *("俄罗斯", "鄂温克", "德昂", "保安", "裕固", "塔塔尔", "独龙", "鄂伦春", "赫哲", "门巴", "珞巴", "基诺"),
    )
)
"""The peoples (民族) whose names have more than one character and so look like a person's name."""
_SEXES: Final = {"男": "male", "女": "female", "1": "male", "2": "female", "M": "male", "F": "female"}


def recognise(line: str, today: date) -> Reading | None:
    """What a line is, or None for an ordinary text.

    A text in Chinese, a date, a plate or a phone number are ordinary; so is an identity number with a wrong digit:
    a reader does not mistype, and a hand is told what is wrong where it typed.
    """
    line = line.strip(" \r\n")
    if not line or len(line) > LONGEST:
        return None
    for separator in _SEPARATORS:
        if line.count(separator) >= 2:
            return _card([part.strip() for part in line.split(separator)], today)
    code = line.upper()
    if resident_id.check(code, today) is None:
        return Code("number", code)
    for kind, form in _CODES.items():
        if re.fullmatch(form, code, re.ASCII):
            return Code(kind, code)
    return None


def _card(parts: list[str], today: date) -> Card | None:
    """The record by what its fields are, wherever they stand: readers differ in order and in what they leave out."""
    numbers = [part.upper() for part in parts if resident_id.check(part.upper(), today) is None]
    if len(numbers) != 1:
        return None
    (number,) = numbers
    sexes = {_SEXES[part.upper()] for part in parts if part.upper() in _SEXES}
    births = {day for part in parts if (day := _day(part)) is not None}
    born = resident_id.birth_date(number)
    if sexes - {resident_id.sex(number)} or (births and born not in births):
        return None
    rest = [part for part in parts if part and part.upper() != number and part.upper() not in _SEXES]
    return Card(number, *_words(rest), _expiry(parts, born))


def _words(parts: list[str]) -> tuple[str, str, str]:
    """Name, address and issuer among the fields that are words."""
    words = [part for part in parts if _day(part) is None and not _PERIOD.search(part) and part != "长期"]
    issuer = next((part for part in reversed(words) if part.endswith("局") and "公安" in part), "")
    words = [part for part in words if part != issuer]
    address = max((part for part in words if _is_address(part)), key=len, default="")
    named = [part for part in words if part != address and part.removesuffix("族") not in _PEOPLES]
    name = next((part for part in named if names.check(part) is None), "")
    return name, address, issuer


def _is_address(part: str) -> bool:
    return len(part) >= 6 and re.search("[省市区县旗州路街弄号室村镇乡组道]", part) is not None


def _expiry(parts: list[str], born: date | None) -> str:
    """The end of the validity: a period in one field, or two fields of which the later is the end."""
    for part in parts:
        if found := _PERIOD.search(part):
            end = found.group(2)
            return "long" if end == "长期" else _iso(end)
    if "长期" in parts:
        return "long"
    days = sorted(day for part in parts if (day := _day(part)) is not None and day != born)
    return days[-1].isoformat() if days else ""


def _iso(text: str) -> str:
    day = _day(text)
    return "" if day is None else day.isoformat()


def _day(text: str) -> date | None:
    if not re.fullmatch(_DAY, text, re.ASCII):
        return None
    digits = re.sub("[^0-9]", " ", text).split()
    if len(digits) == 1 and len(digits[0]) == 8:
        digits = [digits[0][:4], digits[0][4:6], digits[0][6:]]
    try:
        return date(*map(int, digits)) if len(digits) == 3 else None
    except ValueError:
        return None
