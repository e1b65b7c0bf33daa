"""Panels of lines: the cursor, what is refreshed, and the frame."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import App

from counterdesk.text import cells, wrap
from counterdesk.widgets.base import Guard
from counterdesk.widgets.line_panel import LinePanel, spans_of
from counterdesk.widgets.queue_list import QueueList
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import Cell, Line, PanelView
from tests.ui.widgets.stage import staged

HOSTILE = ("[/]", "[type=x, v={'a[0]'}]", "\x1b[2J\x1b]52;c;eA==\x07", "a\u202eb\u2066c", "x" * 10_000, "張" * 10_000,
           "e\u0301\u0301\u0301\u0301\u0301\u0301", "👨‍👩‍👧", "क्षत्रिय", "\x00\n\r\t", "\ud800", "\x9b31m")  # fmt: skip


def view(*ids: str, title: str = "排队", note: str = "") -> PanelView:
    """A panel of lines with these ids."""
    return PanelView(title, tuple(Line((Cell(f"票{id_}"),), id_) for id_ in ids), note)


async def test_the_cursor_stays_on_its_line_when_lines_move() -> None:
    panel = QueueList(view("a", "b", "c"), id="queue")
    async with staged(panel) as play:
        await play.press("down")
        assert panel.cursor_id == "b"
        panel.show(view("x", "c", "b", "a"))
        assert panel.cursor_id == "b"
        await play.press("enter")
        assert [(m.panel_id, m.line_id) for m in play.said(QueueList.Chosen)] == [("queue", "b")]
        panel.show(view("x", "c", "a"))  # gone: the one that took its place
        assert panel.cursor_id == "a"
        panel.show(view("x"))
        assert panel.cursor_id == "x"
        panel.show(view())
        await play.press("enter")
        await play.settle()
        assert [m.line_id for m in play.said(QueueList.Highlighted)] == ["b", "a", "x", ""]
        assert len(play.said(QueueList.Chosen)) == 1


async def test_lines_without_an_id_are_passed_over() -> None:
    lines = (Line((Cell("等候"),)), Line((Cell("甲"),), "a"), Line((Cell("因为"),)), Line((Cell("乙"),), "b"))
    panel = LinePanel(PanelView("提示", lines))
    async with staged(panel) as play:
        assert panel.cursor_id == "a"
        await play.press("down")
        assert panel.cursor_id == "b"
        await play.press("up", "up", "up")
        assert panel.cursor_id == "a"


async def test_only_changed_lines_are_refreshed() -> None:
    panel = QueueList(view("a", "b", "c", "d"))
    async with staged(panel) as play:
        assert play.refreshed(lambda: panel.show(view("a", "b", "c", "d")), panel) == set()
        assert play.refreshed(lambda: panel.show(view("a", "x", "c", "d")), panel) == {2}
        assert play.refreshed(lambda: panel.show(view("a", "x", "c", "d", note="9分")), panel) == {0}
        assert play.refreshed(lambda: panel.step(1), panel) == {1, 2}


@pytest.mark.parametrize(("keep", "stays"), [(False, "a"), (True, "b")])
async def test_a_cursor_goes_back_to_rest_with_the_focus_unless_it_is_to_stay(keep: bool, stays: str) -> None:
    panel, other = LinePanel(view("a", "b"), id="one", keep=keep), QueueList(view("c"), id="two")
    async with staged(panel, other) as play:
        await play.press("down")
        assert panel.cursor_id == "b"
        other.focus()
        await play.press("down")
        assert panel.cursor_id == stays


async def test_focus_moves_without_repainting_a_panel() -> None:
    first, second = QueueList(view("a", "b"), id="one"), LinePanel(view("c", "d"), id="two")
    async with staged(first, second, palette="none") as play:
        before = play.lines(first)
        title = first.render_line(0)
        second.focus()
        await play.settle()
        assert play.lines(first) == before, "the text of a panel does not depend on the focus"
        assert first.render_line(0) != title, "its look does"
        assert any(style and style.reverse for _, style, _ in second.render_line(0))
        assert not play.pilot.app.screen._repaint_required


async def test_scrolling_shows_how_much_is_hidden() -> None:
    panel = QueueList(view(*(f"{n}" for n in range(30))))
    async with staged(panel, size=(40, 10)) as play:
        assert "↓22" in play.lines()[0]
        await play.press("end")
        assert panel.cursor_id == "29"
        assert "↑22" in play.lines()[0]
        assert "↓" not in play.lines()[0]
        await play.press("pageup")
        assert panel.cursor_id == "22"
        await play.press("home")
        assert "↑" not in play.lines()[0]
        assert play.pilot.app.cursor_position == (1, 1)
        await play.press("down")
        assert play.pilot.app.cursor_position == (1, 2)


async def test_foot_lines_stay() -> None:
    foot = (Line((Cell("为什么是A058"),)),)
    panel = QueueList(PanelView("排队", view(*"abcdefghij").lines, "", foot))
    async with staged(panel, size=(40, 8)) as play:
        await play.press("end")
        assert "为什么是A058" in play.lines()[6]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words[:8]))
async def test_hostile_text_neither_crashes_nor_breaks_the_frame(words: str) -> None:
    panel = QueueList(PanelView(words, (Line((Cell(words, "warn", 7), Cell(words, width=-1)), words),), words))
    async with staged(panel, size=(40, 6)) as play:
        assert any(isinstance(line_filter, Guard) for line_filter in play.pilot.app._filters)
        for line in play.lines(panel):
            assert cells(line) == 40
            assert line[0] in "┌│└"
            assert line[-1] in "┐│┘"
            assert line.isprintable()


def test_a_line_is_always_as_wide_as_its_panel() -> None:
    line = Line(
        (Cell("姓名", "strong", 5), Cell("张", width=3, align="right"), Cell("很长的中文地址", width=-1), Cell("尾"))
    )
    for width in range(2, 40):
        assert sum(cells(words) for words, _ in spans_of(line, width)) == width


def test_a_long_name_gives_way_to_what_stands_behind_it() -> None:
    line = Line((Cell("示范派出所", width=-2), Cell("  "), Cell("● 在线")))
    assert "".join(words for words, _ in spans_of(line, 30)).rstrip() == " 示范派出所  ● 在线", (
        "and is no wider than it is"
    )
    assert "".join(words for words, _ in spans_of(line, 16)) == " 示范派…  ● 在线"
    for width in range(2, 40):
        assert sum(cells(words) for words, _ in spans_of(line, width)) == width


def test_a_wide_character_is_never_split() -> None:
    assert "".join(words for words, _ in spans_of(Line((Cell("张伟明", width=4),)), 10)) == " 张…      "


async def test_messages_of_two_panels_can_be_told_apart() -> None:
    got: list[str] = []

    class Deaf(App[None]):
        @on(QueueList.Chosen, "#left")
        def left(self) -> None:
            got.append("left")

    panel = QueueList(view("a"), id="left")
    app = Deaf(ansi_color=True)
    async with app.run_test() as pilot:
        await app.mount(panel)
        panel.focus()
        await pilot.press("enter")
        await pilot.pause()
    assert got == ["left"]


async def test_a_text_is_wrapped_and_scrolled() -> None:
    panel = TextView()
    async with staged(panel, size=(30, 8)) as play:
        panel.show_text("帮助", "第一段" * 40 + "\n末尾")
        await play.settle()
        assert "↓" in play.lines()[0]
        for _ in range(20):
            panel.step(1)
        assert "末尾" in play.text()
        assert panel.view.lines[0].cells[0].text == "第一段第一段第一段第一段第"


def test_wrapping_prefers_spaces_in_latin_text() -> None:
    assert wrap("the quick brown", 9) == ["the quick", "brown"]
    assert wrap("一二三四五", 4) == ["一二", "三四", "五"]
    assert wrap("a\n\nb", 4) == ["a", "", "b"]
