"""What the screens at which somebody works have in common: the bars around the panels, and what is said below them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from counterdesk.catalog.index import Index
from counterdesk.desk.handle import DeskHandle
from counterdesk.desk.state import Changes, Notice
from counterdesk.locale import Words
from counterdesk.quiet import quiet
from counterdesk.screens.sign_in import Away
from counterdesk.screens.views.bars import status_cells
from counterdesk.screens.views.notices import notice_text
from counterdesk.screens.views.scene import Scene
from counterdesk.widgets.base import DeskScreen
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.status_bar import StatusBar
from counterdesk.widgets.values import Cell, Style

MIN_COLUMNS, MIN_ROWS = 80, 24
WIDE_COLUMNS = 100
REFRESH_SECONDS = 5.0
"""How often waiting times and the age of the data are looked at when nothing happens."""


@quiet
@dataclass(frozen=True, slots=True)
class Workplace:
    """What a screen is given to work with. clock: the time at the station. keys: by action, where they can be moved.
    leave ends the program once nothing is on its way; step_away ends the session."""

    desk: DeskHandle
    index: Index
    words: Words
    clock: Callable[[], datetime]
    keys: Mapping[str, str]
    leave: Callable[[], None]
    step_away: Callable[[Away], None]


class WorkScreen(DeskScreen[None]):
    """A status bar above the panels; one line of news and the keys below them. A subclass composes the panels."""

    PANELS: ClassVar[str]
    """The container that gets the class `narrow`."""
    OFFLINE: ClassVar[str]
    """The words for a line that is lost, where no reason is known."""

    def __init__(self, place: Workplace) -> None:
        super().__init__()
        self.desk = place.desk
        self.index = place.index
        self.words = place.words
        self.keys = place.keys
        self.leave = place.leave
        self.step_away = place.step_away
        self._clock = place.clock
        self._link = ("", "")
        self._was_behind = False

    def compose_panels(self) -> ComposeResult:
        """What stands between the bars."""
        raise NotImplementedError

    def changed(self, changes: Changes) -> None:
        """The desk has news: tell, follow up, show."""
        raise NotImplementedError

    def present(self) -> None:
        """Show the moment; every panel repaints only what differs."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield StatusBar(id="status")
        yield from self.compose_panels()
        yield MessageLine(id="message")
        yield KeyBar(id="keys")
        yield MessageLine(id="too-small")

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self.set_interval(REFRESH_SECONDS, self._time_goes_by)

    def on_screen_suspend(self) -> None:
        """Another screen is in front."""
        self._was_behind = True

    def on_screen_resume(self) -> None:
        """In front again: meanwhile time has gone by."""
        if self._was_behind and self.is_mounted:
            self._show_status(self.scene())
            self._refresh()

    def on_resize(self) -> None:
        small = self.size.width < MIN_COLUMNS or self.size.height < MIN_ROWS
        if small != self.has_class("small"):
            self.set_class(small, "small")
        if small:
            text = self.words("small", columns=self.size.width, rows=self.size.height)
            self.query_one("#too-small", MessageLine).say(text, "warn")
        self.query_one(self.PANELS).set_class(self.narrow, "narrow")
        self.call_after_refresh(self.present)

    @property
    def in_front(self) -> bool:
        """Whether no other screen hides this one: what nobody sees need not be worked out."""
        return self.app.screen is self

    @property
    def narrow(self) -> bool:
        """Whether the panels do not all fit side by side."""
        return self.size.width < WIDE_COLUMNS

    def scene(self) -> Scene:
        """The moment as it is now, as every view reads it."""
        return Scene(self.desk.state, self.index, self.words, self._clock())

    def say(self, text: str, style: Style = "") -> None:
        """Put one line under the panels."""
        self.query_one("#message", MessageLine).say(text, style)

    def _tell(self, scene: Scene, notice: Notice) -> None:
        """Put what became of something into words, where it has any."""
        text, style = notice_text(scene, notice)
        if text:
            self.say(text, style)

    def status(self, scene: Scene) -> tuple[Cell, ...]:
        """What stands on the status bar beside the time."""
        return status_cells(scene, narrow=self.narrow)

    def _show_status(self, scene: Scene) -> None:
        self.query_one("#status", StatusBar).show(self.status(scene), f"{scene.now:%H:%M:%S}")

    def _tick(self) -> None:
        if self.in_front:
            self._show_status(self.scene())

    def _time_goes_by(self) -> None:
        if self.in_front:
            self._refresh()

    def _refresh(self) -> None:
        """Time goes by."""
        self.present()

    def _tell_link(self, scene: Scene) -> None:
        """Say once that the line is lost, and why where that is known, and once that it is back."""
        status, hint = scene.desk.link.status, scene.desk.link.hint
        if (status, hint) != self._link and status in ("online", "offline"):
            if status == "offline":
                self.say(self.words(f"unreachable.{hint}" if hint else self.OFFLINE), "block")
            elif self._link[0] == "offline":
                self.say(self.words("say.online"), "ok")
            self._link = (status, hint)

    def display_in(self, box: str, shown: Widget) -> None:
        """Let one of the panels in a container be in sight; the keys go with it if they were on another one there."""
        focused, container = self.focused, self.query_one(box)
        within = focused is None or focused.parent is container or not focused.display
        for widget in container.children:
            widget.set_class(widget is not shown, "hidden")
        if within and focused is not shown:
            self.set_focus(shown, scroll_visible=False)
