"""What says who somebody is: hidden until the officer asks, shown while he looks, and each look is told the station."""

from __future__ import annotations

from typing import Any

import pytest

from counterdesk.station import commands as c
from tests.ui.screens.counter import AtCounter, at_counter

PERSON, MASK = "310000199001010010", "310000********0010"
TV = ("TV",)


@pytest.fixture
async def counter() -> Any:
    """A number stands in the first field, and the cursor is back on it."""
    async with at_counter(*TV) as counter:
        await counter.serve()
        await counter.type(PERSON)
        await counter.press("enter")
        await counter.until(lambda: MASK in counter.text(), "the mask")
        await counter.press("up")
        await counter.until(lambda: counter.scene.masked, "the cursor on the mask")
        counter.desk.sent.clear()
        yield counter


def looks(counter: AtCounter) -> int:
    return sum(isinstance(command, c.ViewValue) for command in counter.sent)


async def test_a_look_is_told_once_and_ends_with_the_cursor(counter: AtCounter) -> None:
    key = counter.screen.active_field
    assert PERSON not in counter.text()
    await counter.press("left")
    await counter.until(lambda: PERSON in counter.text(), "the value")
    assert counter.sent == [c.ViewValue(case=counter.screen.case, field=key)]
    await counter.press("left", "left", "right")
    assert looks(counter) == 1
    await counter.press("down")
    await counter.until(lambda: PERSON not in counter.text(), "the mask")
    await counter.press("up")
    assert PERSON not in counter.text()
    await counter.press("left")
    await counter.until(lambda: PERSON in counter.text())
    assert looks(counter) == 2


async def test_typing_over_a_mask_replaces_the_whole_value(counter: AtCounter) -> None:
    other = "110101199003070011"
    key = counter.screen.active_field
    for digit in other[:3]:
        await counter.press(digit)
    assert MASK not in counter.text()
    assert PERSON not in counter.text()
    await counter.press("enter")
    await counter.until(lambda: counter.file.entered.get(key) == other[:3], "the new text")
    assert looks(counter) == 0


async def test_backspace_takes_a_hidden_value_away_(counter: AtCounter) -> None:
    key = counter.screen.active_field
    await counter.press("down", "up")
    assert counter.file.answers[key].value == PERSON
    await counter.press("backspace")
    assert PERSON[:-1] not in counter.text()
    await counter.press("enter")
    await counter.until(lambda: key not in counter.file.answers, "the end of it")
    assert not counter.file.entered.get(key)
    assert looks(counter) == 0


async def test_a_number_that_is_wrong_is_hidden_too_once_it_is_left() -> None:
    wrong = "310000199001010011"
    async with at_counter(*TV) as counter:
        await counter.serve()
        key = counter.screen.active_field
        await counter.type(wrong)
        await counter.press("enter")
        await counter.until(lambda: counter.file.entered.get(key) == wrong)
        assert counter.screen.active_field != key
        assert wrong not in counter.text()
        await counter.press("up")
        assert wrong in counter.text()  # here it is being mended
