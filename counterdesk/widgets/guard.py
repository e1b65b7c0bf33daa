"""The last wall: no code point that steers a terminal is written, and no byte that is read ends the program."""

from __future__ import annotations

import codecs
import functools
import re
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.color import Color
from textual.driver import Driver
from textual.filter import LineFilter
from textual.message import Message
from textual.messages import InBandWindowResize

STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


def scrub(text: str) -> str:
    """The text with each steering code point as dots of the same width, and itself as wide as before.

    The width is kept because the compositor has already laid the line out.
    """
    wanted = cell_len(text)
    scrubbed = STEERING.sub(lambda match: "·" * cell_len(match[0]), text)
    return scrubbed if cell_len(scrubbed) == wanted else set_cell_size(scrubbed, wanted)


class Guard(LineFilter):
    """A render filter that scrubs every line of every widget, Textual's own included."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, unchanged where nothing steers."""
        if not any(not segment.control and STEERING.search(segment.text) for segment in segments):
            return segments
        return [segment if segment.control else Segment(scrub(segment.text), segment.style) for segment in segments]


def install_guard(app: App[Any]) -> None:
    """Puts the guard behind the App's render filters, once. (`_filters` is private: Textual is pinned exactly.)"""
    if not any(isinstance(line_filter, Guard) for line_filter in app._filters):
        app._filters.append(Guard())


def tolerate_bad_input() -> None:
    """Lets a byte that isn't UTF-8 arrive as U+FFFD instead of ending the program (textual#6456), and believes no size
    that is read: a report of 0x0, typed or pasted, would leave the officer without a screen. The system's own signal
    says when the terminal's size changed. Reports of a mouse that was not asked for are none of a hand's."""
    try:
        from textual.drivers import linux_driver
    except ImportError:  # a system without a tty driver of this kind
        return

    def decoder(encoding: str) -> functools.partial[codecs.IncrementalDecoder]:
        return functools.partial(codecs.getincrementaldecoder(encoding), errors="replace")

    def process_message(self: Driver, message: Message) -> None:
        mouse = isinstance(message, events.MouseEvent) and not self._mouse
        if not mouse and not isinstance(message, InBandWindowResize | events.Resize):
            Driver.process_message(self, message)

    class Parser(XTermParser):
        def parse_mouse_code(self, code: str) -> Message | None:
            try:
                return super().parse_mouse_code(code)
            except (ArithmeticError, ValueError):  # after a size of 0, or with a number of a thousand digits
                return None

    setattr(linux_driver, "XTermParser", Parser)  # noqa: B010
    setattr(linux_driver, "getincrementaldecoder", decoder)  # noqa: B010 - the module does not export it
    setattr(linux_driver.LinuxDriver, "process_message", process_message)  # noqa: B010
    setattr(linux_driver.LinuxDriver, "_query_in_band_window_resize", lambda _: None)  # noqa: B010
