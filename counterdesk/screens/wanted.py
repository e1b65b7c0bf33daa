"""What a screen asks of the program: to bring up another one on top of it."""

from __future__ import annotations

from textual.message import Message


class FiguresWanted(Message):
    """The figures are to be shown."""


class HallWanted(Message):
    """A leader wants to see the whole hall."""
