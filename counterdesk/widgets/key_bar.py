"""What the keys do now, at the bottom of the screen."""

from __future__ import annotations

from textual.geometry import Size

from counterdesk import text
from counterdesk.widgets.base import Drawn, Row, Span
from counterdesk.widgets.values import KeyHint


def _spans(hint: KeyHint) -> tuple[Span, ...]:
    """A key that can be pressed stands reversed; one that can't is dim and in parentheses."""
    key, label = text.clean(hint.key), text.clean(hint.label)
    if hint.legal:
        return ((f" {key} ", "key"), (f"{label} ", ""))
    return ((f"({key})", "key-off"), (f"{label} ", "key-off"))


class KeyBar(Drawn):
    """The keys, on one line or, where they don't fit, on two. What is legal changes no key's place."""

    DEFAULT_CSS = "KeyBar { height: auto; max-height: 2; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._hints: tuple[KeyHint, ...] = ()

    def show(self, hints: tuple[KeyHint, ...]) -> None:
        """Shows these keys from now on."""
        if hints == self._hints:
            return
        lines = len(self._lines(self.size.width)) if self.size else 0
        self._hints = hints
        if self.is_mounted and len(self._lines(self.size.width or 80)) != lines:
            self.refresh(layout=True)
        self.sync()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the keys need."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[list[Span]]:
        lines: list[list[Span]] = [[]]
        used = 0
        for hint in self._hints:
            spans = _spans(hint)
            size = sum(text.cells(words) for words, _ in spans)
            if used and used + size > width + 1:  # the blank after the last label may fall off
                lines.append([])
                used = 0
            lines[-1].extend(spans)
            used += size
        return lines

    def rows(self, width: int, height: int) -> list[Row]:
        """The keys; what doesn't fit on the last line falls off."""
        rows: list[Row] = []
        for line in self._lines(width):
            row: list[Span] = []
            room = width
            for words, style in line:
                if text.cells(words) > room:  # the blank after the last label is the first to go
                    words = words.rstrip() if text.cells(words.rstrip()) <= room else text.fit(words, room)
                row.append((words, style))
                room -= text.cells(words)
            rows.append((*row, (" " * room, "")))
        return rows
