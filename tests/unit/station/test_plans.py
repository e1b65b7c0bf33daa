"""Skills, planned pauses and plans: announced first, followed with a counter's next call, never under a ticket."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.apply_plan import PLANS_KEPT
from counterdesk.station.hall_view import next_call
from counterdesk.station.model import Break, PlanReason, Settings
from counterdesk.station.profiles import announced, certified, coming_profile, profile, uncovered
from counterdesk.station.roles import Actor
from counterdesk.station.waiting import callable_now

from .hall import CONFIGURE, LEADER, MACHINE, MORNING, OFFICER, SECOND, SETUP, THIRD, Hall, replay

PLANNER = Actor(id="planner", role="planner")
SWAPPED: dict[str, tuple[str, ...]] = {"1": ("traffic",), "2": ("hukou",)}
BOTH = ("hukou", "traffic")
WHY = (PlanReason(code="worst_group", group="hukou", before=31, after=18),)


def groups(hall: Hall) -> dict[str, tuple[str, ...]]:
    return {number: profile(hall.state, number, hall.now) for number in ("1", "2")}


def issue(hall: Hall, group: str) -> str:
    *_, event = hall.do(c.IssueTicket(group=group), MACHINE)
    assert isinstance(event, e.TicketIssued)
    return event.ticket


def test_a_plan_is_announced_to_everybody_before_it_holds() -> None:
    hall = Hall()
    (event,) = hall.do(c.ApplyPlan(profiles=SWAPPED, because=WHY), LEADER)
    assert event == e.PlanAnnounced(
        at=MORNING, by="l1", profiles=SWAPPED, effective_at=MORNING + timedelta(minutes=2), because=WHY
    )
    plan = announced(hall.state)
    assert plan is not None
    assert (plan.by, plan.because, plan.left) == ("l1", WHY, ("1", "2"))
    assert groups(hall) == {"1": BOTH, "2": ("traffic",)}
    assert {number: coming_profile(hall.state, number) for number in ("1", "2")} == SWAPPED
    hall.now += timedelta(seconds=119)
    assert groups(hall) == {"1": BOTH, "2": ("traffic",)}
    hall.now += timedelta(seconds=1)
    assert groups(hall) == SWAPPED


def test_a_counter_follows_it_with_its_next_call_and_the_choice_is_already_the_new_one() -> None:
    hall = Hall()
    first = issue(hall, "hukou")
    hall.do(c.CallNext(counter="1"))
    hall.do(c.StartService(counter="1"))
    issue(hall, "hukou")
    hall.now += timedelta(minutes=1)
    wanted = issue(hall, "traffic")
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.now += timedelta(minutes=3)
    # Nothing happens to who is being served.
    assert hall.state.tickets[first].state == "serving"
    assert hall.state.counters["1"].groups == BOTH
    hall.do(c.FinishTicket(counter="1"))
    choice = next_call(hall.state, "1", hall.now)
    assert choice is not None
    changed, called = hall.do(c.CallNext(counter="1"))
    assert changed == e.ProfileChanged(at=hall.now, by="p1", counter="1", groups=("traffic",))
    assert isinstance(called, e.TicketCalled)
    assert called.ticket == wanted == choice.ticket
    plan = announced(hall.state)
    assert plan is not None
    assert plan.left == ("2",)
    _, _ = hall.do(c.CallNext(counter="2"), SECOND)
    assert hall.state.plans[-1].status == "in_force"
    assert hall.state.plans[-1].ended_at == hall.now
    assert announced(hall.state) is None


def test_nobody_of_the_old_profile_is_called_once_the_plan_is_due() -> None:
    hall = Hall()
    issue(hall, "hukou")
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.now += timedelta(minutes=2)
    assert callable_now(hall.state, "1", hall.now) == ()
    assert hall.no(c.CallNext(counter="1")) == ("nobody_waiting", {"counter": "1"})
    assert len(callable_now(hall.state, "2", hall.now)) == 1


def test_a_given_ticket_is_a_next_call_too() -> None:
    hall = Hall()
    ticket = issue(hall, "hukou")
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.now += timedelta(minutes=2)
    kinds = [type(event) for event in hall.do(c.CallTicket(counter="1", ticket=ticket), LEADER)]
    assert kinds == [e.ProfileChanged, e.TicketCalled]


@pytest.mark.parametrize(
    ("profiles", "code", "params"),
    [
        ({"9": BOTH}, "unknown_counter", {"counter": "9"}),
        ({"3": BOTH}, "counter_not_open", {"counter": "3", "state": "closed"}),
        ({"1": ()}, "profile_empty", {}),
        ({"1": ("hukou", "moon")}, "unknown_group", {"group": "moon"}),
        ({"1": ("traffic",)}, "plan_uncovered", {"group": "hukou"}),
        ({"2": ("hukou",)}, "not_certified", {"group": "hukou"}),
    ],
)
def test_plans_that_cannot_be(profiles: dict[str, tuple[str, ...]], code: str, params: dict[str, str | int]) -> None:
    hall = Hall()
    if code == "not_certified":
        hall.do(c.SetSkills(officer="p2", groups=("traffic",)), LEADER)
    assert hall.no(c.ApplyPlan(profiles=profiles), LEADER) == (code, params)


def test_what_is_already_so_is_no_plan() -> None:
    hall = Hall()
    assert hall.do(c.ApplyPlan(profiles={"1": ("traffic", "hukou")}), LEADER) == ()
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    assert hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER) == ()
    assert len(hall.state.plans) == 1


def test_a_newer_plan_takes_the_place_of_an_announced_one_and_keeps_what_it_does_not_name() -> None:
    hall = Hall()
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.do(c.ApplyPlan(profiles={"1": BOTH}), LEADER)
    older, newer = hall.state.plans
    assert (older.status, older.left) == ("replaced", ())
    assert newer.profiles == {"1": BOTH, "2": ("hukou",)}


def test_a_plan_that_is_given_up_changes_nothing_more() -> None:
    hall = Hall()
    assert hall.do(c.CancelPlan(), LEADER) == ()
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.do(c.CancelPlan(), LEADER)
    hall.now += timedelta(minutes=10)
    assert hall.state.plans[-1].status == "cancelled"
    assert groups(hall) == {"1": BOTH, "2": ("traffic",)}


def test_who_chooses_for_himself_or_closes_is_left_out_of_the_plan_and_a_pause_is_no_choice() -> None:
    hall = Hall()
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.do(c.PauseCounter(counter="1", reason="lunch"))
    hall.do(c.OpenCounter(counter="1"))
    plan = announced(hall.state)
    assert plan is not None
    assert plan.left == ("1", "2")
    hall.do(c.ChangeProfile(counter="1", groups=("hukou",)))
    hall.do(c.CloseCounter(counter="2"), SECOND)
    assert announced(hall.state) is None
    hall.now += timedelta(minutes=5)
    assert profile(hall.state, "1", hall.now) == ("hukou",)


def test_who_comes_back_from_a_pause_after_the_plan_is_due_opens_with_it() -> None:
    hall = Hall()
    hall.do(c.PauseCounter(counter="1", reason="lunch"))
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.now += timedelta(minutes=30)
    (opened,) = hall.do(c.OpenCounter(counter="1"))
    assert isinstance(opened, e.CounterOpened)
    assert opened.groups == ("traffic",)
    plan = announced(hall.state)
    assert plan is not None
    assert plan.left == ("2",)


def test_the_planner_plans_only_where_a_leader_let_it_and_rests_after_every_plan() -> None:
    hall = Hall()
    assert hall.no(c.ApplyPlan(profiles=SWAPPED), PLANNER) == ("planning_off", {})
    hall.do(c.SwitchPlanning(automatic=True), LEADER)
    assert hall.do(c.SwitchPlanning(automatic=True), LEADER) == ()
    hall.do(c.ApplyPlan(profiles=SWAPPED), PLANNER)
    back: dict[str, tuple[str, ...]] = {"1": BOTH, "2": ("traffic",)}
    hall.now += timedelta(minutes=14, seconds=1)
    assert hall.no(c.ApplyPlan(profiles=back), PLANNER) == ("plan_too_soon", {"minutes": 1})
    hall.do(c.ApplyPlan(profiles={"1": BOTH}), LEADER)  # a leader may at any time
    hall.now += timedelta(minutes=15)
    assert hall.do(c.ApplyPlan(profiles=back), PLANNER)


def test_the_planner_does_not_rest_while_a_group_has_no_counter() -> None:
    hall = Hall()
    hall.do(c.SwitchPlanning(automatic=True), LEADER)
    hall.do(c.ApplyPlan(profiles=SWAPPED), PLANNER)
    hall.do(c.CloseCounter(counter="2"), SECOND)
    assert uncovered(hall.state, {}) == ("hukou",)
    assert hall.do(c.ApplyPlan(profiles={"1": BOTH}), PLANNER)


def test_skills_hold_at_once_and_say_who_may_open_what() -> None:
    hall = Hall()
    set_, changed = hall.do(c.SetSkills(officer="p1", groups=("traffic",)), LEADER)
    assert set_ == e.SkillsSet(at=MORNING, by="l1", officer="p1", groups=("traffic",))
    assert changed == e.ProfileChanged(at=MORNING, by="l1", counter="1", groups=("traffic",))
    assert hall.do(c.SetSkills(officer="p1", groups=("traffic",)), LEADER) == ()
    assert hall.no(c.ChangeProfile(counter="1", groups=BOTH)) == ("not_certified", {"group": "hukou"})
    assert certified(hall.state, "p1") == ("traffic",)
    assert certified(hall.state, "p3") == BOTH
    hall.do(c.SetSkills(officer="p3", groups=("hukou",)), LEADER)
    hall.do(c.CloseCounter(counter="2"), SECOND)
    # The counter's last profile has nothing that he may do: he opens with what he may.
    (opened,) = hall.do(c.OpenCounter(counter="2"), THIRD)
    assert isinstance(opened, e.CounterOpened)
    assert opened.groups == ("hukou",)
    assert hall.no(c.SetSkills(officer="p3", groups=("moon",)), LEADER) == ("unknown_group", {"group": "moon"})
    hall.do(c.SetSkills(officer="p3", groups=()), LEADER)
    assert hall.do(c.SetSkills(officer="p3", groups=()), LEADER) == ()
    assert certified(hall.state, "p3") == BOTH


def test_a_plan_does_not_give_what_its_officer_may_no_longer_do() -> None:
    hall = Hall()
    hall.do(c.ApplyPlan(profiles={"1": ("hukou",), "2": BOTH}), LEADER)
    hall.do(c.SetSkills(officer="p2", groups=("traffic",)), LEADER)
    hall.now += timedelta(minutes=2)
    assert profile(hall.state, "2", hall.now) == ("traffic",)
    hall.do(c.SetSkills(officer="p1", groups=("traffic",)), LEADER)
    assert profile(hall.state, "1", hall.now) == ("traffic",)


def test_planned_pauses() -> None:
    hall = Hall()
    noon = MORNING + timedelta(hours=3)
    hall.do(c.PlanBreak(counter="1", at=noon, minutes=30), LEADER)
    assert hall.do(c.PlanBreak(counter="1", at=noon, minutes=30), LEADER) == ()
    later = noon + timedelta(hours=3)
    hall.do(c.PlanBreak(counter="1", at=later, minutes=10), LEADER)
    # One that overlaps another takes its place.
    moved = noon + timedelta(minutes=20)
    hall.do(c.PlanBreak(counter="1", at=moved, minutes=30), LEADER)
    pauses = [
        Break(start=moved, until=moved + timedelta(minutes=30)),
        Break(start=later, until=later + timedelta(minutes=10)),
    ]
    assert list(hall.state.breaks["1"]) == pauses
    hall.do(c.CancelBreak(counter="1", at=moved), LEADER)
    assert list(hall.state.breaks["1"]) == pauses[1:]
    assert hall.do(c.CancelBreak(counter="1", at=moved), LEADER) == ()
    hall.do(c.CancelBreak(counter="1", at=later), LEADER)
    assert hall.state.breaks == {}
    for at in (MORNING - timedelta(hours=1), MORNING + timedelta(days=1), MORNING.replace(year=9999)):
        assert hall.no(c.PlanBreak(counter="1", at=at, minutes=30), LEADER)[0] == "break_time"
    assert hall.no(c.PlanBreak(counter="9", at=noon, minutes=30), LEADER) == ("unknown_counter", {"counter": "9"})


def test_the_next_day_begins_without_yesterdays_plan_and_pauses_but_with_skills_and_history() -> None:
    hall = Hall()
    hall.do(c.SetSkills(officer="p2", groups=BOTH), LEADER)
    hall.do(c.PlanBreak(counter="1", at=MORNING + timedelta(hours=3), minutes=30), LEADER)
    hall.do(c.ApplyPlan(profiles=SWAPPED, because=WHY), LEADER)
    hall.do(c.SwitchPlanning(automatic=True), LEADER)
    hall.now += timedelta(days=1)
    issue(hall, "hukou")
    assert hall.state.breaks == {}
    assert hall.state.skills == {"p2": BOTH}
    assert hall.state.automatic
    assert (hall.state.plans[-1].status, hall.state.plans[-1].because) == ("lapsed", WHY)
    assert groups(hall) == {"1": BOTH, "2": ("traffic",)}
    assert replay(hall.events) == hall.state


def test_another_set_of_counters_or_groups_ends_the_plan() -> None:
    hall = Hall()
    hall.do(c.PlanBreak(counter="3", at=MORNING + timedelta(hours=3), minutes=30), LEADER)
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.do(CONFIGURE, SETUP)
    assert announced(hall.state) is not None
    hall.do(msgspec.structs.replace(CONFIGURE, counters=("1", "2")), SETUP)
    assert announced(hall.state) is None
    assert hall.state.breaks == {}


def test_the_history_of_plans_is_bounded() -> None:
    hall = Hall(Settings(plan_notice=0))
    for number in range(PLANS_KEPT + 5):
        mine: tuple[str, ...] = ("hukou",) if number % 2 == 0 else BOTH
        hall.do(c.ApplyPlan(profiles={"1": mine}), LEADER)
        assert len(hall.state.plans) <= PLANS_KEPT
    assert len(hall.state.plans) == PLANS_KEPT
    assert hall.no(c.ApplyPlan(profiles=SWAPPED), OFFICER)[0] == "not_permitted"


def test_what_an_officer_may_not_do_any_more_is_not_reckoned_with() -> None:
    hall = Hall()
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    hall.do(c.SetSkills(officer="p2", groups=("traffic",)), LEADER)
    hall.now += timedelta(minutes=3)
    assert coming_profile(hall.state, "2") == profile(hall.state, "2", hall.now) == ("traffic",)
    assert uncovered(hall.state, {}) == ("hukou",)


def test_a_station_may_name_its_counters_and_groups_as_it_likes() -> None:
    hall = Hall()
    groups = tuple(msgspec.structs.replace(group, id=f"{group.id} 业务") for group in CONFIGURE.groups)
    hall.do(c.CloseCounter(counter="1"))
    hall.do(c.CloseCounter(counter="2"), SECOND)
    hall.do(msgspec.structs.replace(CONFIGURE, counters=("1号",), groups=groups), SETUP)
    hall.do(c.OpenCounter(counter="1号", groups=(groups[0].id,)))
    why = (PlanReason(code="counter_came", counter="1号"), PlanReason(code="uncovered", group=groups[1].id))
    hall.do(c.ApplyPlan(profiles={"1号": tuple(group.id for group in groups)}, because=why), LEADER)
    recorded = e.Recorded(seq=1, command="x", event=hall.events[-1])
    assert msgspec.json.decode(msgspec.json.encode(recorded), type=e.Recorded) == recorded


@pytest.mark.parametrize(
    ("reason", "refused"),
    [
        (PlanReason(code="helps", group="王小明"), ("unknown_group", {"group": "王小明"})),
        (PlanReason(code="counter_gone", counter="王小明"), ("unknown_counter", {"counter": "王小明"})),
    ],
)
def test_a_reason_names_nothing_that_the_station_does_not_have(
    reason: PlanReason, refused: tuple[str, dict[str, str | int]]
) -> None:
    assert Hall().no(c.ApplyPlan(profiles=SWAPPED, because=(reason,)), LEADER) == refused


def test_a_notice_of_less_than_nothing_is_none() -> None:
    hall = Hall(Settings(plan_notice=-60))
    hall.do(c.ApplyPlan(profiles=SWAPPED), LEADER)
    assert hall.state.plans[-1].effective_at == hall.now
    assert groups(hall) == SWAPPED
