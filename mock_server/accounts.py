"""Who may sign in: passwords, sessions and the brakes on guessing.

A password is kept as argon2id, a token as its SHA-256 only: whoever reads the database can sign in as nobody. A name
that does not exist costs as much time as a wrong password and is slowed alike, so neither tells names from guesses.

A session is a family of tokens: a short access token that goes with every request, and a refresh token that is good for
one renewal. A refresh token that comes a second time was stolen or lost on its way; it is the latter only while nothing
that was given for it has been used, and then for `GRACE` only. Else the whole family ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from counterdesk.quiet import quiet
from counterdesk.station.audit import Note
from counterdesk.station.roles import Actor, Mode
from mock_server.store.base import Account, Failures, Store, StoredSession, StoredToken
from mock_server.writer import Writer

SESSION_LIFE = timedelta(hours=12)
"""A session ends after a shift whatever happens."""
ACCESS_LIFE = timedelta(minutes=10)
IDLE = timedelta(minutes=15)
"""A session ends so long after the last request of a person: the second wall behind the desk's own lock."""
GRACE = timedelta(minutes=2)
"""A refresh token may come again so long after its use, as long as its successor was never used."""
FAILURES = 10
LOCK = timedelta(minutes=15)
SLOWEST = 64
STATION_FAILURES = 50
"""Failures of a whole station, whatever the names, after which it is slowed; never locked: nobody may shut a hall."""
STATION_SLOWEST = 16
HASHES_AT_ONCE = 2
"""Each hash takes 64 MiB: a hall that signs in at eight o'clock must not take gigabytes."""
_PREFIX: dict[Mode, str] = {"live": "cdl", "practice": "cdp"}
_NOTED_EVERY = 60.0
_WHOLE = ""


class WrongPassword(Exception):
    """No such officer, or not this password."""


class Later(Exception):
    """Not looked at before `seconds` have passed; locked: after ten failures, else only slowed."""

    def __init__(self, seconds: int, locked: bool) -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.locked = locked


class SessionOver(Exception):
    """The refresh token renews nothing: unknown, expired, or used before.

    station: where a session ended because of it, "" if none did.
    """

    def __init__(self, station: str = "") -> None:
        super().__init__()
        self.station = station


class WrongMode(Exception):
    """A token of the other mode: practice at a live station, or the reverse."""


class Opened(msgspec.Struct, frozen=True):
    """A session's new tokens: they leave the server here and only here. expires: of the access token; ends: of all."""

    token: str
    refresh: str
    expires: datetime
    ends: datetime
    account: Account

    def __repr__(self) -> str:
        return "Opened(…)"


@quiet
class Signed(msgspec.Struct, frozen=True):
    """Who asks: the account, and which session of it."""

    account: Account
    family: str


def hasher() -> PasswordHasher:
    """argon2id as the server uses it: 64 MiB, three passes, one lane."""
    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)


