"""A hall played forward: nobody is lost or served twice, nothing is known too early, and chance is the same for all."""

from __future__ import annotations

import math
from collections import defaultdict

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterdesk.station.hall import Hall, HallTicket
from counterdesk.station.outlook import outlook, percentile
from counterdesk.station.rollout import (
    ABSENT_MINUTES,
    Desk,
    Drawn,
    Floor,
    Planned,
    Policy,
    Visit,
    Visitor,
    advance,
    draw,
    play,
    snapshot,
    station_policy,
)
from counterdesk.station.routing import choose

from .rollouts import ALL, counter, hall, people, ticket

SOME = settings(max_examples=25, deadline=None)


class Watched:
    """The station's policy, with what it was asked and answered kept."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or station_policy()
        self.calls: list[tuple[float, str, Visitor]] = []

    def __call__(self, floor: Floor, desk: Desk) -> Visitor | None:
        visitor = self.policy(floor, desk)
        assert not desk.serving
        assert desk.on_duty
        if visitor is not None:
            assert visitor.group in desk.offers or visitor.counter == desk.id
            self.calls.append((floor.now, desk.id, visitor))
        return visitor


def visitor(number: str, since: float, work: float, group: str = "TV", **more: object) -> Visitor:
    return Visitor(id=number, group=group, since=since, due=since, work=work, **more)  # type: ignore[arg-type]


@SOME
@given(seed=st.integers(0, 10**6), count=st.integers(0, 60))
def test_everybody_is_called_once_and_no_counter_serves_two(seed: int, count: int) -> None:
    start = hall(
        counter("1", breaks=((560.0, 580.0),)),
        counter("2", ("TV", "ID")),
        waiting=(ticket("a", waited=9), ticket("b", "HK", waited=20, counter="1")),
    )
    drawn = draw(start, people(seed, count), seed)
    watched = Watched()
    visits = play(start, drawn, watched)
    called = [who.id for _, _, who in watched.calls]
    assert sorted(called) == sorted(who.id for who in drawn.visitors)
    assert len(visits) == sum(not who.absent for who in drawn.visitors)
    busy: dict[str, float] = defaultdict(float)
    for at, number, who in watched.calls:
        assert at >= max(who.since, busy[number]) - 1e-9
        assert not (number == "1" and 560 <= at < 580)
        busy[number] = at + (ABSENT_MINUTES if who.absent else who.work)
    assert all(visit.wait >= 0 and visit.total >= visit.wait for visit in visits)


@SOME
@given(seed=st.integers(0, 10**6), minute=st.floats(541, 700))
def test_a_hall_that_is_stopped_and_played_on_is_as_if_it_had_never_stopped(seed: int, minute: float) -> None:
    start = hall(counter("1", breaks=((570.0, 600.0),)), counter("2", ("TV", "ID")), counter("3", on_duty=False))
    drawn = draw(start, people(seed), seed)
    whole = play(start, drawn)
    there, rest, before = advance(start, drawn, to=minute)
    assert [*before, *play(there, rest)] == whole
    assert there.now == minute
    assert {each.id for each in there.waiting} <= {each.id for each in rest.visitors}


@SOME
@given(seed=st.integers(0, 10**6), minute=st.floats(545, 640))
def test_a_call_in_a_roll_out_is_the_one_that_the_station_makes_for_the_same_hall(seed: int, minute: float) -> None:
    start = hall(counter("1", ("TV", "HK")), counter("2", pace={"HK": 1.3}))
    shown: list[tuple[Hall, str, str]] = []

    def policy(floor: Floor, desk: Desk) -> Visitor | None:
        chosen = station_policy()(floor, desk)
        if chosen is not None:
            shown.append((snapshot(floor), desk.id, chosen.id))
        return chosen

    play(start, draw(start, people(seed), seed), policy)
    assert shown
    for moment, number, chosen in shown:
        choice = choose(moment, number)
        assert choice is not None
        assert choice.ticket == chosen


def test_a_snapshot_says_nothing_that_nobody_could_know() -> None:
    start = hall(counter("1"))
    there, _, _ = advance(start, draw(start, people(1), 1), to=570)
    assert msgspec.json.decode(msgspec.json.encode(there), type=Hall) == there
    assert set(HallTicket.__struct_fields__).isdisjoint({"work", "absent"})
    assert there.counters[0].serving
    assert there.counters[0].busy_since is not None
    assert there.counters[0].minutes is None


def test_all_plans_meet_the_same_people() -> None:
    start = hall(waiting=(ticket("a", "HK", minutes=3.0),))
    one, again, other = (draw(start, people(5), seed) for seed in (5, 5, 6))
    works = [[(who.id, who.work, who.absent) for who in drawn.visitors] for drawn in (one, again, other)]
    assert works[0] == works[1] != works[2]
    play(start, one, plans=(Planned(profiles={"1": ("HK",)}),))
    assert [(who.id, who.work, who.absent) for who in one.visitors] == works[0]
    assert {who.overtaken for who in one.visitors} == {0}


def test_a_plan_holds_with_the_next_call_and_not_before_its_minute() -> None:
    start = hall(counter("1"))
    drawn = Drawn(
        visitors=(visitor("a", 540, 10), visitor("b", 541, 2), visitor("c", 542, 2, "HK"), visitor("d", 553, 2, "HK")),
        ends={},
    )
    watched = Watched()
    plans = (Planned(profiles={"1": ("HK",)}, since=545.0), Planned(profiles={"1": ALL}, since=560.0))
    play(start, drawn, watched, plans=plans)
    # b waits although it was first: at 550, when a is done, the counter draws from HK alone, until 560.
    assert [(at, who.id) for at, _, who in watched.calls] == [(540, "a"), (550, "c"), (553, "d"), (560, "b")]


def test_who_is_busy_is_done_first_and_a_pause_begins_after_the_visit() -> None:
    start = hall(counter("1", serving="TV", busy_since=535.0, breaks=((541.0, 550.0),)))
    drawn = Drawn(visitors=(visitor("a", 540, 1),), ends={"1": 545.0})
    (visit,) = play(start, drawn)
    assert visit == Visit("TV", "walk_in", 540, 10.0, 11.0, 551.0)


def test_nobody_waits_for_ever_in_a_roll_out() -> None:
    start = hall(counter("1", ("TV",)))
    drawn = Drawn(visitors=(visitor("a", 540, 1), visitor("b", 540, 1, "HK")), ends={})
    lost = {visit.group: visit for visit in play(start, drawn, closing=1020)}
    assert (lost["HK"].wait, lost["HK"].total) == (1020 - 540, math.inf)
    soon = {visit.group: visit.total <= 20 for visit in play(start, drawn, closing=550)}
    assert soon == {"TV": True, "HK": False}, "no promise is kept by closing"
    assert {visit.group for visit in play(start, drawn)} == {"TV", "HK"}
    away = hall(counter("1", on_duty=False))
    assert [visit.wait for visit in play(away, drawn, closing=600)] == [60, 60]


def test_only_those_who_came_in_time_are_counted_and_nobody_is_played_longer() -> None:
    start = hall(counter("1"))
    drawn = Drawn(visitors=(visitor("a", 540, 5), visitor("b", 600, 5), visitor("c", 900, 5)), ends={})
    watched = Watched()
    assert [visit.since for visit in play(start, drawn, watched, until=560)] == [540]
    assert len(watched.calls) == 1


def test_who_does_not_come_costs_little_and_is_no_visit() -> None:
    start = hall(counter("1"))
    drawn = Drawn(visitors=(visitor("a", 540, 50, absent=True), visitor("b", 540, 5)), ends={})
    visits = play(start, drawn)
    assert len(visits) == 1
    assert visits[0].wait in (0.0, ABSENT_MINUTES)


def test_who_has_enough_of_waiting_leaves_and_no_promise_is_kept() -> None:
    start = hall(counter("1"))
    drawn = Drawn(
        visitors=(visitor("a", 540, 10, patience=5), visitor("b", 541, 10, patience=5), visitor("c", 542, 1)), ends={}
    )
    visits = play(start, drawn)
    assert [(visit.since, visit.wait, visit.ended) for visit in visits] == [(540, 0, 550), (541, 5, 546), (542, 8, 551)]
    assert [visit.total <= 20 for visit in visits] == [True, False, True]
    there, rest, before = advance(start, drawn, to=543)
    assert [*before, *play(there, rest)] == visits


def test_figures_of_visits() -> None:
    assert [percentile([1, 2, 3, 4], share) for share in (0.0, 0.5, 0.51, 1.0)] == [1, 2, 3, 4]
    assert percentile([], 0.5) == 0
    days = [
        [Visit("TV", "walk_in", 540, 2, 10, 550), Visit("TV", "walk_in", 541, 4, 25, 566)],
        [Visit("HK", "walk_in", 540, 30, 42, 582)],
    ]
    seen = outlook(days, 20)
    assert (seen.visits, seen.kept, seen.median, seen.worst, seen.worst_p95) == (3, round(1 / 3, 4), 4, "HK", 30)
    assert seen.ended == 566
    assert seen.groups["TV"].kept == 0.5
    empty = outlook([], 20)
    assert (empty.visits, empty.kept, empty.worst, empty.groups) == (0, 1.0, "", {})


@pytest.mark.parametrize("elapsed", [0.0, 5.0, 200.0])
def test_a_visit_that_is_under_way_ends_later_than_now(elapsed: float) -> None:
    start = hall(counter("1", serving="HK", busy_since=540 - elapsed))
    ends = [draw(start, [], seed).ends["1"] for seed in range(50)]
    assert min(ends) > 540
    assert len(set(ends)) == 50


def test_a_pause_that_ends_before_it_begins_is_none() -> None:
    start = hall(counter("1", breaks=((560.0, 550.0), (540.0, 540.0))))
    drawn = Drawn(visitors=(visitor("a", 540, 1), visitor("b", 555, 1)), ends={})
    assert [visit.wait for visit in play(start, drawn)] == [0, 0]


def test_a_pause_that_begins_now_is_had() -> None:
    start = hall(counter("1", breaks=((540.0, 550.0),)))
    assert [visit.wait for visit in play(start, Drawn(visitors=(visitor("a", 540, 1),), ends={}))] == [10]


def test_who_is_overtaken_and_how_many_went_first_is_counted_as_the_station_counts_it() -> None:
    def policy(floor: Floor, desk: Desk) -> Visitor | None:
        seen.append((floor.priority_run, {who.id: who.overtaken for who in floor.waiting}))
        return max(floor.may_call(desk), key=lambda who: (who.standing == "priority", who.since), default=None)

    seen: list[tuple[int, dict[str, int]]] = []
    first = visitor("p", 540, 5, standing="priority")
    rest = (visitor("a", 540, 5), visitor("b", 541, 5), visitor("c", 542, 5, standing="priority"))
    play(hall(counter("1")), Drawn(visitors=(first, *rest), ends={}), policy)
    assert seen == [(0, {"p": 0, "a": 0}), (1, {"a": 0, "b": 0, "c": 0}), (2, {"a": 1, "b": 1}), (0, {"a": 2})]
