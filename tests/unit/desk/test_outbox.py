"""Commands: in order, one at a time, carried out exactly once, each with one answer."""

from __future__ import annotations

import pytest

from counterdesk.backends.base import Misunderstood, NotAllowed, Unreachable
from counterdesk.station import commands as c
from counterdesk.station.model import PlanReason
from counterdesk.station.roles import Actor
from tests.unit.desk.fake import COUNTER, GROUPS, OFFICER, SECOND, Hang, Rig

OPEN = c.OpenCounter(counter=COUNTER, groups=GROUPS)
TICKET = c.IssueTicket(group=GROUPS[0])
CALL = c.CallNext(counter=COUNTER)
START = c.StartService(counter=COUNTER)


async def test_one_at_a_time_and_in_order(rig: Rig) -> None:
    rig.start()
    await rig.online()
    hang = Hang()
    rig.fake.before["execute"].append(hang)
    ids = [rig.desk.submit(command) for command in (OPEN, TICKET, CALL)]
    await rig.until(hang.began.is_set)
    assert len(rig.fake.called("execute")) == 1
    assert [p.tries for p in rig.state.pending] == [1, 0, 0]
    assert rig.areas >= {"pending"}
    hang.set()
    await rig.settled()
    assert rig.fake.called("execute") == [(ids[0], OPEN), (ids[1], TICKET), (ids[2], CALL)]
    assert [notice.command for notice in rig.notices] == [OPEN, TICKET, CALL]


async def test_the_id_of_the_caller_is_kept(rig: Rig) -> None:
    rig.start()
    await rig.online()
    assert rig.desk.submit(OPEN, "mine") == "mine"
    await rig.settled()
    assert rig.fake.executed == ["mine"]


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("line", [True, False], ids=["the stream stands", "the stream breaks too"])
async def test_an_unknown_outcome_is_asked_for_again(rig: Rig, arrived: bool, line: bool) -> None:
    rig.start()
    await rig.online()
    rig.desk.submit(OPEN)
    await rig.settled()
    (rig.fake.after if arrived else rig.fake.before)["execute"].extend([Unreachable(), Unreachable()])
    if not line:
        rig.fake.before["snapshot"].append(Unreachable())
    rig.fake.muted = True
    before = rig.fake.station.seq
    ticket = rig.desk.submit(TICKET)
    call = rig.desk.submit(CALL)
    if not line:
        await rig.until(lambda: len(rig.fake.called("execute")) == 2)
        rig.fake.say(Unreachable())
    await rig.settled()
    assert [sent for sent, _ in rig.fake.called("execute")][1:] == [ticket, ticket, ticket, call]
    assert rig.fake.executed[1:] == [ticket, call]
    assert rig.fake.station.seq == before + 2
    assert len(rig.state.station.tickets) == 1
    assert rig.state.station == rig.fake.station.state
    assert rig.kinds() == ["done"] * 3


async def test_a_refusal_is_told_and_the_queue_goes_on(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.after["execute"].extend([None, Unreachable()])  # also when the refusal itself got lost
    for command in (OPEN, CALL, TICKET):
        rig.desk.submit(command)
    await rig.settled()
    assert rig.kinds() == ["done", "refused", "done"]
    refused = rig.notices[1]
    assert (refused.command, refused.code) == (CALL, "nobody_waiting")
    assert len(rig.fake.executed) == 3


@pytest.mark.parametrize("error", [NotAllowed("no"), Misunderstood("what?")])
async def test_what_the_station_does_not_take_is_given_up(rig: Rig, error: Exception) -> None:
    rig.start()
    await rig.online()
    rig.fake.before["execute"].append(error)
    rig.desk.submit(OPEN)
    rig.desk.submit(TICKET)
    await rig.settled()
    assert rig.kinds() == ["lost", "done"]
    assert rig.notices[0].command == OPEN
    assert rig.state.link.status == "online"


async def test_commands_given_before_the_line_stands(rig: Rig) -> None:
    first = rig.desk.submit(OPEN)
    rig.fake.before["sign_in"].extend([Unreachable(), Unreachable()])
    rig.start()
    await rig.settled()
    assert rig.fake.executed == [first]


async def test_a_broken_backend_ends_the_desk_instead_of_going_quiet(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.before["execute"].append(ZeroDivisionError("planted"))
    rig.desk.submit(START)
    await rig.until(lambda: rig.fake.closed)
    with pytest.raises(ExceptionGroup) as caught:
        await rig.inline.stop()
    assert caught.group_contains(ZeroDivisionError)
    rig.inline._running = None


@pytest.mark.parametrize("arrived", [False, True])
@pytest.mark.parametrize("seconds", [30, 90])
async def test_a_plan_that_waited_for_the_line_is_not_sent_when_it_returns(
    rig: Rig, arrived: bool, seconds: int
) -> None:
    leader = Actor(id="p1", role="leader")
    rig.start()
    await rig.online()
    rig.fake.actor = leader
    rig.fake.give(c.OpenCounter(counter="1", groups=GROUPS), SECOND)
    rig.fake.give(c.OpenCounter(counter="2", groups=GROUPS), OFFICER)
    down = True

    def broken(method: str) -> Unreachable | None:
        tries = len(rig.fake.called("execute"))
        return Unreachable() if down and tries and (method, tries) != ("execute", 1) else None

    (rig.fake.after if arrived else rig.fake.before)["execute"].append(Unreachable())
    rig.fake.chance = broken
    plan = c.ApplyPlan(profiles={"1": GROUPS[:1]}, because=(PlanReason(code="by_hand"),))
    rig.desk.submit(plan)
    await rig.until(lambda: rig.fake.called("execute"))
    rig.fake.say(Unreachable())
    await rig.until(lambda: rig.state.link.status == "offline")
    sent = len(rig.fake.called("execute"))
    rig.clock.later(seconds=seconds)
    down = False
    rig.desk.retry_now()
    await rig.until(lambda: not rig.state.pending)
    late = seconds > 60
    assert len(rig.fake.called("execute")) == sent + (not late)
    assert len(rig.fake.station.state.plans) == (arrived or not late)
    assert [dead.code for dead in rig.state.dead] == (["stale_plan"] if late and not arrived else [])


@pytest.mark.parametrize(
    ("order", "held_back"),
    [
        (c.CloseCounter(counter="2"), True),
        (c.AnswerHelp(counter="2"), True),
        (c.Requeue(counter="2"), True),
        (c.CancelPlan(), True),
        (c.AssignTicket(ticket="t1", counter="2"), True),
        (c.PauseCounter(counter=COUNTER, reason="break"), False),
        (TICKET, False),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, bool) else "",
)
async def test_an_order_to_a_hall_that_went_on_is_not_sent_when_the_line_returns(
    rig: Rig, order: c.AnyCommand, held_back: bool
) -> None:
    rig.start()
    await rig.online()
    rig.fake.actor = Actor(id="p1", role="leader")
    down = True

    def broken(method: str) -> Unreachable | None:
        return Unreachable() if down and rig.fake.called("execute") else None

    rig.fake.chance = broken
    rig.desk.submit(order)
    await rig.until(lambda: rig.fake.called("execute"))
    rig.fake.say(Unreachable())
    await rig.until(lambda: rig.state.link.status == "offline")
    sent = len(rig.fake.called("execute"))
    rig.clock.later(seconds=90)
    down = False
    rig.desk.retry_now()
    await rig.until(lambda: not rig.state.pending)
    assert len(rig.fake.called("execute")) == sent + (not held_back)
    assert ([dead.code for dead in rig.state.dead] == ["stale_order"]) == held_back
