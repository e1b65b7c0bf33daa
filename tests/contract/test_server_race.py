"""Eight desks at one server ask for the next person at the same time: nobody is called twice, nobody is forgotten."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, aclosing
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from counterdesk.backends.http import HttpBackend
from counterdesk.station.apply import apply
from counterdesk.station.audit import Note
from counterdesk.station.commands import AnyCommand, CallNext, FinishTicket, IssueTicket, OpenCounter, StartService
from counterdesk.station.decide import decide
from counterdesk.station.events import Recorded, ServiceStarted, TicketCalled, TicketFinished, TicketIssued
from counterdesk.station.host import Answer, Station
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor, Role
from mock_server.server import machine_clock
from mock_server.store.sqlite import SqliteStore
from tests.server_process import PASSWORD, STATION, prepare, server_in_thread, server_process

DESKS = 8
COUNTERS = tuple(str(number) for number in range(1, DESKS + 1))
OFFICERS: dict[str, Role] = {f"03120{counter}": "officer" for counter in COUNTERS}
GROUPS = ("HK", "ID", "EE", "RP", "TV", "DV", "SP")


def profile(counter: str) -> tuple[str, ...]:
    """Three groups for each desk; every group has three desks or more that race for it."""
    return tuple(GROUPS[(int(counter) + step) % len(GROUPS)] for step in range(3))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Memory where there is some: the race is about order, not about the disk."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as path:
        yield Path(path)


def with_tickets(count: int) -> Callable[[Station], None]:
    """Let `count` people wait."""

    def fill(station: Station) -> None:
        machine = Actor(id="machine", role="ticket_machine")
        for number in range(count):
            station.execute(
                f"issue-{number}", IssueTicket(group=GROUPS[number % len(GROUPS)]), machine, machine_clock()
            )

    return fill


async def work(backend: HttpBackend, counter: str, called: list[str]) -> None:
    """Call, serve and finish until nobody waits; note who this desk was told to call."""
    await backend.execute(f"open-{counter}", OpenCounter(counter=counter, groups=profile(counter)))
    number = 0
    while True:
        number += 1
        try:
            receipt = await backend.execute(f"{counter}-{number}-call", CallNext(counter=counter))
        except Refused as refused:
            if refused.code != "nobody_waiting":
                raise
            return
        called += [r.event.ticket for r in receipt.events if isinstance(r.event, TicketCalled)]
        try:
            await backend.execute(f"{counter}-{number}-start", StartService(counter=counter))
            await backend.execute(f"{counter}-{number}-end", FinishTicket(counter=counter))
        except Refused:
            # Only the broken station of the control gets here; it is judged by what it called.
            return


async def watch(backend: HttpBackend, until: asyncio.Future[int]) -> list[Recorded]:
    """What a desk hears during the race, up to the event that `until` names."""
    heard: list[Recorded] = []
    async with aclosing(cast(Any, backend.events(0))) as items:
        async for item in items:
            if isinstance(item, Recorded):
                heard.append(item)
            if until.done() and heard and heard[-1].seq >= until.result():
                break
    return heard


async def race(url: str) -> tuple[list[str], list[Recorded]]:
    """All desks at once. Returns the tickets they were told to call, and what a ninth desk heard."""
    desks = [HttpBackend(url=url, station=STATION) for _ in range(DESKS + 1)]
    try:
        await asyncio.gather(*(d.sign_in(officer, PASSWORD) for d, officer in zip(desks, OFFICERS, strict=False)))
        watcher = desks[DESKS]
        await watcher.sign_in(next(iter(OFFICERS)), PASSWORD)
        newest: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        watching = asyncio.create_task(watch(watcher, newest))
        called: list[str] = []
        await asyncio.gather(*(work(d, c, called) for d, c in zip(desks, COUNTERS, strict=False)))
        newest.set_result((await watcher.snapshot()).seq)
        return called, await watching
    finally:
        await asyncio.gather(*(desk.close() for desk in desks))


def faults(stored: Iterable[Recorded], told: list[str], heard: list[Recorded]) -> list[str]:
    """What went wrong, in words; [] if nothing did."""
    events = list(stored)
    found = []
    if [recorded.seq for recorded in events] != list(range(1, len(events) + 1)):
        found.append("the stream has a gap or a double")
    if heard != events:
        found.append("a desk heard something else than was stored")
    issued = {r.event.ticket for r in events if isinstance(r.event, TicketIssued)}
    called = Counter(r.event.ticket for r in events if isinstance(r.event, TicketCalled))
    if doubles := sorted(ticket for ticket, times in called.items() if times > 1):
        found.append(f"called twice: {len(doubles)}")
    if forgotten := issued - called.keys():
        found.append(f"never called: {len(forgotten)}")
    if called != Counter(told):
        found.append("the desks were told something else than was stored")
    for kind in (ServiceStarted, TicketFinished):
        if Counter(r.event.ticket for r in events if isinstance(r.event, kind)) != Counter(issued):
            found.append(f"not every ticket once: {kind.__name__}")
    return found


def stored_events(db: Path) -> list[Recorded]:
    store = SqliteStore(db)
    try:
        return list(store.stream(STATION).events(0))
    finally:
        store.close()


async def test_every_ticket_is_called_exactly_once(folder: Path) -> None:
    db = folder / "station.sqlite3"
    prepare(db, OFFICERS, COUNTERS, with_tickets(2000))
    with server_process("--db", str(db), "--port", "0") as server:
        told, heard = await race(await asyncio.to_thread(lambda: server.url))
        assert server.end() == 0
    assert len(told) == 2000
    assert faults(stored_events(db), told, heard) == []


class Forgetful(Station):
    """The mistake that the server must not make: the next person is chosen from the queue as it was a moment ago."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._before = self.state

    def execute(self, command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        """Decide calls one command too late."""
        before = self.state
        try:
            return super().execute(command_id, command, actor, now)
        finally:
            self._before = before

    def _decide(self, command_id: str, fingerprint: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        if not isinstance(command, CallNext) or self._before.current_ticket(command.counter):
            return super()._decide(command_id, fingerprint, command, actor, now)
        stale = self._before
        if stale.counters[command.counter].state != "open":
            stale = self.state
        events = decide(stale, command, actor, now, None)
        recorded = tuple(
            Recorded(seq=self.seq + number, command=command_id, event=event) for number, event in enumerate(events, 1)
        )
        answer = Answer(command=command_id, fingerprint=fingerprint, events=recorded)
        self._store.append(answer, (), Note(at=now, officer=actor.id, action="CallNext"))
        for event in events:
            self.state = apply(self.state, event)
        self.seq += len(recorded)
        return answer


async def test_control_the_check_sees_a_station_that_reads_a_stale_queue(folder: Path) -> None:
    db = folder / "station.sqlite3"
    with ExitStack() as stack:
        prepare(db, OFFICERS, COUNTERS, with_tickets(100))
        server = stack.enter_context(server_in_thread(db, make=Forgetful))
        told, heard = await race(server.url)
    found = faults(stored_events(db), told, heard)
    assert any(fault.startswith("called twice") for fault in found), found


def test_control_the_check_sees_a_missing_event(folder: Path) -> None:
    db = folder / "station.sqlite3"
    prepare(db, OFFICERS, COUNTERS, with_tickets(3))
    events = stored_events(db)
    assert "the stream has a gap or a double" in faults(events[:1] + events[2:], [], events)
    assert "a desk heard something else than was stored" in faults(events, [], events[:-1])
