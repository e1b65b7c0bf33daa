"""What carries a simulated hall out: its agenda, one move after the other, on a station that is reached by commands."""

from __future__ import annotations

import asyncio
import inspect
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import ClassVar, Protocol

from counterdesk.catalog.casefile import CaseFile
from counterdesk.practice.moves import Move, Plan, Wish
from counterdesk.station.commands import AnyCommand
from counterdesk.station.host import Answer, CommandIdReused, VersionConflict
from counterdesk.station.model import State
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

Execute = Callable[[str, AnyCommand, Actor, datetime], Answer | Awaitable[Answer]]
WriteFile = Callable[[CaseFile, Actor], int | Awaitable[int]]
ExecuteNow = Callable[[str, AnyCommand, Actor, datetime], Answer]
WriteFileNow = Callable[[CaseFile, Actor], int]
POLL = 0.25
"""Seconds after which a running hall looks for what others did."""
_log = logging.getLogger(__name__)
_NO = (Refused, VersionConflict, CommandIdReused)


class Part(Protocol):
    """Somebody in the hall: looks when it is due and may wish for a command."""

    name: ClassVar[str]

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Look at `key`."""
        ...

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """The wish was refused."""
        ...


class Pump(ABC):
    """A hall that acts on a station. plan: its agenda. parts: who is in it."""

    def __init__(self, plan: Plan, parts: Iterable[Part]) -> None:
        self._plan = plan
        self._parts: dict[str, Part] = {part.name: part for part in parts}
        self._state: State | None = None
        self._played: datetime | None = None
        self._prefix = ""
        self._count = 0

    @abstractmethod
    def warm_up(
        self,
        execute: ExecuteNow,
        write_file: WriteFileNow,
        state: Callable[[], State],
        now: datetime,
        minutes: float = 80,
    ) -> None:
        """Make a station look as if people had been there for `minutes`; set it up if that is needed."""

    @abstractmethod
    def _seen(self, now: datetime, state: State) -> None:
        """The station has changed."""

    @property
    def begun(self) -> bool:
        """Whether people have begun to come."""
        return bool(self._prefix)

    def due(self) -> datetime | None:
        """When the hall next wants to act; None before it began."""
        return self._plan.due()

    def act(self, now: datetime, state: State) -> Move | None:
        """The next thing somebody in the hall does at `now`; None if whoever was due had nothing to do."""
        self._notice(now, state)
        due = self._plan.due()
        if due is None or due > now:
            return None
        name, key = self._plan.pop()
        wish = self._parts[name].wake(key, now, state)
        if wish is None:
            return None
        self._count += 1
        return Move(id=f"{self._prefix}-{self._count}", wish=wish, at=now, part=name, key=key)

    def answered(self, move: Move, error: Exception | None) -> None:
        """How a move went; None: it was carried out."""
        if error is not None:
            self._parts[move.part].refused(move.key, move.wish, move.at)

    def _notice(self, now: datetime, state: State) -> None:
        if state is not self._state:
            self._state = state
            self._seen(now, state)

    def play(
        self,
        execute: ExecuteNow,
        write_file: WriteFileNow,
        state: Callable[[], State],
        until: datetime,
    ) -> None:
        """Everything up to `until`, each command at its own time and without waiting: for virtual clocks."""
        self._notice(until, state())
        while (due := self.due()) is not None and due <= until:
            self._played = due if self._played is None else max(self._played, due)
            move = self.act(self._played, state())
            if move is not None:
                self._carry_out(move, execute, write_file)

    def _carry_out(
        self,
        move: Move,
        execute: ExecuteNow,
        write_file: WriteFileNow,
    ) -> None:
        try:
            if move.wish.file is not None:
                write_file(move.wish.file, move.wish.actor)
            execute(move.id, move.wish.command, move.wish.actor, move.at)
        except _NO as error:
            self.answered(move, error)
        else:
            self.answered(move, None)

    async def run(
        self,
        execute: Execute,
        write_file: WriteFile,
        state: Callable[[], State],
        clock: Callable[[], datetime],
    ) -> None:
        """Act as time goes by, until cancelled. A step that is refused or fails never stops the hall."""
        while True:
            now = clock()
            move = self.act(now, state())
            if move is None:
                due = self.due()
                wait = (due - now).total_seconds() if due is not None else POLL
                await asyncio.sleep(max(0.0, min(wait, POLL)))
                continue
            try:
                if move.wish.file is not None:
                    await _settled(write_file(move.wish.file, move.wish.actor))
                await _settled(execute(move.id, move.wish.command, move.wish.actor, move.at))
            except _NO as error:
                self.answered(move, error)
            except Exception as error:  # whatever the station's store may raise: the citizens come all the same
                _log.warning("a step of the simulated hall failed: %s", type(error).__name__)
                self.answered(move, error)
            else:
                self.answered(move, None)
            # However much is due, others on this loop get their turn.
            await asyncio.sleep(0)


async def _settled(value: object) -> None:
    if inspect.isawaitable(value):
        await value
