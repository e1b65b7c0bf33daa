"""What a course adds to the practice backend: the line drops, and whoever is not there does not come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest

from counterdesk.backends.base import Alive, Unreachable
from counterdesk.backends.practice import PracticeBackend
from counterdesk.practice.course import Course, Drop, Stop
from counterdesk.station.commands import CallNext, MarkNoShow, OpenCounter, StartService
from counterdesk.station.events import Recorded
from counterdesk.station.model import TIMEZONE
from counterdesk.station.refused import Refused

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=TIMEZONE)
GONE = Stop(scenario="idcard.renew:P1", service="idcard.renew", day=date(2026, 11, 23), comes=False)
COURSE = Course(level="rush", seed=1, day=date(2026, 11, 23), stops=(GONE,), drops=(Drop(after=2.0, seconds=40),))


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def _listen(stream: AsyncIterator[object]) -> None:
    async for _ in stream:
        pass


async def desk(clock: Clock) -> PracticeBackend:
    backend = PracticeBackend(course=COURSE, clock=clock, heartbeat=0.01)
    await backend.sign_in("T001", "")
    await backend.execute("open", OpenCounter(counter="3", groups=tuple((await backend.snapshot()).state.groups)))
    return backend


async def test_while_the_line_is_down_nothing_is_reached_and_the_first_answer_is_lost() -> None:
    clock = Clock()
    backend = await desk(clock)
    clock.now += timedelta(seconds=119)
    await backend.snapshot()
    clock.now += timedelta(seconds=1)
    seq = backend.world.station.seq
    with pytest.raises(Unreachable):
        await backend.snapshot()
    with pytest.raises(Unreachable):
        await backend.execute("call", CallNext(counter="3"))
    assert backend.world.station.seq == seq + 1, "carried out, only the answer was lost"
    for command_id in ("call", "later"):
        with pytest.raises(Unreachable):
            await backend.execute(command_id, MarkNoShow(counter="3"))
    with pytest.raises(Unreachable):
        await backend.read_note("3")
    with pytest.raises(Unreachable):
        await backend.sign_in("T001", "")
    assert backend.world.station.seq == seq + 1

    clock.now += timedelta(seconds=40)
    first = await backend.execute("call", CallNext(counter="3"))
    assert [recorded.seq for recorded in first.events] == [seq + 1]
    await backend.close()


async def test_who_listens_hears_that_the_line_broke_and_misses_nothing_afterwards() -> None:
    clock = Clock()
    backend = await desk(clock)
    seq = backend.world.station.seq
    stream = backend.events(seq)
    assert isinstance(await anext(stream), Alive)
    clock.now += timedelta(seconds=130)
    with pytest.raises(Unreachable):
        await asyncio.wait_for(_listen(stream), 20)
    with pytest.raises(Unreachable):
        await backend.execute("call", CallNext(counter="3"))
    with pytest.raises(Unreachable):
        await anext(backend.events(seq))
    clock.now += timedelta(seconds=40)
    item = await anext(backend.events(seq))
    assert isinstance(item, Recorded)
    assert item.seq == seq + 1
    await backend.close()


async def test_whoever_is_not_there_does_not_come_to_the_counter() -> None:
    clock = Clock()
    backend = await desk(clock)
    await backend.execute("call", CallNext(counter="3"))
    for command_id in ("start", "start", "again"):
        with pytest.raises(Refused, match="nobody_came"):
            await backend.execute(command_id, StartService(counter="3"))
    await backend.execute("missed", MarkNoShow(counter="3"))
    (ticket,) = (await backend.snapshot()).state.tickets.values()
    assert (ticket.state, backend.world.stop_of(ticket.id)) == ("no_show", (0, GONE))
    await backend.close()


async def test_control_without_a_course_the_line_stays_up_and_people_come() -> None:
    clock = Clock()
    backend = PracticeBackend(clock=clock)
    await backend.sign_in("T001", "")
    await backend.execute("open", OpenCounter(counter="3", groups=tuple((await backend.snapshot()).state.groups)))
    clock.now += timedelta(seconds=130)
    await backend.execute("call", CallNext(counter="3"))
    await backend.execute("start", StartService(counter="3"))
    assert (backend.world.dropped(), backend.world.until_drop()) == (None, None)
    assert backend.world.elapsed() == 130
    await backend.close()
