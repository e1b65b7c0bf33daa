"""The desk of one counter, without a screen: it keeps the line, sends commands in order, and believes the events.

It runs on whatever loop calls `run`; `handle.py` gives it a thread and a loop of its own, so that a terminal that stops
reading does not stop the line. Nothing is ever edited in the station's state: a command is pending until its
events come, and the events make the state.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from counterdesk.backends.base import (
    Backend,
    BackendError,
    Misunderstood,
    NotAllowed,
    NotSignedIn,
    Query,
    Resync,
    Snapshot,
    Unreachable,
)
from counterdesk.desk.case_files import _digest
from counterdesk.desk.clock import wall_clock
from counterdesk.desk.memory import Found, Identity, Memory
from counterdesk.desk.outbox import Outbox
from counterdesk.desk.state import Journaling, Notice, Place
from counterdesk.journal.model import JournalError, NoSuchOfficer, WrongPassphrase
from counterdesk.station.commands import CloseCounter, OpenCase
from counterdesk.station.events import Recorded
from counterdesk.station.exchange import Checkpoint

if TYPE_CHECKING:
    from counterdesk.station.past_day import Excerpt

RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""How long to wait before the line is tried again: quick at first, since most breaks are short."""


class Desk(Outbox):
    """One counter's desk. What says so may be called from any thread; the rest belongs to the desk's loop."""

    def __init__(
        self,
        backend: Backend,
        counter: str,
        officer: str,
        password: str,
        *,
        clock: Callable[[], datetime] = wall_clock,
        memory: Memory | None = None,
        journaling: Journaling | None = None,
    ) -> None:
        """An empty officer waits for `sign_in`. memory, journaling: see `Core`."""
        super().__init__(backend, counter, "connecting" if officer else "signed_out", clock, memory, journaling)
        self._credentials: tuple[str, str] | None = (officer, password) if officer else None
        self._connected = False
        self._tried_here: tuple[str, str] | None = None
        """Credentials that were tried on what is kept here; each try costs a third of a second."""
        self._listening: asyncio.Timeout | None = None
        self._retry = asyncio.Event()
        self._locking: asyncio.Task[None] | None = None
        if memory is not None:
            memory.told = self._on_disk

    # What the screen calls.

    def sign_in(self, officer: str, password: str) -> None:
        """Use these credentials from now on."""
        if self._locking is not None and not self._locking.done():
            self._locking.add_done_callback(lambda _: self.sign_in(officer, password))
            return
        if self._unlocked not in ("", officer):
            # Only where the disk failed is anything left in memory after `lock`, and it is nobody else's.
            self._notice(Notice("sign_in_failed", params={"code": "held", "officer": self._unlocked}))
            return
        self._credentials = (officer, password)
        self._end_session()
        self._retry.set()

    def retry_now(self) -> None:
        """Do not wait for the next try of the line."""
        self._retry.set()

    def keep_place(self, place: Place) -> None:
        """Remember where the officer stands. Any thread may call it."""
        if self._memory is not None and self._unlocked:
            self._memory.keep_place(place)

    def place_taken(self) -> None:
        """The screen stands where the officer stood; what it does from now on counts."""
        self._change("journal", place=None)

    def lock(self) -> None:
        """The officer is away or goes: his session ends, and nothing of his stays in this process."""
        self._locking = self._spawn(self._lock_up())

    def hand_over(self, note: str) -> None:
        """Leave a note to the next shift, unless it is empty, and close the counter. A note that could not be left is
        told, and the counter stays open."""
        self._spawn(self._hand_over(note))

    def drop_note(self) -> None:
        """Take the note away that the last shift left at this counter."""
        self._spawn(self._shift.drop())

    def unlock_officer(self, officer: str) -> None:
        """Let an officer sign in again who mistyped too often."""
        self._spawn(self._shift.unlock(officer))

    def ask_figures(self, query: Query) -> None:
        """Have the station count; the answer comes into `state.figures`."""
        self._spawn(self._asking.figures(query))

    def read_day(self, day: date, answer: Callable[[Excerpt | None], object]) -> None:
        """Read what the stream has of a day; `answer` is called with it on the desk's loop, with None if it cannot."""
        self._spawn(self._asking.day(day, answer))

    def reopen_journal(self) -> None:
        """Try the disk again after it failed."""
        self._spawn(self._reopen())

    # How it runs.

    async def run(self) -> None:
        """Keep the line and send what is to be sent, until cancelled; then sign out and give the backend up."""
        self._loop = asyncio.get_running_loop()
        self._work.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_line())
                tasks.create_task(self._send())
                if self._memory is not None:
                    tasks.create_task(self._memory.run())
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            try:
                with suppress(BackendError, TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._backend.sign_out()
            finally:
                if self._memory is not None:
                    await self._memory.close()
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._backend.close()

    async def _keep_line(self) -> None:
        tries = 0
        while True:
            if self._credentials is None and self.state.session is None:
                self._link("signed_out")
                await self._retry.wait()
                self._retry.clear()
                continue
            try:
                if not await self._sign_in():
                    continue
                snapshot = await self._backend.snapshot()
                if self.state.session is None:
                    continue  # somebody else signs in
                tries = 0
                self._renew(snapshot)
                await self._listen()
            except Unreachable as error:
                self._link("offline", error.hint)
            except NotSignedIn:
                self._disconnected()
                self._link("connecting")
            except (Misunderstood, NotAllowed) as error:
                self._notice(Notice("lost", params={"error": f"{type(error).__name__}: {error}"}))
                self._disconnected()
                self._link("offline")
            delay = RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]
            tries += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):  # `wait_for` of 3.11 would swallow the end if both come at once
                    await self._retry.wait()
            self._retry.clear()

    async def _listen(self) -> None:
        """Take in what the station says until it wants a new snapshot or the session is let go."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(None) as self._listening:
                    await self._take_in()
        finally:
            self._listening = None

    async def _take_in(self) -> None:
        async for item in self._backend.events(self.state.seq):
            if isinstance(item, Resync):
                self._link("resyncing")
                return
            if isinstance(item, Recorded):
                self._believe(item)
            with self._lock:
                self.state = replace(self.state, link=replace(self.state.link, heard_at=self._clock()))
        raise Unreachable  # a stream that ends is a line that broke

    def _renew(self, snapshot: Snapshot) -> None:
        """Believe a snapshot. Cases that the station no longer has are gone with their files."""
        before = self.state.station.cases
        self._change("queue", "cases", station=snapshot.state, seq=snapshot.seq)
        for case, file in self.state.files.items():
            if (file.version or case in before) and case not in snapshot.state.cases:
                self._gone(case)
        self._link("online")
        self._note_identity()
        self._see_note()
        if snapshot.audit is not None:
            self._spawn(self._witness(snapshot.audit))
        self._work.set()

    async def _send(self) -> None:
        while True:
            await self._work.wait()
            await self._online.wait()
            try:
                if self.state.pending:
                    if self._memory is not None and not self._memory.has_command(self.state.pending[0].id):
                        self._work.clear()  # `_on_disk` sets it
                        continue
                    await self._send_next()
                elif case := self._next_to_save():
                    await self._save(case)
                else:
                    self._work.clear()
            except Unreachable:
                self._online.clear()
                self._retry.set()
                await asyncio.sleep(RETRY_SECONDS[0])
                if self.state.link.status == "online":
                    self._online.set()  # the stream still stands: only this exchange was cut
            except (NotSignedIn, NotAllowed, Misunderstood) as error:
                self._give_up(error)

    def _give_up(self, error: BackendError) -> None:
        """The station does not take the command that is first in line: say so instead of trying for ever."""
        if isinstance(error, NotSignedIn):
            self._online.clear()
            if self._listening is not None:  # else the line is already being renewed
                self._end_session()
            return
        first = self.state.pending[0]
        self._answered(first)
        self._notice(Notice("lost", first.command, params={"error": f"{type(error).__name__}: {error}"}))

    # Who is there.

    async def _sign_in(self) -> bool:
        """Open a session unless there is one; False if the station does not take the credentials."""
        credentials = self._credentials
        if self._connected or credentials is None:
            return True
        try:
            session = await self._backend.sign_in(*credentials)
        except NotSignedIn as error:
            if self._credentials is credentials:
                self._credentials = None
                self._disconnected()
            self._notice(Notice("sign_in_failed", params={"code": error.code, "seconds": error.seconds}))
            if self._unlocked:  # opened here while nobody answered, and the station does not agree
                await self._lock_up()
            return False
        except Unreachable:
            if self._credentials is credentials:
                await self._sign_in_here(*credentials)
            raise
        if self._credentials is not credentials:
            return False  # others were given meanwhile
        self._connected, self._tried_here = True, None
        self._change("session", session=session)
        await self._recall(*credentials, trusted=True)
        return True

    async def _sign_in_here(self, officer: str, password: str) -> None:
        """Nobody answers: who has worked at this terminal before opens his own work with his password."""
        if self._memory is None or self._unlocked or self._tried_here == (officer, password):
            return
        self._tried_here = (officer, password)
        identity = await self._recall(officer, password, trusted=False)
        if identity is None:
            return
        self._change("session", "queue", session=identity.session)
        if not self.state.seq:
            snapshot = identity.snapshot
            self._change("queue", "cases", station=snapshot.state, seq=snapshot.seq)

    async def _recall(self, officer: str, password: str, *, trusted: bool) -> Identity | None:
        """Open what this officer has on disk, and go on with it."""
        if self._memory is None or self._unlocked == officer:
            return None
        session = self.state.session
        escrow = b64decode(session.escrow) if trusted and session is not None else b""
        try:
            found = await self._memory.unlock(officer, password, trusted=trusted, escrow=escrow)
        except NoSuchOfficer:
            return None  # nothing of his is here: he waits for the station
        except WrongPassphrase:
            self._notice(Notice("sign_in_failed", params={"code": "offline"}))  # the station may know it all the same
            return None
        except JournalError as error:
            self._change("journal", journal=Journaling("failed", error.code, read_only=True))
            self._on_disk("failed", error.code)
            return None
        if self._credentials != (officer, password):
            await self._memory.lock()  # he went, or another one came, while his key was being made
            return None
        self._unlocked = officer
        with self._lock:
            self._found(found)
        return found.identity

    def _found(self, found: Found) -> None:
        """Go on with what an officer left here: his commands first, his texts where none is newer."""
        opening = {p.command.case for p in found.pending if isinstance(p.command, OpenCase)}
        for case, kept in found.files.items():
            if case in self.state.files:
                continue
            self._in_doubt[case] = (*kept.sent, _digest(kept.file))
            if not kept.file.version and case not in opening:
                self._begun[case] = found.begun[case]
            self._dirty.add(case)
            self._keep(kept.file, "here")
        known = {pending.id for pending in self.state.pending}
        pending = (*(p for p in found.pending if p.id not in known), *self.state.pending)
        self._change(
            "pending", "journal", pending=pending, dead=found.dead, journal=found.journaling, place=found.place
        )
        self._work.set()

    async def _lock_up(self) -> None:
        """What `lock` does. What is on no disk stays in memory, for this officer alone."""
        self._credentials = self._tried_here = None
        self._end_session()
        self._link("signed_out")
        memory = self._memory
        if memory is not None:
            await memory.flush()
        held = memory is not None and memory.failed and (self._dirty or self.state.pending)
        if memory is None or not held:
            with self._lock:
                self._dirty.clear()
                self._asked.clear()
                self._in_doubt.clear()
                self._begun.clear()
                closed = Journaling("none") if memory is None else self.state.journal
                if closed.status in ("keyring", "memory"):
                    closed = Journaling("closed")
                self._change(
                    *("files", "pending", "journal"),
                    files={},
                    file_status={},
                    theirs={},
                    pending=(),
                    dead=(),
                    place=None,
                    journal=closed,
                )
            self._unlocked = ""
            if memory is not None:
                await memory.lock()
        with suppress(BackendError, TimeoutError):
            async with asyncio.timeout(2.0):
                await self._backend.sign_out()

    async def _hand_over(self, note: str) -> None:
        session = self.state.session
        left = not note or await self._shift.leave(note)
        if left and self.state.session is session:
            self.submit(CloseCounter(counter=self.state.counter))

    def _disconnected(self) -> None:
        self._connected = False
        self._shift.forget()
        self._asking.forget()
        self._change("session", session=None)

    def _end_session(self) -> None:
        """Let go of the session; `_keep_line` opens another one, also where the old stream still stands."""
        self._disconnected()
        self._link("connecting")
        if self._listening is not None:
            self._listening.reschedule(0)
            self._listening = None

    # The station's audit trail.

    async def _witness(self, now: Checkpoint) -> None:
        """Compare the trail with what this terminal remembers of it: whoever cuts or rewrites it cannot change what the
        terminals have seen. Where the two do not agree, the older memory is kept as evidence."""
        if self._memory is None or "audit" not in self._backend.capabilities:
            return
        try:
            seen = await self._memory.checkpoint()
            if seen is not None:
                root = now.root if now.size == seen.size else await self._backend.audit_root(seen.size)
                if now.size < seen.size or root != seen.root:
                    self._change("link", trail="broken")
                    self._notice(Notice("trail_broken", params={"seen": seen.size, "now": now.size}))
                    return
            self._change("link", trail="sound")
        except (BackendError, JournalError):
            return  # asked again with the next snapshot
        self._memory.remember_checkpoint(now)

    # The disk.

    async def _reopen(self) -> None:
        if self._memory is None:
            if self.state.journal.read_only:
                self._on_disk("failed", self.state.journal.code)
            return
        try:
            await self._memory.reopen()
        except JournalError as error:
            self._on_disk("failed", error.code)
            return
        if not self._unlocked:
            self.lock()  # the keys come with the password only
            return
        self._change("journal", journal=self._memory.opened)
        for pending in self.state.pending:
            if not self._memory.has_command(pending.id):
                self._memory.enqueue(pending)
        with self._lock:
            for case in self._dirty:
                self._memory.keep_file(self.state.files[case], self._in_doubt.get(case, ()))

    def _on_disk(self, kind: str, name: str) -> None:
        """Something is on disk, or the disk failed; called on the desk's loop."""
        if kind == "failed":
            # What cannot be kept from the beginning is not taken in; what fails later still goes to the station.
            self._change("journal", journal=Journaling("failed", name, read_only=self.state.journal.read_only))
            self._notice(Notice("not_kept", params={"code": name}))
        elif kind == "file":
            with self._lock:
                file = self.state.files.get(name)
                unsaved = self.state.file_status.get(name) == "unsaved"
                if unsaved and file is not None and self._memory is not None and self._memory.has_file(file):
                    self._file_status(name, "here")
        self._work.set()
