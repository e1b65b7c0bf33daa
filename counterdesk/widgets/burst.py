"""Characters that come faster than a hand types: a card reader or scanner that types into the form. No screen."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from counterdesk.formats.wedge import LONGEST, Code, Reading, recognise

GAP: Final = 0.1
"""Seconds: a reader's characters are a few milliseconds apart, and a slow line brings them in handfuls."""


class FieldKey(NamedTuple):
    """A field of a form."""

    form: str
    key: str


class Burst:
    """What is being typed in one go, where it began, and what the choices that its digits hit held before.

    A digit takes a choice at once; only when the line has ended is it known whose digit it was.
    """

    def __init__(self) -> None:
        self.text = ""
        self.began = FieldKey("", "")
        self.held = ""
        self.before: dict[FieldKey, str] = {}
        self._last = 0.0

    def add(self, words: str, time: float, place: FieldKey, held: str) -> None:
        """Characters were typed in a field; held: what was typed there and is not committed yet."""
        if time - self._last > GAP or not self.text:
            self.end()
            self.began, self.held = place, held
        self.text = (self.text + words)[: LONGEST + 1]
        self._last = time

    def committed(self, place: FieldKey, before: str) -> None:
        """A field was committed meanwhile."""
        if self.text:
            self.before.setdefault(place, before)

    def end(self) -> None:
        """Another key came: what was typed is a hand's."""
        self.text, self.held = "", ""
        self.before = {}

    def reading(self) -> Reading | None:
        """What a reader may have typed. A run of eight digits may be as many choices, so it is nothing here."""
        found = recognise(self.text, date.max)
        return None if isinstance(found, Code) and found.kind == "case" else found
