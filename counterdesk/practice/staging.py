"""Carries a course out on a station: its citizens take tickets at their minute, its case comes back, its people go.

Nobody else is in this hall, and its other counters stay closed: whoever is called at the trainee's counter is somebody
of the course. Departments work on what the trainee hands over as they always do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar, Final

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.practice.arrivals import MACHINE, Patience
from counterdesk.practice.chance import chance
from counterdesk.practice.course import Course, Stop
from counterdesk.practice.departments import Departments
from counterdesk.practice.fill import for_a_department
from counterdesk.practice.hall import SETUP, setup
from counterdesk.practice.moves import Plan, Wish
from counterdesk.practice.officers import officer
from counterdesk.practice.pump import ExecuteNow, Part, Pump, WriteFileNow
from counterdesk.practice.shift_leader import Says, ShiftLeader
from counterdesk.station.commands import (
    AcceptCase,
    AcknowledgeCase,
    AnyCommand,
    CallNext,
    CloseCounter,
    FinishTicket,
    HandOverCase,
    IssueTicket,
    OpenCase,
    OpenCounter,
    ReceiveCase,
    RequestSupplement,
    StartService,
)
from counterdesk.station.model import ENDED_TICKET, State
from counterdesk.station.roles import Actor

_BEFORE: Final = 30.0
"""Minutes before the course in which the officer before handed over what comes back in it."""


class Staging:
    """The citizens of a course, and the officer who was at the counter before. The key of a look is what is due."""

    name: ClassVar[str] = "course"

    def __init__(self, plan: Plan, index: Index, course: Course, counter: str) -> None:
        self.course = course
        self._plan = plan
        self._index = index
        self._counter = counter
        self._seen: set[str] = set()
        self._waited: list[int] = []
        self._stops: dict[str, int] = {}
        self._cases = tuple(
            f"{chance(course.seed, 'return', at).getrandbits(128):032x}" for at in range(len(course.returns))
        )
        self._files = tuple(for_a_department(index, course.seed, one.service, course.day) for one in course.returns)
        plan.reserved |= set(self._cases)

    def begin(self, before: datetime, now: datetime) -> None:
        """The course begins `now`; what has to be there by then is done from `before` on."""
        for at, file in enumerate(self._files):
            if file is not None:
                self._plan.look(before + timedelta(minutes=at), self.name, f"before {at} 0")
                self._plan.look(self._plan.after(now, self.course.returns[at].after), self.name, f"return {at}")
        for at, stop in enumerate(self.course.stops):
            if at == 0 or not self.course.one_by_one:
                self._plan.look(self._plan.after(now, stop.after), self.name, f"stop {at}")

    def notice(self, now: datetime, state: State) -> None:
        """See which ticket is whose, and let the next one come where they come one by one."""
        new = sorted(state.tickets.keys() - self._seen)
        self._seen = set(state.tickets)
        for ticket in new:
            if self._waited:
                number = self._waited.pop(0)
                if number >= 0:
                    self._stops[ticket] = number
        if not self.course.one_by_one or len(self._stops) >= len(self.course.stops):
            return
        last = next((ticket for ticket, at in self._stops.items() if at == len(self._stops) - 1), "")
        gone = last and (last not in state.tickets or state.tickets[last].state in (*ENDED_TICKET, "no_show"))
        if gone and not self._waited:
            self._plan.look(now, self.name, f"stop {len(self._stops)}")

    def stop_of(self, ticket: str) -> tuple[int, Stop] | None:
        """The place in the course and the citizen of a ticket; None for another one."""
        at = self._stops.get(ticket)
        return None if at is None else (at, self.course.stops[at])

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """What is due."""
        kind, *numbers = key.split()
        at = int(numbers[0])
        if kind == "before":
            return self._before(at, int(numbers[1]), now, state)
        if kind == "return":
            return self._returned(at, now, state)
        if at in self._waited or at in self._stops.values():
            return None
        stop = self.course.stops[at]
        self._waited.append(at)
        return Wish(command=IssueTicket(group=self._group(stop.service), service=stop.service), actor=MACHINE)

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """Without a ticket nobody waits; what else is refused happens later, or not at all."""
        if isinstance(wish.command, IssueTicket):
            self._waited.pop()
        elif key.startswith("return"):
            self._plan.look(now + timedelta(seconds=10), self.name, key)

    def _group(self, service: str) -> str:
        return self._index.service(service).group

    def _before(self, at: int, step: int, now: datetime, state: State) -> Wish | None:
        """One step of what the officer before did, and look at the next one."""
        case, service = self._cases[at], self.course.returns[at].service
        counter, group = self._counter, self._group(service)
        commands: tuple[AnyCommand, ...] = (
            IssueTicket(group=group, service=service),
            OpenCounter(counter=counter, groups=tuple(state.groups)),
            CallNext(counter=counter),
            StartService(counter=counter),
            OpenCase(counter=counter, case=case, service=service),
            ReceiveCase(case=case),
            AcceptCase(case=case),
            HandOverCase(case=case),
            FinishTicket(counter=counter, outcome="done"),
            CloseCounter(counter=counter),
        )
        if step + 1 < len(commands):
            self._plan.look(now + timedelta(seconds=2), self.name, f"before {at} {step + 1}")
        if step == 0:
            self._waited.append(-1)
            return Wish(command=commands[0], actor=MACHINE)
        file = self._files[at] if isinstance(commands[step], ReceiveCase) else None
        if file is not None:
            file = msgspec.structs.replace(file, case=case, catalog=self._index.catalog.sha256)
        return Wish(command=commands[step], actor=officer(counter), file=file)

    def _returned(self, at: int, now: datetime, state: State) -> Wish | None:
        """The department has the case, and asks for more."""
        case = state.cases.get(self._cases[at])
        if case is None or case.handoff is None or case.returned:
            return None
        reviewer = Actor(id=f"R-{case.department}", role="reviewer", department=case.department)
        if case.status == "accepted":
            self._plan.look(now, self.name, f"return {at}")
            return Wish(command=AcknowledgeCase(case=case.id, reference=f"{case.department}-{at + 1}"), actor=reviewer)
        file = self._files[at]
        assert file is not None  # the case is here only where there is one
        codes = sorted(code for code, mark in file.materials.items() if mark == "verified")
        items = tuple(codes[:1]) or ("IDT",)
        return Wish(command=RequestSupplement(case=case.id, items=items), actor=reviewer)


class CourseHall(Pump):
    """A hall in which nothing happens but one course. speed: minutes of it in a minute of the clock."""

    def __init__(
        self, course: Course, speed: float, index: Index, counter: str, leader_says: Says | None = None
    ) -> None:
        """leader_says: what the shift leader answers; None where nobody leads."""
        if speed <= 0:
            raise ValueError("a hall needs a speed above 0")
        plan = Plan(course.seed, index, frozenset({counter}))
        plan.pace = speed
        self._index = index
        self.staging = Staging(plan, index, course, counter)
        self._departments = Departments(plan)
        self._patience = Patience(plan) if course.level == "rush" else None
        self._leader = ShiftLeader(plan, leader_says) if leader_says is not None else None
        parts: tuple[Part | None, ...] = (self.staging, self._departments, self._patience, self._leader)
        super().__init__(plan, (part for part in parts if part is not None))

    def warm_up(
        self,
        execute: ExecuteNow,
        write_file: WriteFileNow,
        state: Callable[[], State],
        now: datetime,
        minutes: float = _BEFORE,
    ) -> None:
        """The course begins `now`; whoever comes first is there."""
        before = now - timedelta(minutes=minutes)
        self._prefix = f"course-{self.staging.course.seed}-{int(now.timestamp() * 1000):x}"
        if not state().counters:
            execute(f"setup-{self._prefix}", setup(self._index), SETUP, before)
        self.staging.begin(before, now)
        self.play(execute, write_file, state, now)

    def _seen(self, now: datetime, state: State) -> None:
        self.staging.notice(now, state)
        self._departments.notice(now, state)
        if self._patience is not None:
            self._patience.notice(now, state)
        if self._leader is not None:
            self._leader.notice(state)

    def stop_of(self, ticket: str, now: datetime, state: State) -> tuple[int, Stop] | None:
        """See `Staging.stop_of`; up to date with `state`."""
        self._notice(now, state)
        return self.staging.stop_of(ticket)
