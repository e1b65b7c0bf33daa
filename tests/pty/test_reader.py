"""A card reader at a real terminal: its line comes as keys, into whatever field has the cursor."""

from __future__ import annotations

import pytest

from tests.pty.conftest import OpenDesk
from tests.pty.officer import Officer
from tests.pty.town import Town

pytestmark = pytest.mark.pty

CARD = "张测试|男|汉|19900101|上海市黄浦区示例路1号|310000199001010010|上海市公安局黄浦分局|20150501-20350501"


@pytest.mark.parametrize("field", ["申请事由", "联系电话|手机号码"])
def test_a_card_is_read_into_any_field(station: Town, open_desk: OpenDesk, field: str) -> None:
    station.issue("EE", "passport.first")
    terminal = open_desk(station.url)
    officer = Officer(terminal)
    officer.press("<f2>", "已叫号")
    officer.press("<f3>", "E001 护照首次申领.*草稿|E001 .*草稿")
    officer.press("<pgdn>", "●事项")
    officer.press("<pgdn>", "●采集")
    for label in field.split("|"):
        if label in terminal.text():
            officer.go(label)
    before = officer.active
    officer.press(f"{CARD}<enter>", "已读卡,填入[0-9]+项|调档填入")
    assert officer.active == before
    assert "|男|" not in terminal.text()
    officer.press("<pgup>", "●事项")
    officer.press("<pgup>", "●身份")
    terminal.wait("310[*]+0010|3100.*0010")
    terminal.wait("2035年5月1日|2035-05-01")
