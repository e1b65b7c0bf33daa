"""How a help page tells what keys do: one look for the counter, the entrance and the leader's screen."""

from __future__ import annotations

from counterdesk.locale import Words
from counterdesk.text import cells, wrap
from counterdesk.widgets.values import Cell, Line, Style

_KEY, _NAME = 5, 12
"""Cells for the key and for the action's name."""


def help_section(words: Words, title: str, *rows: str, inner: int = 0) -> list[Line]:
    """A title and what stands below it, by their codes. inner: cells inside the frame, for the rows."""
    lines = [Line((Cell(words(title), "title", -1),))]
    return lines + [Line((Cell(part, "", -1),)) for row in rows for part in wrap(words(row), inner)]


def help_lines(
    words: Words, key: str, label: str, explained: str, reason: str, inner: int, room: int = _KEY
) -> list[Line]:
    """What an action does. key: as it is written on it, "" for none. reason: why it can't be done now, "" if it can.
    inner: cells inside the frame. room: cells for the key."""
    style: Style = "dim" if reason else ""
    name = label + " " * max(1, _NAME - cells(label))
    first, *rest = wrap(explained, max(inner - room - cells(name), 10))
    lines = [Line((Cell(key, "dim" if reason else "strong", room), Cell(name, style), Cell(first, style, -1)))]
    lines += [Line((Cell("", "", room + cells(name)), Cell(row, style, -1))) for row in rest]
    if reason:
        text = words("help.blocked", reason=reason)
        lines += [Line((Cell("", "", room), Cell(row, "warn", -1))) for row in wrap(text, inner - room)]
    return lines
