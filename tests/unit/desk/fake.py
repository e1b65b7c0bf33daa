"""A station in memory behind a backend whose every call can be told to fail, to hang or to lose its answer."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import msgspec

from counterdesk.backends.base import (
    ALL_CAPABILITIES,
    Alive,
    Backend,
    Capability,
    Conflict,
    NotAllowed,
    NotSignedIn,
    Receipt,
    Resync,
    Session,
    ShiftNote,
    Snapshot,
    Unreachable,
)
from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.desk.desk import Desk
from counterdesk.desk.handle import DeskInline
from counterdesk.desk.state import Area, Changes, DeskState, Notice
from counterdesk.practice.hall import SETUP, setup
from counterdesk.practice.memory import MemoryStore
from counterdesk.station import commands as c
from counterdesk.station.events import Recorded
from counterdesk.station.exchange import Checkpoint
from counterdesk.station.host import Station, VersionConflict
from counterdesk.station.model import TIMEZONE
from counterdesk.station.roles import Actor

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=TIMEZONE)
OFFICER, SECOND, GUIDE = (
    Actor(id="p1", role="officer"),
    Actor(id="p2", role="officer"),
    Actor(id="g1", role="guide"),
)
PASSWORDS = {"p1": "right", "p2": "also right"}
COUNTER = "3"
INDEX = Index(load())
SERVICE = "hukou.birth"

Trouble = Callable[[], None]


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **amount: float) -> None:
        """Let time go by."""
        self.now += timedelta(**amount)


def _wire(value: T, kind: Any) -> T:
    copied: T = msgspec.json.decode(msgspec.json.encode(value), type=kind)
    return copied


class Hang(asyncio.Event):
    """A call that waits at the station's door, before anything happened, until this is set. began: it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.began = asyncio.Event()


