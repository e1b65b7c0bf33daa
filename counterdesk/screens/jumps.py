"""The way back: a jump to a field remembers where the officer was, and Escape goes there again."""

from __future__ import annotations

from dataclasses import dataclass

from counterdesk.screens.views.scene import Step


@dataclass(frozen=True, slots=True)
class Place:
    """Where an officer is: in which panel on which line, or in the form in which field."""

    case: str
    step: Step
    panel: str
    line: str
    field: str


class Jumps:
    """One way back. Jumps in a row (F7, F7, F7) are one journey and lead back to where it began."""

    def __init__(self) -> None:
        self._from: Place | None = None
        self._to: Place | None = None

    def jumped(self, before: Place, after: Place) -> None:
        """A jump was made; one that leads nowhere is none."""
        if before == after:
            return
        if self._from is None or before != self._to:
            self._from = before
        self._to = after

    def way_back(self, here: Place) -> Place | None:
        """Where Escape leads, once; None where no jump led to this step of this case."""
        origin, goal = self._from, self._to
        self._from = self._to = None
        if origin is None or goal is None or (here.case, here.step) != (goal.case, goal.step):
            return None
        return origin if origin != here else None
