"""The line at the top: where we are, whether the link stands, what waits, the clock."""

from __future__ import annotations

from counterdesk import text
from counterdesk.widgets.base import Drawn, Row, fit
from counterdesk.widgets.line_panel import spans_of
from counterdesk.widgets.values import Cell, Line


class StatusBar(Drawn):
    """Facts at the left, the clock at the right. A new minute writes only the clock's changed digits."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._left: tuple[Cell, ...] = ()
        self._right = ""

    def show(self, left: tuple[Cell, ...], right: str) -> None:
        """Shows this from now on. When the line is too short, the left is cut, never the clock."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.sync()

    def rows(self, width: int, height: int) -> list[Row]:
        """One line."""
        right = min(text.cells(text.clean(self._right)), width)
        room = width - right - 2
        left = spans_of(Line(self._left), room) if room > 1 else ((" " * max(room, 0), ""),)
        return [(*left, (" ", ""), (fit(self._right, right, "right"), ""), (" ", ""))]
