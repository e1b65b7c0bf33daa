"""The hands of an officer at a real terminal: fields are found by their labels, as an officer finds them, and filled
with keys. Every key is counted."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from tests.pty.harness import KEYS, Terminal

MARKS = "✓○✗=·-"
_ACTIVE = re.compile(rf"│›(\S.*?)\s+[{MARKS}](?:\s|│)")
_STEP = re.compile(r"●(身份|事项|采集|材料|核对)")


def until(terminal: Terminal, done: object, what: str, timeout: float = 15.0) -> str:
    """Waits until `done(text of the screen)`; gives the text."""
    assert callable(done)
    end = time.monotonic() + timeout
    while True:
        shown = terminal.text()
        if done(shown):
            return shown
        left = end - time.monotonic()
        if left <= 0 or terminal.ended:
            raise AssertionError(f"{what} did not happen:\n{shown}")
        terminal.read(min(left, 0.5))


def gone(terminal: Terminal, regex: str) -> str:
    """Waits until this stands nowhere on the screen any more."""
    pattern = re.compile(regex)
    return until(terminal, lambda shown: not pattern.search(shown), f"the end of {regex!r}")


class Officer:
    """Fills forms. keys: how many keys were pressed so far."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.keys = 0

    def press(self, keys: str, regex: str = "") -> str:
        """Presses keys, and waits until something stands on the screen."""
        self.keys += len(re.sub(r"<([a-z0-9-]+)>", lambda match: "." if match[1] in KEYS else match[0], keys))
        self.terminal.keys(keys)
        return self.terminal.wait(regex) if regex else self.terminal.text()

    @property
    def active(self) -> str:
        """The label of the field with the cursor, "" where there is none."""
        found = _ACTIVE.search(self.terminal.text())
        return found[1] if found else ""

    @property
    def place(self) -> tuple[str, str]:
        """The step of the intake and the field in it."""
        step = _STEP.search(self.terminal.text())
        return (step[1] if step else "核对", self.active)

    def go(self, label: str, key: str = "<tab>") -> None:
        """Goes by `key` to the field whose label begins like this; with a blank at its end, is this."""
        for _ in range(60):
            if f"{self.active} ".startswith(label):
                return
            before = self.place
            self.press(key)
            until(self.terminal, lambda _, before=before: self.place != before, f"leaving {before}")
        raise AssertionError(f"no field {label!r}:\n{self.terminal.text()}")

    def fill(self, label: str, keys: str) -> None:
        """Goes to a field, types, and waits until the form took it and the cursor is on."""
        self.go(label)
        before = self.place
        taken = re.compile(rf"│[ ›]{re.escape(before[1].rstrip('…'))}\S*\s+[✓✗]")
        here = re.compile(rf"│[ ›]{re.escape(before[1].rstrip('…'))}\S*\s+[{MARKS}]")
        self.press(keys)
        until(
            self.terminal,
            lambda shown: self.place != before and (taken.search(shown) or not here.search(shown)),
            f"{label}: {keys}",
        )

    def fill_all(self, answers: Mapping[str, str]) -> None:
        """Fills these fields, which stand in the order of the form."""
        for label, keys in answers.items():
            self.fill(label, keys)
