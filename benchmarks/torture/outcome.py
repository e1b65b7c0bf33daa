"""What a torture program hands back."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """cases: how many were tried. violations: how many broke the rule; 0 is wanted. control: how many a deliberately
    broken variant broke; more than 0 is wanted. note: what else is worth a line."""

    cases: int
    violations: int
    control: int
    note: str = ""
