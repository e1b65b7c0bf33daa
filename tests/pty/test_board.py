"""The board as it hangs in the hall: the real command in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pty.harness import PYTHON, Terminal

pytestmark = pytest.mark.pty


def test_the_board_comes_up_shows_the_hall_and_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "LANG": "C.UTF-8"}
    command = [PYTHON, "-m", "counterdesk", "board", "--demo"]
    with Terminal(command, size=(80, 24), env=env, cwd=str(Path(__file__).parents[2])) as terminal:
        terminal.wait("示范派出所", timeout=40)
        terminal.wait("A 违法 .*人")
        terminal.wait("号窗口")
        terminal.keys("<c-q>")
        assert terminal.wait_end() == 0
        assert b"\x1b[?1049l" in terminal.raw
