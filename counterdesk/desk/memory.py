"""What one desk has on disk: everything that is typed or ordered is written here before anything else happens to it.

One writer, in order; of a case file and of the place only the newest is written. When the disk fails, that is said once
and nothing is retried: a file system that lost a write has already forgotten it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from counterdesk.backends.base import Session, Snapshot
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk.state import Dead, Journaling, Pending, Place
from counterdesk.journal.files import journal_path
from counterdesk.journal.journal import Journal
from counterdesk.journal.model import (
    DeadLetter,
    Draft,
    JournalError,
    Locked,
    NoSuchOfficer,
    Unlocked,
    Waiting,
    WrongPassphrase,
)
from counterdesk.quiet import quiet
from counterdesk.station.commands import AnyCommand
from counterdesk.station.exchange import Checkpoint, Mode

_Job = Callable[[], Awaitable[None]]
_T = TypeVar("_T")


@quiet
class KeptFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a draft's body is: the case file, and the digests of what was sent of it without an answer so far.

    After a crash they tell this desk's own write, which the station has stored, from somebody else's.
    """

    file: CaseFile
    sent: tuple[str, ...] = ()


@quiet
class Identity(msgspec.Struct, frozen=True):
    """What signs an officer in while the station does not answer: the last session, and the station as it was then."""

    session: Session
    snapshot: Snapshot


@quiet
@dataclass(frozen=True, slots=True)
class Found:
    """What an officer left on this terminal. begun: since when each draft without a case at the station is there."""

    journaling: Journaling
    files: dict[str, KeptFile]
    begun: dict[str, datetime]
    pending: tuple[Pending, ...]
    dead: tuple[Dead, ...]
    place: Place | None
    identity: Identity | None


