"""The desk of one counter, without a screen: it keeps the line, sends commands in order, and believes the events.

It runs on whatever loop calls `run`; `handle.py` gives it a thread and a loop of its own, so that a terminal that stops
reading does not stop the line. Nothing is ever edited in the station's state: a command is pending until its
events come, and the events make the state.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import uuid
from base64 import b64decode
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum

import msgspec

from counterdesk.backends.base import (
    Backend,
    BackendError,
    Conflict,
    Hint,
    Misunderstood,
    NotAllowed,
    NotSignedIn,
    Resync,
    Snapshot,
    Unreachable,
)
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.desk.expecting import expected
from counterdesk.desk.memory import Found, Identity, Memory
from counterdesk.desk.shift import Shift
from counterdesk.desk.state import (
    Area,
    Changes,
    Dead,
    DeskState,
    FileStatus,
    Journaling,
    Link,
    LinkStatus,
    Notice,
    Pending,
    Place,
)
from counterdesk.journal.model import JournalError, NoSuchOfficer, WrongPassphrase
from counterdesk.station.apply import apply
from counterdesk.station.commands import (
    AcceptCase,
    AnyCommand,
    CallNext,
    CallTicket,
    CloseCounter,
    DiscardCase,
    OpenCase,
    Recall,
)
from counterdesk.station.events import AnyEvent, CaseDiscarded, CounterOpened, Recorded
from counterdesk.station.exchange import ShiftNote
from counterdesk.station.model import TIMEZONE
from counterdesk.station.refused import Refused

RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""How long to wait before the line is tried again: quick at first, since most breaks are short."""


STALE_CALL = timedelta(seconds=60)
"""How old a call may be that had to wait for the line: later, nobody stands ready for whom it would announce."""
_CALLS = (CallNext, CallTicket, Recall)
_EXPECTED_FROM = frozenset({"station", "pending", "session"})


def wall_clock() -> datetime:
    """Now, in the station's time zone."""
    return datetime.now(TIMEZONE)


def _digest(file: CaseFile) -> str:
    """What tells one text of a case file from another, without telling the text."""
    return hashlib.sha256(msgspec.json.encode(file, order="sorted")).hexdigest()[:32]


class _Told(IntEnum):
    """Whether the screen was woken since it last drained, and how."""

    NOT = 0
    QUIETLY = 1
    URGENTLY = 2