class FakeBackend(Backend):
    """before, after: what happens to the next calls of a method, one entry a call: None is nothing, an exception is
    raised before (it never arrived) or after (its answer got lost), a `Hang` waits.

    calls: the methods called and their arguments. idempotent: False makes a station that carries out everything it is
    sent, as a control. muted: the stream stands, but tells nothing.
    """

    name: ClassVar[str] = "fake"
    capabilities: ClassVar[frozenset[Capability]] = ALL_CAPABILITIES

    def __init__(self, clock: Callable[[], datetime] = lambda: NOW, *, idempotent: bool = True) -> None:
        self.clock = clock
        self.idempotent = idempotent
        self.before: dict[str, deque[BaseException | Hang | None]] = defaultdict(deque)
        self.after: dict[str, deque[BaseException | Hang | None]] = defaultdict(deque)
        self.chance: Callable[[str], BaseException | None] = lambda _: None
        self.calls: list[tuple[str, Any]] = []
        self.store = MemoryStore(self._added)
        self.station = Station(self.store, INDEX)
        self.unlocked: list[str] = []
        self.known: dict[str, JsonValue] = {}
        self.executed: list[str] = []
        """The ids in the order in which commands were carried out or refused, each time that it happened."""
        self.actor: Actor | None = None
        self.signed_out = self.closed = 0
        self.muted = False
        self.trail: list[str] = []
        """The roots of the station's audit trail, entry by entry; empty for a station that keeps none."""
        self._streams: set[asyncio.Queue[Recorded | Alive | Resync | BaseException]] = set()
        self.station.execute("setup", setup(INDEX), SETUP, clock())
        self.executed.clear()

    # What a test does to it.

    def give(self, command: c.AnyCommand, actor: Actor = GUIDE) -> None:
        """Somebody else at the station gives a command."""
        self.station.execute(f"other-{self.station.seq}", command, actor, self.clock())

    def say(self, item: Recorded | Alive | Resync | BaseException) -> None:
        """Put something on the streams as they are; an exception ends them."""
        for stream in self._streams:
            stream.put_nowait(item)

    def expire(self, *, streams: bool = True) -> None:
        """The session ends. streams: whether the open streams notice."""
        self.actor = None
        if streams:
            self.say(NotSignedIn("expired"))

    @property
    def listeners(self) -> int:
        """Open streams."""
        return len(self._streams)

    def called(self, method: str) -> list[Any]:
        """The arguments of the calls of a method."""
        return [argument for name, argument in self.calls if name == method]

    # How calls go wrong.

    async def _door(self, method: str, argument: object = None) -> None:
        self.calls.append((method, argument))
        await self._trouble(self.before[method])
        if (error := self.chance(method)) is not None:
            raise error

    async def _lost(self, method: str) -> None:
        await self._trouble(self.after[method])
        if isinstance(error := self.chance(method), Unreachable):
            raise error

    async def _trouble(self, planned: deque[BaseException | Hang | None]) -> None:
        await asyncio.sleep(0)
        trouble = planned.popleft() if planned else None
        if isinstance(trouble, Hang):
            trouble.began.set()
            await trouble.wait()
        elif trouble is not None:
            raise trouble

    def _signed_in(self) -> Actor:
        if self.actor is None:
            raise NotSignedIn("no session")
        return self.actor

    def _added(self) -> None:
        if not self.muted:
            for recorded in self.store.events(self.station.seq):
                self.say(_wire(recorded, Recorded))

    # The port.

    async def sign_in(self, officer: str, password: str) -> Session:
        await self._door("sign_in", (officer, password))
        if PASSWORDS.get(officer) != password:
            raise NotSignedIn("wrong")
        self.actor = Actor(id=officer, role="officer")
        await self._lost("sign_in")
        return Session(actor=self.actor, station="demo", station_name="示范", name=officer, mode="live")

    async def sign_out(self) -> None:
        await self._door("sign_out")
        self.signed_out += 1
        self.actor = None

    async def snapshot(self) -> Snapshot:
        await self._door("snapshot")
        self._signed_in()
        audit = Checkpoint(size=len(self.trail), root=self.trail[-1]) if self.trail else None
        taken = _wire(Snapshot(seq=self.station.seq, state=self.station.state, audit=audit), Snapshot)
        await self._lost("snapshot")
        return taken

    async def events(self, after: int) -> AsyncIterator[Recorded | Alive | Resync]:
        await self._door("events", after)
        self._signed_in()
        stream: asyncio.Queue[Recorded | Alive | Resync | BaseException] = asyncio.Queue()
        if not self.muted:
            for recorded in self.store.events(after):
                stream.put_nowait(_wire(recorded, Recorded))
        self._streams.add(stream)
        try:
            while True:
                item = await stream.get()
                if isinstance(item, BaseException):
                    raise item
                yield item
                if (error := self.chance("stream")) is not None:
                    raise error
        finally:
            self._streams.discard(stream)

    async def execute(self, command_id: str, command: c.AnyCommand) -> Receipt:
        await self._door("execute", (command_id, command))
        actor = self._signed_in()
        first = self.store.answer(command_id) is None
        if first or not self.idempotent:
            self.executed.append(command_id)
        given = command_id if self.idempotent else f"{command_id}#{len(self.executed)}"
        try:
            answer = self.station.execute(given, _wire(command, c.AnyCommand), actor, self.clock())
        finally:
            await self._lost("execute")
        return _wire(Receipt(command=command_id, events=answer.events), Receipt)

    async def read_file(self, case: str) -> CaseFile:
        await self._door("read_file", case)
        file = _wire(self.station.read_file(case, self._signed_in()), CaseFile)
        await self._lost("read_file")
        return file

    async def write_file(self, file: CaseFile) -> int:
        await self._door("write_file", file)
        try:
            version = self.station.write_file(_wire(file, CaseFile), self._signed_in())
        except VersionConflict as error:
            raise Conflict(error.current) from error
        await self._lost("write_file")
        return version

    async def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        await self._door("lookup", (service, key, value))
        return dict(self.known)

    async def write_note(self, counter: str, text: str) -> None:
        await self._door("write_note", text)
        self.station.write_note(counter, text, self._signed_in(), self.clock())
        await self._lost("write_note")

    async def read_note(self, counter: str) -> ShiftNote | None:
        await self._door("read_note", counter)
        found = self.station.read_note(counter, self._signed_in(), self.clock())
        await self._lost("read_note")
        return found

    async def drop_note(self, counter: str) -> None:
        await self._door("drop_note", counter)
        self.station.drop_note(counter, self._signed_in(), self.clock())
        await self._lost("drop_note")

    async def unlock_officer(self, officer: str) -> None:
        await self._door("unlock_officer", officer)
        if not self._signed_in().may("unlock"):
            raise NotAllowed("not allowed")
        self.unlocked.append(officer)

    async def audit_root(self, size: int) -> str | None:
        await self._door("audit_root", size)
        return self.trail[size - 1] if size <= len(self.trail) else None

    async def close(self) -> None:
        await self._door("close")
        self.closed += 1


