"""Hostile strings through a real terminal: every byte that comes out has to be text or a sequence of our own."""

from __future__ import annotations

import re
import sys

from benchmarks.torture.hostile import foreign
from benchmarks.torture.outcome import Outcome
from tests.pty.harness import Terminal

NAME = "hostile_bytes"
LONG = 20_000
_ROUND = re.compile(r"round (\d+)")


def through(cases: int, seed: int, walls: str) -> tuple[int, list[str]]:
    """Show so many strings in a terminal; how many it were, and what was foreign in the bytes. A program that died of
    them is foreign too."""
    command = [sys.executable, "-m", "tests.pty.hostile_gallery", str(seed), walls]
    count = 0
    found: list[str] = []
    with Terminal(command, size=(160, 50)) as terminal:
        terminal.wait("A057 已到窗")
        while count < cases and not found:
            terminal.keys("<f2>")
            try:
                terminal.wait(f"round (?!{count}\\b)\\d+")
            except AssertionError:
                return count, [*foreign(bytes(terminal.raw)), "no answer"]
            shown = _ROUND.search(terminal.text())
            count = int(shown[1]) if shown else count
            terminal.drain(0.05)
            found = foreign(bytes(terminal.raw))
            terminal.raw.clear()
        terminal.keys("<f10>")
        if terminal.wait_end() != 0:
            found.append("exit status")
        found += foreign(bytes(terminal.raw))
    return count, found


def run(cases: int, seed: int) -> Outcome:
    """Three quarters through both walls, a quarter through the render guard alone; the control without either."""
    both, found = through(cases * 3 // 4, seed, "both")
    guard, alone = through(cases // 4, seed + 1, "guard")
    _, control = through(1, seed + 2, "none")
    return Outcome(both + guard, len(found) + len(alone), len(control), "; ".join(map(repr, (found + alone)[:3])))
