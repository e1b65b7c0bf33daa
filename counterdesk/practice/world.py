"""A whole practice station in memory: store, rules, registers and the simulated hall, for one or more desks.

No socket, no file, no thread: everything happens on the event loop of whoever uses it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.archives import SimulatedArchives
from counterdesk.practice.course import Course, Stop
from counterdesk.practice.hall import SETUP, Hall, setup
from counterdesk.practice.memory import MemoryStore
from counterdesk.practice.shift_leader import Says
from counterdesk.practice.staging import CourseHall
from counterdesk.station.commands import AnyCommand, StartService
from counterdesk.station.host import Answer, Archives, Station
from counterdesk.station.model import TIMEZONE
from counterdesk.station.planning import plan_by_itself
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor


def wall_clock() -> datetime:
    """The time of this machine, in the station's zone."""
    return datetime.now(TIMEZONE)


class World:
    """One practice station.

    seed, speed, staffed: of the hall (see `Hall`). hall: False leaves the station empty but set up. clock: aware time.
    course: what happens at the first staffed counter, in place of a hall's day; it begins when the first desk enters.
    archives: the registers, where they are not the simulated ones. leader_says: what the shift leader of the course
    answers to who asks him; without it nobody leads.
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
        course: Course | None = None,
        archives: Archives | None = None,
        leader_says: Says | None = None,
    ) -> None:
        self.clock = clock
        self.course = course
        self.began: datetime | None = None
        """When the course began."""
        index = index or Index(load())
        self.store = MemoryStore(self.wake)
        known = archives or SimulatedArchives(seed, index, lambda: clock().date())
        self.station = Station(self.store, index, known)
        self._news = asyncio.Event()
        self._speed = speed
        counters = tuple(staffed)
        self._staged = CourseHall(course, speed, index, counters[0], leader_says) if course is not None else None
        self._hall = self._staged or (Hall(seed, speed, index, frozenset(counters)) if hall else None)
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
        self.began = self.began or now
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

    # --- the course ---

    def lengthen(self, course: Course) -> None:
        """More people come, one by one, than the course began with; those that it began with are its first."""
        self.course = course
        if self._staged is not None:
            self._staged.staging.course = course

    def stop_of(self, ticket: str) -> tuple[int, Stop] | None:
        """Which citizen of the course has this ticket: his place in it and what he comes for. None for another one."""
        if self._staged is None or self.began is None:
            return None
        return self._staged.stop_of(ticket, self.clock(), self.station.state)

    def known_stop(self, ticket: str) -> Stop | None:
        """The same for one who was served, without the place. Any thread may ask."""
        found = self._staged.staging.stop_of(ticket) if self._staged is not None else None
        return found[1] if found is not None else None

    def execute(self, command_id: str, command: AnyCommand, actor: Actor) -> Answer:
        """As `Station.execute`, now. Raises also Refused("nobody_came"): whoever was called is not in the hall."""
        if isinstance(command, StartService) and self._absent(command.counter):
            raise Refused("nobody_came")
        return self.station.execute(command_id, command, actor, self.clock())

    def _absent(self, counter: str) -> bool:
        ticket = self.station.state.current_ticket(counter)
        found = self.stop_of(ticket.id) if ticket is not None and ticket.state == "called" else None
        return found is not None and not found[1].comes

    def elapsed(self) -> float:
        """Seconds of the course until now; 0 before it began."""
        return (self.clock() - self.began).total_seconds() * self._speed if self.began is not None else 0.0

    def dropped(self) -> int | None:
        """Which of the course's drops keeps the line down now; None while it is up."""
        now = self.clock()
        return next((at for at, (begin, end) in enumerate(self._drops()) if begin <= now < end), None)

    def until_drop(self) -> float | None:
        """Seconds until the line next drops; None if it does not."""
        now = self.clock()
        coming = [(begin - now).total_seconds() for begin, _ in self._drops() if begin > now]
        return min(coming, default=None)

    def _drops(self) -> list[tuple[datetime, datetime]]:
        if self.course is None or self.began is None:
            return []
        begins = [self.began + timedelta(minutes=drop.after / self._speed) for drop in self.course.drops]
        return [
            (begin, begin + timedelta(seconds=drop.seconds))
            for begin, drop in zip(begins, self.course.drops, strict=True)
        ]


def _report(task: asyncio.Task[None]) -> None:
    """A hall or a planner that broke must be heard of, and must not take the desk down with it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        context = {"message": f"the {task.get_name()} stopped", "exception": error, "task": task}
        task.get_loop().call_exception_handler(context)
