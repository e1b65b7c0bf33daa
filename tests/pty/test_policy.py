"""The policy library in the real program: into it and back with what was typed, and what changed since last time."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from counterdesk.catalog.changes import Kept, Seen
from tests.pty.conftest import OpenDesk
from tests.pty.harness import Terminal
from tests.pty.officer import Officer, gone
from tests.pty.town import OFFICER, Town, desk_command
from tests.server_process import PASSWORD

pytestmark = pytest.mark.pty


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_into_the_library_and_back(station: Town, open_desk: OpenDesk, size: tuple[int, int]) -> None:
    station.issue("HK", "hukou.birth")
    terminal = open_desk(station.url, size=size)
    officer = Officer(terminal)
    officer.press("<f2>", "已叫号")
    officer.press("<f3>", "H001 出生登记.*草稿")
    officer.press("3100001996")
    terminal.wait("3100001996")
    officer.press("<c-t>", "搜索政策")
    officer.press("出生登记", "› 出生登记 ")
    terminal.drain(0.2)
    officer.press("<enter>", "┌ 政策 .*Esc 返回")
    moves = [terminal.bytes_of("<down>") for _ in range(3)]
    print(f"\nbytes, a move on a page: {moves}")
    assert min(moves) <= 260
    terminal.keys("<esc>")
    terminal.wait("› 出生登记 ")
    terminal.keys("<esc>")
    gone(terminal, "搜索政策")
    terminal.wait("3100001996")
    officer.press("03140023<enter>", "✓ 310000\\*+0023 +[0-9]+岁")


def test_rules_that_changed_since_the_last_shift(station: Town, tmp_path: Path) -> None:
    state = tmp_path / "state"
    env = {"XDG_STATE_HOME": str(state)}

    def sign_in(terminal: Terminal, then: str) -> None:
        terminal.wait("登录")
        terminal.keys(f"{OFFICER}<enter>{PASSWORD}<enter>")
        terminal.wait(then)

    with Terminal(desk_command(station.url), env=env) as terminal:
        sign_in(terminal, "开窗:")
        terminal.keys("<c-q>")
        assert terminal.wait_end() == 0
    (file,) = (state / "counterdesk").glob("rules-seen-*")
    assert file.stat().st_mode & 0o777 == 0o600
    seen = msgspec.json.decode(file.read_bytes(), type=Seen)
    rules = seen.rules | {"hukou.birth/fee/gone": Kept("x", "从前的费用", "old fee")}
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(seen, sha256="old", rules=rules)))
    with Terminal(desk_command(station.url), env=env) as terminal:
        sign_in(terminal, r"1条规则有变化,按Ctrl\+T查看")
        terminal.keys("<c-t>")
        terminal.wait("规则变化")
        terminal.keys("<enter>")
        terminal.wait("从前的费用")
        terminal.keys("<esc><esc><c-q>")
        assert terminal.wait_end() == 0
    assert "hukou.birth/fee/gone" not in msgspec.json.decode(file.read_bytes(), type=Seen).rules
