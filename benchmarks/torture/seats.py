"""Officers at counters for `line_faults`: what each does to his desk, and what his desk has shown him as kept."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from counterdesk.backends.base import Alive, Receipt, Resync
from counterdesk.backends.http import HttpBackend
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk.clock import wall_clock
from counterdesk.desk.desk import Desk
from counterdesk.desk.memory import Memory
from counterdesk.desk.state import DeskState
from counterdesk.journal.files import journal_path
from counterdesk.journal.journal import Journal
from counterdesk.station import commands as c
from counterdesk.station.events import Recorded
from tests.server_process import PASSWORD, STATION

SERVICE, GROUP = "hukou.birth", "HK"
FACT = "mother_id"
"""What the officers type is a number that grows, so that of two texts it is known which is the newer."""
PATIENCE = 90.0
"""Seconds that all has to have settled in when the line is calm."""


class Line(HttpBackend):
    """A desk's way to the server. forgetful: each try of a command is another command, and opens another case."""

    forgetful = False

    def __init__(self, port: int, tries: Counter[str]) -> None:
        # A password costs a tenth of a second of a core; with a second to wait, six desks at a busy machine's server
        # gave up each try that it then worked on all the same, and none ever came in.
        super().__init__(url=f"http://127.0.0.1:{port}", station=STATION, timeout=5.0, heartbeat=0.7)
        self.dead = False
        self.tries = tries

    async def execute(self, command_id: str, command: c.AnyCommand) -> Receipt:
        """As it should be, or forgetful."""
        self.tries[command_id] += 1
        tried = self.tries[command_id]
        if not self.forgetful or tried == 1:
            return await super().execute(command_id, command)
        if isinstance(command, c.OpenCase):
            command = msgspec.structs.replace(command, case=f"{command.case}-{tried}")
        receipt = await super().execute(f"{command_id}-{tried}", command)
        return msgspec.structs.replace(receipt, command=command_id)

    async def events(self, after: int) -> AsyncIterator[Recorded | Alive | Resync]:
        """Nothing of a dead desk."""
        async for item in super().events(after):
            if self.dead:
                await asyncio.Event().wait()
            yield item

    async def _send(self, *given: object, **named: object):  # type: ignore[no-untyped-def]
        if self.dead:
            await asyncio.Event().wait()  # a dead desk says nothing more, not even that it goes
        return await super()._send(*given, **named)  # type: ignore[arg-type]


