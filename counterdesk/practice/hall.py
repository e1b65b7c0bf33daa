"""The simulated hall: citizens who come, wait and leave, officers at the other counters, departments behind.

It acts on a station only by commands, like everyone else, and only where no person does: at the counters that are not
`staffed`, never on a ticket that a staffed counter called, serves or holds. Whoever runs the station pumps it:

    Execute   = Callable[[str, AnyCommand, Actor, datetime], Answer or Awaitable[Answer]]     raises Refused
    WriteFile = Callable[[CaseFile, Actor], int or Awaitable[int]]                            raises Refused, …

    hall = Hall(seed, speed, index, staffed=frozenset({"3"}))
    hall.warm_up(execute, write_file, state, now)         synchronous; sets a fresh station up and fills it
    await hall.run(execute, write_file, state, clock)     until cancelled

    state: Callable[[], State]; clock: Callable[[], datetime], aware. `Station.execute` and `Station.write_file` are an
    Execute and a WriteFile as they are. The last argument of Execute is the time of the command: in the past while
    warming up (never falling, never after `now`), clock() afterwards. `run` takes plain and async functions alike.

With a virtual clock: `play(execute, write_file, state, until)`. Below that, for other pumps: `due()` says when the
hall wants to act, `act(now, state)` gives one move at most (None is no reason to stop: ask again while due() <= now),
`answered(move, error)` tells how it went. New tickets and cases of others are seen in `state`: nothing needs to be told
to the hall, and a hall started on a running station finds its way.

The same seed and the same clock give the same commands. Which case is returned by its department follows from (seed,
service, counter, n): see `departments.Luck`; with seed 7 the first hukou.birth case of a staffed counter is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from counterdesk.catalog.index import Index
from counterdesk.practice.arrivals import OPENS, Appointments, Arrivals, Demand, Patience
from counterdesk.practice.departments import Departments
from counterdesk.practice.entrance import Entrance
from counterdesk.practice.moves import Plan
from counterdesk.practice.officers import Officers
from counterdesk.practice.pump import Execute, ExecuteNow, Pump, WriteFile, WriteFileNow
from counterdesk.practice.raters import Raters
from counterdesk.practice.templates import Templates
from counterdesk.station.commands import ConfigureStation
from counterdesk.station.groups import queue_groups
from counterdesk.station.model import State
from counterdesk.station.roles import Actor

SETUP = Actor(id="setup", role="setup")
COUNTERS = ("1", "2", "3", "4")
START = time(10, 30)
"""The time of day at which a hall begins."""
WAITING = 20
"""How many wait in a hall that was warmed up, about."""
BEFORE_OPENING = 20.0
"""Minutes before the doors open from which on people take numbers."""


def setup(index: Index, counters: tuple[str, ...] = COUNTERS) -> ConfigureStation:
    """The station of practice: four counters and the catalogue's queue groups."""
    return ConfigureStation(
        station="demo", name="示例派出所(演练)", counters=counters, groups=queue_groups(index.catalog)
    )


class Hall(Pump):
    """One simulated hall.

    seed: what the whole day follows from. speed: minutes of the hall in a minute of the clock. staffed: the counters
    that people serve. start: the time of day that it is in the hall when it begins; after 17:00 it is 08:30 again.
    """

    def __init__(
        self,
        seed: int,
        speed: float,
        index: Index,
        staffed: frozenset[str] = frozenset(),
        *,
        start: time = START,
    ) -> None:
        if speed <= 0:
            raise ValueError("a hall needs a speed above 0")
        self._index = index
        self._speed = speed
        self._start = start.hour * 60 + start.minute
        plan = Plan(seed, index, staffed)
        demand = Demand(index.catalog.services)
        templates = Templates(seed, index)
        self._arrivals = Arrivals(plan, demand)
        self._patience = Patience(plan)
        self._appointments = Appointments(plan, demand)
        self._officers = Officers(plan, demand, templates)
        self._departments = Departments(plan)
        self._entrance = Entrance(plan, demand, self._arrivals)
        self._raters = Raters(plan)
        parts = (
            *(self._arrivals, self._patience, self._appointments, self._officers, self._departments),
            *(self._entrance, self._raters),
        )
        super().__init__(plan, parts)

    def begin(self, now: datetime, state: State, *, minute: float | None = None) -> None:
        """Start acting on a configured station. minute: of the simulated day."""
        self._prefix = f"hall-{self._plan.seed}-{int(now.timestamp() * 1000):x}"
        at = self._start if minute is None else minute
        self._arrivals.begin(now, at)
        self._appointments.begin(now)
        self._officers.begin(now, at, state)
        self._entrance.begin(now)
        self._notice(now, state)

    def _seen(self, now: datetime, state: State) -> None:
        self._patience.notice(now, state)
        self._entrance.notice(now, state)
        self._departments.notice(now, state)
        self._raters.notice(now, state)

    def warm_up(
        self,
        execute: ExecuteNow,
        write_file: WriteFileNow,
        state: Callable[[], State],
        now: datetime,
        minutes: float = 80,
    ) -> None:
        """Fill a station so that it looks as if the day had been running for `minutes`, or since the doors opened, then
        with fewer who wait; set it up if that is needed.

        A station that already has tickets is left as it is: the hall goes on with what it finds.
        """
        passed, crowd = self._start - (OPENS - BEFORE_OPENING), float(WAITING)
        if 0 < passed < minutes:
            minutes, crowd = passed, crowd * passed / minutes
        begin = now - timedelta(minutes=minutes)
        if not state().counters:
            execute(f"setup-{int(now.timestamp() * 1000):x}", setup(self._index), SETUP, begin)
        if state().tickets:
            self.begin(now, state())
        else:
            self._rush(begin, now, crowd)
            self.begin(begin, state(), minute=self._start - minutes)
            self.play(execute, write_file, state, now)
            self._calm()
        self._quicken(now)

    def _rush(self, begin: datetime, now: datetime, crowd: float) -> None:
        if now > begin:
            self._arrivals.crowd = (now, crowd)
            self._patience.short = self._entrance.stays = True
            self._plan.haste = 8
            self._officers.held_at = now - timedelta(minutes=14)
            # Counters are at long matters now and then: of three who are missed, one nearly always still is when the
            # hall begins.
            self._officers.missed_at = [now - timedelta(minutes=minutes) for minutes in (25, 12, 4)]

    def _calm(self) -> None:
        self._arrivals.crowd = None
        self._patience.short = self._entrance.stays = False
        self._plan.haste = 1
        self._officers.held_at, self._officers.missed_at = None, []

    def _quicken(self, now: datetime) -> None:
        self._arrivals.begin_at(now, self._start)
        self._officers.quicken(now, self._plan.pace / self._speed)
        self._plan.quicken(now, self._speed, fixed=frozenset({self._appointments.name}))

    async def run(
        self,
        execute: Execute,
        write_file: WriteFile,
        state: Callable[[], State],
        clock: Callable[[], datetime],
    ) -> None:
        """See `Pump.run`."""
        if not self.begun:
            self.begin(clock(), state())
            self._quicken(clock())
        await super().run(execute, write_file, state, clock)
