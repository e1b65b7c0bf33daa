"""What the panels stand on: a screen that repaints nothing needlessly, and widgets that are drawn line by line."""

from __future__ import annotations

import asyncio
import time
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events, on
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget

from counterdesk import text
from counterdesk.widgets.guard import Guard, install_guard, tolerate_bad_input
from counterdesk.widgets.looks import STYLES, Palette, look
from counterdesk.widgets.surface import LeanCompositor
from counterdesk.widgets.values import Align

__all__ = [
    "STYLES",
    "DeskScreen",
    "Drawn",
    "FromPanel",
    "Guard",
    "Palette",
    "Row",
    "Span",
    "bottom_of",
    "fit",
    "fitted",
    "framed",
    "install_guard",
    "look",
    "tolerate_bad_input",
    "top_of",
]

_SETTLED = 2.0
"""Seconds after which Textual no longer repeats the size of the terminal by itself, as it does while it starts."""

Span = tuple[str, str]
"""A text and the name of its style."""
Row = tuple[Span, ...]
"""One drawn line, from its left to its right end."""


class DeskScreen(Screen[ScreenResultType]):
    """A screen that writes only the cells that changed, and does not repaint when the focus moves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "redraw", "Redraw", show=False)]

    # Textual's reactive repaints the whole screen for each new focus; the widgets concerned repaint themselves anyway.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._compositor: LeanCompositor = LeanCompositor()
        self._told_size: Size | None = None
        self._mounted = time.monotonic()

    def on_mount(self) -> None:
        """Puts the guard in place, and trusts nothing after the program was suspended."""
        install_guard(self.app)
        self.app.app_resume_signal.subscribe(self, lambda _: self.action_redraw())

    def on_screen_suspend(self) -> None:
        """From now on another screen writes."""
        self._compositor.surface.forget()

    def _compositor_refresh(self) -> None:
        """Write what differs; nothing while another screen is in front.

        Textual lets the screen behind make the one in front repaint whole, in case that can be seen through. Here none
        can; whoever comes to the front again is painted whole.
        """
        if self is self.app.screen:
            super()._compositor_refresh()
        else:
            self._compositor._dirty_regions.clear()
            self._dirty_widgets.clear()

    @on(events.Resize)
    def _hear_size(self, event: events.Resize) -> None:
        """A terminal that says the same size again (it was attached anew) may show anything."""
        if event.size == self._told_size and time.monotonic() - self._mounted > _SETTLED:
            self.action_redraw()
        self._told_size = event.size

    def action_redraw(self) -> None:
        """Writes everything anew (something else wrote to the terminal)."""
        self._compositor.surface.forget()
        self.refresh()

    async def typed_through(self) -> None:
        """Wait until the keys before this one have done their work.

        A key that is bound here overtakes characters that still lie in a panel's queue, and the messages that climb
        from there to the screen; with a fast hand, a scanner or a slow line they would end in the wrong place.
        """
        node: MessagePump | None = self.focused
        while isinstance(node, Widget) and node.is_running:
            passed = asyncio.Event()
            node.call_later(passed.set)
            try:
                await asyncio.wait_for(passed.wait(), 0.5)
            except TimeoutError:
                return
            if node is self:
                return
            node = node.parent


def fit(words: str, width: int, align: Align = "left") -> str:
    """The text made safe, cut or padded to exactly this many cells."""
    return text.fit(text.clean(words), width, align=align)


def fitted(words: str, width: int, style: str, align: Align = "left") -> Row:
    """The same as spans, of which only the words have the style: no underlined or reversed blanks."""
    padded = fit(words, width, align)
    core = padded.strip(" ")
    lead = len(padded) - len(padded.lstrip(" ")) if core else 0
    return ((padded[:lead], ""), (core, style), (padded[lead + len(core) :], ""))


def top_of(title: str, note: str, width: int, focused: bool) -> Row:
    """The upper edge of a frame: the title at its left, reversed where the focus is; the note at its right."""
    room = width - 2
    note, title = text.clean(note), text.clean(title)
    note = text.fit(note, min(text.cells(note), max(room - 8, 0)))
    end = f" {note} " if note else ""
    title = text.fit(title, min(text.cells(title), max(room - text.cells(end) - 2, 0)))
    start = f" {title} " if title else ""
    fill = "─" * max(room - text.cells(start) - text.cells(end), 0)
    return (("┌", "frame"), (start, "title-focus" if focused else "title"), (fill, "frame"), (end, ""), ("┐", "frame"))


def bottom_of(width: int) -> Row:
    """The lower edge of a frame."""
    return (("└" + "─" * (width - 2) + "┘", "frame"),)


def framed(spans: Row) -> Row:
    """A line between the sides of a frame."""
    return (("│", "frame"), *spans, ("│", "frame"))


class FromPanel(Message):
    """A message of a panel; its `control` lets `@on(..., "#id")` tell panels of one kind apart."""

    @property
    def control(self) -> DOMNode | None:
        """The panel."""
        return self._sender if isinstance(self._sender, DOMNode) else None


class Drawn(Widget):
    """A widget drawn as lines. Subclasses say what stands on each; only lines that changed are refreshed."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Drawn { height: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes, markup=False)
        self._drawn: list[Row] = []
        self._drawn_size = Size(0, 0)

    def rows(self, width: int, height: int) -> list[Row]:
        """What stands on the lines of a widget of this size."""
        raise NotImplementedError

    def caret(self) -> tuple[int, int] | None:
        """Where the hardware cursor belongs (column, row) while this widget has the focus.

        Input methods open their window there, and screen readers follow it.
        """
        return None

    def sync(self) -> None:
        """Brings the lines up to date and refreshes those that changed."""
        if not self.is_mounted or not self.size:
            self._drawn_size = Size(0, 0)  # what was drawn before it was hidden is stale when it is shown again
            return
        self._refresh_changed()
        self._place_caret()

    def _refresh_changed(self) -> None:
        size, before = self.size, self._drawn
        self._draw()
        if len(before) != len(self._drawn):
            self.refresh()
            return
        changed = [y for y, (was, row) in enumerate(zip(before, self._drawn, strict=True)) if was != row]
        if changed:
            self.refresh(*(Region(0, y, size.width, 1) for y in changed))

    def _draw(self) -> None:
        self._drawn_size = self.size
        self._drawn = self.rows(*self.size)[: self.size.height]

    def _place_caret(self) -> None:
        if self.has_focus and (place := self.caret()) is not None:
            self.app.cursor_position = self.region.offset + Offset(*place)

    def render_line(self, y: int) -> Strip:
        """One line as Textual wants it."""
        if self._drawn_size != self.size:
            self._draw()
        row = self._drawn[y] if y < len(self._drawn) else ()
        return Strip([Segment(words, look(self, style)) for words, style in row if words])

    def on_resize(self) -> None:
        """Everything is laid out for the new width."""
        self.sync()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The frame and the cursor show where the focus is. (At `on_focus` and `on_blur` this is not yet settled.)"""
        super().watch_has_focus(_has_focus)
        self.focus_changed()
        self.sync()

    def focus_changed(self) -> None:
        """What a subclass does when it gets or loses the focus, before it is drawn."""
