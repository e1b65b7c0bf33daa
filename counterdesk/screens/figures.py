"""The figures on a screen: periods, parts and bars by keyboard, on top of the screen that they were called from."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from counterdesk.catalog.index import Index
from counterdesk.desk.handle import DeskHandle
from counterdesk.locale import Words
from counterdesk.quiet import quiet
from counterdesk.screens.sign_in import Away
from counterdesk.screens.views.bars import status_cells
from counterdesk.screens.views.figures import MEASURES, Measure, figures_help, figures_view
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import TIMEZONE
from counterdesk.station.summary import BY, By, Query
from counterdesk.widgets.base import DeskScreen
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.status_bar import StatusBar
from counterdesk.widgets.values import KeyHint

Period = Literal["day", "week", "month"]


@quiet
@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see. day: a day in the period. mine: only what he served himself."""

    day: date
    period: Period = "day"
    by: By = "group"
    mine: bool = False
    measure: Measure = "tickets"

    def span(self) -> tuple[date, date]:
        """The first and the last day: a day, a week from Monday on, a month of the calendar."""
        match self.period:
            case "day":
                return self.day, self.day
            case "week":
                monday = self.day - timedelta(days=self.day.weekday())
                return monday, monday + timedelta(days=6)
            case "month":
                last = calendar.monthrange(self.day.year, self.day.month)[1]
                return self.day.replace(day=1), self.day.replace(day=last)

    def moved(self, periods: int) -> Wish:
        """So many periods later."""
        first, last = self.span()
        return replace(self, day=last + timedelta(days=1) if periods > 0 else first - timedelta(days=1))

    def query(self, officer: str) -> Query:
        """As it is asked."""
        first, last = self.span()
        return Query(first=first, last=last, by=self.by, officer=officer if self.mine else "")


KEYS = (
    ("F1", "help"),
    ("←→", "by"),
    ("D W M", "period"),
    ("PgUp PgDn", "move"),
    ("O", "mine"),
    ("V", "measure"),
    ("R", "again"),
    ("Esc", "back"),
)
"""The keys of the figures and the codes of what they do."""


class FiguresScreen(DeskScreen[None]):
    """Tickets, waits and service of the hall, and of oneself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("ctrl+q", "leave", show=False),
        Binding("f1", "explain", show=False),
        Binding("left", "by(-1)", show=False),
        Binding("right,tab", "by(1)", show=False),
        Binding("d", "period('day')", show=False),
        Binding("w", "period('week')", show=False),
        Binding("m", "period('month')", show=False),
        Binding("pageup", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(1)", show=False, priority=True),
        Binding("o", "mine", show=False),
        Binding("v,space", "measure", show=False),
        Binding("r", "ask", show=False),
        Binding("ctrl+l", "lock", show=False),
    ]

    def __init__(
        self,
        desk: DeskHandle,
        index: Index,
        words: Words,
        clock: Callable[[], datetime],
        leave: Callable[[], None],
        step_away: Callable[[Away], None],
    ) -> None:
        """leave takes this screen away; step_away ends the session."""
        super().__init__()
        self._desk, self._index, self._words, self._clock = desk, index, words, clock
        self._leave, self._step_away = leave, step_away
        self.wish = Wish(self._today())
        self.explained = False

    def _today(self) -> date:
        return self._clock().astimezone(TIMEZONE).date()

    def compose(self) -> ComposeResult:
        """The state of the line, the figures, the keys."""
        yield StatusBar(id="status")
        yield LinePanel(id="figures")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Ask at once."""
        self.query_one(LinePanel).focus()
        self.set_interval(1.0, self._tick)
        self.action_ask()

    def on_resize(self) -> None:
        """Laid out anew."""
        self.call_after_refresh(self.present)

    def _tick(self) -> None:
        scene = Scene(self._desk.state, self._index, self._words, self._clock())
        self.query_one(StatusBar).show(status_cells(scene, narrow=self.size.width < 100), f"{scene.now:%H:%M:%S}")

    def present(self) -> None:
        """Show what is known."""
        if not self.is_mounted:
            return
        self._tick()
        panel = self.query_one(LinePanel)
        keys = [KeyHint(key, self._words(f"figures.key.{name}"), True) for key, name in KEYS]
        self.query_one(KeyBar).show(tuple(keys))
        if self.explained:
            panel.show(figures_help(self._words, KEYS, self.size.width - 2))
            return
        asked = self._desk.state.figures
        shown = asked if asked is not None and asked.query == self._query() else None
        panel.show(
            figures_view(
                *(shown, self._query(), self.wish.measure, self._words, self._index),
                width=self.size.width - 2,
                at=panel.cursor_id,
            )
        )

    def _query(self) -> Query:
        session = self._desk.state.session
        return self.wish.query(session.actor.id if session is not None else "")

    @on(LinePanel.Highlighted)
    def _highlighted(self) -> None:
        self.present()

    # Keys.

    def action_ask(self) -> None:
        """Have it counted now."""
        query = self._query()
        self._desk.call(lambda desk: desk.ask_figures(query))
        self.present()

    def _want(self, wish: Wish) -> None:
        self.explained = False
        if wish != self.wish:
            before, self.wish = self._query(), wish
            if self._query() != before:
                self.action_ask()
            self.present()

    def action_by(self, step: int) -> None:
        """Another way to tell the parts apart."""
        self._want(replace(self.wish, by=BY[(BY.index(self.wish.by) + step) % len(BY)]))

    def action_period(self, period: Period) -> None:
        """The day, week or month around the present one; the same key again leads back to today."""
        day = self._today() if period == self.wish.period else self.wish.day
        self._want(replace(self.wish, period=period, day=day))

    def action_move(self, step: int) -> None:
        """The period before or after; nothing is known of days to come."""
        moved = self.wish.moved(step)
        if moved.span()[0] <= self._today():
            self._want(moved)

    def action_mine(self) -> None:
        """Only one's own, or the hall's."""
        self._want(replace(self.wish, mine=not self.wish.mine))

    def action_measure(self) -> None:
        """What the bars are of."""
        following = MEASURES[(MEASURES.index(self.wish.measure) + 1) % len(MEASURES)]
        self._want(replace(self.wish, measure=following))

    def action_explain(self) -> None:
        """What the keys do and the columns mean, or the figures again."""
        self.explained = not self.explained
        self.present()

    def action_back(self) -> None:
        """From the explanation to the figures, from there back to where they were called from."""
        if self.explained:
            self.action_explain()
        else:
            self._leave()

    def action_leave(self) -> None:
        """Back to where it was called from."""
        self._leave()

    def action_lock(self) -> None:
        """Whoever locks the desk locks this too."""
        self._step_away("locked")