class Rig:
    """A desk on this loop over a fake station, and everything it told so far."""

    def __init__(
        self, backend: Backend | None = None, clock: Clock | None = None, officer: str = "p1", password: str = "right"
    ) -> None:
        self.clock = clock or Clock()
        self.fake = FakeBackend(self.clock)
        self.desk = Desk(backend or self.fake, COUNTER, officer, password, clock=self.clock)
        self.inline = DeskInline(self.desk)
        self.notices: list[Notice] = []
        self.areas: set[Area] = set()
        self.wakes = 0

    def _woken(self) -> None:
        self.wakes += 1

    def start(self) -> None:
        """Let it run."""
        self.inline.start(self._woken)

    @property
    def state(self) -> DeskState:
        """The newest state."""
        return self.desk.state

    def drain(self) -> Changes:
        """Take what is new, and keep the notices."""
        changes = self.inline.drain()
        self.notices += changes.notices
        self.areas |= changes.areas
        return changes

    async def until(self, holds: Callable[[], object], seconds: float = 5.0, *, drain: bool = True) -> None:
        """Let the loop run until this holds. Raises: AssertionError when it does not in time."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(
                    f"never held: {self.state.link.status}, {self.state.file_status}, pending {self.state.pending}, "
                    f"{self.kinds()[-5:]}, {self.fake.calls[-5:]}"
                )
            await asyncio.sleep(0)
            if drain:
                self.drain()

    async def online(self) -> None:
        """Wait until the line stands and the stream is read."""
        await self.until(lambda: self.state.link.status == "online" and (self.fake.listeners or self.fake.closed))

    async def settled(self) -> None:
        """Wait until nothing is on its way and the desk knows what the station knows."""
        await self.until(
            lambda: (
                not self.state.pending
                and self.state.seq == self.fake.station.seq
                and {status for case, status in self.state.file_status.items() if case not in self.state.local}
                <= {"saved", "conflict", "refused"}
            )
        )

    def kinds(self) -> list[str]:
        """What the notices so far are."""
        return [notice.kind for notice in self.notices]

    async def serving(self) -> str:
        """Open the counter and serve somebody; the id of the ticket."""
        self.fake.give(c.IssueTicket(group=INDEX.service(SERVICE).group))
        for command in (
            c.OpenCounter(counter=COUNTER, groups=GROUPS),
            c.CallNext(counter=COUNTER),
            c.StartService(counter=COUNTER),
        ):
            self.desk.submit(command)
        await self.settled()
        return self.state.station.current[COUNTER]

    async def with_case(self, case: str = "case-1") -> CaseFile:
        """A case that is open, with its empty file saved."""
        await self.serving()
        self.desk.put_file(CaseFile(case=case, service=SERVICE, catalog=INDEX.catalog.sha256))
        self.desk.submit(c.OpenCase(counter=COUNTER, case=case, service=SERVICE))
        await self.settled()
        return self.state.files[case]

    def type(self, key: str, text: str, case: str = "case-1") -> None:
        """The officer types."""
        self.inline.edit_file(case, lambda f: msgspec.structs.replace(f, entered={**f.entered, key: text}))

    def stored(self, case: str = "case-1") -> CaseFile:
        """The case file at the station."""
        file = self.fake.store.read_file(case)
        assert file is not None
        return file


GROUPS = tuple(group.id for group in INDEX.catalog.groups)
