"""The English desk: no Chinese in its chrome, no words missing."""

from __future__ import annotations

import re

import pytest

from tests.pty.conftest import OpenDesk
from tests.pty.officer import Officer, gone
from tests.pty.town import Town
from tests.server_process import PASSWORD

pytestmark = pytest.mark.pty

HAN = re.compile(r"[\u3400-\u9fff]")
DATA = ("示范派出所", "上海市黄浦区示例路")
"""What is data and stays as it is: the station's own name, an address from the register."""


def english(shown: str) -> None:
    """No Chinese but data, and no key that has no words."""
    for line in shown.splitlines():
        rest = line
        for name in DATA:
            rest = rest.replace(name, "")
        assert not HAN.search(rest), line
        assert "⟨" not in rest, line
        assert not re.search(r"\{[a-z_]+\}", rest), line


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_english_through_a_visit(station: Town, open_desk: OpenDesk, size: tuple[int, int]) -> None:
    station.issue("TV")
    station.issue("HK", "hukou.birth")
    terminal = open_desk(station.url, "--lang", "en", size=size, signed_in=False)
    english(terminal.wait("Sign in"))
    terminal.keys("031234<enter>wrong<enter>")
    english(terminal.wait("wrong|not"))
    terminal.keys(f"{PASSWORD}<enter>")
    terminal.wait("Open for")
    terminal.drain()
    officer = Officer(terminal)

    def see(keys: str, regex: str = "") -> None:
        before = terminal.text()
        officer.press(keys, regex)
        terminal.read(1.0)
        terminal.drain(0.12)
        english(terminal.text())
        assert regex or terminal.text() != before, f"{keys} did nothing"

    english(terminal.text())
    see("<f4>")  # blocked, with its reason
    see("<f1>", "F2")
    see("<pgdn>")
    see("<pgdn>")
    see("<f1>")
    see("<f2>", "A001")
    see("<f6>")
    see("<esc>")
    see("<f3>", "started|arrived|Draft|draft")
    see("310000199001010010<enter>", "[0-9]+ y, male|[0-9]+ y")
    for _ in range(4):
        see("<pgdn>")
    see("<f9>")
    see("<f7>")
    see("<c-p>")
    see("<esc>")
    see("<c-n>")
    see("csdj<enter>")
    for _ in range(4):
        see("<pgdn>")
    see("<f9>")
    see("<f5>")
    see("2")
    see("<f2>")
    see("<f10>")
    for _ in range(3):
        see("<f8>", "H001")
    see("<c-q>")
    gone(terminal, "⟨")
