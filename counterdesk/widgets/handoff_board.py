"""The panel of cases on their way through departments."""

from __future__ import annotations

from counterdesk.widgets.line_panel import LinePanel


class HandoffBoard(LinePanel):
    """Handed over cases with their clocks; a line's id is the case's."""

    class Chosen(LinePanel.Chosen):
        """Enter on a case."""

    class Highlighted(LinePanel.Highlighted):
        """The cursor stands on another case."""
