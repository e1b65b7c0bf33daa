"""Nobody leaves untold: the printed list, through the real program."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.pty.conftest import OpenDesk
from tests.pty.officer import Officer
from tests.pty.town import Town

pytestmark = pytest.mark.pty


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_birth_with_papers_missing_ends_with_a_printed_notice(
    station: Town, open_desk: OpenDesk, tmp_path: Path, size: tuple[int, int]
) -> None:
    printed = tmp_path / "printed.txt"
    printer = tmp_path / "printer.sh"
    printer.write_text(f'#!/bin/sh\ncat > "{printed}"\n', encoding="utf-8")
    printer.chmod(0o700)
    settings = tmp_path / "settings.toml"
    settings.write_text(f'print_command = ["{printer}"]\n', encoding="utf-8")
    station.issue("HK", "hukou.birth")
    terminal = open_desk(station.url, "--settings", str(settings), size=size)
    officer = Officer(terminal)
    officer.press("<f2>", "已叫号")
    officer.press("<f3>", "H001 出生登记.*草稿")
    born = date.today() - timedelta(days=10)
    officer.fill_all(
        {
            "母亲公民身份": "310000199603140023<enter>",
            "父亲公民身份": "310000199407080019<enter>",
            "情形": "6",
            "随谁落户": "2",
            "出生医学证明编号": "T310000016<enter>",
            "姓名": "张小样<enter>",
            "性别": "2",
            "出生时间": f"{born} 08:20<enter>",
        }
    )
    officer.press("<pgdn>", "●材料")
    officer.fill("居民户口簿", "2")
    officer.fill("亲子鉴定意见书", "2")

    officer.press("<f10>", "尚未告知")
    terminal.wait("3项缺少或须先解决")
    assert not printed.exists()
    officer.press("1", "已打印:一次性告知单 H001")
    text = printed.read_text(encoding="utf-8")
    listed = text[text.index("须补交的材料") : text.index("须带来交验")]
    assert [line[3:] for line in listed.splitlines() if line[:2] in ("1.", "2.", "3.")] == [
        "居民户口簿",
        "亲子鉴定意见书",
    ]
    assert "非婚生育随父落户须提供" in text
    assert "行政许可法第32条" in text
    assert "张小样" not in text
    assert "310000199603140023" not in text
    assert "演练" not in text

    # It was said; the visit ends, and the draft waits for the papers.
    terminal.wait("办结:结果")
    officer.press("2", "办结,请评价")
    case = station.only_case("hukou.birth")
    assert case.status == "draft"
    assert station.state().tickets[case.ticket].outcome == "come_back"
