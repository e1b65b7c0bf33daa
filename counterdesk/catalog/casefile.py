"""The case file: what the officer wrote down and checked for one case. Personal data: it never enters an event."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from counterdesk.quiet import quiet

JsonValue = str | int | bool | list[dict[str, str | int]]
MaterialStatus = Literal["verified", "missing", "waived", "deferred"]


@quiet
class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is known about one fact.

    value: by the fact's type: text types and enum codes as str; int as int; bool as bool; date as "YYYY-MM-DD", or
      "long" for 长期; datetime as "YYYY-MM-DD HH:MM"; money as a decimal str; records as a list of objects.
      None means that the applicant cannot say (unobtainable), with the officer's words in `reason`.
    source: typed by hand, read from a card or code, fetched from an archive, or carried over from the same ticket.
    """

    value: JsonValue | None
    source: Literal["typed", "read", "archive", "carried"] = "typed"
    reason: str = ""


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an applicant was told once that is missing (一次性告知).

    on: the day. codes: "material:CODE" and "prompt:ID" of all that was listed. how: on paper, or in person.
    """

    on: date
    codes: tuple[str, ...]
    how: Literal["paper", "oral"]


@quiet
class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One case's answers and materials, versioned: a write names the version it was read at.

    entered: text that was typed but is not valid yet, by fact key: kept so that nothing typed is lost.
    materials: what was found for each material code.
    confirmed: WARN prompts the officer took note of, with a reason or "".
    at: the fact key or step where the officer stands, so that a case is resumed where it was left.
    notified: what the applicant was told is missing, each time.
    """

    case: str
    version: int = 0
    service: str = ""
    variant: str = ""
    catalog: str = ""
    answers: dict[str, Answer] = {}
    entered: dict[str, str] = {}
    materials: dict[str, MaterialStatus] = {}
    confirmed: dict[str, str] = {}
    at: str = ""
    notified: tuple[Told, ...] = ()
