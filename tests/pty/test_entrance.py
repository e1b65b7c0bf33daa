"""The entrance through the real program: signed in without a counter, a number in three keys, its slip printed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.pty.harness import Terminal
from tests.pty.officer import until
from tests.pty.town import Town
from tests.server_process import PASSWORD, STATION

pytestmark = pytest.mark.pty


def test_a_number_and_its_slip(station: Town, tmp_path: Path) -> None:
    printed = tmp_path / "printed.txt"
    printer = tmp_path / "printer.sh"
    printer.write_text(f'#!/bin/sh\ncat > "{printed}"\n', encoding="utf-8")
    printer.chmod(0o700)
    settings = tmp_path / "settings.toml"
    settings.write_text(f'print_command = ["{printer}"]\n', encoding="utf-8")
    command = [sys.executable, "-m", "counterdesk", "guide", "--url", station.url, "--station", STATION]
    with Terminal([*command, "--settings", str(settings)], size=(80, 24)) as terminal:
        terminal.wait("登录 大厅")
        terminal.keys(f"guide<enter>{PASSWORD}<enter>")
        terminal.wait("办理什么")
        terminal.keys("11<enter>")
        terminal.wait("排队号 A001")
        (ticket,) = station.state().tickets.values()
        assert (ticket.number, ticket.service, ticket.state) == ("A001", "violation.handle", "waiting")
        terminal.wait("A001:")
        # It is printed beside the screen: what is said of the number may be there before its slip.
        until(terminal, lambda _: printed.exists() and printed.read_text(encoding="utf-8").endswith("\n"), "the slip")
        text = printed.read_text(encoding="utf-8")
        assert "排队号 A001" in text
        assert "时间未知" in text  # no counter is open yet: nothing is promised
        terminal.keys("<c-z>")
        terminal.wait("A001已撤回|A001弃号")
        terminal.keys("<c-q>")
    assert [one.state for one in station.state().tickets.values()] == ["left"]
