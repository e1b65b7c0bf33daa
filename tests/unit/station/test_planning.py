"""When a plan is looked for, from what, and the planner that applies plans by itself."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from counterdesk.station import commands as c
from counterdesk.station.decide import decide, refusal
from counterdesk.station.host import Answer
from counterdesk.station.model import PlanReason, QueueGroup, Settings
from counterdesk.station.plan import finish
from counterdesk.station.planning import PLANNER, Looked, bursts, look, moment, plan_by_itself
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

from .hall import CONFIGURE, LEADER, MACHINE, OFFICER, SECOND, SETUP, THIRD, Hall

GROUPS = (
    QueueGroup(id="hukou", letter="A", wait_target=20, daily=60),
    QueueGroup(id="traffic", letter="B", wait_target=14, daily=150),
)


def station() -> Hall:
    """Three counters, two of them for traffic alone, and a crowd for hukou before the third."""
    hall = Hall()
    hall.do(c.ConfigureStation(station="demo", name="x", counters=("1", "2", "3"), groups=GROUPS), SETUP)
    hall.do(c.OpenCounter(counter="3", groups=("hukou",)), THIRD)
    hall.do(c.ChangeProfile(counter="1", groups=("traffic",)), OFFICER)
    for _ in range(14):
        hall.do(c.IssueTicket(group="hukou"), MACHINE)
        hall.now += timedelta(minutes=1)
    return hall


def test_the_moments_of_a_plan() -> None:
    hall = Hall()
    hall.now += timedelta(minutes=1)
    why, looked = moment(hall.state, hall.now, None)
    assert why == PlanReason(code="fixed_time")
    assert looked == Looked(18, frozenset({"1", "2"}), frozenset())
    assert moment(hall.state, hall.now, looked) == (None, looked)
    hall.do(c.PauseCounter(counter="2", reason="break"), SECOND)
    why, looked = moment(hall.state, hall.now, looked)
    assert why == PlanReason(code="counter_gone", counter="2")
    assert moment(hall.state, hall.now, looked) == (None, looked)
    hall.do(c.OpenCounter(counter="2"), SECOND)
    why, looked = moment(hall.state, hall.now, looked)
    assert why == PlanReason(code="counter_came", counter="2")
    hall.now += timedelta(minutes=30)
    why, _ = moment(hall.state, hall.now, looked)
    assert why == PlanReason(code="fixed_time")


def test_a_crowd_for_one_group_is_a_moment_once() -> None:
    hall = Hall()
    hall.do(c.ConfigureStation(station="demo", name="x", counters=("1", "2", "3"), groups=GROUPS), SETUP)
    _, looked = moment(hall.state, hall.now, None)
    for _ in range(4):
        hall.do(c.IssueTicket(group="hukou"), MACHINE)
    assert bursts(hall.state, hall.now) == ()
    for _ in range(6):
        hall.do(c.IssueTicket(group="hukou"), MACHINE)
        hall.do(c.IssueTicket(group="traffic"), MACHINE)
    # Ten in ten minutes are many where two are expected, and none too many where five are.
    assert bursts(hall.state, hall.now) == ("hukou",)
    why, looked = moment(hall.state, hall.now, looked)
    assert why == PlanReason(code="burst", group="hukou")
    assert moment(hall.state, hall.now, looked)[0] is None
    hall.now += timedelta(minutes=11)
    assert bursts(hall.state, hall.now) == ()


def test_a_station_gets_a_proposal_that_its_rules_take() -> None:
    hall = station()
    found = finish(look(hall.state, hall.now, PlanReason(code="burst", group="hukou")))
    assert found == finish(look(hall.state, hall.now, PlanReason(code="burst", group="hukou")))
    assert found.verdict == "better"
    hall.do(c.ApplyPlan(profiles=found.profiles, because=found.because), LEADER)
    # What is announced counts as done: nothing is proposed twice.
    again = finish(look(hall.state, hall.now, PlanReason(code="fixed_time")))
    assert again.verdict == "no_better"
    assert again.current.groups["hukou"].median < found.current.groups["hukou"].median


def test_a_group_without_a_counter_is_the_reason_whatever_the_moment() -> None:
    hall = station()
    hall.do(c.CloseCounter(counter="3"), THIRD)
    found = finish(look(hall.state, hall.now, PlanReason(code="counter_gone", counter="3")))
    assert found.because[0] == PlanReason(code="uncovered", group="hukou")
    assert found.verdict == "better"
    assert any("hukou" in profile for profile in found.profiles.values())


class Clockwork:
    """A station whose planner runs in a loop of its own: every look is a minute later."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.tried: list[tuple[datetime, str]] = []
        self.seen = asyncio.Event()

    def execute(self, command_id: str, command: c.AnyCommand, actor: Actor, now: datetime) -> Answer:
        """As `Station.execute`, over the test's hall."""
        assert actor == PLANNER
        try:
            decide(self.hall.state, command, actor, now)
        except Refused as refused:
            self.tried.append((now, refused.code))
            raise
        finally:
            self.seen.set()
        self.hall.do(command, PLANNER)
        self.tried.append((now, "applied"))
        return Answer(command=command_id, fingerprint="")


