"""Text from outside made safe to show on a terminal, and measured in terminal cells.

Rules: NFC (Unicode Annex 15), East Asian Width (Annex 11), and the code points that can steer, blank or
reorder a terminal line. Nothing here imports a user interface, so the server and the rules can use it too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Literal

MARK = "\ufffd"
ELLIPSIS = "…"
MAX_COMBINING = 4

# Variation selectors choose a glyph of the character before them. They are part of legal rare names, so they
# vanish from the shown text instead of leaving a mark in a correct name.
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_STEERING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, blank fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, separators, bidi controls, operators
    "\u3164\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\ufdd0-\ufdef"  # fillers, byte order mark, noncharacters
    "\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # format controls of rare scripts
    "\ud800-\udfff"  # surrogates: an undecodable byte in disguise
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff\U000f0000-\U0010ffff"  # tags, private planes
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 15))
)
_UNSAFE_LINES = re.compile(f"[{_STEERING}{_SELECTORS}\t]")
_UNSAFE_LINE = re.compile(f"[{_STEERING}{_SELECTORS}\t\n]")
# A run that may hold too many marks: every combining mark lies in these ranges, Han characters do not.
_MARKS_POSSIBLE = re.compile(f"[\u0300-\u30ff\ua000-\uabff\ufb00-\ufeff\U00010000-\U0001ffff]{{{MAX_COMBINING + 1}}}")


def _replacement(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\t":
        return " "
    return "" if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef" else MARK


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _limit_marks(text: str) -> str:
    """Cuts every run of combining marks to `MAX_COMBINING` and shows the cut with an ellipsis."""
    parts: list[str] = []
    for marks, run in groupby(text, _is_mark):
        part = "".join(run)
        parts.append(part[:MAX_COMBINING] + ELLIPSIS if marks and len(part) > MAX_COMBINING else part)
    return "".join(parts)


def clean(text: str, *, multiline: bool = False, limit: int = 500) -> str:
    """Makes text from outside safe to show.

    In: any string; `multiline` keeps line feeds; `limit` is the longest result in characters (at least 1).
    Out: NFC text in which a control, bidi, invisible or undecodable code point is U+FFFD, a tab is a space,
    a variation selector is dropped, at most four combining marks follow a base, and an ellipsis ends what
    was cut. Idempotent.
    For display only: the stored value keeps its own characters.
    """
    limit = max(limit, 1)
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    # A huge paste must not be scanned whole to show its start.
    too_long = len(text) > 4 * limit
    if too_long:
        text = text[: 4 * limit]
    if multiline:
        text = text.replace("\r\n", "\n")
    text = (_UNSAFE_LINES if multiline else _UNSAFE_LINE).sub(_replacement, text)
    text = unicodedata.normalize("NFC", text)
    if _MARKS_POSSIBLE.search(text):
        text = _limit_marks(text)
    if too_long or len(text) > limit:
        text = text[: limit - 1] + ELLIPSIS
    return text


def has_unsafe(text: str, *, multiline: bool = False) -> bool:
    """Whether `clean` would have to replace or drop a code point (length and NFC do not count)."""
    return (_UNSAFE_LINES if multiline else _UNSAFE_LINE).search(text) is not None


@lru_cache(maxsize=8192)
def _cell(char: str) -> int:
    code = ord(char)
    category = unicodedata.category(char)
    if category == "Cn":
        # Planes 2 and 3 and the newest pictographs are wide by rule, also where this Python does not know the
        # character yet; its own answer for an unassigned code point differs between versions.
        return 2 if 0x20000 <= code <= 0x3FFFD or 0x1FA70 <= code <= 0x1FAFF else 1
    if category in ("Cc", "Cf"):
        # Of the format characters only the soft hyphen and the Arabic number signs are drawn.
        return int(code == 0xAD or (category == "Cf" and not has_unsafe(char)))
    combining = category.startswith("M") or 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF
    if combining or 0x1F3FB <= code <= 0x1F3FF:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cells(text: str) -> int:
    """How many terminal cells the text takes: wide and full-width 2, combining and control 0, ambiguous 1."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cell, text))


def fit(text: str, width: int, *, align: Literal["left", "right", "center"] = "left") -> str:
    """Cuts (with an ellipsis) or pads the text to exactly `width` cells; a wide character is never split.

    In: cleaned one-line text and a width of 0 or more. Out: text with `cells(result) == width`.
    """
    if width <= 0:
        return ""
    used = cells(text)
    if used > width:
        used, end = 0, 0
        for end, char in enumerate(text):  # noqa: B007 - the position where the loop stops is the cut
            step = _cell(char)
            if used + step > width - 1:
                break
            used += step
        text, used = text[:end] + ELLIPSIS, used + 1
    space = width - used
    left = {"left": 0, "right": space, "center": space // 2}[align]
    return " " * left + text + " " * (space - left)


# What a line break never divides: a run of ASCII without blanks (a word, a number) with its unit, or one character;
# and no line begins with what closes or ends something.
_CLOSING = "。,、;:!?)》」』】”’…,;:!?)"
_PIECE = re.compile(rf" *[!-~]+[分元日年月条个项起次号]?[{_CLOSING}]*| |[^ -~][{_CLOSING}]*")


def wrap(text: str, width: int) -> list[str]:
    """The text, made safe, in lines of at most `width` cells: between Chinese characters it breaks anywhere, words and
    numbers are kept whole where a line can hold them. Line feeds begin new lines."""
    lines: list[str] = []
    for paragraph in clean(text, multiline=True, limit=100_000).split("\n"):
        line, used = "", 0
        for piece in _PIECE.findall(paragraph):
            size = cells(piece)
            if used + size > width and line:
                lines.append(line.rstrip())
                line, used = "", 0
                piece = piece.lstrip()
                size = cells(piece)
            while size > width:  # a word that no line can hold
                head = fit(piece, width).rstrip(ELLIPSIS + " ") or piece[:1]
                lines.append(head)
                piece = piece[len(head) :]
                size = cells(piece)
            line += piece
            used += size
        lines.append(line)
    return lines
