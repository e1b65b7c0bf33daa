"""A panel for reading: help, receipts, notices."""

from __future__ import annotations

from counterdesk import text
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.values import Cell, Line, PanelView, Style


def wrapped(words: str, width: int) -> list[str]:
    """The text in lines of at most this many cells: broken at a space where there is one near, else anywhere (Chinese)."""
    out: list[str] = []
    for paragraph in text.clean(words, multiline=True, limit=100_000).split("\n"):
        line = ""
        for char in paragraph:
            if text.cells(line + char) > width:
                head, space, tail = line.rpartition(" ")
                if space and char != " " and char.isascii() and text.cells(tail) < width // 2:
                    out.append(head)
                    line = tail
                else:
                    out.append(line)
                    line = ""
            line += char
        out.append(line)
    return out


class TextView(LinePanel):
    """Lines that are read and scrolled. `show_text` wraps plain text at the panel's width, `show` takes lines as they are."""

    def __init__(
        self,
        view: PanelView | None = None,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(view, id=id, classes=classes)
        self._text: tuple[str, str, Style] | None = None

    def show(self, view: PanelView) -> None:
        """Shows lines as they are."""
        self._text = None
        self._top = 0
        super().show(view)

    def show_text(self, title: str, words: str, style: Style = "") -> None:
        """Shows plain text, from its beginning."""
        self._text = (title, words, style)
        self._top = 0
        self._wrap()

    def _wrap(self) -> None:
        if self._text is None or not self.size:
            return
        title, words, style = self._text
        lines = tuple(Line((Cell(row, style),)) for row in wrapped(words, max(self.size.width - 4, 10)))
        super().show(PanelView(title, lines))

    def on_resize(self) -> None:
        """Wraps anew."""
        self._wrap()
