"""The queue panel."""

from __future__ import annotations

from counterdesk.widgets.line_panel import LinePanel


class QueueList(LinePanel):
    """The tickets of the hall and of this counter; a line's id is the ticket's."""

    class Chosen(LinePanel.Chosen):
        """Enter on a ticket."""

    class Highlighted(LinePanel.Highlighted):
        """The cursor stands on another ticket."""
