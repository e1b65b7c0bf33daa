"""The unified social credit code 统一社会信用代码 (GB 32100) with its organisation code (GB 11714)."""

from __future__ import annotations

import re

from .problem import Problem, first_outside, full_width_at

CODES = (
    "uscc.empty",
    "uscc.full_width",
    "uscc.length",
    "uscc.lower_case",
    "uscc.excluded_letter",
    "uscc.character",
    "uscc.region",
    "uscc.organisation_check",
    "uscc.check_digit",
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ALLOWED = re.compile(f"[{ALPHABET}]")
_DIGIT = re.compile("[0-9]")


def normalise(text: str) -> str:
    """Without white space and hyphens, in upper case; O is not made 0: the officer must look again."""
    return re.sub(r"[\s\-]", "", text).upper()


def check_digit(first17: str) -> str:
    """The 18th character for 17 characters of `ALPHABET` (GB 32100, modulus 31)."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_check_digit(first8: str) -> str:
    """The 9th character of an organisation code for its first eight (GB 11714, modulus 11)."""
    pairs = zip(first8, _ORGANISATION_WEIGHTS, strict=True)
    return "0123456789X"[-sum(_ORGANISATION_ALPHABET.index(char) * weight for char, weight in pairs) % 11]


def check(text: str) -> Problem | None:
    """Checks a normalised code: length, letter set, region digits (3 to 8) and both check characters."""
    if not text:
        return Problem("uscc.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("uscc.full_width", {"position": at})
    if len(text) != 18:
        return Problem("uscc.length", {"expected": 18, "actual": len(text)})
    if found := re.search("[a-z]", text):
        return Problem("uscc.lower_case", {"position": found.start() + 1})
    if found := re.search("[IOSVZ]", text):
        return Problem("uscc.excluded_letter", {"position": found.start() + 1, "character": found[0]})
    if (at := first_outside(text, _ALLOWED)) is not None:
        return Problem("uscc.character", {"position": at})
    if (at := first_outside(text[2:8], _DIGIT)) is not None:
        return Problem("uscc.region", {"position": at + 2})
    if organisation_check_digit(text[8:16]) != text[16]:
        return Problem("uscc.organisation_check")
    return None if check_digit(text[:17]) == text[17] else Problem("uscc.check_digit")
