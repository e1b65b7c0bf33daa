"""The panel of practice: who sits at the counter."""

from __future__ import annotations

from counterdesk.widgets.line_panel import LinePanel


class CitizenPanel(LinePanel):
    """What the citizen said and showed; a line's id is of the fact or the paper."""

    class Chosen(LinePanel.Chosen):
        """Enter on something that was said or shown."""

    class Highlighted(LinePanel.Highlighted):
        """The cursor stands on another line."""
