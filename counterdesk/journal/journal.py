"""The journal of one terminal: one file, one connection, one thread. Any loop may await it.

A call returns when what it was given is on disk, and raises when it is not. After a disk error every call raises the
same at once until `reopen`: a failed fsync is never asked again, because the second answer would be a lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from counterdesk.journal.model import Draft, Health, Unlocked, Waiting
from counterdesk.station.exchange import Mode


class Journal:
    """See the methods. Made by `open`."""

    @classmethod
    def open(cls, path: Path, *, mode: Mode, station: str, counter: str) -> Journal:
        """Take the file, making it and its folder if they are not there. Blocks for some milliseconds.

        Raises: JournalInUse, JournalUnsafe, JournalFull, JournalIo.
        """
        raise NotImplementedError

    async def unlock(self, officer: str, password: str, *, trusted: bool, escrow_key: bytes = b"") -> Unlocked:
        """Have an officer's key in memory, and what he left."""
        raise NotImplementedError

    async def keep_identity(self, officer: str, body: bytes) -> None:
        """What the desk needs to sign the officer in without the station."""
        raise NotImplementedError

    async def keep_draft(self, draft: Draft) -> None:
        """Have a draft on disk, in place of the one before it."""
        raise NotImplementedError

    async def drop_draft(self, case: str) -> None:
        """The station has it: the row and its key go."""
        raise NotImplementedError

    async def enqueue(self, waiting: Waiting) -> None:
        """Have a command on disk before anything is sent."""
        raise NotImplementedError

    async def tried(self, command_id: str, error: str) -> None:
        """Count a try. error: a code."""
        raise NotImplementedError

    async def settle(self, command_id: str) -> None:
        """The station answered: the command goes."""
        raise NotImplementedError

    async def bury(self, command_id: str, code: str, params: Mapping[str, str | int]) -> None:
        """The command becomes a dead letter with its reason."""
        raise NotImplementedError

    async def revive(self, command_id: str, new_id: str) -> Waiting:
        """A dead letter goes back to the end of the line, under a new id."""
        raise NotImplementedError

    async def drop_dead(self, command_id: str) -> None:
        """A dead letter was looked at: it goes."""
        raise NotImplementedError

    async def keep_place(self, body: bytes) -> None:
        """Where the officer stands."""
        raise NotImplementedError

    async def remember_checkpoint(self, size: int, root: str) -> None:
        """The station's audit trail as last seen."""
        raise NotImplementedError

    async def checkpoint(self) -> tuple[int, str] | None:
        """What was remembered."""
        raise NotImplementedError

    def lock(self) -> None:
        """Wipe the key from memory; what is on disk stays there as ciphertext."""
        raise NotImplementedError

    async def health(self) -> Health:
        """How it is."""
        raise NotImplementedError

    async def reopen(self) -> None:
        """After a disk error: close, open, check, and go on."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give the file back."""
        raise NotImplementedError
