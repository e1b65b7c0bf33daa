"""A framed panel of lines with a cursor: queue, checklist, handoffs and texts are panels of this kind."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from textual import events

from counterdesk import text
from counterdesk.widgets.base import Drawn, FromPanel, Row, Span, bottom_of, fit, fitted, framed, top_of
from counterdesk.widgets.values import Line, PanelView

Look = Literal["", "here", "cursor"]
"""How a line stands: like the others, under the cursor, under the cursor of the panel that has the focus."""


@lru_cache(maxsize=2048)
def spans_of(line: Line, width: int, look: Look = "") -> Row:
    """A line as spans of exactly this many cells, its first cell the cursor mark.

    No gap is put between the cells of a line: a gap is part of a text or of a width.
    """
    cells = line.cells
    sizes = [cell.width if cell.width > 0 else text.cells(text.clean(cell.text)) for cell in cells]
    rests = sum(cell.width == -1 for cell in cells)
    free = max(width - 1 - sum(size for size, cell in zip(sizes, cells, strict=True) if cell.width >= 0), 0)
    spans: list[Span] = [("›" if look else " ", look)]
    room = width - 1
    for size, cell in zip(sizes, cells, strict=True):
        if cell.width == -2:
            size = min(size, free)
            free -= size
        elif cell.width == -1:
            size = free // rests
            free, rests = free - size, rests - 1
        size = min(size, room)
        if look == "cursor":
            spans.append((fit(cell.text, size, cell.align), look))
        else:
            spans.extend(fitted(cell.text, size, cell.style, cell.align))
        room -= size
    spans.append((" " * room, "cursor" if look == "cursor" else ""))
    return tuple(spans)


class LinePanel(Drawn, can_focus=True):
    """Lines in a frame. The cursor belongs to a line's id: it stays on it when lines come, go and change places.

    Lines without an id are passed over by the cursor; a panel without any id is scrolled instead.
    """

    DEFAULT_CSS = "LinePanel { height: 1fr; }"

    class Chosen(FromPanel):
        """Enter was pressed on a line."""

        def __init__(self, panel_id: str, line_id: str) -> None:
            super().__init__()
            self.panel_id = panel_id
            self.line_id = line_id

    class Highlighted(FromPanel):
        """The cursor stands on another line ("" when there is none to stand on)."""

        def __init__(self, panel_id: str, line_id: str) -> None:
            super().__init__()
            self.panel_id = panel_id
            self.line_id = line_id

    def __init__(
        self,
        view: PanelView | None = None,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        keep: bool = False,
    ) -> None:
        """keep: the cursor stays on its line when the focus goes."""
        super().__init__(id=id, classes=classes)
        self._keep = keep
        self.view = view or PanelView("", ())
        self._top = 0
        self._cursor = 0
        self.cursor_id = ""
        """The id of the line under the cursor."""
        self._moved = False
        self._settle()

    # what is shown

    def show(self, view: PanelView) -> None:
        """Shows this from now on; the cursor stays on its line."""
        if view == self.view:
            return
        self.view = view
        before = self.cursor_id
        self._settle()
        if self.has_focus:
            self._reveal()
        self.sync()
        if self.cursor_id != before:
            self.post_message(self.Highlighted(self.id or "", self.cursor_id))

    def move_to(self, line_id: str) -> None:
        """Puts the cursor on a line; nothing happens where it is not shown."""
        for index, line in enumerate(self.view.lines):
            if line_id and line.id == line_id:
                self._go(index)
                return

    def _settle(self) -> None:
        """Finds the cursor's line again; where it is gone, the nearest one after it, else before it.

        A cursor that nobody has moved since the panel got the focus rests on the first line, whatever that is now.
        """
        lines = self.view.lines
        if not self._moved:
            self.cursor_id, self._cursor = "", 0
        for index, line in enumerate(lines):
            if self.cursor_id and line.id == self.cursor_id:
                self._cursor = index
                return
        able = [index for index, line in enumerate(lines) if line.id]
        self._cursor = next((i for i in able if i >= self._cursor), able[-1] if able else 0)
        self.cursor_id = lines[self._cursor].id if able else ""

    # drawing

    def _room(self) -> int:
        """How many lines of the view fit."""
        return max(self.size.height - 2 - self._foot_size(), 0)

    def _foot_size(self) -> int:
        return max(min(len(self.view.foot), self.size.height - 3), 0)

    def _hidden(self) -> str:
        below = len(self.view.lines) - self._top - self._room()
        marks = [f"↑{self._top}"] if self._top else []
        marks += [f"↓{below}"] if below > 0 else []
        return " ".join(marks)

    def rows(self, width: int, height: int) -> list[Row]:
        """The frame, the lines that are in sight, the foot."""
        if width < 4 or height < 2:
            return []
        room = self._room()
        self._top = max(min(self._top, len(self.view.lines) - room), 0)
        note = " ".join(filter(None, (self.view.note, self._hidden())))
        rows = [top_of(self.view.title, note, width, self.has_focus)]
        for index in range(self._top, self._top + room):
            line = self.view.lines[index] if index < len(self.view.lines) else Line(())
            here: Look = ""
            if self.cursor_id and index == self._cursor:
                here = "cursor" if self.has_focus else "here"
            rows.append(framed(spans_of(line, width - 2, here)))
        rows += [framed(spans_of(line, width - 2)) for line in self.view.foot[: self._foot_size()]]
        rows.append(bottom_of(width))
        return rows

    def caret(self) -> tuple[int, int] | None:
        """The cursor mark."""
        return (1, 1 + self._cursor - self._top) if self.cursor_id else (1, 1)

    # moving

    def _reveal(self) -> None:
        """Scrolls as little as needed for the cursor's line to be in sight."""
        if self.cursor_id and (room := self._room()):
            # the lines before the first one that can be chosen come back with it
            first = next(index for index, line in enumerate(self.view.lines) if line.id)
            at_top = 0 if self._cursor == first and self._cursor < room else self._cursor
            self._top = max(min(self._top, at_top), self._cursor - room + 1)

    def _go(self, index: int) -> None:
        line_id = self.view.lines[index].id
        self._moved = True
        moved = line_id != self.cursor_id
        self._cursor, self.cursor_id = index, line_id
        self._reveal()
        self.sync()
        if moved:
            self.post_message(self.Highlighted(self.id or "", line_id))

    def _scroll(self, lines: int) -> None:
        self._top = max(self._top + lines, 0)
        self.sync()

    def step(self, lines: int) -> None:
        """Moves the cursor by so many lines, or the view where the cursor can't go further."""
        able = [index for index, line in enumerate(self.view.lines) if line.id]
        ahead = [i for i in able if (i > self._cursor if lines > 0 else i < self._cursor)]
        if not ahead:
            self._scroll(lines)
            return
        goal = self._cursor + lines
        if lines > 0:
            self._go(max((i for i in ahead if i <= goal), default=ahead[0]))
        else:
            self._go(min((i for i in ahead if i >= goal), default=ahead[-1]))

    def on_key(self, event: events.Key) -> None:
        """The keys of a list."""
        page, everything = max(self._room() - 1, 1), len(self.view.lines)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -everything, "end": everything}
        if event.key in steps:
            before = (self._top, self._cursor)
            self.step(steps[event.key])
            if event.key == "pageup" and before == (self._top, self._cursor):
                return  # already at the top: whoever holds the panel may turn back
        elif event.key == "enter" and self.cursor_id:
            self.post_message(self.Chosen(self.id or "", self.cursor_id))
        else:
            return
        event.stop()
        event.prevent_default()

    def focus_changed(self) -> None:
        """The cursor comes into sight; when the focus goes, it goes back to rest, unless it is to stay."""
        if self.has_focus:
            self._reveal()
        elif self._moved and not self._keep:
            self._moved, self._top = False, 0
            self._settle()
