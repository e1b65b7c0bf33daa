"""The board of the hall: called numbers as large as the screen allows, and below them how long each group waits."""

from __future__ import annotations

from dataclasses import dataclass

from counterdesk import text
from counterdesk.quiet import quiet
from counterdesk.widgets import big
from counterdesk.widgets.base import Drawn, Row, Span, fit

_LARGEST = 8
_WAIT_WIDTH, _WAIT_LINES = 30, 3
"""Cells of a group's wait at least, and lines of waits where the screen is wide enough."""
_LEAST_WAITS = 3
"""Lines that waits and their heading take at least: no group may be missing because the screen is small."""
_PAD = 1
"""What stands round a number at each side, so that it can be read in reverse too."""


@quiet
@dataclass(frozen=True, slots=True)
class CalledNumber:
    """A number and its counter, between words: `before` stands before the counter, `after` behind it.

    there: the person is at the counter already. turned: it stands in reverse just now, so that it is noticed. new: it
    was called a moment ago.
    """

    number: str
    counter: str
    before: str
    after: str
    there: bool = False
    new: bool = False
    turned: bool = False


@quiet
@dataclass(frozen=True, slots=True)
class HallBoardView:
    """title, clock: the first line. notice: what has to be known about the line, "" if it stands. calls: newest first,
    those who are still to come before those who are there. empty: what stands where there are none. waits: a text a
    group, under `heading`; brief_heading, brief: the same in a few cells, for a small screen. foot: the last line."""

    title: str
    clock: str
    notice: str
    calls: tuple[CalledNumber, ...]
    empty: str
    heading: str
    waits: tuple[str, ...]
    brief_heading: str
    brief: tuple[str, ...]
    foot: str


class HallBoard(Drawn):
    """Draws a `HallBoardView`."""

    DEFAULT_CSS = "HallBoard { height: 1fr; }"

    def __init__(self, view: HallBoardView) -> None:
        super().__init__()
        self._view = view

    def show(self, view: HallBoardView) -> None:
        """Shows this from now on."""
        if view != self._view:
            self._view = view
            self.sync()

    def rows(self, width: int, height: int) -> list[Row]:
        """Title, notice, calls, waits, foot."""
        view = self._view
        if width < 20 or height < 6:
            return [((fit(view.title, width), ""),)]
        clock = text.cells(view.clock)
        title: Row = ((fit(view.title, width - clock - 1), "strong"), (" ", ""), (view.clock, "strong"))
        notice: Row = ((fit(view.notice, width), "block" if view.notice else ""),)
        waits = _waits(view, width, max(_LEAST_WAITS, (height - 4) // 3))
        room = height - 3 - len(waits)
        called = _calls(view, width, room)
        blank: Row = ((" " * width, ""),)
        called += [blank] * (room - len(called))
        return [title, notice, *called, *waits, ((fit(view.foot, width), "dim"),)]


def _waits(view: HallBoardView, width: int, most: int) -> list[Row]:
    """The groups below their heading, in as many columns as keep them low; in brief where they would not fit."""
    heading, waits = view.heading, view.waits
    columns = max(1, min(width // _WAIT_WIDTH, -(-len(waits) // _WAIT_LINES)))
    lines = -(-len(waits) // columns)
    if lines > most - 1:
        heading, waits = view.brief_heading, view.brief
        columns = max(1, width // (max((text.cells(wait) for wait in waits), default=0) + 1))
        lines = -(-len(waits) // columns)
    rows: list[Row] = [((fit(heading, width), "title"),)]
    for line in range(min(lines, most - 1)):
        parts = [waits[at] if at < len(waits) else "" for at in range(line, lines * columns, lines)]
        rows.append(((fit("".join(fit(part, width // columns) for part in parts), width), ""),))
    return rows


def _calls(view: HallBoardView, width: int, room: int) -> list[Row]:
    """The newest as large as it goes, those called before it smaller, the rest as lines."""
    if not view.calls:
        empty: Row = ((fit(view.empty, width), "strong"),)
        return [empty][:room]
    rows: list[Row] = []
    coming = sum(not call.there for call in view.calls)
    for place, call in enumerate(view.calls):
        left, rest = room - len(rows), len(view.calls) - place - 1
        if left <= 0:
            break
        # Nobody is pushed out by size, and who is still to come least of all; who is there already is only as large
        # as lets him be read from across the room.
        kept = rest if place else rest + 4 * max(coming - 1, 0)
        scale = _scale(call, width, left - kept)
        rows += _large(call, width, min(scale, 1) if place or call.there else scale) if scale else [_line(call, width)]
    return rows[:room]


def _height(scale: int) -> int:
    """Lines that a large number takes with what stands round it."""
    return big.size("0", scale)[1] + 2 * _PAD


def _scale(call: CalledNumber, width: int, height: int) -> int:
    """The largest scale at which a call fits, 0 for none."""
    if not (big.drawable(call.number) and big.drawable(call.counter)):
        return 0
    words = text.cells(call.before) + text.cells(call.after)
    for scale in range(_LARGEST, 0, -1):
        across = big.size(call.number, scale)[0] + big.size(call.counter, scale)[0] + words + 4 * _PAD + 5
        if across <= width and _height(scale) <= height:
            return scale
    return 0


def _large(call: CalledNumber, width: int, scale: int) -> list[Row]:
    style = "cursor" if call.turned else "strong"
    number, counter = _padded(call.number, scale), _padded(call.counter, scale)
    rows: list[Row] = []
    for at, (left, right) in enumerate(zip(number, counter, strict=True)):
        here = at == len(number) // 2
        spans: list[Span] = [
            ("▶ " if call.new and here else "  ", "strong"),
            (left, style),
            (" ", ""),
            (call.before if here else " " * text.cells(call.before), ""),
            (" ", ""),
            (right, style),
            (" ", ""),
            (call.after if here else " " * text.cells(call.after), ""),
        ]
        used = sum(text.cells(words) for words, _ in spans)
        rows.append((*spans, (" " * max(width - used, 0), "")))
    return rows


def _padded(words: str, scale: int) -> list[str]:
    drawn = big.draw(words, scale)
    blank = " " * (len(drawn[0]) + 2 * _PAD)
    return [blank, *(f"{' ' * _PAD}{line}{' ' * _PAD}" for line in drawn), blank]


def _line(call: CalledNumber, width: int) -> Row:
    words = f"{'▶' if call.new else ' '} {call.number}  {call.before} {call.counter} {call.after}".rstrip()
    return ((fit(words, width), "cursor" if call.turned else "" if call.there else "strong"),)
