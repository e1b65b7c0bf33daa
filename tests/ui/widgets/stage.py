"""One or a few widgets on a screen of their own, with everything they say kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from counterdesk.widgets.base import DeskScreen

M = TypeVar("M", bound=Message)


class StageScreen(DeskScreen[None]):
    """The widgets, one below the other."""

    def __init__(self, widgets: tuple[Widget, ...]) -> None:
        super().__init__()
        self._widgets = widgets

    def compose(self) -> ComposeResult:
        """Them."""
        yield from self._widgets


class Stage(App[None]):
    """The App around them."""

    CSS_PATH = "../../../counterdesk/counterdesk.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, palette: str = "dark") -> None:
        super().__init__(ansi_color=True)
        self._widgets = widgets
        self.palette = palette

    def get_default_screen(self) -> Screen[None]:
        """The stage."""
        return StageScreen(self._widgets)


class Play:
    """A running stage."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.heard: list[Message] = []

    def said(self, kind: type[M]) -> list[M]:
        """The messages of exactly this kind so far."""
        return [message for message in self.heard if type(message) is kind]

    async def press(self, *keys: str) -> None:
        """Presses keys and lets the widgets settle."""
        await self.pilot.press(*keys)

    async def settle(self) -> None:
        """Lets everything that was posted be handled."""
        await self.pilot.pause()

    def lines(self, widget: Widget | None = None) -> list[str]:
        """What stands on the screen, or on the part of it that a widget has, as text."""
        rows = [strip.text for strip in self.pilot.app.screen._compositor.render_strips()]
        if widget is None:
            return rows
        assert widget.region.x == 0, "only whole lines can be told apart by text"
        return rows[widget.region.y : widget.region.bottom]

    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines())

    def refreshed(self, act: Callable[[], None], widget: Widget) -> set[int]:
        """The lines of a widget that an act refreshes."""
        widget._exchange_repaint_regions()
        act()
        return {y for region in widget._exchange_repaint_regions() for y in region.line_range}


@asynccontextmanager
async def staged(
    *widgets: Widget, size: tuple[int, int] = (60, 16), palette: str = "dark", focus: bool = True
) -> AsyncIterator[Play]:
    """Puts widgets on a stage; the first has the focus."""
    heard: list[Message] = []

    def hear(message: Message) -> None:
        # a message that bubbles is heard again at each node
        if not any(message is known for known in heard):
            heard.append(message)

    async with Stage(*widgets, palette=palette).run_test(size=size, message_hook=hear) as pilot:
        play = Play(pilot)
        play.heard = heard
        if focus:
            widgets[0].focus()
        await pilot.pause()
        yield play
