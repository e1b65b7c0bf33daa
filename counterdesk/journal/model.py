"""What goes into a journal and comes out, and the one family of its errors. No value shows its content in a repr.

JournalError(code)
├── JournalInUse      another desk has the file
├── JournalUnsafe     the file, its place or its SQLite cannot keep what a journal promises
├── JournalFull       the disk is full: nothing was saved
├── JournalIo         the disk failed: nothing was saved; `reopen` is the only way on
├── Locked            no officer's key is in memory
├── WrongPassphrase   the officer's key does not open with this
└── NoSuchOfficer     this officer never signed in here while the station was there
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from counterdesk.quiet import quiet

SCHEMA_VERSION = 1
DraftStatus = Literal["here", "sent"]
Kept = Literal["keyring", "memory"]


class JournalError(Exception):
    """Any trouble with the journal. code: what for, in a word that the locale files can be asked for."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class JournalInUse(JournalError):
    """Another desk has the file."""

    def __init__(self) -> None:
        super().__init__("in_use")


class JournalUnsafe(JournalError):
    """The file, its place or its SQLite cannot keep what a journal promises."""


class JournalFull(JournalError):
    """The disk is full: nothing was saved."""

    def __init__(self) -> None:
        super().__init__("disk_full")


class JournalIo(JournalError):
    """The disk failed: nothing was saved. code: SQLite's name for it, or the system's."""


class Locked(JournalError):
    """No officer's key is in memory."""

    def __init__(self) -> None:
        super().__init__("locked")


class WrongPassphrase(JournalError):
    """The officer's key does not open with this."""

    def __init__(self) -> None:
        super().__init__("wrong_passphrase")


class NoSuchOfficer(JournalError):
    """There is no key of this officer in the file."""

    def __init__(self) -> None:
        super().__init__("no_such_officer")


@quiet
class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A case file on its way. seq: counts its changes. version: the station's, that it was read at. at: when it was
    kept. body: what only its officer may read."""

    case: str
    seq: int
    service: str
    version: int
    status: DraftStatus
    at: datetime
    body: bytes


@quiet
class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A command that the station has not answered. id: its idempotency key. kind: the command's name. tries: how often
    it was sent. error: a code of the last failure."""

    id: str
    kind: str
    body: bytes
    since: datetime
    tries: int = 0
    error: str = ""


@quiet
class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A command that the station will not carry out, with its reason, until somebody looks at it."""

    id: str
    kind: str
    body: bytes
    since: datetime
    code: str
    params: dict[str, str | int] = {}


@quiet
class Unlocked(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer finds when his key is there.

    kept: where his key outlives this process beside the passphrase; why: a code for that (ok, or what the keyring's
    probe said, or `untried` for a sign-in without the station). waiting: in the order in which they are to be sent.
    place and identity: b"" if there is none. sealed: his drafts and commands under keys that cannot be had any more;
    others: those of other officers; damaged: his, that do not open although the key is right.
    """

    officer: str
    kept: Kept
    why: str
    drafts: tuple[Draft, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    dead: tuple[DeadLetter, ...] = ()
    place: bytes = b""
    identity: bytes = b""
    sealed: int = 0
    others: int = 0
    damaged: int = 0


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How a journal is, with nothing personal in it: officers are a number.

    failed: the code of the disk error after which nothing is taken, "" if all is well. unlocked: whether a key is in
    memory. drafts, outbox: counts by status (here, sent; waiting, dead). errors: counts by code of what waits and of
    what is dead. oldest_draft, oldest_waiting: when they were kept. slots: counts by kind. damaged: what did not open
    at the last signing in although the key was right. pragmas: what is in force.
    """

    mode: str
    station: str
    counter: str
    schema: int = SCHEMA_VERSION
    failed: str = ""
    unlocked: bool = False
    drafts: dict[str, int] = {}
    outbox: dict[str, int] = {}
    errors: dict[str, int] = {}
    most_tries: int = 0
    oldest_draft: str = ""
    oldest_waiting: str = ""
    officers: int = 0
    slots: dict[str, int] = {}
    damaged: int = 0
    file_bytes: int = 0
    wal_bytes: int = 0
    file_system: str = ""
    sqlite: str = ""
    pragmas: dict[str, str] = {}
