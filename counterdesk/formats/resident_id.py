"""The citizen identity number 公民身份号码 (GB 11643-1999) and the numbers that share its check digit.

Also the residence permits of Hong Kong, Macao and Taiwan residents (regions 81, 82, 83) and the
permanent-resident card of 2023 (first digit 9). The region is that of the first registration, so only the
province is checked: counties were founded, renamed and abolished while the numbers stayed.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from .problem import Problem, full_width_at

CODES = (
    "rid.empty",
    "rid.full_width",
    "rid.lower_case_x",
    "rid.fifteen_digits",
    "rid.length",
    "rid.character",
    "rid.province",
    "rid.birth_date",
    "rid.birth_before_1900",
    "rid.birth_in_future",
    "rid.check_digit",
)

# GB/T 2260, first two digits.
PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_DIGITS = frozenset("0123456789")
_FIRST_YEAR = 1900


def normalise(text: str) -> str:
    """Removes white space and writes x as X; full-width digits stay, for `check` to point at."""
    return "".join(text.split()).replace("x", "X")


def check_digit(first17: str) -> str:
    """The 18th character for 17 ASCII digits (ISO 7064 MOD 11-2)."""
    if not re.fullmatch("[0-9]{17}", first17):
        raise ValueError("17 digits wanted")
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def _form_problem(text: str) -> Problem | None:
    if not text:
        return Problem("rid.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("rid.full_width", {"position": at})
    # The first card generation, void since 2013-01-01 (居民身份证法 as amended in 2011, Art. 23).
    if re.fullmatch("[0-9]{15}", text):
        return Problem("rid.fifteen_digits")
    if len(text) != 18:
        return Problem("rid.length", {"expected": 18, "actual": len(text)})
    for at, char in enumerate(text, 1):
        if char not in _DIGITS and not (at == 18 and char in "xX"):
            return Problem("rid.character", {"position": at})
    return Problem("rid.lower_case_x") if text.endswith("x") else None


def check(text: str, today: date) -> Problem | None:
    """Checks form, province, birth date and check digit of a normalised number (GB 11643).

    The right check digit is not among the parameters: a number with a typing mistake elsewhere must be read
    again, not made to fit.
    """
    if problem := _form_problem(text):
        return problem
    province = text[1:3] if text[0] == "9" else text[:2]
    if province not in PROVINCES:
        return Problem("rid.province", {"province": province})
    birth = birth_date(text)
    if birth is None:
        return Problem("rid.birth_date", {"year": text[6:10], "month": text[10:12], "day": text[12:14]})
    if birth.year < _FIRST_YEAR:
        return Problem("rid.birth_before_1900", {"year": birth.year})
    if birth > today:
        return Problem("rid.birth_in_future", {"date": birth.isoformat()})
    return None if check_digit(text[:17]) == text[17] else Problem("rid.check_digit")


def birth_date(rid: str) -> date | None:
    """The birth date in positions 7 to 14; None while they are incomplete or name no existing day."""
    digits = rid[6:14]
    if not re.fullmatch("[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def sex(rid: str) -> Literal["male", "female"] | None:
    """The sex told by position 17: odd is male, even is female; None while it is missing."""
    if len(rid) < 17 or rid[16] not in _DIGITS:
        return None
    return "male" if int(rid[16]) % 2 else "female"


def age_on(birth: date, day: date) -> int:
    """Completed years 周岁 on a day; born on 29 February completes a year on 1 March of a common year.

    Negative before birth, so that "younger than" still holds.
    """
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def make(region: str, birth: date, sequence: int) -> str:
    """A number with a right check digit for a synthetic person.

    In: six digits of region, the birth date, a sequence of 0 to 999 (odd male, even female).
    """
    if not re.fullmatch("[0-9]{6}", region) or not 0 <= sequence <= 999:
        raise ValueError("a region of six digits and a sequence of 0 to 999 wanted")
    first17 = f"{region}{birth.year:04}{birth.month:02}{birth.day:02}{sequence:03}"
    return first17 + check_digit(first17)
