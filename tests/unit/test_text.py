"""Text made safe to show, and text measured in cells."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from counterdesk import text as text_module
from counterdesk.text import MARK, cells, clean, fit, has_unsafe

anything = st.text(st.characters(), max_size=60) | st.text(
    st.sampled_from("ab张·\u0301\u0323\u200b\u202e\x1b\x9b\ufe0f\U000e0100\t\n\r\ud800"), max_size=40
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("张测试", "张测试"),
        ("plain ASCII", "plain ASCII"),
        ("李𬱖", "李𬱖"),
        ("\x1b]52;c;AAAA\x07", f"{MARK}]52;c;AAAA{MARK}"),
        ("\x9b2J", f"{MARK}2J"),
        ("a\x7fb", f"a{MARK}b"),
        ("a\tb", "a b"),
        ("a\nb", f"a{MARK}b"),
        ("\u202e张三", f"{MARK}张三"),
        ("a\u200bb\u2060c\ufeffd", f"a{MARK}b{MARK}c{MARK}d"),
        ("\u3164\u115f\uffa0", MARK * 3),
        ("\U000e0041", MARK),
        ("\U0010fffd", MARK),
        ("\udc80", MARK),
        ("\x00", MARK),
        (MARK, MARK),
        ("\ue000", "\ue000"),
        ("葛\U000e0100城", "葛城"),
        ("e\u0301", "é"),
        ("x" + "\u0323\u0324\u0325\u0331\u0332\u0333", "x\u0323\u0324\u0325\u0331…"),
    ],
)
def test_clean_shows_what_was_there(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_line_feeds_stay_only_in_multiline_text() -> None:
    assert clean("一\r\n二\n三\r四", multiline=True) == f"一\n二\n三{MARK}四"
    assert has_unsafe("一\n二")
    assert not has_unsafe("一\n二", multiline=True)


def test_too_long_text_is_cut_with_an_ellipsis() -> None:
    assert clean("x" * 501) == "x" * 499 + "…"
    assert clean("x" * 500) == "x" * 500
    assert clean("张测试", limit=2) == "张…"
    assert clean("张测试", limit=0) == "…"
    assert clean("张" * 1_000_000) == "张" * 499 + "…"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (0x00, 0x1F),
        (0x7F, 0x9F),
        (0xAD, 0xAD),
        (0x34F, 0x34F),
        (0x61C, 0x61C),
        (0x115F, 0x1160),
        (0x3164, 0x3164),
        (0xFFA0, 0xFFA0),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x200B, 0x200F),
        (0x2028, 0x202E),
        (0x2060, 0x206F),
        (0xD800, 0xDFFF),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFF0, 0xFFFC),
        (0xFFFE, 0xFFFF),
        (0xE0000, 0xE0FFF),
        (0xF0000, 0x10FFFF),
    ],
)
def test_every_steering_code_point_is_neutralised(first: int, last: int) -> None:
    for code in range(first, last + 1):
        assert has_unsafe(chr(code)), hex(code)
        assert chr(code) not in clean(f"a{chr(code)}b"), hex(code)


@given(anything, st.booleans(), st.integers(1, 50))
def test_clean_is_safe_and_idempotent(raw: str, multiline: bool, limit: int) -> None:
    shown = clean(raw, multiline=multiline, limit=limit)
    assert not has_unsafe(shown, multiline=multiline)
    assert len(shown) <= limit
    assert unicodedata.is_normalized("NFC", shown)
    assert clean(shown, multiline=multiline, limit=limit) == shown
    shown.encode()


def test_every_combining_mark_is_counted() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char).startswith("M") and not has_unsafe(char):
            assert text_module._MARKS_POSSIBLE.search(char * 5), hex(code)


@pytest.mark.parametrize(
    "sample",
    [
        "",
        "plain ASCII 123",
        "张测试",
        "阿卜杜拉·示例",
        "李𬱖",
        "沪A·00001",
        "上海市嘉定区徐行镇示例路100弄1号101室",
        "ＡＢＣ　１２３",
        "ｱｲｳ",
        "é à ñ e\u0301 x\u0323\u0324",
        "…—“”·①→",
        "한국어 가각",
        "〇\ue000\ufffd",
        "日本語かなカナが",
        "Ünïcödé — Ελληνικά Русский",
        "👍 ✅ ⚠",
    ],
)
def test_cells_agree_with_rich(sample: str) -> None:
    assert cells(sample) == cell_len(sample)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x9FFF), max_size=30).map(clean))
def test_cells_agree_with_rich_on_single_characters(sample: str) -> None:
    for char in sample:
        # Unicode 16 widened the trigrams and hexagrams; this Python's tables are older.
        if unicodedata.category(char) != "Cn" and not re.match("[\u2630-\u268f\u4dc0-\u4dff]", char):
            assert cells(char) == cell_len(char), hex(ord(char))


@pytest.mark.parametrize(
    ("text", "width", "align", "fitted"),
    [
        ("张三", 6, "left", "张三  "),
        ("张三", 6, "right", "  张三"),
        ("张三", 7, "center", " 张三  "),
        ("张测试", 5, "left", "张测…"),
        ("张测试", 4, "left", "张… "),
        ("张测试", 2, "left", "… "),
        ("张测试", 1, "left", "…"),
        ("张测试", 0, "left", ""),
        ("abc", 3, "left", "abc"),
        ("abcd", 3, "left", "ab…"),
        ("e\u0323\u0324e\u0323e", 2, "left", "e\u0323\u0324…"),
    ],
)
def test_fit(text: str, width: int, align: Literal["left", "right", "center"], fitted: str) -> None:
    assert fit(text, width, align=align) == fitted


@given(anything.map(clean), st.integers(0, 40), st.sampled_from(["left", "right", "center"]))
def test_fit_always_fills_its_width(text: str, width: int, align: Literal["left", "right", "center"]) -> None:
    fitted = fit(text, width, align=align)
    assert cells(fitted) == width
    kept = re.sub("…$", "", fitted.strip(" "))
    assert kept.strip() in text or not kept
