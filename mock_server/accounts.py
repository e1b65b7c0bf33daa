"""Who may sign in: passwords, sessions and the lock against guessing.

A password is kept as argon2id, a token as its SHA-256 only: whoever reads the database can sign in as nobody. A name
that does not exist costs as much time as a wrong password and is locked alike, so neither tells names from guesses.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from counterdesk.station.roles import Actor
from mock_server.store.base import Account, Store, StoredSession
from mock_server.writer import Writer

SESSION_LIFE = timedelta(hours=12)
"""A session ends after a shift whatever happens."""
FAILURES = 10
LOCK = timedelta(minutes=15)
HASHES_AT_ONCE = 2
"""Each hash takes 64 MiB: a hall that signs in at eight o'clock must not take gigabytes."""
_REMEMBERED = 10_000


class WrongPassword(Exception):
    """No such officer, or not this password."""


class Locked(Exception):
    """Too many failures. seconds: until the next try is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Opened(msgspec.Struct, frozen=True):
    """A new session: the token leaves the server here and only here."""

    token: str
    expires: datetime
    account: Account

    def __repr__(self) -> str:
        return "Opened(…)"


def hasher() -> PasswordHasher:
    """argon2id as the server uses it: 64 MiB, three passes, one lane."""
    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)


def hash_of(token: str) -> str:
    """What is stored in place of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


class Accounts:
    """Signing in and out. The store is touched on the writer thread only; hashing has threads of its own."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Callable[[], datetime],
        passwords: PasswordHasher | None = None,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._passwords = passwords or hasher()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._dummy = self._passwords.hash(secrets.token_hex(16))
        self._failures: OrderedDict[tuple[str, str], tuple[int, datetime]] = OrderedDict()

    async def sign_in(self, station: str, officer: str, password: str) -> Opened:
        """Open a session. Raises: WrongPassword, Locked, StoreError."""
        who = (station, officer)
        self._refuse_if_locked(who)
        account = await self._writer.run(lambda: self._store.account(station, officer))
        stored = account.password if account else self._dummy
        async with self._hashing:
            # Looked at again: tries that queued here while others failed must not get a hash each.
            self._refuse_if_locked(who)
            right = await asyncio.to_thread(self._verify, stored, password)
            if account is None or not right:
                self._count_failure(who)
                raise WrongPassword
            renewed = await asyncio.to_thread(self._renewed, stored, password)
        self._failures.pop(who, None)
        if renewed:
            account = msgspec.structs.replace(account, password=renewed)
        return await self._writer.run(lambda: self._open(account, put=bool(renewed)))

    def _open(self, account: Account, put: bool) -> Opened:
        now = self._clock()
        token = secrets.token_urlsafe(32)
        expires = now + SESSION_LIFE
        if put:
            self._store.put_account(account)
        self._store.end_sessions_before(now.timestamp())
        self._store.put_session(
            StoredSession(
                token=hash_of(token),
                station=account.station,
                officer=account.actor.id,
                expires=expires.timestamp(),
            )
        )
        return Opened(token, expires, account)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._passwords.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    def _renewed(self, stored: str, password: str) -> str | None:
        """A new hash if the parameters were raised since the old one was made."""
        return self._passwords.hash(password) if self._passwords.check_needs_rehash(stored) else None

    def _refuse_if_locked(self, who: tuple[str, str]) -> None:
        count, since = self._failures.get(who, (0, self._clock()))
        left = (since + LOCK - self._clock()).total_seconds()
        if count >= FAILURES and left > 0:
            raise Locked(max(1, round(left)))

    def _count_failure(self, who: tuple[str, str]) -> None:
        now = self._clock()
        count, since = self._failures.pop(who, (0, now))
        # Failures that are older than a lock are over, locked or not.
        self._failures[who] = (1 if now - since >= LOCK else count + 1, now)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    async def session(self, token: str) -> Account | None:
        """Whose session this token is, None if it is nobody's or over. Raises: StoreError."""
        return await self._writer.run(lambda: self._session(hash_of(token)))

    def _session(self, token: str) -> Account | None:
        found = self._store.session(token)
        if found is None or found[0].expires <= self._clock().timestamp():
            return None
        return found[1]

    async def sign_out(self, token: str) -> None:
        """End a session; no error if there is none."""
        await self._writer.run(lambda: self._store.end_session(hash_of(token)))


def make_account(station: str, actor: Actor, name: str, password: str, passwords: PasswordHasher) -> Account:
    """An account with its password hashed; takes a third of a second."""
    return Account(station=station, actor=actor, name=name, password=passwords.hash(password))