class Memory:
    """A desk's hand on its journal. The methods that only note something down may be called from any thread."""

    def __init__(self, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._clock = clock
        self._jobs: dict[tuple[str, str], _Job] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._running = False
        self._open = False
        self._seen = 0
        self._seq: dict[str, int] = {}
        self._kept_files: dict[str, CaseFile] = {}
        self._kept_commands: set[str] = set()
        self.failed = ""
        """The code of what went wrong with the disk or the file, "" while all is well."""
        self.opened = Journaling("closed")
        """How the officer's work was found when it was opened."""
        self.told: Callable[[str, str], None] = lambda kind, name: None
        """Called on the desk's loop when something is on disk: ("file", case), ("command", id); or ("failed", code)."""

    # Signing in and out.

    async def unlock(self, officer: str, password: str, *, trusted: bool, escrow: bytes = b"") -> Found:
        """Open what the officer left here. Raises: JournalError (WrongPassphrase and NoSuchOfficer among them)."""
        try:
            unlocked = await self._journal.unlock(officer, password, trusted=trusted, escrow_key=escrow)
        except (WrongPassphrase, NoSuchOfficer):
            raise
        except JournalError as error:
            self.failed = error.code
            raise
        found = self._found(unlocked)
        self.opened = found.journaling
        self._open = True
        self._work.set()
        return found

    def _found(self, unlocked: Unlocked) -> Found:
        files: dict[str, KeptFile] = {}
        begun: dict[str, datetime] = {}
        damaged = unlocked.damaged
        for draft in unlocked.drafts:
            self._seq[draft.case] = draft.seq
            kept = _decoded(draft.body, KeptFile)
            if kept is None:
                damaged += 1
                continue
            files[draft.case] = kept
            begun[draft.case] = draft.at
            self._kept_files[draft.case] = kept.file
        pending = []
        dead = [_dead(letter) for letter in unlocked.dead]
        for waiting in unlocked.waiting:
            command = _command(waiting.body)
            if command is None:  # written by another version of this program: a person has to look at it
                self._note(("bury", waiting.id), lambda w=waiting: self._journal.bury(w.id, "unreadable", {}))  # type: ignore[misc]
                dead.append(Dead(waiting.id, waiting.kind, None, waiting.since, "unreadable", {}))
                continue
            pending.append(Pending(waiting.id, command, waiting.since, waiting.tries, waited=True))
            self._kept_commands.add(waiting.id)
        return Found(
            Journaling(unlocked.kept, unlocked.why, unlocked.sealed, unlocked.others, damaged),
            files,
            begun,
            tuple(pending),
            tuple(dead),
            _decoded(unlocked.place, Place),
            _decoded(unlocked.identity, Identity),
        )

    async def lock(self) -> None:
        """Write what is still to be written, then forget the keys and everything that was read with them."""
        await self.flush()
        self._open = False
        self._journal.lock()
        with self._lock:
            self._jobs.clear()
            self._seq.clear()
            self._kept_files.clear()
            self._kept_commands.clear()

    async def close(self) -> None:
        """As `lock`, and give the file back."""
        await self.lock()
        with suppress(JournalError):
            await self._journal.close()

    async def reopen(self) -> None:
        """Try the disk again after it failed, because a person asked for it. Raises: JournalError."""
        await self._journal.reopen()
        self.failed = ""

    # What is written.

    def keep_file(self, file: CaseFile, sent: tuple[str, ...] = ()) -> None:
        """The newest text of a case file. sent: see `KeptFile`."""
        self._note(("file", file.case), lambda: self._keep_file(KeptFile(file, sent)))

    def drop_file(self, case: str) -> None:
        """The station has it, or it was discarded."""
        self._kept_files.pop(case, None)
        self._note(("file", case), lambda: self._journal.drop_draft(case))

    def enqueue(self, pending: Pending) -> None:
        """A command, before it is sent."""
        waiting = Waiting(
            id=pending.id,
            kind=type(pending.command).__name__,
            body=msgspec.json.encode(pending.command),
            since=pending.since,
        )
        self._note(("command", pending.id), lambda: self._enqueue(waiting))

    def settle(self, command_id: str) -> None:
        """A command has its answer."""
        self._note(("settle", command_id), lambda: self._settle(command_id))

    def tried(self, command_id: str, error: str) -> None:
        """A command was sent in vain."""
        self._note(("tried", command_id), lambda: self._journal.tried(command_id, error))

    def bury(self, dead: Dead) -> None:
        """A command that waited was refused."""
        self._note(("bury", dead.id), lambda: self._journal.bury(dead.id, dead.code, dead.params))

    def revive(self, dead: Dead, new_id: str) -> None:
        """A dead letter is tried again under another id."""
        self._note(("command", new_id), lambda: self._revive(dead.id, new_id))

    def drop_dead(self, command_id: str) -> None:
        """A dead letter that nobody wants any more."""
        self._note(("dead", command_id), lambda: self._journal.drop_dead(command_id))

    def keep_place(self, place: Place) -> None:
        """Where the officer stands."""
        self._note(("place", ""), lambda: self._journal.keep_place(msgspec.json.encode(place)))

    def keep_identity(self, identity: Identity) -> None:
        """Who signed in, and how the station stood."""
        officer = identity.session.actor.id
        self._note(("identity", ""), lambda: self._journal.keep_identity(officer, msgspec.json.encode(identity)))

    def remember_checkpoint(self, checkpoint: Checkpoint) -> None:
        """How far the station's audit trail went; a smaller one than before is not remembered."""
        if checkpoint.size > self._seen:
            self._seen = checkpoint.size
            self._note(("trail", ""), lambda: self._journal.remember_checkpoint(checkpoint.size, checkpoint.root))

    async def checkpoint(self) -> Checkpoint | None:
        """What this terminal has seen of the station's audit trail last. Raises: JournalError."""
        found = await self._journal.checkpoint()
        return None if found is None else Checkpoint(size=found[0], root=found[1])

    # What is on disk.

    def has_file(self, file: CaseFile) -> bool:
        """Whether this very text is on disk; a failed journal holds nothing up."""
        return bool(self.failed) or self._kept_files.get(file.case) == file

    def has_command(self, command_id: str) -> bool:
        """Whether the command is on disk; a failed journal holds nothing up."""
        return bool(self.failed) or command_id in self._kept_commands

    # How it is written.

    async def _keep_file(self, kept: KeptFile) -> None:
        file = kept.file
        seq = self._seq.get(file.case, 0) + 1
        draft = Draft(
            case=file.case,
            seq=seq,
            service=file.service,
            version=file.version,
            status="here",
            at=self._clock(),
            body=msgspec.json.encode(kept),
        )
        await self._journal.keep_draft(draft)
        self._seq[file.case] = seq
        self._kept_files[file.case] = file
        self.told("file", file.case)

    async def _enqueue(self, waiting: Waiting) -> None:
        await self._journal.enqueue(waiting)
        self._kept_commands.add(waiting.id)
        self.told("command", waiting.id)

    async def _revive(self, dead: str, new_id: str) -> None:
        await self._journal.revive(dead, new_id)
        self._kept_commands.add(new_id)
        self.told("command", new_id)

    async def _settle(self, command_id: str) -> None:
        self._kept_commands.discard(command_id)
        await self._journal.settle(command_id)

    def _note(self, key: tuple[str, str], job: _Job) -> None:
        """Queue a job; an older one of the same key that has not begun gives its place to this one."""
        with self._lock:
            self._jobs[key] = job
            self._idle.clear()
        if self._loop is not None:
            with suppress(RuntimeError):  # the desk is being closed
                self._loop.call_soon_threadsafe(self._work.set)

    async def run(self) -> None:
        """Write until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._running = True
        self._work.set()
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                await self._write_all()
        finally:
            self._running = False

    async def _write_all(self) -> None:
        while True:
            with self._lock:
                # What is ordered before the keys are there waits for them.
                if not self._jobs or not (self._open or self.failed):
                    self._idle.set()
                    return
                key = next(iter(self._jobs))
                job = self._jobs.pop(key)
            if self.failed:
                continue  # said once; what is typed now stands in memory and goes to the station
            try:
                await job()
            except asyncio.CancelledError:
                with self._lock:  # it may be on disk or not: writing it once more changes nothing
                    self._jobs = {key: job, **self._jobs}
                raise
            except Locked:
                continue  # the keys went while it was on its way
            except JournalError as error:
                self.failed = error.code
                self.told("failed", error.code)

    async def flush(self) -> None:
        """Wait until everything noted so far is on disk, or the disk has failed."""
        if self._running:
            self._work.set()
            await self._idle.wait()
        else:
            await self._write_all()


def open_memory(
    root: Path, mode: Mode, station: str, counter: str, clock: Callable[[], datetime]
) -> tuple[Memory | None, Journaling | None]:
    """The memory of a counter's desk under `root`; or why there is none, and then nothing may be taken in."""
    try:
        path = journal_path(root, mode, station, counter)
        return Memory(Journal.open(path, mode=mode, station=station, counter=counter), clock), None
    except JournalError as error:
        return None, Journaling("failed", error.code)


def _command(body: bytes) -> AnyCommand | None:
    try:
        command: AnyCommand = msgspec.json.decode(body, type=AnyCommand)
    except msgspec.MsgspecError:
        return None
    return command


def _dead(letter: DeadLetter) -> Dead:
    return Dead(letter.id, letter.kind, _command(letter.body), letter.since, letter.code, dict(letter.params))


def _decoded(body: bytes, kind: type[_T]) -> _T | None:
    if not body:
        return None
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError:
        return None
