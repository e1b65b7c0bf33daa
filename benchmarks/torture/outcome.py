"""What a torture program comes back with."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """cases: how many were tried. violations: how often the promise was broken; must be 0. control: how often the
    deliberately broken variant broke it; must be more than 0, or the program could not have found anything. note: what
    else was counted."""

    cases: int
    violations: int
    control: int
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the promise held and the program showed that it can fail."""
        return self.cases > 0 and self.violations == 0 and self.control > 0
