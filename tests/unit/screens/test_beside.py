"""Work beside the screen: how long the threads' turns are meanwhile and afterwards, however it ends."""

from __future__ import annotations

import asyncio
import sys
from threading import Event

import pytest

from counterdesk.screens.beside import TURN, beside


async def test_turns_are_short_until_the_last_work_is_over() -> None:
    usual = sys.getswitchinterval()
    first, second = Event(), Event()
    works = [asyncio.create_task(beside(gate.wait, 10)) for gate in (first, second)]
    await asyncio.sleep(0)
    assert usual > TURN
    assert sys.getswitchinterval() == pytest.approx(TURN)
    first.set()
    assert await works[0]
    assert sys.getswitchinterval() == pytest.approx(TURN)
    second.set()
    assert await works[1]
    assert sys.getswitchinterval() == pytest.approx(usual)


async def test_a_work_that_fails_or_is_given_up_leaves_the_turns_as_they_were() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError):
        await beside(divmod, 1, 0)
    gate = Event()
    given_up = asyncio.create_task(beside(gate.wait, 10))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    gate.set()
    assert sys.getswitchinterval() == pytest.approx(usual)
