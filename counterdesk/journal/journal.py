"""The journal of one terminal: one file, one connection, one thread. Any loop may await it.

A call returns when what it was given is on disk, and raises when it is not. After a disk error every call raises the
same at once until `reopen`: a failed fsync is never asked again, because the second answer would be a lie.

What is kept is encrypted when the call is made, not when the disk comes to it: `lock` right after loses nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import msgspec

from counterdesk.journal.model import DeadLetter, Draft, Health, JournalError, Unlocked, Waiting
from counterdesk.journal.ring import Ring
from counterdesk.station.exchange import Mode

if TYPE_CHECKING:
    from counterdesk.journal.book import Book

T = TypeVar("T")
P = ParamSpec("P")


class Journal:
    """Made by `open`. Every method raises JournalError and its kinds; those that need an officer's key raise Locked."""

    def __init__(self, path: Path, mode: Mode, station: str) -> None:
        self._path = path
        self._ring = Ring(mode, station)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._guard = threading.Lock()
        self._under_way = 0
        self._closed = False
        self._damaged = 0
        self._book: Book

    @classmethod
    def open(cls, path: Path, *, mode: Mode, station: str, counter: str) -> Journal:
        """Take the file, making it and its folder if they are not there. Blocks for some milliseconds.

        Raises: JournalInUse, JournalUnsafe, JournalFull, JournalIo.
        """
        journal = cls(path, mode, station)

        def take() -> Book:
            from counterdesk.journal.book import Book  # SQLite comes in here, and not where the journal is named

            return Book.at(path, mode=mode, station=station, counter=counter)

        try:
            journal._book = journal._thread.submit(take).result()
        except BaseException:
            journal._thread.shutdown()
            raise
        return journal

    def __repr__(self) -> str:
        return f"Journal(unlocked={self._ring.unlocked})"

    @property
    def failed(self) -> str:
        """The code of the disk error after which nothing is taken, "" if all is well."""
        return self._book.failed

    @property
    def unlocked(self) -> bool:
        """Whether an officer's key is in memory."""
        return self._ring.unlocked

    async def unlock(self, officer: str, password: str, *, trusted: bool, escrow_key: bytes = b"") -> Unlocked:
        """Have an officer's key in memory, in place of another's, and what he left.

        trusted: the station has just taken this password. Then it opens from now on: with the key that the keyring
        still opens, or else with a new one, under which his older drafts stay sealed and are counted. Not trusted, the
        passphrase slot must open: this is how an officer signs in without the station. escrow_key: the station's public
        key (32 bytes), to which the officer's key is sealed too.
        Takes a third of a second, and up to three more where the system keyring does not answer.
        Raises: WrongPassphrase, NoSuchOfficer.
        """
        from counterdesk.journal import slots

        found = await self._run(
            slots.unlock, self._book, self._ring, officer, password, trusted=trusted, escrow_key=escrow_key
        )
        self._damaged = found.damaged
        return found

    async def keep_identity(self, officer: str, body: bytes) -> None:
        """What the desk needs to sign this officer in without the station. Raises: Locked, also if he is another."""
        if self._ring.owner[0] != officer:
            raise JournalError("other_officer")
        await self._keep_single("identity", body)

    async def keep_place(self, body: bytes) -> None:
        """Where the officer stands."""
        await self._keep_single("place", body)

    async def _keep_single(self, kind: str, body: bytes) -> None:
        officer, generation, sealed = self._ring.seal(body, kind)
        await self._run(self._book.put_single, (officer, generation), kind, sealed)

    async def keep_draft(self, draft: Draft) -> None:
        """Have a draft on disk, in place of the one of this case before it."""
        officer, generation, sealed = self._ring.seal_draft(draft)
        await self._run(self._book.put_draft, (officer, generation), draft, sealed)

    async def drop_draft(self, case: str) -> None:
        """The station has it: the row goes with its key. No error if there is none."""
        await self._run(self._book.drop_draft, self._ring.owner, case)

    async def enqueue(self, waiting: Waiting) -> None:
        """Have a command on disk, at the end of the line, before anything is sent.

        Raises: JournalError("known_id") if there is one of this id.
        """
        officer, generation, sealed = self._ring.seal_command(waiting)
        await self._run(self._book.put_command, (officer, generation), waiting, sealed)

    async def tried(self, command_id: str, error: str) -> None:
        """Count a try. error: a code, "" if none is known."""
        await self._run(self._book.tried, self._ring.owner, command_id, error)

    async def settle(self, command_id: str) -> None:
        """The station answered: the waiting command goes with its key. No error if there is none."""
        await self._run(self._book.drop_command, self._ring.owner, command_id, "waiting")

    async def bury(self, command_id: str, code: str, params: Mapping[str, str | int]) -> None:
        """The waiting command becomes a dead letter with its reason."""
        await self._run(self._book.bury, self._ring.owner, command_id, code, msgspec.json.encode(dict(params)))

    async def revive(self, command_id: str, new_id: str) -> Waiting:
        """A dead letter goes back to the end of the line, under a new id: the station would answer the old one as
        before. Raises: JournalError("unknown_id", "damaged", "known_id")."""
        return await self._run(self._revive, command_id, new_id)

    def _revive(self, command_id: str, new_id: str) -> Waiting:
        from counterdesk.journal import contents
        from counterdesk.sealing import Damaged

        try:
            dead = contents.read_command(self._book, self._ring, command_id)
        except Damaged:
            raise JournalError("damaged") from None
        if not isinstance(dead, DeadLetter):
            raise JournalError("unknown_id")
        waiting = Waiting(id=new_id, kind=dead.kind, body=dead.body, since=dead.since)
        officer, generation, sealed = self._ring.seal_command(waiting)
        self._book.put_command((officer, generation), waiting, sealed, instead_of=command_id)
        return waiting

    async def drop_dead(self, command_id: str) -> None:
        """A dead letter was looked at: it goes with its key. No error if there is none."""
        await self._run(self._book.drop_command, self._ring.owner, command_id, "dead")

    async def remember_checkpoint(self, size: int, root: str) -> None:
        """The station's audit trail as last seen: whose desk remembers it sees when it is cut or rewritten."""
        await self._run(self._book.put_checkpoint, size, root)

    async def checkpoint(self) -> tuple[int, str] | None:
        """What was remembered: size and root."""
        return await self._run(self._book.checkpoint)

    def lock(self) -> None:
        """Wipe the key from memory, at once and on any thread; what was kept stays on disk as ciphertext."""
        self._ring.wipe()

    async def health(self) -> Health:
        """How it is, with nothing personal. Also after a disk error, which it names."""
        return await self._run(self._health)

    def _health(self) -> Health:
        from counterdesk.journal import files

        found = self._book.health()
        return msgspec.structs.replace(
            found,
            unlocked=self._ring.unlocked,
            damaged=self._damaged,
            file_system=files.file_system(self._path),
            **files.sizes(self._path),
        )

    async def reopen(self) -> None:
        """After a disk error: close, open, check, and go on. The officer's key stays. Raises: JournalError."""
        await self._run(self._book.reopen)

    async def close(self) -> None:
        """Wipe the key and give the file back; once more does nothing. Raises: JournalError; the file is given back
        all the same."""
        self.lock()
        if self._closed:
            return
        self._closed = True
        try:
            await self._run(self._book.close)
        finally:
            self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        with self._guard:
            self._under_way += 1
        try:
            future = self._thread.submit(work, *given, **named)
        except RuntimeError:
            with self._guard:
                self._under_way -= 1
            raise JournalError("closed") from None
        future.add_done_callback(self._after)
        return await asyncio.wrap_future(future)

    def _after(self, _: Future[T]) -> None:
        """What was dropped is cut out of the WAL as soon as nobody waits for the disk."""
        with self._guard:
            self._under_way -= 1
            idle = not self._under_way
        if idle and self._book.residue and not self._book.failed:
            with suppress(RuntimeError):  # closed meanwhile: closing folds the WAL too
                self._thread.submit(self._tidy)

    def _tidy(self) -> None:
        with self._guard:
            busy = self._under_way
        if not busy and self._book.residue:
            with suppress(JournalError):  # the book keeps it, and says it to whoever comes next
                self._book.tidy()
