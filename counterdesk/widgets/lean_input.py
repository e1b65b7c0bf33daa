"""A text input that stands alone (search, passphrase). Forms and choosers edit in their own lines instead."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.binding import Binding
from textual.widgets import Input

from counterdesk.widgets.base import FromPanel
from counterdesk.widgets.edit_line import joined


class LeanInput(Input):
    """Textual's Input: one line high, without blinking, and with a paste that is joined, cleaned and never submits."""

    BINDINGS = [Binding("ctrl+v", "nothing", show=False)]

    class Cut(FromPanel):
        """A paste was longer than the limit and was cut."""

        def __init__(self, limit: int) -> None:
            super().__init__()
            self.limit = limit

    def __init__(self, value: str = "", *, limit: int = 200, **options: Any) -> None:
        options.setdefault("select_on_focus", False)
        super().__init__(value, max_length=limit, compact=True, **options)
        self.cursor_blink = False
        self.limit = limit

    def action_nothing(self) -> None:
        """Textual's own clipboard is not the terminal's."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        words = joined(event.text)
        start, end = sorted(self.selection)
        room = self.limit - (len(self.value) - (end - start))
        if len(words) > room:
            words = words[: max(room, 0)]
            self.post_message(self.Cut(self.limit))
        if words:
            self.replace(words, start, end)

    def restricted(self) -> None:
        """No bell: a hall of counters would ring all day."""
