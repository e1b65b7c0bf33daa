"""A trainee at his desk: the whole screen on the test's own loop, with a course, under a clock that stands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from textual import events
from textual.keys import _character_to_key

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

    async def press(self, *keys: str) -> None:
        """As ever, but waits for what the keys do and not for the processor to rest: a tenth of the time."""
        for key in keys:
            name = KEYS.get(key, key)
            character = name if len(name) == 1 else None
            event = events.Key(_character_to_key(name) if character else name, character)
            event.set_sender(self.pilot.app)
            self.pilot.app.post_message(event)
            await self._passed()
        await self.quiet()

    async def until(self, done: Callable[[], object], what: str = "") -> None:
        """Waits until this holds."""
        end = time.monotonic() + 10
        while not done():
            assert time.monotonic() < end, f"{what or 'it'} never came:\n{self.text()}"
            await asyncio.sleep(0.005)
        await self._passed()

    async def quiet(self) -> None:
        """Waits until nothing is under way and the screen knows it."""
        await self._passed()
        desk = self.desk
        await self.until(
            lambda: not desk.state.pending and not desk._areas and "saving" not in desk.state.file_status.values(),
            "an answer",
        )

    async def _passed(self) -> None:
        """Waits until all messages that are on their way have arrived, and those that they brought about."""
        for node in (self.pilot.app, self.screen, self.screen.focused or self.screen, self.screen, self.pilot.app):
            done = asyncio.Event()
            node.call_later(done.set)
            async with asyncio.timeout(10):  # a screen that ended answers no more
                await done.wait()
        await self.screen.typed_through()

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
    whole: Course | None = None,
) -> AsyncIterator[AtLesson]:
    """A trainee whose course has begun: the briefing is open. pace: of what plays itself; 0 waits for nothing.
    whole: what the course comes to, where it begins with its first citizen alone."""
    clock = [now]
    station = PracticeClock(lambda: clock[0])
    index = the_index()
    lesson = Lesson(index, COUNTER)
    classroom = Classroom(lesson, station, index, course)
    room = CourseRoom(
        lesson, station, lambda: classroom, Keeper(TRAINEE), pace=pace, whole=(lambda: whole) if whole else None
    )
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
    # What a burst of news waits for at a real screen is most of the time that a test takes.
    with patch("counterdesk.app.DRAIN_SECONDS", 0.01):
        async with app.run_test(size=size) as pilot:
            stage = AtLesson(pilot, classroom.backend.world, classroom.backend, desk, clock)  # type: ignore[arg-type]
            await stage.until(lambda: lesson.course is not None, "the course")
            await stage.until(
                lambda: stage.scene.counter is not None and stage.scene.counter.state == "open", "opening"
            )
            await stage.until(lambda: stage.scene.station.tickets, "somebody who waits")
            await stage.quiet()
            yield stage


def later(stage: AtLesson, seconds: float) -> None:
    """The clock moves on, and the screen looks at it."""
    stage._clock[0] += timedelta(seconds=seconds)
    stage.screen._tick()
