"""How a desk reaches a station: the port, its capabilities, and the one family of errors.

    BackendError
    ├── Unreachable      nobody answered, the line broke: whether the command arrived is unknown; ask again with its id
    ├── NotSignedIn      no session, or it ended: sign in again
    ├── NotAllowed       the station does not let this person do this
    ├── Conflict         a case file changed meanwhile
    └── Misunderstood    the two sides do not speak the same protocol

A refusal by the station's rules is no backend error: it is `Refused`, as everywhere. Every error of a library below is
mapped to one of these at the edge.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import ClassVar, Literal, get_args

import msgspec

from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.station.board import Board
from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import Recorded
from counterdesk.station.exchange import Checkpoint, Receipt, Session, ShiftNote, Snapshot
from counterdesk.station.summary import Figures, Query

__all__ = [
    "ALL_CAPABILITIES",
    "Alive",
    "Backend",
    "BackendError",
    "Board",
    "Capability",
    "Checkpoint",
    "Conflict",
    "Figures",
    "Misunderstood",
    "NotAllowed",
    "NotSignedIn",
    "Query",
    "Receipt",
    "Resync",
    "Session",
    "ShiftNote",
    "SignInCode",
    "Snapshot",
    "Unreachable",
]

Capability = Literal[
    "call_next",
    "call_given",
    "recall",
    "no_show",
    "hold_kinds",
    "transfer",
    "undo",
    "appointments",
    "cases",
    "handoff",
    "archives",
    "push",
    "idempotent",
    "versioned_files",
    "audit",
    "escrow",
    "notes",
    "accounts",
    "figures",
    "board",
]
ALL_CAPABILITIES: frozenset[Capability] = frozenset(get_args(Capability))


Hint = Literal["", "certificate_needed", "certificate_untrusted"]


class BackendError(Exception):
    """Any trouble between the desk and its station."""


class Unreachable(BackendError):
    """Nobody answered in time or the line broke. The outcome of a command sent is unknown: repeat it with its id.

    hint: what to look at, where that is known: certificate_needed (the station takes only desks with a certificate of
    its authority), certificate_untrusted (the station's own is not of an authority that this desk trusts).
    """

    def __init__(self, what: str = "", *, hint: Hint = "") -> None:
        super().__init__(what)
        self.hint: Hint = hint


SignInCode = Literal["wrong", "locked", "throttled", "ended"]


class NotSignedIn(BackendError):
    """No session. code: wrong name or password; too many failures; too soon after one; the session has ended.

    seconds: how long to wait before the next try, of locked and throttled.
    """

    def __init__(self, what: str = "", *, code: SignInCode = "ended", seconds: int = 0) -> None:
        super().__init__(what)
        self.code: SignInCode = code
        self.seconds = seconds


class NotAllowed(BackendError):
    """The station does not let this person do this."""


class Conflict(BackendError):
    """The case file changed meanwhile. current: the stored version."""

    def __init__(self, current: int) -> None:
        super().__init__(current)
        self.current = current


class Misunderstood(BackendError):
    """The answer is not what the protocol says."""


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The station has nothing new, but it is there. seq: its newest event. audit: where its audit trail stands."""

    seq: int
    audit: Checkpoint | None = None


class Resync(msgspec.Struct, frozen=True, kw_only=True):
    """The station cannot continue from the event asked for: take a new snapshot."""


class Backend(ABC):
    """One desk's way to one station. Made with keyword options; unknown ones are ignored."""

    name: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]

    @abstractmethod
    async def sign_in(self, officer: str, password: str) -> Session:
        """Open a session. Raises: NotSignedIn, Unreachable."""

    @abstractmethod
    async def sign_out(self) -> None:
        """End the session; no error if there is none."""

    @abstractmethod
    async def snapshot(self) -> Snapshot:
        """The whole station now. Raises: NotSignedIn, Unreachable."""

    @abstractmethod
    def events(self, after: int) -> AsyncIterator[Recorded | Alive | Resync]:
        """Events with seq > after, in order, without gap or double, for as long as it is read.

        Alive comes at least every `heartbeat` seconds. Raises while iterating: NotSignedIn, Unreachable.
        """

    @abstractmethod
    async def execute(self, command_id: str, command: AnyCommand) -> Receipt:
        """Carry out a command; the same id gets the first answer again.

        Raises: Refused (the rules say no), NotSignedIn, NotAllowed, Unreachable (outcome unknown).
        """

    @abstractmethod
    async def read_file(self, case: str) -> CaseFile:
        """A case file. Raises: Refused, NotSignedIn, Unreachable."""

    @abstractmethod
    async def write_file(self, file: CaseFile) -> int:
        """Store a case file over the version it names. Returns the new version. Raises: Conflict, Refused, …"""

    @abstractmethod
    async def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """What the station's archives know once fact `key` of `service` has `value`. Raises: Refused, …"""

    async def write_note(self, counter: str, text: str) -> None:
        """Leave a shift note of 1 to 200 characters to whoever works next at a counter, in place of an earlier one.

        The note may name citizens: it is kept beside the stream and erased after 48 hours. Of a station with the
        capability "notes". Raises: Refused, NotAllowed, NotSignedIn, Unreachable.
        """
        raise NotAllowed("this station keeps no shift notes")

    async def read_note(self, counter: str) -> ShiftNote | None:
        """The shift note that lies at a counter, None if there is none. Raises: Refused, NotSignedIn, Unreachable."""
        return None

    async def drop_note(self, counter: str) -> None:
        """Take the shift note of a counter away; no error if there is none. Raises: as `write_note`."""
        raise NotAllowed("this station keeps no shift notes")

    async def unlock_officer(self, officer: str) -> None:
        """Forget an officer's failed sign-ins, so that he need not wait; for a shift leader.

        Of a station with the capability "accounts". Raises: NotAllowed, NotSignedIn, Unreachable.
        """
        raise NotAllowed("this station keeps no accounts")

    async def audit_root(self, size: int) -> str | None:
        """The root that the station's audit trail had when it had `size` entries; None if it has fewer, or keeps none.

        A desk that remembers a checkpoint sees with it whether the trail was cut or rewritten. Of a station with the
        capability "audit". Raises: NotSignedIn, Unreachable.
        """
        return None

    async def open_escrow(self, officer: str, generation: int, sealed: bytes, cases: int) -> bytes:
        """Have the station open what `officer`'s desk sealed to it (`counterdesk.sealing`); for a shift leader.

        generation: of the sealed key. cases: how many drafts it opens, for the audit trail. Of a station with the
        capability "escrow". Raises: NotAllowed (not a leader, too often, no key here, not sealed to this station),
        NotSignedIn, Unreachable.
        """
        raise NotAllowed("this station keeps no escrow")

    def boards(self) -> AsyncIterator[Board | Alive]:
        """The hall's board, at once and then whenever it is another, for as long as it is read; Alive as of `events`.

        For an account that may read nothing else. Of a station with the capability "board". Raises while iterating:
        NotAllowed, NotSignedIn, Unreachable.
        """
        raise NotAllowed("this station has no board")

    async def figures(self, query: Query) -> Figures:
        """The station's figures over some days (`counterdesk.station.summary`), as far as this person may see them.

        Of a station with the capability "figures". Raises: Refused (another officer's own figures), NotAllowed (this
        role sees none), NotSignedIn, Unreachable.
        """
        raise NotAllowed("this station keeps no figures")

    @abstractmethod
    async def close(self) -> None:
        """Give up everything that is held; the object is not used again."""
