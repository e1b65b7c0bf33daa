"""The one entry of the intake: what was typed into a field of the catalogue, made uniform and checked.

The field types are those of the catalogue, with `rid_or_uscc`, `date_or_long` and `enum_set`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date
from typing import TypedDict, Unpack

from . import (
    addresses,
    credit_codes,
    dates,
    money,
    names,
    phones,
    plates,
    resident_id,
    travel_documents,
    vehicles,
)
from .problem import Problem

OWN_CODES = (
    "int.form",
    "int.too_small",
    "int.too_large",
    "text.too_long",
    "text.control",
    "enum.not_an_option",
    "enum_set.not_an_option",
    "bool.form",
)
CODES: tuple[str, ...] = (
    *resident_id.CODES,
    *names.CODES,
    *plates.CODES,
    *travel_documents.CODES,
    *phones.CODES,
    *credit_codes.CODES,
    *vehicles.CODES,
    *addresses.CODES,
    *dates.CODES,
    *money.CODES,
    *OWN_CODES,
)
# Types whose value is no line of text: a picture, a template reference, files, rows.
OPAQUE = frozenset({"photo", "fp", "file", "list", "records"})

_YES = frozenset({"true", "yes", "y", "1", "是", "有"})
_NO = frozenset({"false", "no", "n", "0", "否", "无"})


class Limits(TypedDict, total=False):
    """What the catalogue says about one field; each type reads the ones that concern it.

    minimum, maximum: int and money, both included.
    max_length: text, in characters.
    options: the codes of an enum or enum_set.
    earliest, latest: date and datetime, both included.
    landline: a phone field also takes a Shanghai landline.
    shanghai: an address must be a Shanghai address (the default) or only well written.
    official_single: the register holds a name of one character.
    """

    minimum: int | None
    maximum: int | None
    max_length: int | None
    options: Collection[str]
    earliest: date | None
    latest: date | None
    landline: bool
    shanghai: bool
    official_single: bool


def _normalise_text(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _normalise_int(text: str) -> str:
    text = "".join(text.split())
    # Longer digit strings are no counts, and Python refuses to convert the longest of them.
    return str(int(text)) if re.fullmatch("[+-]?[0-9]{1,18}", text) else text


def _normalise_bool(text: str) -> str:
    word = text.strip().lower()
    return "true" if word in _YES else "false" if word in _NO else text.strip()


def _normalise_set(text: str) -> str:
    return ",".join(dict.fromkeys(filter(None, re.split(r"[,，、;；\s]+", text))))


def _normalise_rid_or_uscc(text: str) -> str:
    return credit_codes.normalise(text)


_NORMALISE: dict[str, Callable[[str], str]] = {
    "rid": resident_id.normalise,
    "rid_or_uscc": _normalise_rid_or_uscc,
    "name": names.normalise,
    "date": dates.normalise_date,
    "date_or_long": dates.normalise_date,
    "datetime": dates.normalise_datetime,
    "int": _normalise_int,
    "money": money.normalise,
    "plate": plates.normalise,
    "vin": vehicles.normalise,
    "licfile": vehicles.normalise,
    "birthcert": vehicles.normalise,
    "phone": phones.normalise,
    "addr": addresses.normalise,
    "passport": travel_documents.normalise,
    "hkm": travel_documents.normalise,
    "twp": travel_documents.normalise,
    "hmtpermit": travel_documents.normalise,
    "foreignpp": travel_documents.normalise,
    "uscc": credit_codes.normalise,
    "text": _normalise_text,
    "enum": str.strip,
    "enum_set": _normalise_set,
    "bool": _normalise_bool,
}
TYPES = frozenset(_NORMALISE)


def _split(field_type: str) -> tuple[str, int | None]:
    """Splits `text(40)` into its name and number; raises ValueError for a type that nobody knows."""
    name, _, rest = field_type.partition("(")
    if name not in TYPES and name not in OPAQUE:
        raise ValueError(f"unknown field type: {field_type}")
    return name, int(rest[:-1]) if re.fullmatch(r"[0-9]+\)", rest) else None


def _check_rid_or_uscc(text: str, today: date) -> Problem | None:
    problem = resident_id.check(text, today)
    if problem is None or (other := credit_codes.check(text)) is None:
        return None
    # Both have 18 characters; letters before the last place are only in a credit code.
    return other if re.search("[A-Za-z]", text[:17]) else problem


def _check_int(text: str, limits: Limits) -> Problem | None:
    if not re.fullmatch("-?[0-9]{1,18}", text):
        return Problem("int.form")
    number, low, high = int(text), limits.get("minimum"), limits.get("maximum")
    if low is not None and number < low:
        return Problem("int.too_small", {"minimum": low})
    if high is not None and number > high:
        return Problem("int.too_large", {"maximum": high})
    return None


def _check_text(text: str, longest: int | None) -> Problem | None:
    for at, char in enumerate(text, 1):
        # Databases refuse NUL and lone surrogates; other controls have no place in a record.
        if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t":
            return Problem("text.control", {"position": at})
    if longest is not None and len(text) > longest:
        return Problem("text.too_long", {"maximum": longest, "actual": len(text)})
    return None


def _check_date(name: str, text: str, limits: Limits) -> Problem | None:
    earliest, latest = limits.get("earliest"), limits.get("latest")
    if name == "datetime":
        return dates.check_datetime(text, earliest=earliest, latest=latest)
    return dates.check_date(text, long_term=name == "date_or_long", earliest=earliest, latest=latest)


_CHECK: dict[str, Callable[[str], Problem | None]] = {
    "plate": plates.check,
    "vin": vehicles.check_vin,
    "licfile": vehicles.check_licence_file,
    "birthcert": vehicles.check_birth_certificate,
    "uscc": credit_codes.check,
}


def normalise(field_type: str, text: str) -> str:
    """The stored form of what was typed into a field of this type; what cannot be read comes back trimmed.

    Out: `YYYY-MM-DD` or `long`, `YYYY-MM-DD HH:MM`, `12.50`, `true` or `false`, codes joined by commas;
    numbers without spaces and in upper case. Raises ValueError for an unknown type.
    """
    name, _ = _split(field_type)
    return _NORMALISE[name](text) if name in TYPES else text


def check(field_type: str, text: str, *, today: date, **limits: Unpack[Limits]) -> Problem | None:
    """Checks the normalised text of a field; None is fine, and empty text is always fine here.

    Whether a field must be filled is the catalogue's question. Raises ValueError for an unknown type.
    """
    name, longest = _split(field_type)
    if not text or name in OPAQUE:
        return None
    if name in _CHECK:
        return _CHECK[name](text)
    if name in travel_documents.KINDS:
        return travel_documents.check(name, text)
    options = limits.get("options", ())
    match name:
        case "rid":
            return resident_id.check(text, today)
        case "rid_or_uscc":
            return _check_rid_or_uscc(text, today)
        case "name":
            return names.check(text, official_single=limits.get("official_single", False))
        case "phone":
            return phones.check(text, landline=limits.get("landline", False))
        case "addr":
            return addresses.check(text, shanghai=limits.get("shanghai", True))
        case "date" | "date_or_long" | "datetime":
            return _check_date(name, text, limits)
        case "int":
            return _check_int(text, limits)
        case "money":
            return money.check(text, minimum=limits.get("minimum"), maximum=limits.get("maximum"))
        case "enum":
            return None if text in options else Problem("enum.not_an_option")
        case "enum_set":
            wrong = [part for part in text.split(",") if part not in options]
            return Problem("enum_set.not_an_option", {"count": len(wrong)}) if wrong else None
        case "bool":
            return None if text in ("true", "false") else Problem("bool.form")
        case _:
            given = limits.get("max_length")
            return _check_text(text, longest if given is None else given)