async def run_until(clockwork: Clockwork, planner: asyncio.Task[None]) -> None:
    """Until the planner has tried something."""
    await asyncio.wait({planner, asyncio.ensure_future(clockwork.seen.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert not planner.done()


async def test_the_planner_applies_where_it_may_and_waits_where_it_may_not() -> None:
    hall = station()
    clockwork = Clockwork(hall)
    planner = asyncio.create_task(plan_by_itself(clockwork.execute, lambda: hall.state, lambda: hall.now, poll=0.0))
    for _ in range(20):
        await asyncio.sleep(0)
    assert clockwork.tried == []
    hall.do(c.SwitchPlanning(automatic=True), LEADER)
    await run_until(clockwork, planner)
    planner.cancel()
    assert clockwork.tried == [(hall.now, "applied")]
    plan = hall.state.plans[-1]
    assert plan.by == "planner"
    assert plan.because[0].code == "fixed_time"


async def test_a_refused_plan_does_not_stop_the_planner() -> None:
    hall = station()
    hall.do(c.SwitchPlanning(automatic=True), LEADER)
    hall.do(c.ApplyPlan(profiles={"2": ("hukou", "traffic")}), LEADER)
    hall.do(c.CancelPlan(), LEADER)
    clockwork = Clockwork(hall)
    planner = asyncio.create_task(plan_by_itself(clockwork.execute, lambda: hall.state, lambda: hall.now, poll=0.0))
    await run_until(clockwork, planner)
    assert [code for _, code in clockwork.tried] == ["plan_too_soon"]
    clockwork.seen.clear()
    hall.now += timedelta(minutes=16)
    await run_until(clockwork, planner)
    planner.cancel()
    assert [code for _, code in clockwork.tried] == ["plan_too_soon", "applied"]


@pytest.mark.parametrize("rest", [0, 900])
def test_profiles_never_flap_faster_than_the_rest_allows(rest: int) -> None:
    """Whatever a planner asks for, it changes nothing twice within the rest."""
    hall = Hall(Settings(plan_rest=rest, plan_notice=0))
    hall.do(c.SwitchPlanning(automatic=True), LEADER)
    applied: list[datetime] = []
    for minute in range(60):
        mine = ("hukou",) if minute % 2 else ("hukou", "traffic")
        command = c.ApplyPlan(profiles={"1": mine})
        refused = refusal(hall.state, command, PLANNER, hall.now)
        assert refused is None or refused.code == "plan_too_soon"
        if refused is None and hall.do(command, PLANNER):
            applied.append(hall.now)
        hall.now += timedelta(minutes=1)
    gaps = [later - earlier for earlier, later in pairwise(applied)]
    assert len(applied) > 2
    assert min(gaps) >= timedelta(seconds=rest)
    assert CONFIGURE.settings.plan_rest == 900


def test_a_crowd_for_a_group_that_went_is_no_moment() -> None:
    hall = Hall()
    hall.do(c.ConfigureStation(station="demo", name="x", counters=("1", "2", "3"), groups=GROUPS), SETUP)
    for _ in range(10):
        hall.do(c.TicketLeaves(ticket=hall.ticket("hukou")), LEADER)
    hall.do(c.ConfigureStation(station="demo", name="x", counters=("1", "2", "3"), groups=GROUPS[1:]), SETUP)
    assert bursts(hall.state, hall.now) == ()
