"""A day read through the port: all of it, nothing else, with few questions, also from a stream that changes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from counterdesk.backends.base import Misunderstood, Resync, Unreachable
from counterdesk.backends.reading import TRIES, read_day
from counterdesk.station import commands as c
from tests.unit.desk.fake import GROUPS, NOW, Clock, FakeBackend

TICKET = c.IssueTicket(group=GROUPS[0])


async def three_days() -> tuple[FakeBackend, Clock]:
    """A hundred tickets a day, the second day off."""
    clock = Clock()
    fake = FakeBackend(clock)
    for _ in range(2):
        for _ in range(100):
            fake.give(TICKET)
        clock.later(days=2)
    await fake.sign_in("p1", "right")
    return fake, clock


async def test_each_day_is_read_whole_and_alone() -> None:
    fake, _ = await three_days()
    whole = tuple(fake.store.events(0))
    for offset, count in ((-1, 0), (0, 102), (1, 0), (2, 101), (3, 0)):
        day = (NOW + timedelta(days=offset)).date()
        excerpt = await read_day(fake, day)
        assert excerpt.events == tuple(one for one in whole if one.event.at.date() == day)
        assert len(excerpt.events) == count
        assert excerpt.known == fake.station.state
    assert len(fake.called("events")) <= 5 * 10
    assert fake.listeners == 0


@pytest.mark.parametrize("times", [1, TRIES])
async def test_a_stream_that_goes_back_is_read_anew(times: int) -> None:
    fake, _ = await three_days()
    fake.muted = True
    left = times

    def broken(method: str) -> None:
        nonlocal left
        if method == "snapshot":
            fake.muted = left > 0
        elif method == "events" and left > 0:
            left -= 1
            asyncio.get_running_loop().call_soon(fake.say, Resync())

    fake.chance = broken
    if times == TRIES:
        with pytest.raises(Misunderstood):
            await read_day(fake, NOW.date())
    else:
        assert len((await read_day(fake, NOW.date())).events) == 102
    assert fake.listeners == 0


async def test_a_line_that_breaks_is_said() -> None:
    fake, _ = await three_days()
    fake.before["events"].extend([None, None, Unreachable()])
    with pytest.raises(Unreachable):
        await read_day(fake, NOW.date())
