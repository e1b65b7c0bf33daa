"""Chinese names as the register holds them: Han characters, and U+00B7 in minority and translated names.

The longest name is the 15 characters of the name field on the identity card's chip.
"""

from __future__ import annotations

import re
import unicodedata

from .problem import Problem, full_width_at

CODES = (
    "name.empty",
    "name.space",
    "name.full_width",
    "name.digit",
    "name.latin",
    "name.wrong_dot",
    "name.character",
    "name.dot_position",
    "name.too_short",
    "name.too_long",
    "name.not_nfc",
    "name.private_use",
)

DOT = "·"
MIN_LENGTH, MAX_LENGTH = 2, 15
_WRONG_DOTS = re.compile("[\u2022\u30fb\uff0e\u2027\uff65\u22c5]")
# Unified ideographs with all extensions (planes 2 and 3 hold nothing else but compatibility forms, which NFC
# replaces), the zero 〇, and the twelve unified ideographs of the compatibility block.
_HAN = re.compile(
    "[\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29"
    "\U00020000-\U0002f7ff\U00030000-\U0003fffd]"
)
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")


def normalise(text: str) -> str:
    """NFC without white space around; wrong dots stay until the officer saw them (`with_standard_dots`)."""
    return unicodedata.normalize("NFC", text.strip())


def with_standard_dots(text: str) -> str:
    """The name with look-alike dots made U+00B7: a suggestion for the officer, never applied silently."""
    return _WRONG_DOTS.sub(DOT, text)


def _character_problem(char: str, at: int) -> Problem | None:
    if char == DOT or _HAN.match(char) or _SELECTOR.match(char) or _PRIVATE_USE.match(char):
        return None
    if char.isspace():
        return Problem("name.space", {"position": at})
    if _WRONG_DOTS.match(char):
        return Problem("name.wrong_dot", {"position": at})
    if full_width_at(char):
        return Problem("name.full_width", {"position": at})
    if unicodedata.category(char).startswith("N"):
        return Problem("name.digit", {"position": at})
    if unicodedata.name(char, "").startswith("LATIN"):
        return Problem("name.latin", {"position": at})
    return Problem("name.character", {"position": at})


def check(text: str, *, official_single: bool = False) -> Problem | None:
    """Checks a normalised Chinese name.

    official_single: the register itself holds a name of one character. A character of the private-use area,
    with which some government fonts show rare names, gives a warning: it looks different on another
    machine.
    """
    if not text:
        return Problem("name.empty")
    if not unicodedata.is_normalized("NFC", text):
        return Problem("name.not_nfc")
    for at, char in enumerate(text, 1):
        if problem := _character_problem(char, at):
            return problem
    if text.startswith(DOT) or text.endswith(DOT) or DOT * 2 in text:
        return Problem("name.dot_position", {"position": 1 if text[0] == DOT else text.find(DOT * 2) + 1 or len(text)})
    length = len(_SELECTOR.sub("", text))
    if length < (1 if official_single else MIN_LENGTH):
        return Problem("name.too_short", {"minimum": MIN_LENGTH, "actual": length})
    if length > MAX_LENGTH:
        return Problem("name.too_long", {"maximum": MAX_LENGTH, "actual": length})
    if found := _PRIVATE_USE.search(text):
        return Problem("name.private_use", {"position": found.start() + 1}, "warning")
    return None
