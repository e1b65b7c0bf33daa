"""Characters that come faster than a hand types: a card reader or scanner that types into the form. No screen."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from counterdesk.formats.wedge import LONGEST, Card, Code, Reading, recognise

GAP: Final = 0.1
"""Seconds: a reader's characters are a few milliseconds apart, and a slow line brings them in handfuls."""
_SEPARATORS: Final = frozenset("|^")
"""No hand types these: what holds one and breaks off is the beginning of a reader's line that got stuck on its way."""


class FieldKey(NamedTuple):
    """A field of a form."""

    form: str
    key: str


class _Part(NamedTuple):
    """The beginning of a line that broke off: its text, where it began, and what stood there."""

    text: str
    began: FieldKey
    held: str
    before: dict[FieldKey, str]


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
        self._stuck: _Part | None = None

    def add(self, words: str, time: float, place: FieldKey, held: str) -> None:
        """Characters were typed in a field; held: what was typed there and is not committed yet."""
        if time - self._last > GAP or not self.text:
            stuck = self._so_far() if _SEPARATORS.intersection(self.text) or self._stuck else None
            self.end()
            self.began, self.held, self._stuck = place, held, stuck
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
        self._stuck = None

    def _so_far(self) -> _Part:
        """What was typed with the part before it that got stuck."""
        stuck = self._stuck
        if stuck is None:
            return _Part(self.text, self.began, self.held, self.before)
        return stuck._replace(text=(stuck.text + self.text)[: LONGEST + 1], before={**self.before, **stuck.before})

    def reading(self) -> Reading | None:
        """What a reader may have typed. A run of eight digits may be as many choices, so it is nothing here."""
        whole = self._so_far()
        if self._stuck is not None and isinstance(recognise(whole.text, date.max), Card):
            self.text, self.began, self.held, self.before = whole
            self._stuck = None
        found = recognise(self.text, date.max)
        return None if isinstance(found, Code) and found.kind == "case" else found
