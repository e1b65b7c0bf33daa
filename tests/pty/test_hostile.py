"""Short forms of the torture through a real terminal: hostile bytes out of the program, hostile bytes into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.torture import hostile_bytes, stdin_fuzz
from benchmarks.torture.hostile import foreign
from tests.pty.conftest import OpenDesk
from tests.pty.harness import Terminal
from tests.pty.town import Town, desk_command

pytestmark = pytest.mark.pty


def test_hostile_strings_out() -> None:
    outcome = hostile_bytes.run(900, 7)
    assert outcome.cases >= 900
    assert outcome.violations == 0, outcome
    assert outcome.control > 0, outcome


def test_hostile_bytes_in() -> None:
    outcome = stdin_fuzz.run(25, 7)
    assert outcome.violations == 0, outcome
    assert outcome.control > 0, outcome


@pytest.mark.parametrize(
    "raw", [b"\x1b]52;c;eA==\x07", b"\x1b[31", b"\xc2\x9b31m", b"\xe2\x80\xae", b"\x1bPq", b"\x1b[5i"]
)
def test_control_the_grammar_of_our_bytes_is_narrow(raw: bytes) -> None:
    assert foreign(b"\x1b[1;1H\x1b[1mok\x1b[m" + raw) != []
    assert foreign(b"\x1b[1;1H\x1b[1m\xe5\xbc\xa0\x1b[m\x1b[K\x1b[?25h") == []


@pytest.fixture
def asked(station: Town, open_desk: OpenDesk) -> Terminal:
    """A desk that asks whether to quit."""
    station.issue("TV")
    terminal = open_desk(station.url)
    terminal.keys("<f2>")
    terminal.wait("已叫号")
    terminal.keys("<f3>")
    terminal.wait("草稿")
    terminal.keys("<c-q>")
    terminal.wait("确定退出")
    return terminal


def test_a_paste_that_breaks_out_answers_nothing(asked: Terminal) -> None:
    asked.send(b"\x1b[200~x\x1b[201~2\r2\r")
    asked.drain(0.3)
    assert not asked.ended
    assert "确定退出" in asked.text()
    asked.keys("2")  # a hand answers
    assert asked.wait_end() == 0


def test_a_paste_answers_no_question(asked: Terminal) -> None:
    asked.send(b"\x1b[200~2\n2\r\n\x1b[201~")
    asked.drain(0.3)
    assert not asked.ended
    assert "确定退出" in asked.text()


def test_a_paste_with_new_lines_stays_in_its_field(station: Town, open_desk: OpenDesk) -> None:
    station.issue("TV")
    terminal = open_desk(station.url)
    terminal.keys("<f2>")
    terminal.wait("已叫号")
    terminal.keys("<f3>")
    terminal.wait("草稿")
    terminal.send(b"\x1b[200~3100\n0019\r\n9001\x1b[201~")
    terminal.wait("› *驾驶证号.* 3100 0019 9001")


@pytest.mark.parametrize("report", [b"\x1b[48;0;0;0;0t", b"\x1b[48;1;1;1;1t", b"\x1b[?2048;2$y\x1b[48;5;5;0;0t"])
def test_a_size_that_is_typed_is_not_believed(station: Town, open_desk: OpenDesk, report: bytes) -> None:
    terminal = open_desk(station.url)
    terminal.send(report + b"\x1b[<35;10;10M\x1b[<" + b"9" * 300 + b";1;1M")
    terminal.drain(0.3)
    terminal.keys("<f1>")
    terminal.wait("现在可用的键")
    terminal.resize(60, 15)
    terminal.wait("终端太小:现为60x15")  # the system's own signal counts


def test_a_mouse_that_was_not_asked_for_chooses_nothing(station: Town, open_desk: OpenDesk) -> None:
    station.issue("TV")
    terminal = open_desk(station.url)
    terminal.wait("A001|V001|[A-Z]001")
    before = terminal.text().replace(terminal.text().splitlines()[0], "")
    for row in range(1, 12):
        terminal.send(f"\x1b[<0;5;{row}M\x1b[<0;5;{row}m".encode())
    terminal.drain(0.3)
    assert terminal.text().replace(terminal.text().splitlines()[0], "") == before


def test_nothing_is_written_where_the_screen_does_not_go(tmp_path: Path) -> None:
    """With stderr in a file the screen would be drawn into it."""
    command = ["/bin/sh", "-c", f'"$@" 2>{tmp_path}/drawn', "sh", *desk_command("http://127.0.0.1:1")]
    with Terminal(command) as terminal:
        assert terminal.wait_end() == 2
    assert (tmp_path / "drawn").read_text(encoding="utf-8") == "counterdesk: 请在终端里运行\n"
