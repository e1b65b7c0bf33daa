"""Where a course is held: a practice station for each of its parts, one after the other, and who comes there next.

All of it happens on the desk's loop; a screen reaches it through `DeskHandle.call`.
"""

from __future__ import annotations

import msgspec

from counterdesk.backends.practice import PracticeBackend
from counterdesk.catalog.index import Index
from counterdesk.practice.course import Course, Stop
from counterdesk.practice.lesson import Lesson, PracticeClock
from counterdesk.practice.world import World
from counterdesk.station.commands import IssueTicket
from counterdesk.station.events import TicketIssued
from counterdesk.station.roles import Actor

MACHINE = Actor(id="machine", role="ticket_machine")


class Classroom:
    """A desk's practice station. index: the rules. speed: of the hall around the course."""

    def __init__(self, lesson: Lesson, clock: PracticeClock, index: Index, speed: float = 1.0) -> None:
        self._lesson = lesson
        self._clock = clock
        self._index = index
        self._speed = speed
        self._parts: list[Course] = []
        self._issued = 0
        self.backend = PracticeBackend(world=self._world(hall=False, seed=0))

    def _world(self, *, hall: bool, seed: int) -> World:
        counter = self._lesson.counter
        return World(
            seed=seed,
            speed=self._speed,
            clock=self._clock,
            hall=hall,
            staffed=(counter,),
            index=self._index,
            archives=self._lesson,
        )

    def start(self, course: Course) -> None:
        """Hold a course, from its first part on."""
        self._parts = list(self._lesson.begin(course))
        self._open()

    def again(self, stop: Stop) -> None:
        """Somebody who was here comes once more, alone; those of the course who are still to come, come after him."""
        before = self._parts[0]
        rest = self._lesson.waiting(before)
        day = self._lesson.scenario(stop).day
        alone = {"stops": (stop,), "calls": (), "returns": (), "drops": ()}
        self._parts[:1] = [msgspec.structs.replace(before, level="hints", day=day, **alone)]
        if rest:
            self._parts.insert(1, msgspec.structs.replace(before, stops=rest))
        self._open()

    def _open(self) -> None:
        part = self._parts[0]
        self._clock.begin(part.day)
        self._lesson.open(part)
        self.backend.move_to(self._world(hall=part.level == "rush", seed=part.seed), self._lesson.counter)
        self._issued = 0
        for _ in part.stops[: 1 if part.one_by_one else None]:
            self._comes()

    def _comes(self) -> None:
        """The next citizen takes his ticket."""
        stop = self._parts[0].stops[self._issued]
        self._issued += 1
        command = IssueTicket(group=self._index.service(stop.service).group, service=stop.service)
        answer = self.backend.world.station.execute(f"stop-{self._issued}", command, MACHINE, self._clock())
        for recorded in answer.events:
            if isinstance(recorded.event, TicketIssued):
                self._lesson.takes(recorded.event.ticket, stop)

    @property
    def more(self) -> bool:
        """Whether somebody of the course is still to be served."""
        return len(self._parts) > 1 or bool(self._parts and self._lesson.waiting(self._parts[0]))

    def go_on(self) -> None:
        """The citizen before has gone: the next one comes, if need be at the station of the next part."""
        if not self._parts:
            return
        if self._issued < len(self._parts[0].stops):
            self._comes()
        elif len(self._parts) > 1 and not self._lesson.waiting(self._parts[0]):
            self._parts.pop(0)
            self._open()
