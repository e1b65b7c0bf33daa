"""Telephone numbers: mainland mobiles (11 digits from 13 to 19) and Shanghai landlines (021, 8 digits)."""

from __future__ import annotations

import re
from typing import Literal

from .problem import Problem, first_outside, full_width_at

CODES = (
    "phone.empty",
    "phone.full_width",
    "phone.character",
    "phone.landline",
    "phone.landline_form",
    "phone.length",
    "phone.prefix",
)

_MOBILE = re.compile("1[3-9][0-9]{9}")
_LANDLINE = re.compile("021-?[2-8][0-9]{7}")
_DIGIT = re.compile("[0-9]")


def normalise(text: str) -> str:
    """Without white space, hyphens and the country code +86; a landline loses its hyphen too."""
    return re.sub(r"^(\+|00)86", "", re.sub(r"[\s\-‐-―]", "", text))


def kind(text: str) -> Literal["mobile", "landline"] | None:
    """What a normalised number is; None if it is neither."""
    if _MOBILE.fullmatch(text):
        return "mobile"
    return "landline" if _LANDLINE.fullmatch(text) else None


def check(text: str, *, landline: bool = False) -> Problem | None:
    """Checks a normalised number: a mobile, and with `landline` a Shanghai landline as well."""
    found = kind(text)
    if found == "mobile" or (found == "landline" and landline):
        return None
    if found == "landline":
        return Problem("phone.landline")
    if not text:
        return Problem("phone.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("phone.full_width", {"position": at})
    if (at := first_outside(text, _DIGIT)) is not None and not text.startswith("021-"):
        return Problem("phone.character", {"position": at})
    if text.startswith("0"):
        return Problem("phone.landline_form" if landline else "phone.landline")
    if len(text) != 11:
        return Problem("phone.length", {"expected": 11, "actual": len(text)})
    return Problem("phone.prefix", {"prefix": text[:2]})