class Desk:
    """One counter's desk. `drain` and `edit_file` may be called from any thread; all else belongs to its own loop."""

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
        """An empty officer waits for `sign_in`.

        memory: what keeps this desk's work on disk. journaling: why there is none although there should be one; nothing
        is taken in then.
        """
        self._backend = backend
        self._credentials: tuple[str, str] | None = (officer, password) if officer else None
        self._clock = clock
        self.wake: Callable[[], None] = lambda: None
        """Called, on whatever thread, when there is something to drain and nobody was told, or not so urgently."""
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._areas: set[Area] = set()
        self._notices: list[Notice] = []
        self._told = _Told.NOT
        self._dirty: set[str] = set()
        self._in_doubt: dict[str, tuple[str, ...]] = {}
        """Digests of writes of a case file that have no answer: what the station stored of them is no conflict."""
        self._memory = memory
        self._unlocked = ""
        """The officer whose work is open on disk."""
        self._begun: dict[str, datetime] = {}
        """Cases that were begun on this terminal alone; those of them that the station knows by now do not count."""
        self._connected = False
        self._tried_here: tuple[str, str] | None = None
        """Credentials that were tried on what is kept here; each try costs a third of a second."""
        self._read_only = journaling is not None
        self._listening: asyncio.Timeout | None = None
        self._work = asyncio.Event()
        self._online = asyncio.Event()
        self._retry = asyncio.Event()
        self._lookups: set[asyncio.Task[None]] = set()
        self._locking: asyncio.Task[None] | None = None
        status: LinkStatus = "connecting" if officer else "signed_out"
        journal = journaling or Journaling("closed" if memory is not None else "none")
        self.state = DeskState(counter=counter, link=Link(status, clock()), journal=journal, can=backend.capabilities)
        self._shift = Shift(backend, counter, self._show_note, self._notice)
        if memory is not None:
            memory.told = self._on_disk

    # What the screen calls.

    def drain(self) -> Changes:
        """The newest state, the areas that changed and the notices since the last call. Any thread may call it."""
        with self._lock:
            changes = Changes(self.state, frozenset(self._areas), tuple(self._notices))
            self._areas.clear()
            self._notices.clear()
            self._told = _Told.NOT
        return changes

    @property
    def urgent(self) -> bool:
        """Whether something waits to be drained that answers this desk's own officer, or the line came or went. Any
        thread may ask."""
        return self._told is _Told.URGENTLY

    def submit(self, command: AnyCommand, command_id: str = "") -> str:
        """Queue a command; it is sent in order as soon as it is on disk and the line allows. Returns its id."""
        waited = self.state.link.status != "online"
        pending = Pending(command_id or uuid.uuid4().hex, command, self._clock(), waited=waited)
        self._change("pending", pending=(*self.state.pending, pending))
        if self._memory is not None:
            self._memory.enqueue(pending)
        self._work.set()
        return pending.id

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

    def put_file(self, file: CaseFile) -> None:
        """Keep a new case file and send it to the station once its case is open there. Any thread may call it."""
        with self._lock:
            self._edited(file)
        self._stir()

    def begin_case(self, file: CaseFile) -> None:
        """Begin a case on this terminal alone, for a citizen who stands here while the station cannot be reached. It
        becomes a case of the station by an OpenCase with its id. Any thread may call it."""
        with self._lock:
            self._begun[file.case] = self._clock()
            self._edited(file)
        self._stir()

    def drop_case(self, case: str) -> None:
        """Throw a case away that only this terminal has."""
        if case in self.state.local:
            self._forget(case)

    def edit_file(self, case: str, change: Callable[[CaseFile], CaseFile]) -> None:
        """Change a case file at hand and send it soon; nothing happens to a file that is not at hand.

        Any thread may call it: what an officer typed is in the state when this returns.
        """
        with self._lock:
            before = self.state.files.get(case)
            if before is None:
                return
            after = change(before)
            if after == before:
                return
            if self._read_only:
                self._notice(Notice("not_kept", params={"code": self.state.journal.code}, case=case))
                return
            self._edited(msgspec.structs.replace(after, version=before.version))
        self._stir()

    def _edited(self, file: CaseFile) -> None:
        """A file has a new text: to the disk first, then to the station, unless two versions of it are in dispute."""
        disputed = file.case in self.state.theirs  # sent once the officer has settled which version is meant
        self._keep(file, "conflict" if disputed else "unsaved")
        if not disputed:
            self._dirty.add(file.case)
        if self._memory is not None:
            self._memory.keep_file(file, self._in_doubt.get(file.case, ()))

    def keep_place(self, place: Place) -> None:
        """Remember where the officer stands. Any thread may call it."""
        if self._memory is not None and self._unlocked:
            self._memory.keep_place(place)

    def place_taken(self) -> None:
        """The screen stands where the officer stood; what it does from now on counts."""
        self._change("journal", place=None)

    def retry_dead(self, command_id: str) -> None:
        """Give a command again that was not carried out."""
        dead = next((dead for dead in self.state.dead if dead.id == command_id), None)
        if dead is None or dead.command is None:
            return
        # Under another id: the old one would only get the stored refusal again.
        waited = self.state.link.status != "online"
        pending = Pending(uuid.uuid4().hex, dead.command, self._clock(), waited=waited)
        rest = tuple(other for other in self.state.dead if other.id != command_id)
        self._change("pending", pending=(*self.state.pending, pending), dead=rest)
        if self._memory is not None:
            self._memory.revive(dead, pending.id)
        self._work.set()

    def drop_dead(self, command_id: str) -> None:
        """A command that was not carried out is not wanted any more."""
        self._change("pending", dead=tuple(dead for dead in self.state.dead if dead.id != command_id))
        if self._memory is not None:
            self._memory.drop_dead(command_id)

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

    def reopen_journal(self) -> None:
        """Try the disk again after it failed."""
        self._spawn(self._reopen())

    def _stir(self) -> None:
        """There is work; said from whatever thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended: the desk is being closed
                self._loop.call_soon_threadsafe(self._work.set)

    def open_file(self, case: str) -> None:
        """Fetch the case file unless it is at hand."""
        if case not in self.state.files:
            self._spawn(self._fetch(case))

    def look_up(self, case: str, service: str, key: str, value: str) -> None:
        """Ask the registers what follows from an answer; what they know fills facts that have no answer yet."""
        self._spawn(self._look_up(case, service, key, value))

    def settle_conflict(self, case: str, *, keep_mine: bool) -> None:
        """End a conflict over a case file: this desk's version over the stored one, or the stored one."""
        theirs = self.state.theirs.get(case)
        if theirs is None:
            return
        with self._lock:
            self._change("files", theirs={k: v for k, v in self.state.theirs.items() if k != case})
            if keep_mine:
                self.put_file(msgspec.structs.replace(self.state.files[case], version=theirs.version))
            else:
                self._keep(theirs, "saved")
                if self._memory is not None:
                    self._memory.drop_file(case)

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
            for task in self._lookups:
                task.cancel()
            await asyncio.gather(*self._lookups, return_exceptions=True)
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
                await asyncio.wait_for(self._retry.wait(), delay)
            self._retry.clear()

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
            self._on_disk("failed", error.code)
            self._read_only = True  # what cannot be kept is not taken in
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

    def _show_note(self, note: ShiftNote | None) -> None:
        if note != self.state.note:
            self._change("note", note=note)

    def _see_note(self, *, anew: bool = False) -> None:
        """Look for what the last shift left, where this officer works."""
        session, counter = self.state.session, self.state.station.counters.get(self.state.counter)
        mine = session is not None and counter is not None and counter.officer == session.actor.id
        if mine and self._shift.due(session, anew=anew):
            self._spawn(self._shift.read(session))

    async def _reopen(self) -> None:
        if self._memory is None:
            return
        try:
            await self._memory.reopen()
        except JournalError as error:
            self._on_disk("failed", error.code)
            return
        self._change("journal", journal=Journaling("closed"))
        for pending in self.state.pending:
            if not self._memory.has_command(pending.id):
                self._memory.enqueue(pending)
        with self._lock:
            for case in self._dirty:
                self._memory.keep_file(self.state.files[case], self._in_doubt.get(case, ()))

    def _on_disk(self, kind: str, name: str) -> None:
        """Something is on disk, or the disk failed; called on the desk's loop."""
        if kind == "failed":
            self._change("journal", journal=Journaling("failed", name))
            self._notice(Notice("not_kept", params={"code": name}))
        elif kind == "file":
            with self._lock:
                file = self.state.files.get(name)
                unsaved = self.state.file_status.get(name) == "unsaved"
                if unsaved and file is not None and self._memory is not None and self._memory.has_file(file):
                    self._file_status(name, "here")
        self._work.set()

    def _disconnected(self) -> None:
        self._connected = False
        self._shift.forget()
        self._change("session", session=None)

    def _end_session(self) -> None:
        """Let go of the session; `_keep_line` opens another one, also where the old stream still stands."""
        self._disconnected()
        self._link("connecting")
        if self._listening is not None:
            self._listening.reschedule(0)
            self._listening = None

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
        self._work.set()

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

    def _believe(self, recorded: Recorded) -> None:
        """Apply an event once and in order. Both the stream and a receipt bring it; whichever is first counts."""
        if recorded.seq != self.state.seq + 1:
            return
        station = apply(self.state.station, recorded.event)
        self._change(*_areas_of(recorded.event), station=station, seq=recorded.seq)
        if isinstance(recorded.event, CaseDiscarded):
            self._gone(recorded.event.case)
        if getattr(recorded.event, "counter", "") == self.state.counter:
            self._note_identity()
        if isinstance(recorded.event, CounterOpened) and recorded.event.counter == self.state.counter:
            self._see_note(anew=True)
        if self._dirty:
            self._work.set()  # the case of a new file may be open now

    def _gone(self, case: str) -> None:
        """The station has this case no more: its file goes, and that is said if something in it had not gone there."""
        if case in self._dirty:
            self._notice(Notice("gone", case=case))
        self._forget(case)

    def _note_identity(self) -> None:
        """Keep who is here and how the station stands, for a start without a line."""
        session = self.state.session
        if self._memory is not None and self._unlocked and session is not None:
            self._memory.keep_identity(Identity(session, Snapshot(seq=self.state.seq, state=self.state.station)))

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

    def _next_to_save(self) -> str:
        """A case whose file is to be sent, "" if there is none. A file waits until its case is open at the station."""
        with self._lock:
            memory, files = self._memory, self.state.files
            ready = (case for case in self._dirty if memory is None or memory.has_file(files[case]))
            return next((case for case in ready if case in self.state.station.cases), "")

    async def _send_next(self) -> None:
        first = self.state.pending[0]
        call = isinstance(first.command, _CALLS)
        if call and first.waited and not first.tries and self._clock() - first.since > STALE_CALL:
            self._bury(first, "stale_call", {})  # whoever was meant by it may have been called by others since
            self._notice(Notice("undelivered", first.command, params={"code": "stale_call"}))
            return
        if not isinstance(first.command, OpenCase | DiscardCase) and not await self._told_all(first):
            self._answered(first)
            return
        sent = replace(first, tries=first.tries + 1)
        self._change("pending", pending=(sent, *self.state.pending[1:]))
        if call and self._memory is not None and not first.tries:
            self._memory.tried(first.id, "sent")  # after a crash it must be known that it may have been carried out
            await self._memory.flush()
        try:
            receipt = await self._backend.execute(first.id, first.command)
        except Refused as refused:
            self._refused(first, refused)
        except Unreachable:
            if self._memory is not None:
                self._memory.tried(first.id, "unreachable")
            raise
        else:
            for recorded in receipt.events:
                self._believe(recorded)
            self._answered(first)
            self._notice(Notice("done", first.command, receipt.events))

    def _refused(self, pending: Pending, refused: Refused) -> None:
        command = pending.command
        if pending.waited:
            self._bury(pending, refused.code, refused.params)
        else:
            self._answered(pending)
        self._notice(Notice("refused", command, code=refused.code, params=refused.params))
        if isinstance(command, OpenCase) and command.case not in self.state.station.cases:
            file = self.state.files.get(command.case)
            if pending.waited and file is not None and (file.answers or file.entered):
                # What was written down while nobody answered is not lost with the ticket that it was meant for.
                self._begun[command.case] = pending.since
                self._change("files")
            else:
                self._forget(command.case)

    def _bury(self, pending: Pending, code: str, params: Mapping[str, str | int]) -> None:
        """A command that waited is not carried out: it stays in sight with the reason until somebody decides on it."""
        dead = Dead(pending.id, type(pending.command).__name__, pending.command, pending.since, code, dict(params))
        self._change("pending", dead=(*self.state.dead, dead))
        self._taken_out(pending)
        if self._memory is not None:
            self._memory.bury(dead)

    async def _told_all(self, pending: Pending) -> bool:
        """The station decides on what it has been told, so a command on a case goes after the newest case file.

        False: the case must not be accepted, since the station's file is not the one that the officer sees.
        """
        case = getattr(pending.command, "case", "")
        accepting = isinstance(pending.command, AcceptCase)
        status = self.state.file_status.get(case)
        if accepting and status == "conflict":
            self._notice(Notice("conflict", pending.command, case=case))
            return False
        if case in self.state.station.cases and (case in self._dirty or (accepting and status == "refused")):
            await self._save(case)
        return not accepting or self.state.file_status.get(case) not in ("conflict", "refused")

    def _answered(self, pending: Pending) -> None:
        self._taken_out(pending)
        if self._memory is not None:
            self._memory.settle(pending.id)

    def _taken_out(self, pending: Pending) -> None:
        rest = tuple(other for other in self.state.pending if other.id != pending.id)
        self._change("pending", pending=rest)

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

    async def _save(self, case: str) -> None:
        """Send the newest version of a case file; what was typed meanwhile makes it dirty again.

        Raises: Unreachable, NotSignedIn; the file is still to be sent then.
        """
        if self._memory is not None:
            await self._memory.flush()
        with self._lock:
            file = self.state.files.get(case)
            if file is None:
                return  # the officer went meanwhile
            self._dirty.discard(case)
            self._file_status(case, "saving")
            self._in_doubt[case] = (*self._in_doubt.get(case, ()), _digest(file))
        try:
            try:
                self._stored(file, await self._backend.write_file(file))
            except Conflict:
                self._disputed(file, await self._backend.read_file(case))
        except Refused as refused:
            self._in_doubt.pop(case, None)
            self._file_status(case, "refused")
            self._notice(Notice("refused", code=refused.code, params=refused.params, case=case))
        except (NotAllowed, Misunderstood) as error:
            self._file_status(case, "refused")
            self._notice(Notice("lost", params={"error": f"{type(error).__name__}: {error}"}, case=case))
        except BaseException:
            with self._lock:
                if case in self.state.files:
                    self._dirty.add(case)
                    self._file_status(case, "unsaved" if self._memory is None else "here")
            raise

    def _stored(self, sent: CaseFile, version: int) -> None:
        """`sent` is at the station as `version`; what was typed since then still has to go."""
        with self._lock:
            self._in_doubt.pop(sent.case, None)
            newest = self.state.files.get(sent.case)
            if newest is None:
                return  # the case was discarded meanwhile
            if newest == sent:
                self._keep(msgspec.structs.replace(newest, version=version), "saved")
                self._dirty.discard(sent.case)
                if self._memory is not None:
                    self._memory.drop_file(sent.case)
            else:
                self._edited(msgspec.structs.replace(newest, version=version))

    def _disputed(self, mine: CaseFile, theirs: CaseFile) -> None:
        """The station has another version than the one that `mine` was to replace."""
        with self._lock:
            if _digest(msgspec.structs.replace(theirs, version=theirs.version - 1)) in self._in_doubt.get(
                mine.case, ()
            ):
                self._stored(msgspec.structs.replace(theirs, version=theirs.version - 1), theirs.version)
                return
            self._in_doubt.pop(mine.case, None)
            if mine.case not in self.state.files:
                return
            self._dirty.discard(mine.case)
            self._change("files", theirs={**self.state.theirs, mine.case: theirs})
            self._file_status(mine.case, "conflict")
        self._notice(Notice("conflict", case=mine.case))

    async def _fetch(self, case: str) -> None:
        await self._online.wait()
        try:
            file = await self._backend.read_file(case)
        except Refused as refused:
            self._notice(Notice("refused", code=refused.code, params=refused.params, case=case))
        except BackendError as error:
            self._notice(Notice("lost", params={"error": f"{type(error).__name__}: {error}"}, case=case))
        else:
            with self._lock:
                if case not in self.state.files:
                    self._keep(file, "saved")

    async def _look_up(self, case: str, service: str, key: str, value: str) -> None:
        try:
            found = await self._backend.lookup(service, key, value)
        except (Refused, BackendError):
            return  # a register that does not answer only means more to type
        filled = 0

        def fill(file: CaseFile) -> CaseFile:
            nonlocal filled
            fresh = {k: v for k, v in found.items() if k not in file.answers and not file.entered.get(k) and k != key}
            if file.service != service or not fresh:
                return file
            filled = len(fresh)
            answers = {**file.answers, **{k: Answer(value=v, source="archive") for k, v in fresh.items()}}
            return msgspec.structs.replace(file, answers=answers)

        self.edit_file(case, fill)
        if filled:
            self._notice(Notice("found", params={"facts": filled}, case=case))

    # How a change becomes visible.

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._lookups.add(task)
        task.add_done_callback(self._lookups.discard)
        return task

    def _keep(self, file: CaseFile, status: FileStatus) -> None:
        with self._lock:
            self._change("files", files={**self.state.files, file.case: file})
            self._file_status(file.case, status)

    def _file_status(self, case: str, status: FileStatus) -> None:
        with self._lock:
            if case in self.state.files:
                self._change("files", file_status={**self.state.file_status, case: status})

    def _forget(self, case: str) -> None:
        with self._lock:
            self._dirty.discard(case)
            self._in_doubt.pop(case, None)
            self._begun.pop(case, None)
            if self._memory is not None:
                self._memory.drop_file(case)
            self._change(
                "files",
                files={k: v for k, v in self.state.files.items() if k != case},
                file_status={k: v for k, v in self.state.file_status.items() if k != case},
                theirs={k: v for k, v in self.state.theirs.items() if k != case},
            )

    def _link(self, status: LinkStatus, hint: Hint = "") -> None:
        if status == "online":
            self._online.set()
        else:
            self._online.clear()
        link = self.state.link
        heard = self._clock() if status == "online" else link.heard_at
        since = link.since if status == link.status else self._clock()
        self._change("link", link=Link(status, since, heard, hint))
        if (status, hint) != (link.status, link.hint):
            self._tell(_Told.URGENTLY)

    def _notice(self, notice: Notice) -> None:
        with self._lock:
            self._notices.append(notice)
        self._tell(_Told.URGENTLY)

    def _change(self, *areas: Area, **values: object) -> None:
        with self._lock:
            self.state = replace(self.state, **values)  # type: ignore[arg-type]
            if not _EXPECTED_FROM.isdisjoint(values) or "files" in areas:
                self.state = self._with_expected(self.state)
            self._areas.update(areas)
        self._tell()

    def _with_expected(self, state: DeskState) -> DeskState:
        opening = {p.command.case for p in state.pending if isinstance(p.command, OpenCase)}
        local = {
            case: since
            for case, since in self._begun.items()
            if case in state.files and case not in state.station.cases and case not in opening
        }
        actor = state.session.actor if state.session is not None else None
        waits = local or any(pending.waited for pending in state.pending)
        if actor is None or not waits:
            return replace(state, ahead=None, local=local)
        station = expected(state.station, state.pending, state.files, local, state.counter, actor)
        return replace(state, ahead=station, local=local)

    def _tell(self, how: _Told = _Told.QUIETLY) -> None:
        with self._lock:
            if self._told >= how:
                return
            self._told = how
        self.wake()


def _areas_of(event: AnyEvent) -> tuple[Area, ...]:
    return ("cases",) if hasattr(event, "case") else ("queue",)
