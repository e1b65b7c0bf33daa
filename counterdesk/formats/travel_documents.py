"""Numbers of passports, of permits to Hong Kong, Macao and Taiwan, and of permits of residents from there.

The passport's pattern is sure; those of the permits are observed practice and rated likely.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

from .problem import Problem, first_outside, full_width_at

CODES = (
    "document.empty",
    "document.full_width",
    "document.separator",
    "document.lower_case",
    "document.prefix",
    "document.length",
    "document.letter_i_o",
    "document.character",
)

Kind = Literal["passport", "hkm", "twp", "home_return", "taiwan_permit", "hmtpermit", "foreignpp"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class _Form(NamedTuple):
    pattern: re.Pattern[str]
    first: str  # the first characters that the document can have, as a character class
    shortest: int
    longest: int
    i_o_excluded: bool = False


_FORMS: dict[str, _Form] = {
    # E and 8 digits, since 2017 also E, a letter and 7 digits; G is the older book without a chip.
    "passport": _Form(re.compile("E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|G[0-9]{8}"), "[EG]", 9, 9, True),
    # W is the old booklet.
    "hkm": _Form(re.compile("C[0-9]{8}|C[A-HJ-NP-Z][0-9]{7}|W[0-9]{8}"), "[CW]", 9, 9, True),
    # T is the old booklet.
    "twp": _Form(re.compile("[LT][0-9]{8}"), "[LT]", 9, 9),
    # The last two digits count the issues of the card and are not printed on every version.
    "home_return": _Form(re.compile("[HM][0-9]{8}([0-9]{2})?"), "[HM]", 9, 11),
    "taiwan_permit": _Form(re.compile("[0-9]{8}"), "[0-9]", 8, 8),
    "foreignpp": _Form(re.compile("[A-Z0-9]{5,20}"), "[A-Z0-9]", 5, 20),
}
_SEPARATOR = re.compile(r"[\s\-‐-―/.·]")
_ALLOWED = re.compile("[A-Z0-9]")


def normalise(text: str) -> str:
    """Without white space, in upper case; hyphens stay, for `check` to point at."""
    return "".join(text.split()).upper()


def _form_of(kind: Kind, text: str) -> tuple[str, _Form]:
    # One field takes the permit of either side: Taiwan residents' cards are the ones without a letter.
    if kind == "hmtpermit":
        kind = "taiwan_permit" if re.match("[0-9]", text) else "home_return"
    return kind, _FORMS[kind]


def check(kind: Kind, text: str) -> Problem | None:
    """Checks a normalised number of a document of `kind`; each problem names the kind in `document`.

    `hmtpermit` takes the home-return permit (H, M) and the Taiwan residents' permit (8 digits) alike.
    """
    if not text:
        return Problem("document.empty", {"document": kind})
    name, form = _form_of(kind, text)
    if form.pattern.fullmatch(text):
        return None
    if (at := full_width_at(text)) is not None:
        return Problem("document.full_width", {"document": name, "position": at})
    if found := _SEPARATOR.search(text):
        return Problem("document.separator", {"document": name, "position": found.start() + 1})
    if found := re.search("[a-z]", text):
        return Problem("document.lower_case", {"document": name, "position": found.start() + 1})
    if (at := first_outside(text, _ALLOWED)) is not None:
        return Problem("document.character", {"document": name, "position": at})
    if not re.match(form.first, text):
        return Problem("document.prefix", {"document": name, "character": text[0]})
    letter = re.search("[A-Z]", text[1:])
    if not form.shortest <= len(text) <= form.longest or (name == "home_return" and len(text) == 10 and not letter):
        return Problem(
            "document.length",
            {"document": name, "minimum": form.shortest, "maximum": form.longest, "actual": len(text)},
        )
    if form.i_o_excluded and text[1] in "IO":
        return Problem("document.letter_i_o", {"document": name, "position": 2, "character": text[1]})
    # What is left is a letter where a digit belongs; some series may have one in second place.
    at = first_outside(text[1:], re.compile("[0-9]")) or 1
    if form.i_o_excluded and at == 1 and text[0] in "EC":
        at = (first_outside(text[2:], re.compile("[0-9]")) or 1) + 1
    return Problem("document.character", {"document": name, "position": at + 1})
