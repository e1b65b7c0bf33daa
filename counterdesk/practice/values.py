"""A plausible synthetic value for any fact of the catalogue."""

from __future__ import annotations

import re
from datetime import date, timedelta

from counterdesk.catalog.casefile import JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Fact
from counterdesk.practice import people, registers
from counterdesk.practice.chance import chance

UNIT = "91310000MA0XAMP19E"
"""The code of an invented unit."""
_FIXED: dict[str, JsonValue] = {
    "vin": "LTEST1A06N0000001",
    "passport": "EA0000001",
    "hkm": "CA0000001",
    "twp": "L00000001",
    "hmtpermit": "H00000001",
    "foreignpp": "X0000001",
    "uscc": UNIT,
    "birthcert": "T310000001",
    "licfile": "310000000001",
    "photo": "practice:photo",
    "fp": "practice:fingerprint",
    "bool": False,
}
_FUTURE = re.compile("expiry|until|valid_to|_end$|to_date|return")
_DAYS = {"birth_date": -35 * 365, "first_issue": -4 * 365, "reg_date": -700, "last_endorse": -350, "cycle_end": 150}
"""Days from the day of the case to what is so many years, months or days ago or ahead for most people."""
_NUMBERS = {"seats": 5, "rooms": 20, "beds": 35}
_LATIN = ("pinyin", "_en")
_CHILDREN = ("child", "minor", "joiner")


def plausible(index: Index, seed: int, service: str, fact: Fact, today: date) -> JsonValue | None:
    """A value that the fact's type takes; None for a type that is not known here."""
    kind = fact.type.partition("(")[0]
    who = (service, fact.key)
    if kind in _FIXED:
        return _FIXED[kind]
    match kind:
        case "rid" | "rid_or_uscc":
            return citizen(seed, service, fact.key, today).id
        case "name":
            return people.name(seed, *who)
        case "phone":
            return people.phone(seed, *who)
        case "addr":
            return people.address(seed, *who)
        case "plate":
            return people.plate(seed, *who)
        case "date" | "date_or_long":
            ahead = _DAYS.get(fact.key, 500 if _FUTURE.search(fact.key) else -20)
            return (today + timedelta(days=ahead)).isoformat()
        case "datetime":
            return f"{today - timedelta(days=10)} 09:00"
        case "money":
            return f"{max(100, fact.minimum or 0)}.00"
        case "int":
            if fact.key in _NUMBERS:
                return _NUMBERS[fact.key]
            low = fact.minimum or 0
            return max(low, min(1, fact.maximum if fact.maximum is not None else 1))
        case "enum" | "enum_set":
            codes = [option.code for option in index.options(fact)]
            return codes[0] if codes else None
        case "text":
            return "SHILI" if fact.key.endswith(_LATIN) else "示例"
        case "records":
            return _records(index, seed, service, fact, today)
    return None


def citizen(seed: int, service: str, key: str, today: date) -> people.Person:
    """The person behind an identity number of a case: of an age that the key suggests."""
    young = any(word in key for word in _CHILDREN)
    youngest, oldest = (3, 10) if young else (28, 44)
    person = people.of_age(seed, service, key, youngest=youngest, oldest=oldest, today=today)
    if "mother" in key or "father" in key:
        return people.person(seed, service, key, birth=person.birth, male="father" in key)
    return person


def _records(index: Index, seed: int, service: str, fact: Fact, today: date) -> JsonValue:
    draw = chance(seed, service, fact.key)
    if "violation" in fact.key:
        plate = people.plate(seed, service, "plate")
        # Two small records, which every counter may handle; `agreement` makes of them what the case says.
        return registers.violations(draw, index, plate, today, fixed=True, eventful=False)
    return [{"id": citizen(seed, service, fact.key, today).id, "name": people.name(seed, service, fact.key)}]
