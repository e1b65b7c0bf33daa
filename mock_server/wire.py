"""What goes over the wire beside commands, events and case files, and the checks at the server's edge.

What a desk gets back as it is stands in `counterdesk.station.exchange`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from counterdesk.catalog.casefile import JsonValue
from counterdesk.quiet import quiet
from counterdesk.station.exchange import LONGEST_NOTE, Mode, Session
from counterdesk.station.refused import RefusalCode


@quiet
class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/sessions."""

    station: str
    officer: str
    password: str


@quiet
class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a sign-in. token: the bearer token of later requests, good for `lifetime` seconds until `expires`.

    refresh: good for one POST /v1/sessions/refresh. ends: when the session ends whatever happens.
    """

    token: str
    refresh: str
    lifetime: int
    expires: datetime
    ends: datetime
    session: Session


@quiet
class Refresh(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/sessions/refresh."""

    refresh: Annotated[str, msgspec.Meta(max_length=256)]


@quiet
class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """New tokens in place of those before; as in SignedIn."""

    token: str
    refresh: str
    lifetime: int
    expires: datetime


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the audit trail. entry: its canonical JSON as text, exactly as it is hashed. hash: in hex."""

    seq: int
    entry: str
    hash: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some entries of the trail; there are more as long as it is not empty."""

    entries: tuple[AuditEntry, ...]


@quiet
class OpenEscrow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/escrow/open: the sealed key of a terminal's journal, and what was bound to it.

    officer, generation, mode: whose journal key it is, which one, and of which mode. sealed: base64. cases: how many
    drafts it opens, for the audit trail.
    """

    officer: str
    generation: Annotated[int, msgspec.Meta(ge=0, le=10**9)]
    mode: Mode
    sealed: Annotated[str, msgspec.Meta(max_length=4096)]
    cases: Annotated[int, msgspec.Meta(ge=0, le=10**6)]


@quiet
class EscrowKey(msgspec.Struct, frozen=True, kw_only=True):
    """The opened key, in base64."""

    key: str


@quiet
class NoteText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PUT /v1/counters/{counter}/note."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NOTE)]


@quiet
class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The station's rules said no."""

    refused: RefusalCode
    params: dict[str, str | int]


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A case file was stored; version is its new one."""

    version: int


@quiet
class Lookup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /v1/archives/lookup: fact `key` of `service` has `value`."""

    service: str
    key: str
    value: str


@quiet
class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the archives know, by fact key."""

    facts: dict[str, JsonValue]


ErrorCode = Literal[
    "bad_request",
    "not_signed_in",
    "wrong_password",
    "wrong_mode",
    "locked",
    "throttled",
    "not_allowed",
    "not_found",
    "method_not_allowed",
    "conflict",
    "too_large",
    "headers_too_large",
    "too_slow",
    "busy",
    "no_escrow",
    "not_sealed_here",
    "command_id_reused",
    "if_match_missing",
    "idempotency_key_missing",
    "store",
    "internal",
]


@quiet
class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Any answer that is neither a result nor a refusal. current: the stored version, of a conflict. seconds: how long
    to wait."""

    error: ErrorCode
    current: int | None = None
    seconds: int | None = None


class BadInput(Exception):
    """A value that no rule should ever see."""


LONGEST_ID = 64
LONGEST_TEXT = 256
LARGEST_INT = 10**9
LARGEST_FACT = 10**15
DEEPEST = 16
LARGEST_CURSOR = 10**15
Cursor = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_CURSOR)]
"""A place in a stream or a trail, as a query names it."""
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
    elif isinstance(value, dict):
        check_command(tuple(value))
        check_command(tuple(value.values()))
    elif isinstance(value, datetime):
        if value.tzinfo is None or value.year not in _YEARS:
            raise BadInput
    elif isinstance(value, str):
        if len(value) > LONGEST_TEXT or not value.isprintable():
            raise BadInput
    elif isinstance(value, int) and not 0 <= value <= LARGEST_INT:
        raise BadInput


def check_file(value: object, depth: int = 0) -> None:
    """Refuse NUL characters, half characters, numbers beyond every use and endless nesting in a case file; anything
    else is the officer's own text.

    `value` is a case file or a part of one. Raises: BadInput.
    """
    if depth > DEEPEST:
        raise BadInput
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            check_file(getattr(value, field), depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            check_file(key, depth + 1)
            check_file(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            check_file(item, depth + 1)
    elif isinstance(value, str):
        if "\0" in value or (not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value)):
            raise BadInput
    elif isinstance(value, int) and not -LARGEST_FACT <= value <= LARGEST_FACT:
        raise BadInput
