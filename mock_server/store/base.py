"""What a station server keeps, whatever the database: streams, answers, case files, officers and sessions.

Every method is one transaction; a note enters the audit trail in the transaction of its act. A store is used from one
thread at a time (the server's writer thread), so that a second implementation, for PostgreSQL, needs no more than these
methods. The conformance tests are `tests/unit/server/test_store.py`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import msgspec

from counterdesk.quiet import quiet
from counterdesk.station import host
from counterdesk.station.audit import Link, Note
from counterdesk.station.exchange import Checkpoint
from counterdesk.station.roles import Actor, Mode


class StoreError(Exception):
    """The database failed. Whether the last transaction was kept is unknown until the store is opened again."""


class StoreInUse(StoreError):
    """Another process has the database open."""


class StoreUnsafe(StoreError):
    """The database cannot give the durability that the server promises."""


@quiet
class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An officer or a machine that may sign in at one station. password: an argon2id hash in its standard form."""

    station: str
    actor: Actor
    name: str
    password: str


@quiet
class StoredSession(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in with all its tokens. Times are seconds since the epoch.

    generation: how often its tokens were renewed, the last time at `rotated`; confirmed: a token of that generation
    was used. active: the last request of a person. expires: when it ends for certain.
    """

    family: str
    station: str
    officer: str
    mode: Mode
    generation: int = 0
    rotated: float
    confirmed: bool = False
    active: float
    expires: float


@quiet
class StoredToken(msgspec.Struct, frozen=True, kw_only=True):
    """token: SHA-256 of the token in hex, never the token. dead: put aside for a successor before it was used."""

    token: str
    family: str
    kind: Literal["access", "refresh"]
    generation: int
    expires: float
    dead: bool = False


class Failures(NamedTuple):
    """Wrong passwords in a row, and when the last one was."""

    tries: int = 0
    at: float = 0.0


class Store(Protocol):
    """All stations of one database."""

    def stations(self) -> tuple[str, ...]:
        """The stations that have a stream, in the order of their ids."""
        ...

    def stream(self, station: str) -> host.Store:
        """The stream, the answers and the case files of one station."""
        ...

    def put_account(self, account: Account) -> None:
        """Add an account, or replace the one with the same station and officer."""
        ...

    def account(self, station: str, officer: str) -> Account | None:
        """One account."""
        ...

    def open_session(self, session: StoredSession, tokens: tuple[StoredToken, ...], note: Note) -> None:
        """Keep a new session with its tokens and forget those that expired."""
        ...

    def token(self, token: str) -> tuple[StoredToken, StoredSession, Account] | None:
        """The token with this hash, its session, and the account as it is now; None if one of them is gone."""
        ...

    def session(self, family: str) -> StoredSession | None:
        """A session whose account is still there."""
        ...

    def renew_session(self, session: StoredSession, tokens: tuple[StoredToken, ...]) -> None:
        """Keep a session as it is now. With tokens: the new ones of its generation; older ones of that are dead."""
        ...

    def end_session(self, family: str, note: Note) -> None:
        """Forget a session and its tokens; no error if there is none."""
        ...

    def end_sessions_of(self, station: str, officer: str) -> None:
        """Forget all sessions of an officer."""
        ...

    def failures(self, station: str, officer: str) -> Failures:
        """The wrong passwords for an officer's name at a station; for the name "", of the station as a whole."""
        ...

    def put_failures(self, station: str, failures: dict[str, Failures], note: Note | None = None) -> None:
        """Remember the failures of these names; a count of 0 forgets. The oldest of very many are let go."""
        ...

    def note(self, station: str, note: Note) -> None:
        """Add to a station's audit trail."""
        ...

    def checkpoint(self, station: str) -> Checkpoint:
        """Where the trail stands."""
        ...

    def audit_root(self, station: str, size: int) -> str | None:
        """The hash of entry `size` in hex, that of nothing for 0; None if there are fewer."""
        ...

    def audit(self, station: str, after: int, limit: int) -> tuple[Link, ...]:
        """At most `limit` entries after `after`, in order."""
        ...

    def escrow(self, station: str) -> str:
        """The station's public escrow key in base64, "" if there is none."""
        ...

    def put_escrow(self, station: str, public: str, note: Note) -> None:
        """Set the station's public escrow key."""
        ...

    def mode(self) -> Mode | None:
        """What the database is for; None as long as nobody said so."""
        ...

    def put_mode(self, mode: Mode) -> None:
        """Say what the database is for, for ever. Raises: StoreError if it is already for something else."""
        ...

    def reopen(self) -> None:
        """Close and open again after a StoreError. Raises: StoreError if that fails too."""
        ...

    def close(self) -> None:
        """Give the database back."""
        ...
