"""Work beside the screen: how long the threads' turns are meanwhile and afterwards, however it ends."""

from __future__ import annotations

import asyncio
import sys
import time
from threading import Event

import pytest

from counterdesk.screens import beside as room
from counterdesk.screens.beside import TURN, beside, key_came, rest


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


def test_a_work_rests_while_keys_come_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waits = [100.0], list[float]()

    class Stop(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            now[0] += timeout or 0.0
            if len(waits) == 2:
                key_came()
            return self.is_set()

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(room._Turns, "key", float("-inf"))
    rest(Stop())
    assert waits == [room.BREATH], "nobody presses a key"
    waits.clear()
    key_came()
    rest(Stop())
    assert sum(waits) == pytest.approx(2 * room.HANDS), "the second key came just as the first rest was over"
    monkeypatch.setattr(room._Turns, "key", now[0] + 60)
    waits.clear()
    rest(Stop())
    assert sum(waits) == pytest.approx(room.BREATH + room.LONGEST), "a key that is held down"
    stopped = Stop()
    stopped.set()
    waits.clear()
    key_came()
    rest(stopped)
    assert len(waits) <= 2, "whoever is told to stop rests no more"
