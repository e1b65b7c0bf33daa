"""What a station server keeps, whatever the database: streams, answers, case files, officers and sessions.

Every method is one transaction. A store is used from one thread at a time (the server's writer thread), so that a
second implementation, for PostgreSQL, needs no more than these methods. The conformance tests are
`tests/unit/server/test_store.py`.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from counterdesk.quiet import quiet
from counterdesk.station import host
from counterdesk.station.roles import Actor


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
    """An open session. token: SHA-256 of the token in hex, never the token. expires: seconds since the epoch."""

    token: str
    station: str
    officer: str
    expires: float


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

    def put_session(self, session: StoredSession) -> None:
        """Keep a new session."""
        ...

    def session(self, token: str) -> tuple[StoredSession, Account] | None:
        """The session with this token hash and its account as it is now; None if either is gone."""
        ...

    def end_session(self, token: str) -> None:
        """Forget a session; no error if there is none."""
        ...

    def end_sessions_of(self, station: str, officer: str) -> None:
        """Forget all sessions of an officer."""
        ...

    def end_sessions_before(self, now: float) -> None:
        """Forget the sessions that expired."""
        ...

    def reopen(self) -> None:
        """Close and open again after a StoreError. Raises: StoreError if that fails too."""
        ...

    def close(self) -> None:
        """Give the database back."""
        ...
