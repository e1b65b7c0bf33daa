"""What a reader types in one go, also where the line gets stuck on its way."""

from __future__ import annotations

import pytest

from counterdesk.formats.wedge import Card, Code
from counterdesk.widgets.burst import GAP, Burst, FieldKey

LINE = "张测试|男|汉|19900101|上海市黄浦区示例路1号|310000199001010010|上海市公安局黄浦分局|20150501-20350501"
HERE, THERE = FieldKey("form", "phone"), FieldKey("form", "name")


def typed(burst: Burst, words: str, begin: float, place: FieldKey = HERE, held: str = "") -> float:
    """Characters a millisecond apart; the time after the last."""
    for number, char in enumerate(words):
        burst.add(char, begin + number / 1000, place, held if number == 0 else "")
    return begin + len(words) / 1000


@pytest.mark.parametrize("breaks", [(4,), (24,), (50,), (5, 30), (5, 30, 60)])
def test_a_line_that_gets_stuck_is_one_line(breaks: tuple[int, ...]) -> None:
    burst = Burst()
    time = 1.0
    for begin, end in zip((0, *breaks), (*breaks, len(LINE)), strict=True):
        time = typed(burst, LINE[begin:end], time, held="" if begin else "139") + 3 * GAP
    found = burst.reading()
    assert isinstance(found, Card)
    assert found.name == "张测试"
    assert (burst.text, burst.began, burst.held) == (LINE, HERE, "139")


def test_what_a_hand_typed_before_is_no_part_of_the_line() -> None:
    burst = Burst()
    time = typed(burst, "王小明", 1.0)
    typed(burst, LINE, time + 3 * GAP, held="王小明")
    found = burst.reading()
    assert isinstance(found, Card)
    assert found.name == "张测试"
    assert burst.held == "王小明"


def test_another_key_ends_what_got_stuck() -> None:
    burst = Burst()
    time = typed(burst, LINE[:20], 1.0)
    burst.end()
    typed(burst, "310000199001010010", time + 3 * GAP)
    assert burst.reading() == Code("number", "310000199001010010")


def test_a_part_that_makes_no_card_stays_a_part() -> None:
    burst = Burst()
    time = typed(burst, "a|b", 1.0)
    typed(burst, "E001", time + 3 * GAP, THERE)
    assert burst.reading() == Code("ticket", "E001")
    assert burst.began == THERE


def test_choices_that_digits_took_are_put_back_from_the_first_part_on() -> None:
    burst = Burst()
    time = typed(burst, LINE[:20], 1.0)
    burst.committed(HERE, "first")
    time = typed(burst, LINE[20:], time + 3 * GAP)
    burst.committed(HERE, "second")
    burst.committed(THERE, "other")
    assert isinstance(burst.reading(), Card)
    assert burst.before == {HERE: "first", THERE: "other"}
