"""Desks at a server over a line that breaks all the time; in the end everything happened once and nothing is missing.

Several desks with real journals work through `bad_line.py` against a real server process: they call, serve, open
cases, type into them, discard some. Now and then the server is killed and comes back, and now and then a desk is: its
journal is taken as it lies on the disk at that moment, and another desk goes on with it. In the end the line is
calm, and every desk, the stored stream, the case files and the audit trail are compared with what the officers did.

The control is a desk that makes new ids for every try. seed: of all that is drawn, not of what the kernel does.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from benchmarks.torture.bad_line import BadLine
from benchmarks.torture.outcome import Outcome
from benchmarks.torture.seats import ForgetfulLine, Line, Seat, number_in, until
from counterdesk import passphrase
from counterdesk.desk import desk as desk_module
from counterdesk.desk.state import DeskState
from counterdesk.journal import keyring_probe
from counterdesk.station import commands as c
from counterdesk.station.apply import apply
from counterdesk.station.audit import verify
from counterdesk.station.events import CaseOpened, Recorded
from counterdesk.station.model import State
from mock_server.store.sqlite import SqliteStore, SqliteStream
from tests.server_process import STATION, ServerProcess, prepare

NAME = "line_faults"
LONG = 10_000
DESKS = 6
COUNTERS = tuple(str(number) for number in range(1, DESKS + 1))
SERVER_DIES, DESK_DIES = 400, 60
"""After how many faults of the line."""


@dataclass
class Ordeal:
    """A station, its desks and the bad line between them. faults: of the line, wanted."""

    folder: Path
    seed: int
    faults: int
    make: type[Line]
    kills: int = 0
    crashes: int = 0
    commands: int = 0

    async def run(self) -> list[str]:
        """What was not as it has to be, in words."""
        db = self.folder / "station.sqlite3"
        prepare(db, {f"03120{counter}": "officer" for counter in COUNTERS}, COUNTERS)
        self.line = BadLine(self.seed)
        await self.line.open()
        await self._serve(db)
        chance = random.Random(self.seed)
        seats = [Seat(counter, self.folder / counter, random.Random(chance.random())) for counter in COUNTERS]
        try:
            await asyncio.gather(*(seat.arrive(self.line.port, self.make) for seat in seats))
            await self._trouble(db, seats, chance)
            self.line.calm = True
            found = await self._settle(seats)
            await asyncio.gather(*(seat.memory.flush() for seat in seats))
            found += [fault for seat in seats for fault in seat.violations]
            left = [await seat.journal.health() for seat in seats]
            await self._leave(seats)
            self.server.end()
            found += self._compare(db, seats)
            for seat, health in zip(seats, left, strict=True):
                if health.outbox.get("waiting") or sum(health.drafts.values()) > len(seat.state.local):
                    found.append(f"counter {seat.counter}: {health.outbox} and {health.drafts} left on the disk")
            return found
        finally:
            await self._leave(seats)
            self.server.close()
            await self.line.close()

    async def _serve(self, db: Path) -> None:
        self.server = ServerProcess("--db", str(db), "--port", "0")
        url = await asyncio.to_thread(lambda: self.server.url)
        self.line.upstream = int(url.rpartition(":")[2])

    async def _leave(self, seats: list[Seat]) -> None:
        for seat in seats:
            if hasattr(seat, "running"):
                seat.running.cancel()
        await asyncio.gather(*(seat.running for seat in seats if hasattr(seat, "running")), return_exceptions=True)

    async def _trouble(self, db: Path, seats: list[Seat], chance: random.Random) -> None:
        working = {seat.counter: asyncio.ensure_future(seat.work()) for seat in seats}
        next_kill, next_crash = SERVER_DIES // 2, DESK_DIES // 2
        try:
            while (so_far := self.line.faults.total()) < self.faults:
                await asyncio.sleep(0.005)
                if ended := [task for task in working.values() if task.done()]:
                    ended[0].result()
                if broken := [seat for seat in seats if seat.running.done()]:
                    broken[0].running.result()
                if so_far >= next_kill:
                    next_kill = so_far + SERVER_DIES
                    self.kills += 1
                    await asyncio.to_thread(self.server.end, 9)
                    await self._serve(db)
                if so_far >= next_crash:
                    next_crash = so_far + DESK_DIES
                    self.crashes += 1
                    seat = chance.choice(seats)
                    working[seat.counter].cancel()
                    await seat.die()
                    await seat.arrive(self.line.port, self.make)
                    seat.look_again()
                    working[seat.counter] = asyncio.ensure_future(seat.work())
        finally:
            for task in working.values():
                task.cancel()
            await asyncio.gather(*working.values(), return_exceptions=True)

    async def _settle(self, seats: list[Seat]) -> list[str]:
        """The line is calm: wait until nobody has anything left to send, and all have heard the same."""

        def open_ends() -> list[str]:
            newest = max(seat.state.seq for seat in seats)
            return [
                f"counter {seat.counter}: {seat.state.link.status}, {len(seat.state.pending)} waiting, "
                f"{newest - seat.state.seq} behind, {Counter(unsettled(seat.state))}"
                for seat in seats
                if seat.state.pending
                or seat.state.seq != newest
                or seat.state.link.status != "online"
                or unsettled(seat.state)
            ]

        for seat in seats:
            seat.desk.retry_now()
        with suppress(AssertionError):
            await until(lambda: not open_ends(), "rest")
        for seat in seats:
            seat.look()
        return open_ends()

    def _compare(self, db: Path, seats: list[Seat]) -> list[str]:
        store = SqliteStore(db)
        try:
            stream = store.stream(STATION)
            events = list(stream.events(0))
            trail = list(store.audit(STATION, 0, 10**9))
            found = [f"audit trail: {flaw}" for flaw in [verify(STATION, trail)[1]] if flaw is not None]
            station, twice = replayed(events)
            found += twice
            for seat in seats:
                self.commands += len(seat.given)
                found += wrong_commands(seat, events, stream)
                found += wrong_files(seat, station, stream)
                if seat.state.station != station:
                    found.append(f"counter {seat.counter}: shows another station")
            strangers = set(station.cases) - {case for seat in seats for case in seat.typed}
            return found + [f"a case that nobody opened: {len(strangers)}"] * bool(strangers)
        finally:
            store.close()


def unsettled(state: DeskState) -> list[str]:
    """How files stand that are not at the station, those apart that only this terminal has."""
    return [status for case, status in state.file_status.items() if status != "saved" and case not in state.local]


def replayed(events: list[Recorded]) -> tuple[State, list[str]]:
    """The station that the stream makes, and what in it must not be."""
    station, found = State(), []
    if [recorded.seq for recorded in events] != list(range(1, len(events) + 1)):
        found.append("the stream has a gap or a double")
    for recorded in events:
        station = apply(station, recorded.event)
        now = [ticket for ticket in station.current.values() if ticket]
        if len(set(now)) != len(now):
            found.append(f"a ticket at two counters after {recorded.seq}")
    opened = Counter(recorded.event.case for recorded in events if isinstance(recorded.event, CaseOpened))
    found += [f"a case opened {times} times" for times in opened.values() if times > 1]
    return station, found


def wrong_commands(seat: Seat, events: list[Recorded], stream: SqliteStream) -> list[str]:
    """Commands of a seat that were lost, done twice or done out of order."""
    found = []
    done: dict[str, set[str]] = defaultdict(set)
    order: list[str] = []
    for recorded in events:
        first = recorded.command.partition("-")[0]
        if first in seat.given:
            done[first].add(recorded.command)
            if not order or order[-1] != first:
                order.append(first)
    found += [
        f"{type(seat.given[first]).__name__} was done {len(ids)} times" for first, ids in done.items() if len(ids) > 1
    ]
    if order != [number for number in seat.given if number in done]:
        found.append(f"counter {seat.counter}: not in order, or twice")
    for number in seat.given.keys() - seat.stale - seat.unsure:
        names = (number, *(f"{number}-{tried}" for tried in range(2, seat.tries[number] + 1)))
        if all(stream.answer(name) is None for name in names):
            found.append(f"{type(seat.given[number]).__name__} was lost")
    return found


def wrong_files(seat: Seat, station: State, stream: SqliteStream) -> list[str]:
    """Cases of a seat whose file is not what was typed last."""
    found = []
    discarded = {command.case for command in seat.given.values() if isinstance(command, c.DiscardCase)}
    for case, typed in seat.typed.items():
        file = stream.read_file(case) if case in station.cases else seat.state.files.get(case)
        number = number_in(file) if file is not None else 0
        least = seat.shown.get(case, 0) if case in seat.after else typed
        if case in station.cases or case in seat.state.local:
            if not least <= number <= typed:
                found.append(f"counter {seat.counter}: {number} is stored, {typed} was typed, {least} shown as kept")
        elif case not in discarded and least and not refused(seat, case, stream):
            found.append(f"counter {seat.counter}: a case with {typed} in it is nowhere")
        if case in station.cases and case in seat.state.files and file != seat.state.files[case]:
            found.append(f"counter {seat.counter}: shows another file than is stored")
    return found


def refused(seat: Seat, case: str, stream: SqliteStream) -> bool:
    """Whether the station refused to open it, and the officer was told so."""
    orders = (number for number, given in seat.given.items() if isinstance(given, c.OpenCase) and given.case == case)
    return any(answer.refused for number in orders if (answer := stream.answer(number)) is not None)


@contextmanager
def in_haste() -> Iterator[None]:
    """Short waits, cheap keys, and no keyring of this machine."""
    with (
        mock.patch.object(desk_module, "RETRY_SECONDS", (0.01, 0.05)),
        mock.patch.object(passphrase, "STRONG", passphrase.Strength(8, 1)),
        mock.patch.object(keyring_probe, "ask", return_value=("none", ())),
    ):
        yield


def ordeal(seed: int, faults: int, make: type[Line] = Line) -> tuple[Ordeal, list[str]]:
    """One station through so many faults; and what was wrong in the end."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="counterdesk-line-", dir=shared if shared.is_dir() else None) as folder:
        one = Ordeal(Path(folder), seed, faults, make)
        with in_haste():
            return one, asyncio.run(one.run())


def run(cases: int, seed: int) -> Outcome:
    """`cases` faults of the line in one long day, and a short one of the control."""
    day, found = ordeal(seed, cases)
    broken: list[str] = []
    for other in range(3):  # a short day may go well by chance
        broken = broken or ordeal(seed + other, min(cases, 150), ForgetfulLine)[1]
    kinds = ", ".join(f"{count} {kind}" for kind, count in day.line.faults.most_common())
    note = f"{kinds}; {day.kills} server kills, {day.crashes} desk crashes, {day.commands} commands"
    return Outcome(day.line.faults.total(), len(found), len(broken), "; ".join([note, *found[:4]]))
