"""The panel of prompts and materials."""

from __future__ import annotations

from counterdesk.widgets.line_panel import LinePanel


class Checklist(LinePanel):
    """Prompts (with reason and basis) and materials; a line's id names the prompt or the material."""

    class Chosen(LinePanel.Chosen):
        """Enter on a prompt or a material."""

    class Highlighted(LinePanel.Highlighted):
        """The cursor stands on another prompt or material."""
