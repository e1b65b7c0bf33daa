"""What each key of the leader's screen does now, and what its signs mean."""

from __future__ import annotations

from collections.abc import Mapping

from counterdesk.screens.actions import key_name
from counterdesk.screens.hall_actions import HALL_ACTIONS
from counterdesk.screens.views.scene import Scene
from counterdesk.text import cells, wrap
from counterdesk.widgets.values import Cell, Line, PanelView, Style

_KEY, _NAME = 5, 12


def hall_help(scene: Scene, keys: Mapping[str, str], width: int) -> PanelView:
    """The help for a panel of `width` cells, frame included."""
    words = scene.words
    inner = max(width - 4, 20)
    lines: list[Line] = [Line((Cell(words("help.now"), "title", -1),))]
    for action in HALL_ACTIONS:
        reason = action.blocked(scene)
        style: Style = "dim" if reason else ""
        key = action.key(keys)
        label = words(f"hall.action.{action.id}")
        name = label + " " * max(1, _NAME - cells(label))
        first, *rest = wrap(words(f"hall.action_help.{action.id}"), max(inner - _KEY - cells(name), 10))
        shown = key_name(key) if key else ""
        lines.append(Line((Cell(shown, "strong", _KEY), Cell(name, style), Cell(first, style, -1))))
        lines += [Line((Cell("", "", _KEY + cells(name)), Cell(row, style, -1))) for row in rest]
        if reason:
            text = words("help.blocked", reason=reason)
            lines += [Line((Cell("", "", _KEY), Cell(row, "warn", -1))) for row in wrap(text, inner - _KEY)]
    lines.append(Line((Cell(words("help.moving_title"), "title", -1),)))
    for name in ("sections", "lines", "question", "risk", "plan", "whatif"):
        lines += [Line((Cell(row, "", -1),)) for row in wrap(words(f"hall.reading.{name}"), inner)]
    return PanelView(words("help.title"), tuple(lines), words("help.leave"))
