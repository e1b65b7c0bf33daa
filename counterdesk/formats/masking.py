"""What may be shown of personal data when nobody asked to see it (居民身份证法 Art. 13, PIPL Art. 51).

A mask keeps the length, so that a person who knows the value can recognise it, and hides what identifies it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from . import phones

PLAIN = frozenset({"date", "datetime", "date_or_long", "int", "money", "enum", "enum_set", "bool", "text"})

_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TOWN = re.compile(r"(?:.*?(?:区|县|市))?[^区县市\d]{1,8}?(?:街道|镇|乡)")
_ROAD = re.compile(r"(?:.*?(?:区|县|市))?[^区县市\d]{1,12}?(?:大道|公路|路|街|巷)")
_DISTRICT = re.compile(r".*(?:区|县|市)")


def mask_rid(value: str) -> str:
    """Hides the birth date of an 18-character number: 310000********0010."""
    return f"{value[:6]}{'*' * 8}{value[14:]}" if len(value) == 18 else mask_document(value)


def mask_phone(value: str) -> str:
    """Hides the four middle digits: 138****0000."""
    digits = phones.normalise(value)
    return f"{digits[:3]}****{digits[7:]}" if len(digits) == 11 else mask_document(value)


def mask_name(value: str) -> str:
    """Keeps the first character of the name and of each part after a dot or space: 张**, 阿***·示*."""
    return re.sub(
        r"[^·\s]+",
        lambda part: (part[0][0] if len(part[0]) > 1 else "") + "*" * max(len(part[0]) - 1, 1),
        _bare(value),
    )


def mask_address(value: str) -> str:
    """Keeps the address down to the town or subdistrict, else to the road; the number is hidden."""
    if not value:
        return ""
    first_digit = next((at for at, char in enumerate(value) if char.isdigit()), len(value))
    open_part = value[:first_digit]
    for pattern in (_TOWN, _ROAD, _DISTRICT):
        if kept := pattern.match(open_part):
            return f"{kept[0]}****"
    return "****"


def mask_document(value: str) -> str:
    """Keeps the first two and the last two characters; fewer than seven characters are hidden whole."""
    return f"{value[:2]}{'*' * (len(value) - 4)}{value[-2:]}" if len(value) >= 7 else "*" * len(value)


def _bare(value: str) -> str:
    return _SELECTORS.sub("", value)


_MASKS: dict[str, Callable[[str], str]] = {
    "rid": mask_rid,
    "name": mask_name,
    "phone": mask_phone,
    "addr": mask_address,
}


def mask(kind: str, value: str) -> str:
    """Masks a value by its field type; a type that is not known here counts as a document number."""
    kind = kind.partition("(")[0]
    return value if kind in PLAIN else _MASKS.get(kind, mask_document)(value)
