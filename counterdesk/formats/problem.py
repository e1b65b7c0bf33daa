"""What is wrong with a value, as a code that the screen puts into words."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from counterdesk.quiet import quiet

_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000]")


@quiet
class Problem(NamedTuple):
    """One finding about a typed value.

    code: what is wrong, `subject.reason`; the translation is looked up by it.
    params: numbers and short parts of the value for the translation; never a whole identity number.
    level: `error` blocks the field, `warning` asks the officer to look again.
    """

    code: str
    params: dict[str, str | int] = {}
    level: Literal["error", "warning"] = "error"


def full_width_at(text: str) -> int | None:
    """The position (from 1) of the first full-width form, as an input method in that mode types it."""
    found = _FULL_WIDTH.search(text)
    return found.start() + 1 if found else None


def first_outside(text: str, allowed: re.Pattern[str]) -> int | None:
    """The position (from 1) of the first character that the pattern `allowed` does not match."""
    return next((at for at, char in enumerate(text, 1) if not allowed.fullmatch(char)), None)
