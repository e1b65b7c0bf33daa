"""A whole practice station in memory: store, rules, registers and the simulated hall, for one or more desks.

No socket, no file, no thread: everything happens on the event loop of whoever uses it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.archives import SimulatedArchives
from counterdesk.practice.hall import SETUP, Hall, setup
from counterdesk.practice.memory import MemoryStore
from counterdesk.station.host import Station
from counterdesk.station.model import TIMEZONE
from counterdesk.station.planning import plan_by_itself


def wall_clock() -> datetime:
    """The time of this machine, in the station's zone."""
    return datetime.now(TIMEZONE)


class World:
    """One practice station.

    seed, speed, staffed: of the hall (see `Hall`). hall: False leaves the station empty but set up. clock: aware time.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        speed: float = 1.0,
        clock: Callable[[], datetime] = wall_clock,
        hall: bool = True,
        staffed: Iterable[str] = ("3",),
        index: Index | None = None,
    ) -> None:
        self.clock = clock
        index = index or Index(load())
        self.store = MemoryStore(self.wake)
        self.station = Station(self.store, index, SimulatedArchives(seed, index, lambda: clock().date()))
        self._news = asyncio.Event()
        self._hall = Hall(seed, speed, index, frozenset(staffed)) if hall else None
        self._task: asyncio.Task[None] | None = None
        self._planner: asyncio.Task[None] | None = None
        self._users = 0

    def wake(self) -> None:
        """Let everybody who waits for news look again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    @property
    def news(self) -> asyncio.Event:
        """Set at the next change; take it before looking, so that nothing is missed in between."""
        return self._news

    def enter(self) -> None:
        """A desk is here: the first one finds the hall at work. Needs a running event loop."""
        self._users += 1
        if self._task is not None or self._users > 1:
            return
        now = self.clock()
        if self._hall is None:
            if not self.station.state.counters:
                self.station.execute("setup", setup(self.station.index), SETUP, now)
            return
        station = self.station
        if not self._hall.begun:
            self._hall.warm_up(station.execute, station.write_file, lambda: station.state, now)
        work = self._hall.run(station.execute, station.write_file, lambda: station.state, self.clock)
        self._task = asyncio.create_task(work, name="practice hall")
        self._task.add_done_callback(_report)
        planning = plan_by_itself(station.execute, lambda: station.state, self.clock)
        self._planner = asyncio.create_task(planning, name="practice planner")
        self._planner.add_done_callback(_report)

    async def leave(self) -> None:
        """A desk is gone; with the last one the hall stops."""
        self._users -= 1
        if self._users:
            return
        tasks = [task for task in (self._task, self._planner) if task is not None]
        self._task = self._planner = None
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


def _report(task: asyncio.Task[None]) -> None:
    """A hall or a planner that broke must be heard of, and must not take the desk down with it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        context = {"message": f"the {task.get_name()} stopped", "exception": error, "task": task}
        task.get_loop().call_exception_handler(context)