@dataclass
class Seat:
    """An officer at a counter, the desk that he has now, and what he did.

    given: the commands in order. kept: those that were shown as kept; unsure: those that were not when the desk died.
    stale: calls that came too late. typed: the newest number in each case. shown: the
    newest that was shown as kept. after: cases that were not at hand after a crash: the number then is looked at later.
    """

    counter: str
    folder: Path
    chance: random.Random
    given: dict[str, c.AnyCommand] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    typed: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    after: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    tries: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    lives: int = 0
    cases: int = 0
    desk: Desk = field(init=False)
    line: Line = field(init=False)
    memory: Memory = field(init=False)
    journal: Journal = field(init=False)
    running: asyncio.Task[None] = field(init=False)

    @property
    def officer(self) -> str:
        return f"03120{self.counter}"

    @property
    def state(self) -> DeskState:
        return self.desk.state

    # Life and death.

    async def arrive(self, port: int, make: type[Line]) -> None:
        """Start a desk on what lies in the folder, and wait until the officer's work is open."""
        path = journal_path(self.folder / str(self.lives), "live", STATION, self.counter)
        self.journal = Journal.open(path, mode="live", station=STATION, counter=self.counter)
        self.memory = Memory(self.journal, wall_clock)
        self.line = make(port, self.tries)
        self.desk = Desk(self.line, self.counter, self.officer, PASSWORD, memory=self.memory)
        self.running = asyncio.ensure_future(self.desk.run())
        await until(lambda: self.state.journal.status in ("keyring", "memory"), "the journal opens")

    async def die(self) -> None:
        """The desk is gone in the middle of whatever it does; what is on its disk now is all that the next one gets."""
        self.look()
        self.unsure |= self.given.keys() - self.kept  # he was not told that they are on the disk
        dying, line = self.running, self.line
        here = self.folder / str(self.lives)
        self.lives += 1
        # On the journal's thread between two transactions, while this loop stands: as a crash finds the disk.
        self.journal._thread.submit(shutil.copytree, here, self.folder / str(self.lives)).result()
        line.dead, line._tokens = True, None
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
        shutil.rmtree(here)

    def look_again(self) -> None:
        """The officer is back: is what he saw as kept still there?"""
        for case in list(self.typed):
            if case not in self.state.files:
                self.after.add(case)
            else:
                self._compare(case, number_in(self.state.files[case]))

    def _compare(self, case: str, found: int) -> None:
        if not self.shown.get(case, 0) <= found <= self.typed[case]:
            self.violations.append(
                f"counter {self.counter}: {case} has {found}, {self.shown.get(case, 0)} was shown as kept"
            )
        self.typed[case] = found

    def look(self) -> None:
        """Note what the screen would show as kept at this moment."""
        state = self.state
        for case, status in state.file_status.items():
            number = number_in(state.files[case])
            if case in self.after:
                self.after.discard(case)
                self._compare(case, number)
            if status in ("here", "saved") and case in self.typed:
                self.shown[case] = max(self.shown.get(case, 0), number)
        self.kept |= {waiting.id for waiting in state.pending if self.memory.has_command(waiting.id)}
        self.stale |= {dead.id for dead in state.dead if dead.code == "stale_call"}

    # Work.

    def act(self) -> None:
        """The officer does one thing."""
        cases = [case for case in self.state.files if case in self.typed]
        if cases and self.chance.random() < 0.6:
            self.type(self.chance.choice(cases))
        elif self.after and self.chance.random() < 0.3:
            self.desk.open_file(self.chance.choice(sorted(self.after)))
        elif len(self.state.pending) < 4:
            self.order(cases)

    def type(self, case: str) -> None:
        """One more number into a case."""
        self.typed[case] += 1
        text = str(self.typed[case])
        self.desk.edit_file(case, lambda file: msgspec.structs.replace(file, entered={FACT: text}))

    def order(self, cases: list[str]) -> None:
        """One more command, whether it is legal now or not."""
        counter, kind = self.counter, self.chance.choice(CHOICES)
        if kind is c.OpenCase:
            self.cases += 1
            case = f"{uuid.UUID(int=self.chance.getrandbits(128)).hex}"
            self.typed[case] = 1
            self.desk.put_file(CaseFile(case=case, service=SERVICE, entered={FACT: "1"}))
            self.submit(c.OpenCase(counter=counter, case=case, service=SERVICE))
        elif kind is c.DiscardCase:
            if cases and self.chance.random() < 0.3:
                self.submit(c.DiscardCase(case=self.chance.choice(cases)))
        else:
            given = MORE.get(kind, {}) if kind is c.IssueTicket else {"counter": counter} | MORE.get(kind, {})
            self.submit(msgspec.convert({"type": kind.__name__} | given, c.AnyCommand))

    def submit(self, command: c.AnyCommand) -> None:
        """Give a command, and remember it."""
        number = uuid.UUID(int=self.chance.getrandbits(128)).hex
        self.given[number] = command
        self.desk.submit(command, number)

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            self.act()
            self.look()
            self.desk.drain()
            await asyncio.sleep(self.chance.choice((0, 0, 0.001, 0.005, 0.02)))


MORE: dict[type[c.Command], dict[str, object]] = {
    c.IssueTicket: {"group": GROUP},
    c.OpenCounter: {"groups": [GROUP]},
    c.HoldTicket: {"kind": "papers_out"},
}
CHOICES: tuple[type[c.Command], ...] = (
    *(c.IssueTicket, c.CallNext, c.StartService, c.OpenCase, c.OpenCase, c.Recall, c.HoldTicket, c.FinishTicket),
    *(c.MarkNoShow, c.Requeue, c.UndoStep, c.DiscardCase, c.OpenCounter),
)


def number_in(file: CaseFile) -> int:
    """The number that the officer typed into it."""
    return int(file.entered.get(FACT, "0"))


async def until(holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for it. Raises: AssertionError when it does not come."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"never came: {what}")
        await asyncio.sleep(0.005)


class ForgetfulLine(Line):
    """The control."""

    forgetful = True
