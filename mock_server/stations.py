"""The running stations of a server: each a `Station` over its stream, worked by the writer and read by its feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from itertools import islice

from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.station.audit import Link, Note
from counterdesk.station.board import Board, board_of
from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import Recorded
from counterdesk.station.exchange import Checkpoint, Receipt, ShiftNote, Snapshot
from counterdesk.station.figures import Rows
from counterdesk.station.host import Answer, Archives, Station
from counterdesk.station.host import Store as StreamStore
from counterdesk.station.model import State
from counterdesk.station.roles import Actor
from counterdesk.station.summary import Figures, Query, summarize
from mock_server.feed import BATCH, Feed
from mock_server.store.base import Store
from mock_server.writer import Writer

MakeStation = Callable[[StreamStore, Index, Archives | None], Station]


class Stations:
    """All stations of a store. Make it on the running event loop, then `await open()`.

    clock: aware time; it is not allowed to go back, whatever the machine's clock does.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        index: Index,
        clock: Callable[[], datetime],
        archives: Archives | None = None,
        make: MakeStation = Station,
    ) -> None:
        self._store = store
        self._writer = writer
        self.index = index
        self._clock = clock
        self._archives = archives
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._running: dict[str, Station] = {}
        self._latest: datetime | None = None
        self.feeds: dict[str, Feed] = {}
        writer.recover = self._recover

    async def open(self) -> None:
        """Bring up every station that has a stream. Raises: StoreError."""
        for station in await self._writer.run(self._store.stations):
            await self.add(station)

    async def add(self, station: str) -> None:
        """Bring up one station; with an empty stream it is one that can be configured. Raises: StoreError."""
        running = await self._writer.run(lambda: self._load(station))
        self.feeds[station] = Feed(running.seq, lambda after: self._writer.run(lambda: self._some(station, after)))

    def _load(self, station: str) -> Station:
        running = self._running[station] = self._make(self._store.stream(station), self.index, self._archives)
        return running

    def _some(self, station: str, after: int) -> tuple[Recorded, ...]:
        return tuple(islice(self._store.stream(station).events(after), BATCH))

    def _recover(self) -> None:
        """After a failed transaction: believe the disk, and tell the readers what it had kept after all."""
        self._store.reopen()
        for station in tuple(self._running):
            before = self._running[station].seq
            self._load(station)
            self._publish(station, tuple(self._store.stream(station).events(before)))

    def _publish(self, station: str, events: tuple[Recorded, ...]) -> None:
        # From the writer thread, in its order; not from whoever asked, who may have gone away meanwhile.
        if station in self.feeds:
            self._loop.call_soon_threadsafe(self.feeds[station].publish, events)

    def now(self) -> datetime:
        """The time, never before a time that was given out."""
        now = self._clock()
        if self._latest is None or now > self._latest:
            self._latest = now
        return self._latest

    async def execute(
        self, station: str, command_id: str, command: AnyCommand, actor: Actor, now: datetime | None = None
    ) -> Answer:
        """Carry out a command. Raises: Refused, CommandIdReused, StoreError."""
        return await self._writer.run(lambda: self._execute(station, command_id, command, actor, now or self.now()))

    def _execute(self, station: str, command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        answer = self._running[station].execute(command_id, command, actor, now)
        if answer.events:
            self._publish(station, answer.events)
        return answer

    async def receipt(self, station: str, command_id: str, command: AnyCommand, actor: Actor) -> Receipt:
        """Carry out a command for a desk. Raises: as `execute`."""

        def job() -> Receipt:
            answer = self._execute(station, command_id, command, actor, self.now())
            return Receipt(command=command_id, events=answer.events, audit=self._store.checkpoint(station))

        return await self._writer.run(job)

    async def work(self, station: str, job: Callable[[Station], None]) -> None:
        """Let `job` have the station to itself, then tell the readers what it made."""

        def work() -> None:
            running = self._running[station]
            before = running.seq
            job(running)
            self._publish(station, tuple(self._store.stream(station).events(before)))

        await self._writer.run(work)

    async def snapshot(self, station: str) -> Snapshot:
        """The whole station now."""

        def job() -> Snapshot:
            running = self._running[station]
            return Snapshot(seq=running.seq, state=running.state, audit=self._store.checkpoint(station))

        return await self._writer.run(job)

    def state(self, station: str) -> State:
        """The state as of some moment just now, for reading without waiting."""
        return self._running[station].state

    def board(self, station: str) -> Board:
        """The board of the hall, for reading without waiting."""
        return board_of(self.state(station), self.index, self.now())

    async def read_file(self, station: str, case: str, actor: Actor) -> CaseFile:
        """A case file. Raises: Refused, StoreError."""
        return await self._writer.run(lambda: self._running[station].read_file(case, actor, self.now()))

    async def write_file(self, station: str, file: CaseFile, actor: Actor) -> int:
        """Store a case file; returns its new version. Raises: Refused, VersionConflict, StoreError."""

        def job() -> int:
            running = self._running[station]
            before = running.seq
            version = running.write_file(file, actor, self.now())
            if running.seq > before:  # it may end what a leader was asked for
                self._publish(station, tuple(self._store.stream(station).events(before)))
            return version

        return await self._writer.run(job)

    async def lookup(self, station: str, service: str, key: str, value: str, actor: Actor) -> dict[str, JsonValue]:
        """What the archives know. Raises: Refused."""
        return await self._writer.run(lambda: self._running[station].lookup(service, key, value, actor, self.now()))

    async def write_note(self, station: str, counter: str, text: str, actor: Actor) -> None:
        """Leave a shift note at a counter. Raises: Refused, StoreError."""
        await self._writer.run(lambda: self._running[station].write_note(counter, text, actor, self.now()))

    async def read_note(self, station: str, counter: str, actor: Actor) -> ShiftNote | None:
        """The shift note at a counter, None if there is none. Raises: Refused, StoreError."""
        return await self._writer.run(lambda: self._running[station].read_note(counter, actor, self.now()))

    async def drop_note(self, station: str, counter: str, actor: Actor) -> None:
        """Take the shift note of a counter away. Raises: Refused, StoreError."""
        await self._writer.run(lambda: self._running[station].drop_note(counter, actor, self.now()))

    async def figures(self, station: str, query: Query, actor: Actor) -> Figures:
        """The station's figures. Raises: Refused, StoreError.

        Commands get in between while the rows of a long stream are counted up, and the summing is not on the writer.
        """
        while await self._writer.run(lambda: self._running[station].count_up()):
            pass

        def job() -> tuple[Rows, int]:
            running = self._running[station]
            return running.rows(query, actor, self.now()), running.seq

        rows, seq = await self._writer.run(job)
        return await asyncio.to_thread(summarize, rows, query, actor, seq)

    async def erase_notes(self) -> None:
        """Erase the shift notes of all stations whose time is over. Raises: StoreError."""

        def job() -> None:
            for running in self._running.values():
                running.erase_notes(self.now())

        await self._writer.run(job)

    async def checkpoint(self, station: str) -> Checkpoint:
        """Where the audit trail stands. Raises: StoreError."""
        return await self._writer.run(lambda: self._store.checkpoint(station))

    async def audit_root(self, station: str, size: int) -> str | None:
        """The trail's root when it had `size` entries; None if it has fewer. Raises: StoreError."""
        return await self._writer.run(lambda: self._store.audit_root(station, size))

    async def audit(self, station: str, after: int, limit: int, note: Note) -> tuple[Link, ...]:
        """At most `limit` entries of the trail after `after`; that they were read is noted. Raises: StoreError."""

        def job() -> tuple[Link, ...]:
            self._store.note(station, note)
            return self._store.audit(station, after, limit)

        return await self._writer.run(job)

    async def note(self, station: str, note: Note) -> None:
        """Add to the trail. Raises: StoreError."""
        await self._writer.run(lambda: self._store.note(station, note))

    async def escrow(self, station: str) -> str:
        """The station's public escrow key, "" if there is none. Raises: StoreError."""
        return await self._writer.run(lambda: self._store.escrow(station))

    def close(self) -> None:
        """End all readers."""
        for feed in self.feeds.values():
            feed.close()
