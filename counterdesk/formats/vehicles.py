"""VIN (GB 16735), the file number of a driving licence, the serial of a birth certificate."""

from __future__ import annotations

import re

from .problem import Problem, first_outside, full_width_at

CODES = (
    "vin.empty",
    "vin.full_width",
    "vin.length",
    "vin.lower_case",
    "vin.excluded_letter",
    "vin.character",
    "vin.check_digit",
    "licfile.empty",
    "licfile.full_width",
    "licfile.character",
    "licfile.length",
    "birthcert.empty",
    "birthcert.full_width",
    "birthcert.lower_case",
    "birthcert.first_letter",
    "birthcert.length",
    "birthcert.character",
)

_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_ALLOWED = re.compile("[A-HJ-NPR-Z0-9]")
_DIGIT = re.compile("[0-9]")


def normalise(text: str) -> str:
    """Without white space, in upper case."""
    return "".join(text.split()).upper()


def vin_check_digit(vin: str) -> str:
    """The character that position 9 must hold (GB 16735): the weighted sum modulo 11, with X for 10."""
    total = sum(_VIN_VALUES[char] * weight for char, weight in zip(vin, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def check_vin(text: str) -> Problem | None:
    """Checks a normalised VIN. A wrong check digit is a warning: some imported vehicles carry none."""
    if not text:
        return Problem("vin.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("vin.full_width", {"position": at})
    if len(text) != 17:
        return Problem("vin.length", {"expected": 17, "actual": len(text)})
    if found := re.search("[a-z]", text):
        return Problem("vin.lower_case", {"position": found.start() + 1})
    if found := re.search("[IOQ]", text):
        return Problem("vin.excluded_letter", {"position": found.start() + 1, "character": found[0]})
    if (at := first_outside(text, _VIN_ALLOWED)) is not None:
        return Problem("vin.character", {"position": at})
    return None if vin_check_digit(text) == text[8] else Problem("vin.check_digit", {"position": 9}, "warning")


def check_licence_file(text: str) -> Problem | None:
    """Checks a driving licence's file number 档案编号: 12 digits."""
    if not text:
        return Problem("licfile.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("licfile.full_width", {"position": at})
    if (at := first_outside(text, _DIGIT)) is not None:
        return Problem("licfile.character", {"position": at})
    return None if len(text) == 12 else Problem("licfile.length", {"expected": 12, "actual": len(text)})


def check_birth_certificate(text: str) -> Problem | None:
    """Checks a birth certificate's serial 出生医学证明编号: a letter and 9 digits."""
    if not text:
        return Problem("birthcert.empty")
    if (at := full_width_at(text)) is not None:
        return Problem("birthcert.full_width", {"position": at})
    if "a" <= text[0] <= "z":
        return Problem("birthcert.lower_case", {"position": 1})
    if not "A" <= text[0] <= "Z":
        return Problem("birthcert.first_letter", {"character": text[0]})
    if (at := first_outside(text[1:], _DIGIT)) is not None:
        return Problem("birthcert.character", {"position": at + 1})
    return None if len(text) == 10 else Problem("birthcert.length", {"expected": 10, "actual": len(text)})
