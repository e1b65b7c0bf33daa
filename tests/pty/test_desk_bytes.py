"""What the real desk costs on the line, in bytes, at 120x40 with twenty people waiting (docs: the budgets)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterdesk.station.commands import IssueTicket
from counterdesk.station.host import Station
from counterdesk.station.roles import Actor
from mock_server.server import machine_clock
from tests.pty.harness import Terminal
from tests.pty.officer import Officer
from tests.pty.town import desk_command, sign_in, town

pytestmark = pytest.mark.pty

CLOCK = 40
"""What one second of the clock may cost; it may tick within any measurement."""


def _twenty(station: Station) -> None:
    machine = Actor(id="machine", role="ticket_machine")
    for number in range(20):
        command = IssueTicket(group=("TV", "HK", "ID", "EE")[number % 4])
        station.execute(f"t{number}", command, machine, machine_clock())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A desk at work on a violation, painted and quiet."""
    with town(tmp_path_factory.mktemp("bytes"), _twenty) as station, Terminal(desk_command(station.url)) as terminal:
        terminal.wait("登录")
        terminal.drain(0.3)
        before = len(terminal.raw)
        sign_in(terminal)
        terminal.wait("A005")
        terminal.drain(0.3)
        terminal.first_paint = len(terminal.raw) - before
        officer = Officer(terminal)
        officer.press("<f2>", "已叫号")
        officer.press("<f3>", "A001 违法处理.*草稿")
        terminal.drain(0.5)
        yield terminal


def report(name: str, costs: list[int]) -> int:
    """Shows what was measured (with `-s`)."""
    print(f"\nbytes, {name}: {costs}")
    return max(costs)


def test_first_paint(desk: Terminal) -> None:
    assert report("first paint", [desk.first_paint]) <= 56_000


def test_a_typed_character(desk: Terminal) -> None:
    costs = [desk.bytes_of(key) for key in "31000"]
    assert report("a character", costs) <= 160
    costs = [desk.bytes_of("<bs>") for _ in range(5)]
    assert report("a character taken back", costs) <= 160


def test_the_next_field(desk: Terminal) -> None:
    desk.keys("<pgdn><pgdn>")
    desk.wait("●采集")
    desk.drain(0.3)
    costs = [desk.bytes_of("<down>") for _ in range(6)]
    assert report("the next field", costs) <= 260
    desk.keys("<pgup><pgup>")
    desk.wait("●身份")
    desk.drain(0.3)


def test_a_move_in_the_queue(desk: Terminal) -> None:
    desk.bytes_of("<f8>")
    costs = [desk.bytes_of(key) for key in ("<down>", "<down>", "<down>", "<up>", "<up>")]
    assert report("a move in the queue", costs) <= 260
    for _ in range(3):
        desk.bytes_of("<f8>")


def test_a_page_that_was_hidden_comes_back_without_its_old_text(desk: Terminal) -> None:
    before = len(desk.raw)
    desk.keys("<c-g>")
    desk.wait("┐┌ A001 违法处理 ─+ 核对")
    desk.drain(0.3)
    assert "办理中。按Ctrl+N" not in desk.raw[before:].decode(errors="replace")
    for step in ("材料", "采集", "事项", "身份"):  # and from the review the way back is PgUp, as in the form
        desk.keys("<pgup>")
        desk.wait(f"●{step}")


def test_nothing_but_the_clock(desk: Terminal) -> None:
    desk.drain(0.3)
    before = len(desk.raw)
    seconds = 3.0
    desk.idle_bytes(seconds)
    written = bytes(desk.raw[before:])
    assert report("three idle seconds", [len(written)]) <= CLOCK * 4
    # The clock alone: no line but the first is touched.
    assert "\n" not in written.decode()
