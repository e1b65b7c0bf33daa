"""Number plates of motor vehicles 机动车号牌 (GA 36): the normal plate and the two new-energy plates.

Stored without the middle dot (沪A00001), shown with it (沪A·00001).
"""

from __future__ import annotations

import re
from typing import Literal

from .problem import Problem, first_outside, full_width_at

CODES = (
    "plate.empty",
    "plate.full_width",
    "plate.province",
    "plate.length",
    "plate.letter_i_o",
    "plate.office_letter",
    "plate.character",
    "plate.new_energy_type",
    "plate.new_energy_digits",
)

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
Kind = Literal["normal", "new_energy_small", "new_energy_large"]

_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("normal", re.compile(f"[{PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]")),
    ("new_energy_small", re.compile(f"[{PROVINCES}][A-HJ-NP-Z][A-HJK][A-HJ-NP-Z0-9][0-9]{{4}}")),
    ("new_energy_large", re.compile(f"[{PROVINCES}][A-HJ-NP-Z][0-9]{{5}}[DF]")),
)
_SEPARATORS = re.compile(r"[\s·•・‧.\-]")
_ALLOWED = re.compile("[A-Z0-9]")
_LAST = re.compile("[A-Z0-9挂学警港澳]")


def normalise(text: str) -> str:
    """Without white space and separator dots, in upper case."""
    return _SEPARATORS.sub("", text).upper()


def kind(text: str) -> Kind | None:
    """Which kind of plate a normalised number is; None if it is none."""
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(text)), None)


def show(text: str) -> str:
    """The number as it stands on the plate, with the dot after the issuing office; anything else as it is."""
    return f"{text[:2]}·{text[2:]}" if kind(text) else text


def check(text: str) -> Problem | None:
    """Checks a normalised plate number (GA 36): province, issuing office, and the form of its kind."""
    if kind(text):
        return None
    if not text:
        return Problem("plate.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("plate.full_width", {"position": at})
    if text[0] not in PROVINCES:
        return Problem("plate.province", {"character": text[0]})
    if len(text) not in (7, 8):
        return Problem("plate.length", {"normal": 7, "new_energy": 8, "actual": len(text)})
    if (at := first_outside(text[1:-1], _ALLOWED)) is not None or not _LAST.fullmatch(text[-1]):
        return Problem("plate.character", {"position": at + 1 if at is not None else len(text)})
    if text[1] < "A":
        return Problem("plate.office_letter", {"character": text[1]})
    if found := re.search("[IO]", text):
        return Problem("plate.letter_i_o", {"position": found.start() + 1, "character": found[0]})
    if len(text) == 7:
        return Problem("plate.character", {"position": 7})
    if re.match("[0-9]", text[2]):
        return Problem("plate.new_energy_digits", {"first": 3, "last": 7})
    if not re.match("[A-HJK]", text[2]):
        return Problem("plate.new_energy_type", {"character": text[2]})
    return Problem("plate.new_energy_digits", {"first": 5, "last": 8})
