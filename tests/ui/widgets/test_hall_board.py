"""The board's numbers: as large as there is room, never beyond an edge, and noticed without colour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counterdesk.text import cells
from counterdesk.widgets import big
from counterdesk.widgets.base import Row
from counterdesk.widgets.hall_board import CalledNumber, HallBoard, HallBoardView
from tests.ui.widgets.stage import staged


def called(number: str, counter: str = "3", **more: bool) -> CalledNumber:
    return CalledNumber(number, counter, "请到", "号窗口", **more)


VIEW = HallBoardView(
    title="示范派出所",
    clock="10:42",
    notice="",
    calls=(called("A057"), called("H012", "1"), called("B001", "2", there=True)),
    empty="暂无叫号",
    heading="等候情况",
    waits=tuple(f"{letter} 违法 12人 最长18分" for letter in "ABCEHRS"),
    brief_heading="等候 人数/最长分钟",
    brief=tuple(f"{letter} 12/18" for letter in "ABCEHRS"),
    foot="Ctrl+Q 退出",
)


def lines(view: HallBoardView, width: int, height: int) -> list[str]:
    return ["".join(words for words, _ in row) for row in HallBoard(view).rows(width, height)]


@pytest.mark.parametrize("width", [20, 40, 80, 81, 120, 200, 320])
@pytest.mark.parametrize("height", [6, 12, 24, 40, 80])
@pytest.mark.parametrize("count", [0, 1, 3, 12])
def test_every_size_is_filled_exactly(width: int, height: int, count: int) -> None:
    calls = tuple(called(f"A{number:03}", str(number), there=number > 8) for number in range(count))
    shown = lines(replace(VIEW, calls=calls, notice="连接中断"), width, height)
    assert len(shown) == height
    assert {cells(line) for line in shown} == {width}
    assert "10:42" in shown[0]
    assert "连接中断" in shown[1]
    if count and height >= 24:
        written = "\n".join(shown)
        assert "请到" in written or "A000" in written


@pytest.mark.parametrize(("width", "height", "scale"), [(80, 24, 2), (120, 40, 3), (200, 60, 6)])
def test_the_newest_is_as_large_as_there_is_room(width: int, height: int, scale: int) -> None:
    shown = lines(replace(VIEW, calls=VIEW.calls[:1]), width, height)
    for line in big.draw("A057", scale):
        assert any(line in row for row in shown), line
    assert not any(big.draw("A057", scale + 1)[0] in row for row in shown)


@pytest.mark.parametrize(("width", "height"), [(40, 10), (40, 12), (60, 10), (80, 24), (120, 40)])
def test_no_group_is_missing_because_the_screen_is_small(width: int, height: int) -> None:
    shown = lines(replace(VIEW, calls=(*VIEW.calls, called("C004", "4", there=True))), width, height)
    foot = "\n".join(shown[-6:])
    assert all(f"{letter} 违法" in foot or f"{letter} 12/18" in foot for letter in "ABCEHRS"), shown
    if height < 24:
        assert all(any(call in row for row in shown) for call in ("A057", "H012", "B001", "C004")), "nor a call"


def test_who_is_still_to_come_is_seen_beside_the_newest() -> None:
    shown = "\n".join(lines(VIEW, 80, 24))
    assert big.draw("A057", 1)[0] in shown or big.draw("A057", 2)[0] in shown
    assert "H012  请到 1 号窗口" in shown or big.draw("H012", 1)[0] in shown
    assert "B001" in shown


def test_a_number_that_cannot_be_drawn_is_written() -> None:
    shown = "\n".join(lines(replace(VIEW, calls=(called("号057"), called("A1", "东"))), 80, 24))
    assert "号057  请到 3 号窗口" in shown
    assert "A1  请到 东 号窗口" in shown


def test_a_new_call_is_marked_and_turned_without_any_colour() -> None:
    def styles(rows: list[Row]) -> set[str]:
        return {style for row in rows[2:12] for words, style in row if words.strip()}

    plain = HallBoard(replace(VIEW, calls=(called("A057"),))).rows(80, 24)
    new = HallBoard(replace(VIEW, calls=(called("A057", new=True, turned=True),))).rows(80, 24)
    assert not any("▶" in words for row in plain for words, _ in row)
    assert any("▶" in words for row in new for words, _ in row)
    assert "cursor" in styles(new) - styles(plain)


@pytest.mark.parametrize("scale", range(1, 9))
def test_every_character_has_its_size_and_differs(scale: int) -> None:
    seen = set()
    for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-":
        drawn = big.draw(char, scale)
        assert (max(map(len, drawn)), len(drawn)) == big.size(char, scale)
        assert len(set(map(len, drawn))) == 1
        seen.add(drawn)
    assert len(seen) == 37
    assert big.draw("a057", scale) == big.draw("A057", scale)
    assert not big.drawable("")
    assert not big.drawable("号1")


async def test_it_is_shown_and_only_what_changed_is_drawn_again() -> None:
    board = HallBoard(VIEW)
    async with staged(board, size=(80, 24), palette="none") as play:
        await play.settle()
        assert "示范派出所" in play.lines(board)[0]
        board.show(replace(VIEW, clock="10:43"))
        await play.settle()
        assert "10:43" in play.lines(board)[0]
