"""What a guide may say of the wait: an interval from the queue as it is, and nothing where nothing is known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterdesk.station.estimate import Booked, Expected, asking, forecast, newcomer
from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket, Standing

NOW = 600.0
TV = HallGroup(id="TV", minutes=4, target=14)
HK = HallGroup(id="HK", minutes=12, target=20)
A = newcomer("TV")


def waiting(number: int, group: str = "TV", *, ago: float = 10, **more: Any) -> HallTicket:
    return HallTicket(id=f"t{number:03}", group=group, since=NOW - ago, due=NOW - ago, **more)


def counter(number: int, *groups: str, **more: Any) -> HallCounter:
    return HallCounter(id=str(number), offers=groups or ("TV", "HK"), **more)


def hall(*counters: HallCounter, waits: tuple[HallTicket, ...] = (), **more: Any) -> Hall:
    return Hall(now=NOW, groups=(TV, HK), counters=counters or (counter(1),), waiting=waits, **more)


def test_an_idle_counter_calls_at_once() -> None:
    found = forecast(hall())[A]
    assert (found.low, found.high, found.counters, found.serving) == (0, 0, ("1",), 4)


def test_nobody_on_duty_serves_the_group_so_nothing_is_said() -> None:
    found = forecast(hall(counter(1, "TV"), counter(2, "HK", on_duty=False), waits=(waiting(1, "HK"),)))
    assert set(found) == {A}
    assert forecast(hall(counter(1, on_duty=False), waits=(waiting(1),))) == {}


def test_the_wait_grows_with_the_queue_and_the_interval_holds_what_is_expected() -> None:
    before = 0.0
    for length in (1, 4, 12, 30):
        queue = tuple(waiting(n, ago=40 - n) for n in range(length))
        found = forecast(hall(waits=queue))[A]
        assert found.low <= found.likely <= found.high
        assert found.likely > before
        before = found.likely
        # Everybody before him takes four minutes on average at the one counter.
        assert found.low < length * TV.minutes * 1.05
        assert found.high > length * TV.minutes * 0.8


def test_a_known_pause_is_reckoned_with() -> None:
    away = ((NOW - 10, NOW + 30),)
    assert forecast(hall(counter(1, on_duty=False, breaks=away)))[A].low == 30, "back from it"
    soon = ((NOW + 1, NOW + 46),)
    queue = (waiting(1),)
    first, then = (forecast(hall(counter(1, breaks=soon), waits=queue))[of] for of in ("t001", A))
    assert first.high == 0, "he is still called before it"
    assert then.low == then.high == 46, "and nobody after him"
    lunch = forecast(hall(counter(1, breaks=soon), counter(2), waits=tuple(waiting(n) for n in range(4))))[A]
    assert lunch.counters == ("2",)


def test_a_second_counter_shortens_it_and_both_are_named() -> None:
    queue = tuple(waiting(n, ago=40 - n) for n in range(12))
    one, two = forecast(hall(waits=queue))[A], forecast(hall(counter(1), counter(2), waits=queue))[A]
    assert two.likely < 0.7 * one.likely
    assert set(two.counters) == {"1", "2"}


def test_only_the_counter_that_serves_the_group_is_named() -> None:
    queue = tuple(waiting(n) for n in range(5))
    found = forecast(hall(counter(1, "TV"), counter(2, "HK"), waits=queue))
    assert found[A].counters == ("1",)
    assert found[newcomer("HK")].counters == ("2",)
    assert found[newcomer("HK")].high == 0


@pytest.mark.parametrize(("standing", "first"), [("priority", True), ("appointment", True), ("walk_in", False)])
def test_who_goes_first_waits_less(standing: Standing, first: bool) -> None:
    queue = tuple(waiting(n, ago=20) for n in range(8))
    busy = counter(1, serving="TV", busy_since=NOW, minutes=4.0)
    mine = waiting(900, ago=0, standing=standing)
    found = forecast(hall(busy, waits=(*queue, mine)))
    assert (found[mine.id].likely < found[A].likely - 8) == first


def test_the_stations_own_policy_is_asked() -> None:
    """By the promise a short visit may pass a long one; by the order of coming nobody passes anybody."""
    busy = counter(1, serving="HK", busy_since=NOW, minutes=12.0)
    queue = (*(waiting(n, "HK", ago=9 - n) for n in range(4)), waiting(100, "TV", ago=1))
    by_promise, by_order = (forecast(hall(busy, waits=queue), policy=name) for name in ("promise", "first_come"))
    assert by_order["t100"].likely > by_order["t003"].likely
    assert by_promise["t100"].likely < by_order["t100"].likely


def test_who_says_more_of_himself_is_told_more() -> None:
    h = hall(waits=tuple(waiting(n, ago=12, minutes=6.0) for n in range(10)))
    plain = forecast(h)
    told = {
        "short": forecast(h, who=asking(h, "TV", minutes=1.0)),
        "long": forecast(h, who=asking(h, "TV", minutes=30.0)),
        "first": forecast(h, who=asking(h, "TV", "priority")),
    }
    waits = {name: found[newcomer("")].likely for name, found in told.items()}
    assert waits["first"] < waits["short"] < waits["long"]
    assert told["long"][newcomer("")].serving == 30.0
    ids = {ticket.id for ticket in h.waiting}
    assert all(set(found) == {*plain, newcomer("")} for found in told.values())
    assert all(abs(found[one].likely - plain[one].likely) < 15 for found in told.values() for one in ids)
    assert newcomer("") not in forecast(h, who=asking(h, "no such group"))


def test_who_is_sent_to_a_counter_waits_for_that_one() -> None:
    away = waiting(1, counter="2")
    found = forecast(hall(counter(1), counter(2, serving="HK", busy_since=NOW, minutes=12), waits=(away,)))
    assert found[away.id].counters == ("2",)
    assert found[away.id].high > 1
    assert found[A].high == 0


def test_a_booked_time_goes_before_who_comes_now() -> None:
    queue = tuple(waiting(n, ago=20) for n in range(6))
    booked = [Booked(NOW + 5, "HK"), Booked(NOW + 10, "HK"), Booked(NOW + 12, "no such group")]
    alone, crowded = forecast(hall(waits=queue)), forecast(hall(waits=queue), booked)
    assert crowded[A].likely > alone[A].likely + 6
    assert not any(name.startswith("booked") for name in crowded)


def test_who_is_served_for_long_already_is_not_expected_to_be_through_at_once() -> None:
    long = counter(1, serving="HK", busy_since=NOW - 60, minutes=12)
    assert forecast(hall(long))[A].high > 1


def test_one_newcomer_does_not_stand_before_another() -> None:
    queue = tuple(waiting(n, ago=20) for n in range(6))
    found = forecast(hall(waits=queue))
    alone = forecast(Hall(now=NOW, groups=(TV,), counters=(counter(1),), waiting=queue))
    assert abs(found[A].likely - alone[A].likely) < 1.5


@given(
    tickets=st.lists(st.tuples(st.sampled_from(("TV", "HK")), st.integers(0, 60), st.booleans()), max_size=12),
    duty=st.lists(st.booleans(), min_size=1, max_size=3),
)
@settings(max_examples=30, deadline=None)
def test_the_same_hall_gives_the_same_answer_and_everybody_gets_one(
    tickets: list[tuple[str, int, bool]], duty: list[bool]
) -> None:
    queue = tuple(
        waiting(n, group, ago=ago, standing="priority" if first else "walk_in")
        for n, (group, ago, first) in enumerate(tickets)
    )
    counters = tuple(counter(n, on_duty=on) for n, on in enumerate(duty, start=1))
    found = forecast(hall(*counters, waits=queue))
    assert found == forecast(hall(*counters, waits=tuple(reversed(queue))))
    everybody = {ticket.id for ticket in queue} | {newcomer("TV"), newcomer("HK")}
    assert set(found) == (everybody if any(duty) else set())
    assert all(isinstance(one, Expected) and 0 <= one.low <= one.likely <= one.high for one in found.values())


def test_who_came_early_is_not_kept_from_a_free_counter_by_who_is_not_here_yet() -> None:
    early = HallTicket(id="early", group="TV", standing="appointment", since=NOW - 5, due=NOW + 20)
    found = forecast(hall(waits=(early,)), [Booked(NOW + 10, "TV")])
    assert found["early"].high == 0


def test_where_many_do_not_come_the_others_wait_less() -> None:
    queue = tuple(waiting(n, ago=20) for n in range(8))
    found = [forecast(hall(waits=queue, no_show=share))[A].likely for share in (0.0, 0.5, 1.0)]
    assert found[0] > found[1] > found[2]


def test_who_waits_beyond_the_longest_wait_is_reckoned_with_first() -> None:
    queue = tuple(waiting(n, ago=12, standing="appointment") for n in range(6))
    found = forecast(hall(waits=(*queue, waiting(900, ago=61))))
    assert found["t900"].high == 0
