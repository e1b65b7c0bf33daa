"""A trainee at his desk: the whole screen on the test's own loop, with a course, under a clock that stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from counterdesk.app import CounterdeskApp
from counterdesk.desk.classroom import Classroom
from counterdesk.desk.desk import Desk
from counterdesk.desk.handle import DeskInline
from counterdesk.desk.printer import Printer
from counterdesk.practice.collection import find
from counterdesk.practice.course import Course, Level, Stop
from counterdesk.practice.keeping import Keeper
from counterdesk.practice.lesson import Lesson, PracticeClock, Sitting
from counterdesk.practice.scenario import Scenario
from counterdesk.screens.course_acts import CourseRoom
from counterdesk.screens.teaching import Teaching
from counterdesk.station.model import Ticket
from tests.ui.screens.counter import COUNTER, KEYS, NOW, AtCounter, the_index, the_words

TRAINEE = "T001"


def course_of(*names: str, level: Level = "hints", seed: int = 7, **more: Any) -> Course:
    """A course through these scenarios, all of whose citizens are there from the beginning."""
    day = NOW.date()
    stops = []
    for place, name in enumerate(names):
        found = find(the_index(), name, day, place + seed)
        stops.append(Stop(scenario=name, service=found.service, day=day, seed=place + seed))  # type: ignore[union-attr]
    return Course(level=level, seed=seed, day=day, stops=tuple(stops), **more)


class AtLesson(AtCounter):
    """The running screen of a trainee."""

    @property
    def teaching(self) -> Teaching:
        """Practice on this screen."""
        assert self.screen.teaching is not None
        return self.screen.teaching

    @property
    def lesson(self) -> Lesson:
        """The lesson."""
        return self.teaching.lesson

    @property
    def sitting(self) -> Sitting:
        """Who sits at the counter."""
        assert self.lesson.sitting is not None
        return self.lesson.sitting

    @property
    def scenario(self) -> Scenario:
        """His scenario."""
        return self.sitting.scenario

    @property
    def open_page(self) -> str:
        """Which page is open."""
        return self.screen.page

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All tickets of the station."""
        return tuple(self.scene.station.tickets.values())

    async def sit(self) -> None:
        """F2, F3: the next citizen sits there and his form is open."""
        await self.serve()
        await self.until(lambda: self.scene.file is not None and self.lesson.sitting is not None, "a citizen")


@asynccontextmanager
async def at_lesson(
    course: Course,
    *,
    size: tuple[int, int] = (120, 40),
    language: str = "zh_CN",
    printer: Printer | None = None,
    now: datetime = NOW,
    pace: float = 0.0,
) -> AsyncIterator[AtLesson]:
    """A trainee whose course has begun: the briefing is open. pace: of what plays itself; 0 waits for nothing."""
    clock = [now]
    station = PracticeClock(lambda: clock[0])
    index = the_index()
    lesson = Lesson(index, COUNTER)
    classroom = Classroom(lesson, station, index, course)
    room = CourseRoom(lesson, station, lambda: classroom, Keeper(TRAINEE), pace=pace)
    desk = Desk(classroom.backend, COUNTER, TRAINEE, "", clock=station)
    app = CounterdeskApp(
        DeskInline(desk),
        index,
        the_words(language),
        KEYS,
        clock=lambda: clock[0],
        printer=printer,
        teach=lambda screen: Teaching(screen, room),
        station_clock=station,
    )
    async with app.run_test(size=size) as pilot:
        stage = AtLesson(pilot, classroom.backend.world, classroom.backend, desk, clock)  # type: ignore[arg-type]
        await stage.until(lambda: lesson.course is not None, "the course")
        await stage.until(lambda: stage.scene.counter is not None and stage.scene.counter.state == "open", "opening")
        await stage.until(lambda: stage.scene.station.tickets, "somebody who waits")
        await stage.quiet()
        yield stage


def later(stage: AtLesson, seconds: float) -> None:
    """The clock moves on."""
    stage._clock[0] += timedelta(seconds=seconds)
