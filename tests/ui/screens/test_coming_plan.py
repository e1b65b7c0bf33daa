"""What a leader orders, on the screen of the counter that it is about: told, and a plan kept in sight."""

from __future__ import annotations

from datetime import timedelta

import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.roles import Actor
from tests.ui.screens.counter import COUNTER, NOW, at_counter

pytestmark = pytest.mark.usefixtures("terminal")
LEADER = Actor(id="031230", role="leader")
OTHER = Actor(id="031235", role="officer")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_told_kept_in_sight_and_followed(size: tuple[int, int]) -> None:
    async with at_counter("TV", "HK", size=size) as counter:
        everything = counter.world.station.state.counters[COUNTER].groups
        counter.hand(c.OpenCounter(counter="1", groups=everything), OTHER)
        counter.hand(c.ApplyPlan(profiles={COUNTER: ("HK", "EE")}), LEADER)
        await counter.until(lambda: counter.message == "2分后,下次叫号起本窗口办:出入境 户口", "the news")
        if size[0] == 80:
            assert counter.words("coming.status") in counter.text()
        else:
            assert "2分后,下次叫号起本窗口" in counter.text()
        counter.pass_time(minutes=2)
        await counter.call()
        assert counter.current is not None
        assert counter.current.group == "HK"
        state = counter.world.station.state
        assert state.counters[COUNTER].groups == ("EE", "HK")
        assert state.plans[-1].status == "in_force"
        assert counter.words("coming.status") not in counter.text()
        assert "下次叫号起" not in counter.text()


async def test_a_plan_that_is_given_up_is_told_too_and_one_for_others_is_not() -> None:
    async with at_counter("TV") as counter:
        everything = counter.world.station.state.counters[COUNTER].groups
        counter.hand(c.OpenCounter(counter="1", groups=everything), OTHER)
        counter.hand(c.ApplyPlan(profiles={"1": ("HK",)}), LEADER)
        seen = counter.world.station.seq
        await counter.until(lambda: counter.desk.state.station.plans, "the plan")
        await counter.quiet()
        assert "下次叫号" not in counter.text()
        counter.hand(c.ApplyPlan(profiles={COUNTER: ("TV",), "1": everything}), LEADER)
        await counter.until(lambda: "起本窗口办:违法" in counter.message, "the news")
        counter.hand(c.CancelPlan(), LEADER)
        await counter.until(lambda: counter.message == counter.words("say.plan_cancelled"), "the end of it")
        assert isinstance(list(counter.world.store.events(seen))[-1].event, e.PlanCancelled)


async def test_where_that_is_shorter_what_changes_is_told() -> None:
    async with at_counter("TV", "HK") as counter:
        everything = counter.world.station.state.counters[COUNTER].groups
        counter.hand(c.OpenCounter(counter="1", groups=everything), OTHER)
        counter.hand(c.ApplyPlan(profiles={COUNTER: tuple(g for g in everything if g != "TV")}), LEADER)
        await counter.until(lambda: counter.message == "2分后,下次叫号起本窗口减 违法", "the news")


async def test_what_a_leader_does_at_a_counter_is_told_there() -> None:
    async with at_counter("TV", "HK") as counter:
        await counter.call()
        assert counter.current is not None
        number = counter.current.number
        counter.pass_time(minutes=3)
        counter.hand(c.Requeue(counter=COUNTER), LEADER)
        taken = counter.words("orders.taken", number=number, state=counter.words("ticket.state.waiting"))
        await counter.until(lambda: counter.message == taken, "the order")
        start = NOW + timedelta(minutes=30)
        counter.hand(c.PlanBreak(counter=COUNTER, at=start, minutes=15), LEADER)
        span = f"{start:%H:%M}-{start + timedelta(minutes=15):%H:%M}"
        await counter.until(lambda: counter.message == counter.words("orders.break", span=span), "the break")
        assert counter.words("orders.pause", span=span) in counter.text(), "and kept in sight"
        counter.hand(c.CancelBreak(counter=COUNTER, at=start), LEADER)
        await counter.until(lambda: counter.message == counter.words("orders.no_break", span=span), "the end of it")
        counter.hand(c.CloseCounter(counter=COUNTER), LEADER)
        closed = counter.words("counter.state.closed")
        await counter.until(lambda: counter.message == counter.words("orders.counter", state=closed), "the counter")


async def test_what_the_officer_does_himself_is_told_as_before() -> None:
    async with at_counter("TV") as counter:
        await counter.call()
        assert counter.current is not None
        called = counter.message
        assert counter.current.number in called
        assert not called.startswith(counter.words("orders.called", number=counter.current.number))
