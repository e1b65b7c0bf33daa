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


class Classroom:
    """A desk's practice station. index: the rules. speed: minutes of a course in a minute of the clock."""

    def __init__(self, lesson: Lesson, clock: PracticeClock, index: Index, course: Course, speed: float = 1.0) -> None:
        """course: which the desk begins with."""
        self._lesson = lesson
        self._clock = clock
        self._index = index
        self._speed = speed
        self._parts = list(lesson.begin(course))
        self.backend = PracticeBackend(world=self._set_up())

    def _set_up(self) -> World:
        """The station of the part that is next, at the beginning of its day."""
        part = self._parts[0]
        self._clock.begin(part.day)
        world = World(
            speed=self._speed,
            clock=self._clock,
            hall=False,
            staffed=(self._lesson.counter,),
            index=self._index,
            course=part,
            archives=self._lesson,
            leader_says=self._lesson.leader_says,
        )
        self._lesson.open(part, world.known_stop)
        return world

    def start(self, course: Course) -> None:
        """Hold another course, from its first part on."""
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
        self.backend.move_to(self._set_up(), self._lesson.counter)

    def lengthen(self, course: Course) -> None:
        """What the desk began with was the beginning of this course of people who come one by one: let the others come
        too. Nothing happens if another course was begun meanwhile."""
        begun = self._lesson.course
        if begun is None or begun.stops != course.stops[: len(begun.stops)]:
            return
        day = self._parts[0].day
        self._parts = sorted(self._lesson.lengthen(course), key=lambda part: part.day != day)
        self.backend.world.lengthen(self._parts[0])

    @property
    def elapsed(self) -> float:
        """Seconds of the part that is held now. Any thread may ask."""
        return self.backend.world.elapsed()

    @property
    def more(self) -> bool:
        """Whether somebody of the course is still to be served."""
        return len(self._parts) > 1 or bool(self._parts and self._lesson.waiting(self._parts[0]))

    def go_on(self) -> None:
        """Nobody of this part is here any more: the next part begins, where there is one."""
        if len(self._parts) > 1 and not self._lesson.waiting(self._parts[0]):
            self._parts.pop(0)
            self._open()