def hash_of(token: str) -> str:
    """What is stored in place of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def mode_of(token: str) -> Mode | None:
    """The mode that a token is of, by its beginning and before anything is looked up; None if it is no token."""
    return next((mode for mode, prefix in _PREFIX.items() if token.startswith(prefix)), None)


class Accounts:
    """Signing in and out. The store is touched on the writer thread only; hashing has threads of its own.

    mode: what the database is for; tokens of the other mode open nothing.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Callable[[], datetime],
        passwords: PasswordHasher | None = None,
        mode: Mode = "live",
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._passwords = passwords or hasher()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._dummy = self._passwords.hash(secrets.token_hex(16))
        self._active: dict[str, float] = {}
        self.mode: Mode = mode

    async def sign_in(self, station: str, officer: str, password: str) -> Opened:
        """Open a session. Raises: WrongPassword, Later, StoreError."""
        account = await self._writer.run(lambda: self._looked_up(station, officer))
        stored = account.password if account else self._dummy
        async with self._hashing:
            # Looked at again: tries that queued here while others failed must not get a hash each.
            await self._writer.run(lambda: self._refuse_early(station, officer))
            right = await asyncio.to_thread(self._verify, stored, password)
            if account is None or not right:
                await self._writer.run(lambda: self._failed(station, officer, known=account is not None))
                raise WrongPassword
            renewed = await asyncio.to_thread(self._renewed, stored, password)
        if renewed:
            account = msgspec.structs.replace(account, password=renewed)
        return await self._writer.run(lambda: self._open(account, put=bool(renewed)))

    def _looked_up(self, station: str, officer: str) -> Account | None:
        self._refuse_early(station, officer)
        return self._store.account(station, officer) if officer != _WHOLE else None

    def _refuse_early(self, station: str, officer: str) -> None:
        """Raises: Later."""
        now = self._clock().timestamp()
        own, whole = self._store.failures(station, officer), self._store.failures(station, _WHOLE)
        locked = own.tries >= FAILURES
        pause = LOCK.total_seconds() if locked else float(min(2 ** (own.tries - 1), SLOWEST)) if own.tries else 0.0
        left = own.at + pause - now
        if whole.tries >= STATION_FAILURES:
            left = max(left, whole.at + min(2 ** min(whole.tries - STATION_FAILURES, 10), STATION_SLOWEST) - now)
        if left > 0:
            raise Later(max(1, round(left)), locked)

    def _failed(self, station: str, officer: str, known: bool) -> None:
        now = self._clock()
        counts = {
            name: Failures(1 if now.timestamp() - before.at >= LOCK.total_seconds() else before.tries + 1, at)
            for name in {officer, _WHOLE}
            for before, at in [(self._store.failures(station, name), now.timestamp())]
        }
        outcome = "locked" if counts[officer].tries == FAILURES else "wrong_password"
        # A name that is nobody's may be anything, also what somebody typed into the wrong field.
        note = Note(at=now, officer=officer if known else "?", action="sign_in", outcome=outcome)
        # What never was a station gets no trail: an outsider could make endless ones.
        self._store.put_failures(station, counts, note if known or self._store.checkpoint(station).size else None)

    def _open(self, account: Account, put: bool) -> Opened:
        now = self._clock()
        idle = now.timestamp() - IDLE.total_seconds()
        self._active = {family: at for family, at in self._active.items() if at > idle}
        if put:
            self._store.put_account(account)
        self._store.put_failures(account.station, {account.actor.id: Failures()})
        session = StoredSession(
            family=secrets.token_hex(16),
            station=account.station,
            officer=account.actor.id,
            mode=self.mode,
            rotated=now.timestamp(),
            active=now.timestamp(),
            expires=(now + SESSION_LIFE).timestamp(),
        )
        opened, tokens = self._tokens(session, account, now)
        self._store.open_session(session, tokens, Note(at=now, officer=account.actor.id, action="sign_in"))
        return opened

    def _tokens(
        self, session: StoredSession, account: Account, now: datetime
    ) -> tuple[Opened, tuple[StoredToken, StoredToken]]:
        """A new pair of a session's present generation."""
        access, refresh = (f"{_PREFIX[self.mode]}{kind}_{secrets.token_urlsafe(32)}" for kind in "ar")
        ends = datetime.fromtimestamp(session.expires, now.tzinfo)
        expires = min(now + ACCESS_LIFE, ends)

        def stored(token: str, kind: str, until: datetime) -> StoredToken:
            return StoredToken(
                token=hash_of(token),
                family=session.family,
                kind="access" if kind == "a" else "refresh",
                generation=session.generation,
                expires=until.timestamp(),
            )

        return Opened(access, refresh, expires, ends, account), (
            stored(access, "a", expires),
            stored(refresh, "r", ends),
        )

    async def refresh(self, token: str) -> Opened:
        """A new pair of tokens for a refresh token. Raises: SessionOver, WrongMode, StoreError."""
        self._check_mode(token)
        return await self._writer.run(lambda: self._refresh(hash_of(token)))

    def _refresh(self, token: str) -> Opened:
        now = self._clock()
        found = self._store.token(token)
        if found is None or found[0].kind != "refresh" or not self._stands(found[1]):
            raise SessionOver
        stored, session, account = found
        before = stored.generation == session.generation - 1
        if stored.generation == session.generation and not stored.dead:
            renewed = msgspec.structs.replace(
                session, generation=session.generation + 1, rotated=now.timestamp(), confirmed=False
            )
        elif before and not session.confirmed and now.timestamp() - session.rotated <= GRACE.total_seconds():
            # The answer never arrived: what it carried was not used and is dead from now on.
            renewed = session
        else:
            note = Note(at=now, officer=session.officer, action="refresh", outcome="refresh_reused")
            self._store.end_session(session.family, note)
            raise SessionOver(session.station)
        active = self._active.get(session.family, session.active)
        renewed = msgspec.structs.replace(renewed, active=max(active, session.active))
        opened, tokens = self._tokens(renewed, account, now)
        self._store.renew_session(renewed, tokens)
        return opened

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._passwords.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    def _renewed(self, stored: str, password: str) -> str | None:
        """A new hash if the parameters were raised since the old one was made."""
        return self._passwords.hash(password) if self._passwords.check_needs_rehash(stored) else None

    def _check_mode(self, token: str) -> None:
        """Raises: WrongMode."""
        mode = mode_of(token)
        if mode is not None and mode != self.mode:
            raise WrongMode

    async def session(self, token: str, *, person: bool = True) -> Signed | None:
        """Whose session this token is, None if it is nobody's or over. Raises: WrongMode, StoreError.

        person: whether a person's act is behind the request; what a desk asks by itself keeps no session awake.
        """
        self._check_mode(token)
        return await self._writer.run(lambda: self._session(hash_of(token), person))

    def _session(self, token: str, person: bool) -> Signed | None:
        now = self._clock().timestamp()
        found = self._store.token(token)
        if found is None:
            return None
        stored, session, account = found
        if stored.kind != "access" or stored.expires <= now or not self._stands(session):
            return None
        active = now if person else self._active.get(session.family, session.active)
        first = stored.generation == session.generation and not session.confirmed
        if first or active - session.active >= _NOTED_EVERY:
            confirmed = session.confirmed or first
            self._store.renew_session(msgspec.structs.replace(session, confirmed=confirmed, active=active), ())
        self._active[session.family] = active
        return Signed(account, session.family)

    def _stands(self, session: StoredSession) -> bool:
        now = self._clock().timestamp()
        active = max(self._active.get(session.family, 0.0), session.active)
        stands = now < session.expires and now < active + IDLE.total_seconds() and session.mode == self.mode
        if not stands:
            self._active.pop(session.family, None)
        return stands

    async def stands(self, family: str, *, awake: bool = False) -> bool:
        """Whether a session is still good: what an event stream asks at every heartbeat. Raises: StoreError.

        awake: keep it from falling asleep, where nobody is expected to press a key: a board hangs there all day.
        """

        def job() -> bool:
            session = self._store.session(family)
            stands = session is not None and self._stands(session)
            if stands and awake:
                self._active[family] = self._clock().timestamp()
            return stands

        return await self._writer.run(job)

    async def sign_out(self, signed: Signed) -> None:
        """End a session; no error if there is none. Raises: StoreError."""
        note = Note(at=self._clock(), officer=signed.account.actor.id, action="sign_out")

        def job() -> None:
            self._active.pop(signed.family, None)
            self._store.end_session(signed.family, note)

        await self._writer.run(job)

    async def unlock(self, station: str, officer: str, by: str) -> None:
        """Forget an officer's failures, whether there is such an officer or not. Raises: StoreError."""
        note = Note(at=self._clock(), officer=by, action="unlock", case=officer)
        await self._writer.run(lambda: self._store.put_failures(station, {officer: Failures()}, note))


def make_account(station: str, actor: Actor, name: str, password: str, passwords: PasswordHasher) -> Account:
    """An account with its password hashed; takes a third of a second."""
    return Account(station=station, actor=actor, name=name, password=passwords.hash(password))
