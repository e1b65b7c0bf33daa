"""A panel for reading: help, receipts, notices."""

from __future__ import annotations

from counterdesk import text
from counterdesk.widgets.base import Drawn, Row, fit
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.values import Cell, Line, PanelView, Style


class TextView(LinePanel):
    """Lines that are read and scrolled. `show_text` wraps plain text, `show` takes lines as they are."""

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
        """Shows lines as they are; from their beginning when the title is another."""
        self._text = None
        if view.title != self.view.title:
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
        lines = tuple(Line((Cell(row, style),)) for row in text.wrap(words, max(self.size.width - 4, 10)))
        super().show(PanelView(title, lines))

    def on_resize(self) -> None:
        """Wraps anew."""
        self._wrap()


class TextLine(Drawn):
    """One line of fixed text."""

    def __init__(self, words: str, style: Style = "") -> None:
        super().__init__()
        self._words = words
        self._style = style

    def rows(self, width: int, height: int) -> list[Row]:
        """The text alone."""
        return [((fit(self._words, width), self._style),)]
