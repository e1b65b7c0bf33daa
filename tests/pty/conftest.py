"""Stations and desks for journeys through the real program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.pty.harness import Terminal
from tests.pty.town import Town, desk_command, sign_in, town

OpenDesk = Callable[..., Terminal]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a terminal of its own: what a desk keeps there must not greet the next one."""
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Town]:
    """A quiet station."""
    with town(tmp_path) as running:
        yield running


@pytest.fixture
def open_desk() -> Iterator[OpenDesk]:
    """Opens desks that are gone at the end: `open_desk(url, "--lang", "en", size=(80, 24))`."""
    with ExitStack() as stack:

        def start(url: str, *options: str, size: tuple[int, int] = (120, 40), signed_in: bool = True) -> Terminal:
            terminal = stack.enter_context(Terminal(desk_command(url, *options), size=size))
            if signed_in:
                sign_in(terminal)
            return terminal

        yield start
