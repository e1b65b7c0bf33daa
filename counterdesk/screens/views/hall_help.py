"""What each key of the leader's screen does now, and what its signs mean."""

from __future__ import annotations

from collections.abc import Mapping

from counterdesk.screens.actions import key_name
from counterdesk.screens.hall_actions import HALL_ACTIONS
from counterdesk.screens.views.key_help import help_lines, help_section
from counterdesk.screens.views.scene import Scene
from counterdesk.widgets.values import PanelView


def hall_help(scene: Scene, keys: Mapping[str, str], width: int) -> PanelView:
    """The help for a panel of `width` cells, frame included."""
    words = scene.words
    inner = max(width - 4, 20)
    lines = help_section(words, "help.now")
    for action in HALL_ACTIONS:
        key, label = action.key(keys), words(f"hall.action.{action.id}")
        explained, reason = words(f"hall.action_help.{action.id}"), action.blocked(scene)
        lines += help_lines(words, key_name(key) if key else "", label, explained, reason, inner)
    reading = ("sections", "lines", "question", "groups", "risk", "plan", "whatif")
    lines += help_section(words, "hall.reading.title", *(f"hall.reading.{name}" for name in reading), inner=inner)
    return PanelView(words("help.title"), tuple(lines), words("help.leave"))
