"""The lines at the edges, and the input that stands alone."""

from __future__ import annotations

from functools import partial

from textual import events
from textual.widgets import Input

from counterdesk.text import cells
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.lean_input import LeanInput
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.queue_list import QueueList
from counterdesk.widgets.status_bar import StatusBar
from counterdesk.widgets.values import KeyHint
from tests.ui.gallery import KEYS, STATUS
from tests.ui.widgets.stage import staged


async def test_the_key_bar_wraps_where_it_must_and_marks_what_is_illegal() -> None:
    for width, lines in ((120, 1), (80, 2)):
        panel, bar = QueueList(), KeyBar()
        async with staged(panel, bar, size=(width, 10), palette="none") as play:
            bar.show(KEYS)
            await play.settle()
            assert bar.region.height == lines
            shown = "\n".join(play.lines(bar))
            assert "(F2)叫号" in shown, "illegal: in parentheses"
            assert " F4 过号" in shown
            assert "F10" in shown
            assert "帮助" in shown
            bar.show(KEYS[:2])
            await play.settle()
            assert bar.region.height == 1


async def test_a_key_keeps_its_place_when_it_becomes_legal() -> None:
    bar = KeyBar()
    async with staged(bar, size=(80, 4), focus=False) as play:
        bar.show(KEYS)
        await play.settle()
        before = play.text().replace("(", " ").replace(")", " ")
        bar.show(tuple(KeyHint(hint.key, hint.label, not hint.legal) for hint in KEYS))
        assert play.text().replace("(", " ").replace(")", " ") == before


async def test_the_status_line_cuts_its_left_never_the_clock() -> None:
    bar = StatusBar()
    for width in (120, 40, 12):
        bar = StatusBar()
        async with staged(bar, size=(width, 3), focus=False) as play:
            bar.show(STATUS, "10:42:07")
            [line] = play.lines(bar)
            assert line.endswith("10:42:07 ")
            assert cells(line) == width
            assert play.refreshed(partial(bar.show, STATUS, "10:42:07"), bar) == set()


async def test_the_message_line_says_one_thing() -> None:
    line = MessageLine()
    async with staged(line, size=(30, 3), focus=False) as play:
        line.say("[/] 已\x1b[2J到窗" + "很长" * 30, "ok")
        [shown] = play.lines(line)
        assert "[/] 已" in shown
        assert "\x1b" not in shown
        assert cells(shown) == 30
        line.say("")
        assert play.lines(line)[0].strip() == ""


async def test_a_paste_into_an_input_is_joined_cleaned_cut_and_never_submits() -> None:
    field = LeanInput(limit=6)
    async with staged(field, size=(30, 3)) as play:
        field.post_message(events.Paste("\n一\x9b\r\n二\n三四五六"))
        await play.settle()
        assert field.value == "一\ufffd 二 三"
        assert len(play.said(LeanInput.Cut)) == 1
        assert play.said(Input.Submitted) == []
        await play.press("x")
        assert field.value == "一\ufffd 二 三", "at the limit"
        await play.press("backspace", "x", "enter")
        await play.settle()
        assert [message.value for message in play.said(Input.Submitted)] == ["一\ufffd 二 x"]
        assert field.region.height == 1
        assert play.pilot.app.cursor_position.y == 0


async def test_every_palette_draws() -> None:
    for palette in ("none", "dark", "light"):
        line = MessageLine()
        async with staged(line, size=(30, 2), palette=palette, focus=False) as play:
            line.say("警示", "block")
            style = next(style for words, style, _ in line.render_line(0) if "警示" in words)
            assert style is not None
            assert style.bold, "not by colour alone"
            assert (style.color is None) == (palette == "none")
            await play.settle()
