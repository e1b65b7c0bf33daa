"""Practice: a station in this program's memory with a simulated hall around it. It reaches nothing outside.

Everything passes through the same encoding as over a wire, so that a desk meets the same values as with a server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec

from counterdesk.backends.base import (
    ALL_CAPABILITIES,
    Alive,
    Backend,
    Board,
    Capability,
    Conflict,
    Figures,
    Misunderstood,
    NotSignedIn,
    Query,
    Receipt,
    Resync,
    Session,
    ShiftNote,
    Snapshot,
)
from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.practice.world import World, wall_clock
from counterdesk.station.board import board_of, same
from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import Recorded
from counterdesk.station.host import CommandIdReused, VersionConflict
from counterdesk.station.roles import Actor
from counterdesk.station.summary import summarize

T = TypeVar("T")
HEARTBEAT = 5.0


def _copy(value: T, kind: Any) -> T:
    """The value as it comes out at the other end of a wire."""
    copied: T = msgspec.json.decode(msgspec.json.encode(value), type=kind)
    return copied


class PracticeBackend(Backend):
    """A desk at a practice station; whoever signs in is a trainee, the password is not looked at.

    seed, speed: of the simulated hall; the same seed gives the same day. staffed: the counters that the simulation
    leaves to people. hall: False for an empty station. clock: aware time, for tests. heartbeat: seconds. world: the
    station of another PracticeBackend, to share it. index: the rules, where they are not the shipped ones.
    """

    name: ClassVar[str] = "practice"
    capabilities: ClassVar[frozenset[Capability]] = ALL_CAPABILITIES - {"audit", "escrow", "accounts"}

    def __init__(
        self,
        *,
        seed: int = 7,
        speed: float = 1.0,
        staffed: Iterable[str] = ("3",),
        hall: bool = True,
        clock: Callable[[], datetime] = wall_clock,
        heartbeat: float = HEARTBEAT,
        world: World | None = None,
        index: Index | None = None,
        **_: object,
    ) -> None:
        self.world = world or World(seed=seed, speed=speed, clock=clock, hall=hall, staffed=staffed, index=index)
        self._heartbeat = heartbeat
        self._actor: Actor | None = None
        self._entered = False
        self._closed = False

    def _signed_in(self) -> Actor:
        if self._actor is None:
            raise NotSignedIn("sign in first")
        return self._actor

    async def sign_in(self, officer: str, password: str) -> Session:
        """Anybody with a name may practise."""
        officer = officer.strip()
        if not officer or self._closed:
            raise NotSignedIn("an officer's number is needed")
        if not self._entered:
            self._entered = True
            self.world.enter()
        self._actor = Actor(id=officer, role="officer")
        state = self.world.station.state
        return Session(
            actor=self._actor,
            station=state.station,
            station_name=state.name,
            name=officer,
            mode="practice",
            catalog=self.world.station.index.catalog.label,
        )

    async def sign_out(self) -> None:
        """The station goes on; event streams of this desk end with NotSignedIn."""
        self._actor = None
        self.world.wake()

    async def snapshot(self) -> Snapshot:
        """The whole station now."""
        self._signed_in()
        station = self.world.station
        return _copy(Snapshot(seq=station.seq, state=station.state), Snapshot)

    async def events(self, after: int) -> AsyncIterator[Recorded | Alive | Resync]:
        """Events after `after`; Resync if the station is not that far."""
        station = self.world.station
        if after > station.seq or after < 0:
            self._signed_in()
            yield Resync()
            return
        while not self._closed:
            self._signed_in()
            news = self.world.news
            for recorded in tuple(self.world.store.events(after)):
                yield _copy(recorded, Recorded)
                after = recorded.seq
            if news.is_set():
                continue
            try:
                async with asyncio.timeout(self._heartbeat):
                    await news.wait()
            except TimeoutError:
                yield Alive(seq=after)

    async def execute(self, command_id: str, command: AnyCommand) -> Receipt:
        """Carry out a command. Raises also Misunderstood: the id was used for another command."""
        actor = self._signed_in()
        wanted: AnyCommand = _copy(command, AnyCommand)
        try:
            answer = self.world.station.execute(command_id, wanted, actor, self.world.clock())
        except CommandIdReused as error:
            raise Misunderstood("this command id was used for another command") from error
        return _copy(Receipt(command=answer.command, events=answer.events), Receipt)

    async def read_file(self, case: str) -> CaseFile:
        """A case file."""
        return _copy(self.world.station.read_file(case, self._signed_in(), self.world.clock()), CaseFile)

    async def write_file(self, file: CaseFile) -> int:
        """Store a case file."""
        actor = self._signed_in()
        try:
            return self.world.station.write_file(_copy(file, CaseFile), actor, self.world.clock())
        except VersionConflict as error:
            raise Conflict(error.current) from error

    async def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """What the simulated registers know."""
        known = self.world.station.lookup(service, key, value, self._signed_in(), self.world.clock())
        return _copy(known, dict[str, JsonValue])

    async def write_note(self, counter: str, text: str) -> None:
        """Leave a shift note."""
        self.world.station.write_note(counter, text, self._signed_in(), self.world.clock())

    async def read_note(self, counter: str) -> ShiftNote | None:
        """The shift note at a counter."""
        return self.world.station.read_note(counter, self._signed_in(), self.world.clock())

    async def drop_note(self, counter: str) -> None:
        """Take the shift note away."""
        self.world.station.drop_note(counter, self._signed_in(), self.world.clock())

    async def boards(self) -> AsyncIterator[Board | Alive]:
        """The hall's board; here everybody may look at it."""
        shown: Board | None = None
        while not self._closed:
            self._signed_in()
            news, station = self.world.news, self.world.station
            board = board_of(station.state, station.index, self.world.clock())
            if not same(shown, board):
                shown = board
                yield _copy(board, Board)
            try:
                async with asyncio.timeout(self._heartbeat):
                    await news.wait()
            except TimeoutError:
                yield Alive(seq=station.seq)

    async def figures(self, query: Query) -> Figures:
        """The practice station's figures."""
        actor, station = self._signed_in(), self.world.station
        asked: Query = _copy(query, Query)
        rows = station.rows(asked, actor, self.world.clock())
        return _copy(summarize(rows, asked, actor, station.seq), Figures)

    async def close(self) -> None:
        """Leave the station; pending event streams end."""
        if self._closed:
            return
        self._closed = True
        self._actor = None
        self.world.wake()
        if self._entered:
            await self.world.leave()
