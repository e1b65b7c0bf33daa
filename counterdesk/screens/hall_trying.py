"""The leader tries what a change would bring: today, or ordinary days, are played beside the screen, row by row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from counterdesk.catalog.model import Catalog
from counterdesk.screens import questions as q
from counterdesk.screens.beside import beside
from counterdesk.screens.views.hall_whatif import CHOICES, DAYS, TRUTH, Trial, lever_in_words
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import TIMEZONE
from counterdesk.station.past_day import Excerpt, NoSuchDay, day_of
from counterdesk.station.planning import BREATH
from counterdesk.station.whatif import Day, ordinary_day, replay, truth_of
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.hall import HallScreen

SEED = 7


def days_of(catalog: Catalog) -> tuple[Day, ...]:
    """The days that are played: always the same people, so that only the change makes a difference."""
    return tuple(ordinary_day(catalog, SEED + number) for number in range(DAYS))


class Trying:
    """The what-if of one leader's screen."""

    def __init__(self, screen: HallScreen, before: Trying | None = None) -> None:
        """before: that of this leader's screen when he last was there."""
        self._screen = screen
        self._ordinary: Sequence[Day] = before._ordinary if before is not None else ()
        self._today: Sequence[Day] = ()
        self.trial: Trial = replace(before.trial, running=False) if before is not None else Trial()
        self._seen: bool = before is not None and before._seen

    def enter(self) -> None:
        """The section gets the cursor: of a day that goes on there may be more by now."""
        scene = self._screen.scene()
        if not self._seen:
            self._seen = True
            self.trial = replace(self.trial, today=bool(scene.station.issued) and scene.station.day == _date(scene.now))
        if self.trial.today and not self.trial.running:
            self._forget_today()
        self.begin()

    def switch(self) -> None:
        """From today to ordinary days, or back."""
        self.trial = replace(self.trial, today=not self.trial.today)
        self.enter()
        self._screen.present()

    def _forget_today(self) -> None:
        self._today = ()
        self.trial = replace(self.trial, found_today={}, trouble="")

    def begin(self) -> None:
        """Play every row that has not been played."""
        trial = self.trial
        if not trial.running and not trial.over:
            self.trial = replace(trial, running=True)
            self._screen.run_worker(self._play(trial.today), group="whatif", exit_on_error=False)

    async def _play(self, today: bool) -> None:
        try:
            days = await self._days(today)
            while days and today == self.trial.today and (row := self.trial.next_row) is not None:
                levers = self.trial.levers(row)
                if row == TRUTH:
                    result = truth_of(days)
                else:
                    result = await beside(replay, days, levers)
                if self.trial.levers(row) == levers:  # else it was set differently meanwhile
                    self.trial = self.trial.with_result(today, row, result)
                    self._screen.present()
                await asyncio.sleep(BREATH)
        except NoSuchDay:
            self.trial = replace(self.trial, trouble="nobody")
        finally:
            self.trial = replace(self.trial, running=False)
        self._screen.present()
        self.begin()  # the other days, if they are wanted by now

    async def _days(self, today: bool) -> Sequence[Day]:
        """The days to be played; none where today cannot be read. Raises: NoSuchDay."""
        index = self._screen.index
        if not today:
            if not self._ordinary:
                self._ordinary = await beside(days_of, index.catalog)
            return self._ordinary
        if not self._today:
            now = self._screen.scene().now.astimezone(TIMEZONE)
            excerpt = await self._read(now)
            if excerpt is None:
                self.trial = replace(self.trial, trouble="unread")
                return ()
            closes = excerpt.known.settings.closes
            goes_on = now if now.hour * 60 + now.minute < closes else None
            day = await beside(day_of, excerpt, now.date(), index, goes_on)
            self.trial = replace(self.trial, until=f"{now:%H:%M}", came=len(day.guests), done=len(day.truth))
            self._today = (day,)
        return self._today

    async def _read(self, now: datetime) -> Excerpt | None:
        """Today's part of the stream, which the desk reads on its own loop."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Excerpt | None] = loop.create_future()

        def told(excerpt: Excerpt | None) -> None:
            if not answer.done():
                answer.set_result(excerpt)

        day = now.date()
        self._screen.desk.call(
            lambda desk: desk.read_day(day, lambda excerpt: loop.call_soon_threadsafe(told, excerpt))
        )
        return await answer

    def choose(self, scene: Scene, row: str) -> None:
        """Enter on a row: what its lever is to be set to."""
        words = scene.words
        if row not in CHOICES:
            self._screen.say(words(f"hall.whatif.about.{row}"))
            return
        rows = [(str(at), lever_in_words(scene, levers), "", "") for at, levers in enumerate(CHOICES[row])]
        view = ChooserView(
            f"whatif:{row}", words(f"hall.whatif.lever.{row}"), words("hall.whatif.choose"), q.numbered(rows)
        )
        self._screen.ask(q.Question(view, lambda choice: self._set(row, int(choice))))

    def _set(self, row: str, at: int) -> None:
        self.trial = self.trial.with_lever(row, at)
        self.begin()


def _date(now: datetime) -> date:
    return now.astimezone(TIMEZONE).date()
