"""One line that says what just happened, instead of pop-up notices."""

from __future__ import annotations

from counterdesk.widgets.base import Drawn, Row, fitted
from counterdesk.widgets.values import Style


class MessageLine(Drawn):
    """The last message; it stays until the next."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.message = ""
        self.style_name: Style = ""

    def say(self, message: str, style: Style = "") -> None:
        """Shows a message; "" clears the line."""
        if (message, style) != (self.message, self.style_name):
            self.message, self.style_name = message, style
            self.sync()

    def rows(self, width: int, height: int) -> list[Row]:
        """The message alone."""
        return [((" ", ""), *fitted(self.message, max(width - 1, 0), self.style_name))]
