"""Stations and desks for journeys through the real program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.pty.harness import Terminal
from tests.pty.town import Town, desk_command, sign_in, town

OpenDesk = Callable[..., Terminal]


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
