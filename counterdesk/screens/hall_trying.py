"""The leader tries what a change would bring: ordinary days are played beside the screen, row by row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from counterdesk.catalog.model import Catalog
from counterdesk.screens import questions as q
from counterdesk.screens.views.hall_whatif import ALL, BASE, CHOICES, DAYS, Trial, lever_in_words
from counterdesk.screens.views.scene import Scene
from counterdesk.station.planning import BREATH
from counterdesk.station.whatif import Day, Levers, Result, ordinary_day, replay
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.hall import HallScreen

SEED = 7


def days_of(catalog: Catalog) -> tuple[Day, ...]:
    """The days that are played: always the same people, so that only the change makes a difference."""
    return tuple(ordinary_day(catalog, SEED + number) for number in range(DAYS))


class Trying:
    """The what-if of one leader's screen."""

    def __init__(self, screen: HallScreen, trial: Trial | None = None) -> None:
        """trial: what was tried before."""
        self._screen = screen
        self._days: Sequence[Day] = ()
        self.trial = replace(trial, running=False) if trial is not None else Trial()

    def begin(self) -> None:
        """Play every row that has not been played."""
        trial = self.trial
        open_rows = [row for row in trial.rows if row not in trial.found]
        if open_rows and not trial.running:
            self.trial = replace(trial, running=True)
            self._screen.run_worker(self._play(open_rows), group="whatif", exit_on_error=False)

    async def _play(self, rows: list[str]) -> None:
        try:
            if not self._days:
                self._days = await asyncio.to_thread(days_of, self._screen.index.catalog)
            for row in rows:
                levers = self.trial.levers(row)
                result = await asyncio.to_thread(replay, self._days, levers)
                self._found(row, levers, result)
                await asyncio.sleep(BREATH)
        finally:
            self.trial = replace(self.trial, running=False)
        self._screen.present()
        self.begin()  # what was set differently meanwhile

    def _found(self, row: str, levers: Levers, result: Result) -> None:
        if self.trial.levers(row) == levers:  # else it was set differently meanwhile
            self.trial = replace(self.trial, found=self.trial.found | {row: result})
            self._screen.present()

    def choose(self, scene: Scene, row: str) -> None:
        """Enter on a row: what its lever is to be set to."""
        if row in (BASE, ALL):
            return
        words = scene.words
        rows = [(str(at), lever_in_words(scene, levers), "", "") for at, levers in enumerate(CHOICES[row])]
        view = ChooserView(
            f"whatif:{row}", words(f"hall.whatif.lever.{row}"), words("hall.whatif.choose"), q.numbered(rows)
        )
        self._screen.ask(q.Question(view, lambda choice: self._set(row, int(choice))))

    def _set(self, row: str, at: int) -> None:
        kept = {name: result for name, result in self.trial.found.items() if name not in (row, ALL)}
        self.trial = replace(self.trial, set=self.trial.set | {row: at}, found=kept)
        self.begin()
