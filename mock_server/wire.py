"""What goes over the wire beside commands, events and case files, and the checks at the server's edge.

What a desk gets back as it is stands in `counterdesk.station.exchange`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from counterdesk.catalog.casefile import JsonValue
from counterdesk.quiet import quiet
from counterdesk.station.exchange import Session
from counterdesk.station.refused import RefusalCode


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/sessions."""

    station: str
    officer: str
    password: str

    def __repr__(self) -> str:
        return "SignIn(…)"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a sign-in. token: the bearer token of all later requests. expires: when it ends for certain."""

    token: str
    expires: datetime
    session: Session

    def __repr__(self) -> str:
        return "SignedIn(…)"


@quiet
class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The station's rules said no."""

    refused: RefusalCode
    params: dict[str, str | int]


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A case file was stored; version is its new one."""

    version: int


class Lookup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/archives/lookup: fact `key` of `service` has `value`."""

    service: str
    key: str
    value: str

    def __repr__(self) -> str:
        return "Lookup(…)"


@quiet
class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the archives know, by fact key."""

    facts: dict[str, JsonValue]


ErrorCode = Literal[
    "bad_request",
    "not_signed_in",
    "wrong_password",
    "locked",
    "not_allowed",
    "not_found",
    "method_not_allowed",
    "conflict",
    "too_large",
    "too_slow",
    "command_id_reused",
    "if_match_missing",
    "idempotency_key_missing",
    "store",
    "internal",
]


@quiet
class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Any answer that is neither a result nor a refusal. current: the stored version, of a conflict."""

    error: ErrorCode
    current: int | None = None


class BadInput(Exception):
    """A value that no rule should ever see."""


LONGEST_ID = 64
LONGEST_TEXT = 256
LARGEST_INT = 10**9
LARGEST_FACT = 10**15
_YEARS = range(2000, 2200)


def check_command(value: object) -> None:
    """Refuse what the type allows and no station can mean: endless numbers, control characters, times without a zone.

    `value` is a command or a part of one. Raises: BadInput.
    """
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            check_command(getattr(value, field))
    elif isinstance(value, tuple):
        if len(value) > LONGEST_TEXT:
            raise BadInput
        for item in value:
            check_command(item)
    elif isinstance(value, datetime):
        if value.tzinfo is None or value.year not in _YEARS:
            raise BadInput
    elif isinstance(value, str):
        if len(value) > LONGEST_TEXT or not value.isprintable():
            raise BadInput
    elif isinstance(value, int) and not 0 <= value <= LARGEST_INT:
        raise BadInput


def check_file(value: object) -> None:
    """Refuse NUL characters and numbers beyond every use in a case file; anything else is the officer's own text.

    `value` is a case file or a part of one. Raises: BadInput.
    """
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            check_file(getattr(value, field))
    elif isinstance(value, dict):
        for key, item in value.items():
            check_file(key)
            check_file(item)
    elif isinstance(value, list):
        for item in value:
            check_file(item)
    elif isinstance(value, str):
        if "\0" in value:
            raise BadInput
    elif isinstance(value, int) and not -LARGEST_FACT <= value <= LARGEST_FACT:
        raise BadInput
