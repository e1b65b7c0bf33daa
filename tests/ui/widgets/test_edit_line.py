"""Editing a line, without a screen."""

from __future__ import annotations

import pytest

from counterdesk.text import cells
from counterdesk.widgets.edit_line import EditLine, joined


def test_the_usual_keys() -> None:
    line = EditLine("ab cd")
    for key, shown, caret in (
        ("left", "ab cd", 4),
        ("backspace", "ab d", 3),
        ("delete", "ab ", 3),
        ("home", "ab ", 0),
        ("right", "ab ", 1),
        ("ctrl+k", "a", 1),
        ("ctrl+u", "", 0),
        ("backspace", "", 0),
        ("delete", "", 0),
    ):
        assert line.press(key)
        assert (line.text, line.caret) == (shown, caret)
    assert not line.press("f2")
    line.insert("one two ")
    line.press("ctrl+w")
    assert line.text == "one "


def test_a_letter_and_its_marks_go_together() -> None:
    line = EditLine("xe\u0301\u0323")
    line.press("left")
    assert line.caret == 1
    line.press("end")
    line.press("backspace")
    assert line.text == "x"


def test_the_limit() -> None:
    line = EditLine("abc", limit=5)
    assert not line.insert("xyz")
    assert line.text == "abcxy"


@pytest.mark.parametrize(
    "words", ["x" * 10_000, "张伟明" * 400, "a张" * 300, "e\u0301" * 50, "👨‍👩‍👧" * 9, "\x1b[2J", ""]
)
def test_the_window_is_exactly_as_wide_as_asked_and_shows_the_caret(words: str) -> None:
    line = EditLine(words, limit=20_000)
    for width in (2, 7, 20):
        for key in ("end", "left", "left", "home", "right", "right", "end"):
            line.press(key)
            before, under, after = line.window(width)
            assert cells(before) + cells(under) + cells(after) == width
            assert cells(under) in (1, 2)
            assert (before + under + after).isprintable()


def test_pasted_lines_become_one() -> None:
    assert joined("\n 一 \r\n\n二\u2028三\x85") == "一 二 三"
    assert joined("\x1b[2J") == "\ufffd[2J"
    assert joined(" \n ") == ""
