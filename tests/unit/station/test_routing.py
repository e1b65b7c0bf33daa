"""Who is next, and the reason."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket
from counterdesk.station.routing import LONGEST, MOST_OVERTAKEN, POLICIES, REASONS, Choice, choose, order

NOW = 600.0
GROUPS = (
    HallGroup(id="hukou", minutes=12, target=8),
    HallGroup(id="traffic", minutes=4, target=14),
    HallGroup(id="trade", minutes=15, target=8),
)
COUNTERS = (
    HallCounter(id="1", offers=("hukou", "traffic", "trade")),
    HallCounter(id="2", offers=("traffic",)),
    HallCounter(id="3", offers=("traffic", "hukou")),
)


def waiting(number: str, age: float, group: str = "hukou", **more: Any) -> HallTicket:
    fields: dict[str, Any] = {"since": NOW - age, "due": NOW - age, **more}
    return HallTicket(id=number, group=group, **fields)


def hall(*tickets: HallTicket, run: int = 0, counters: tuple[HallCounter, ...] = COUNTERS) -> Hall:
    return Hall(now=NOW, groups=GROUPS, counters=counters, waiting=tickets, priority_run=run)


def called(choice: Choice | None) -> tuple[str, str]:
    assert choice is not None
    return choice.ticket, choice.because.code


PRIORITY: dict[str, Any] = {"standing": "priority"}
BOOKED: dict[str, Any] = {"standing": "appointment"}
OFTEN: dict[str, Any] = {"overtaken": MOST_OVERTAKEN}
LATE = LONGEST
GUARDS: list[tuple[str, list[HallTicket], int, str, str]] = [
    ("priority first", [waiting("A", 30), waiting("P", 8, **PRIORITY)], 1, "P", "priority"),
    ("two in a row", [waiting("A", 2), waiting("P", 30, **PRIORITY)], 2, "A", "fits_few"),
    ("nobody else there", [waiting("P", 30, **PRIORITY)], 2, "P", "priority"),
    ("the longest of two", [waiting("P", 8, **PRIORITY), waiting("Q", 9, **PRIORITY)], 0, "Q", "priority"),
    ("before an appointment", [waiting("P", 8, **PRIORITY), waiting("B", 30, **BOOKED)], 0, "P", "priority"),
    ("appointment", [waiting("A", 30), waiting("B", 15, **BOOKED)], 0, "B", "appointment"),
    ("after a full row", [waiting("P", 8, **PRIORITY), waiting("B", 15, **BOOKED)], 2, "B", "appointment"),
    ("sent here", [waiting("S", 1, "hukou", counter="1"), waiting("P", 30, **PRIORITY)], 0, "S", "sent_here"),
    ("sent elsewhere", [waiting("S", 50, counter="2"), waiting("A", 1)], 0, "A", "fits_few"),
    ("beyond the longest", [waiting("A", LATE), waiting("B", 15, **BOOKED)], 0, "A", "overdue"),
    ("who waits longer still", [waiting("A", LATE), waiting("C", LATE + 1, "traffic")], 0, "C", "overdue"),
    ("an appointment weighs more", [waiting("A", LATE), waiting("B", LATE - 5, **BOOKED)], 0, "B", "appointment"),
    ("even before one sent here", [waiting("A", LATE), waiting("S", 50, counter="1")], 0, "A", "overdue"),
    ("but not before priority", [waiting("A", LATE), waiting("P", 8, **PRIORITY)], 0, "P", "priority"),
    ("overtaken often", [waiting("A", 5, **OFTEN), waiting("P", 30, **PRIORITY)], 0, "A", "overtaken"),
    ("before one sent here too", [waiting("A", 5, **OFTEN), waiting("S", 50, counter="1")], 0, "A", "overtaken"),
    ("the oldest of them", [waiting("A", 5, **OFTEN), waiting("C", 6, "traffic", **OFTEN)], 0, "C", "overtaken"),
    ("a full row does not count then", [waiting("A", 1), waiting("P", 5, **OFTEN, **PRIORITY)], 2, "P", "overtaken"),
]


@pytest.mark.parametrize(("name", "tickets", "run", "number", "code"), GUARDS, ids=[row[0] for row in GUARDS])
def test_the_guards(name: str, tickets: list[HallTicket], run: int, number: str, code: str) -> None:
    assert called(choose(hall(*tickets, run=run), "1")) == (number, code)


PROMISE: list[tuple[str, list[HallTicket], str, str, str]] = [
    # What would still be kept now and not a little later, before what has time and before what is lost.
    ("about to break", [waiting("A", 1, "traffic"), waiting("C", 13, "traffic", **BOOKED)], "2", "C", "appointment"),
    ("still to be kept", [waiting("A", 4), waiting("C", 14, "traffic")], "1", "C", "promise"),
    ("in one lane as they came", [waiting("A", 12), waiting("B", 19)], "1", "B", "late_few"),
    ("a long late case is not left over", [waiting("A", 40), waiting("C", 1, "traffic")], "1", "A", "late_few"),
    ("what few can serve", [waiting("T", 9, "trade"), waiting("A", 9)], "1", "T", "late_few"),
    ("what is known to be short", [waiting("A", 9), waiting("B", 9, minutes=3)], "1", "B", "fits_few"),
]


@pytest.mark.parametrize(("name", "tickets", "counter", "number", "code"), PROMISE, ids=[row[0] for row in PROMISE])
def test_the_promise(name: str, tickets: list[HallTicket], counter: str, number: str, code: str) -> None:
    assert called(choose(hall(*tickets), counter)) == (number, code)


def test_a_counter_leaves_to_others_what_they_do_quicker() -> None:
    tickets = (waiting("A", 9), waiting("C", 8, "traffic"))
    slow = msgspec.structs.replace(COUNTERS[0], pace={"traffic": 1.6, "hukou": 0.7})
    quick = msgspec.structs.replace(COUNTERS[0], pace={"traffic": 0.6, "hukou": 1.4})
    others = COUNTERS[1:]
    assert called(choose(hall(*tickets, counters=(slow, *others)), "1"))[0] == "A"
    assert called(choose(hall(*tickets, counters=(quick, *others)), "1"))[0] == "C"


def test_who_is_away_does_not_count_as_a_counter() -> None:
    away = tuple(msgspec.structs.replace(counter, on_duty=False) for counter in COUNTERS[1:])
    choice = choose(hall(waiting("C", 2, "traffic")), "1")
    assert called(choice) == ("C", "fits")
    assert called(choose(hall(waiting("C", 2, "traffic"), counters=(COUNTERS[0], *away)), "1")) == ("C", "fits")


def test_first_come() -> None:
    tickets = [waiting("C", 20, "traffic"), waiting("A", 18), waiting("P", 1, **PRIORITY), waiting("B", 2, **BOOKED)]
    choices = order(hall(*tickets), "1", "first_come")
    assert [called(choice) for choice in choices] == [
        ("P", "priority"),
        ("B", "appointment"),
        ("C", "longest"),
        ("A", "longest"),
    ]


def test_a_policy_of_a_later_version_is_the_default() -> None:
    tickets = (waiting("A", 4), waiting("C", 14, "traffic"))
    assert order(hall(*tickets), "1", "by_stars") == order(hall(*tickets), "1")


@pytest.mark.parametrize(
    ("ticket", "params"),
    [
        (waiting("20240603-C002", 14.9, "traffic"), {"minutes": 14, "left": 2, "promise": 20}),
        (waiting("C002", 2, "traffic"), {"minutes": 2, "takes": 4, "promise": 20}),
        (waiting("C002", 9, "hukou"), {"minutes": 9, "promise": 20, "counters": 2}),
        (waiting("C002", LATE + 0.5), {"minutes": int(LATE)}),
        (waiting("C002", 3, **OFTEN), {"minutes": 3, "overtaken": MOST_OVERTAKEN}),
    ],
)
def test_the_reason_has_its_values(ticket: HallTicket, params: dict[str, Any]) -> None:
    choice = choose(hall(ticket), "1")
    assert choice is not None
    assert choice.because.params == {"number": "C002", **params}


# What always holds

tickets = st.builds(
    waiting,
    st.uuids().map(str),
    st.floats(-15, 200),
    st.sampled_from([group.id for group in GROUPS]),
    standing=st.sampled_from(("walk_in", "walk_in", "appointment", "priority")),
    counter=st.sampled_from(("", "", "", "1", "2")),
    overtaken=st.integers(0, MOST_OVERTAKEN + 3),
    minutes=st.none() | st.floats(0.1, 60),
)
halls = st.builds(lambda rows, run: hall(*rows, run=run), st.lists(tickets, max_size=12), st.integers(0, 4))
policies = st.sampled_from(sorted(POLICIES))


@given(halls, st.sampled_from(("1", "2", "3")), policies)
def test_no_counter_is_left_idle_and_the_order_begins_with_the_choice(
    snapshot: Hall, counter: str, policy: str
) -> None:
    offers = next(each.offers for each in snapshot.counters if each.id == counter)
    own = {t.id for t in snapshot.waiting if t.counter == counter or (not t.counter and t.group in offers)}
    choices = order(snapshot, counter, policy)
    assert sorted(choice.ticket for choice in choices) == sorted(own)
    assert choose(snapshot, counter, policy) == (choices[0] if choices else None)


@given(halls, st.sampled_from(("1", "2", "3")), policies, st.randoms())
def test_the_same_hall_gives_the_same_choice_and_reason(snapshot: Hall, counter: str, policy: str, random: Any) -> None:
    again = msgspec.json.decode(msgspec.json.encode(snapshot), type=Hall)
    assert order(again, counter, policy) == order(snapshot, counter, policy)
    shuffled = list(snapshot.waiting)
    random.shuffle(shuffled)
    again = msgspec.structs.replace(snapshot, waiting=tuple(shuffled))
    assert order(again, counter, policy) == order(snapshot, counter, policy)


@given(halls, policies)
def test_reasons_are_true(snapshot: Hall, policy: str) -> None:
    minutes = {group.id: group.minutes for group in snapshot.groups}
    by_id = {ticket.id: ticket for ticket in snapshot.waiting}
    for choice in order(snapshot, "1", policy):
        ticket, params = by_id[choice.ticket], choice.because.params
        assert set(params) == {"number", "minutes"} | REASONS[choice.because.code]
        age = max(0.0, snapshot.now - ticket.due)
        needed = ticket.minutes or minutes[ticket.group]
        assert params["minutes"] == pytest.approx(age, abs=1)
        if "left" in params:
            assert age + needed <= 20 < age + needed + int(params["left"]), "in time now, and too late after so long"
        if choice.because.code.startswith("fits"):
            assert age + needed <= 20
        if choice.because.code.startswith("late"):
            assert age + needed > 20


@given(halls, st.sampled_from(("1", "2", "3")), policies)
def test_nobody_is_overtaken_without_end(snapshot: Hall, counter: str, policy: str) -> None:
    """Whoever reached the bound is passed only by those who came earlier, or reached it as well and did."""
    choice = choose(snapshot, counter, policy)
    offers = next(each.offers for each in snapshot.counters if each.id == counter)
    own = [t for t in snapshot.waiting if t.counter == counter or (not t.counter and t.group in offers)]
    bound = [t.since for t in own if t.overtaken >= MOST_OVERTAKEN]
    if bound and choice is not None:
        assert next(t for t in own if t.id == choice.ticket).since <= min(bound)


ARRIVAL = st.tuples(
    st.sampled_from(("hukou", "traffic")),
    st.sampled_from(("walk_in", "appointment", "priority")),
    st.sampled_from(("", "", "1")),
    st.floats(0.5, 30),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(ARRIVAL, min_size=1, max_size=6), policies, st.sampled_from(("hukou", "traffic", "trade")))
def test_no_ticket_waits_for_ever_whatever_comes(pattern: list[Any], policy: str, group: str) -> None:
    """Against one ticket an adversary sends, with every call, two others by a pattern that he repeats for ever: it is
    called after at most the calls that it takes to reach the bound, and those of who came before it."""
    victim = HallTicket(id="victim", group=group, since=NOW, due=NOW)
    queue, now, run = [victim], NOW, 0
    for turn in range(MOST_OVERTAKEN + 2):
        for extra in range(2):
            kind, standing, counter, minutes = pattern[(2 * turn + extra) % len(pattern)]
            fields = {"since": now + 0.01, "due": now + 0.01 - 80 * (standing == "priority")}
            queue.append(
                HallTicket(
                    id=f"{turn}.{extra}", group=kind, standing=standing, counter=counter, minutes=minutes, **fields
                )
            )
        now += 0.05
        snapshot = msgspec.structs.replace(hall(*queue, run=run), now=now)
        choice = choose(snapshot, "1", policy)
        assert choice is not None
        if choice.ticket == "victim":
            return
        gone = next(t for t in queue if t.id == choice.ticket)
        run = run + 1 if gone.standing == "priority" else 0
        queue = [
            msgspec.structs.replace(t, overtaken=t.overtaken + (t.since < gone.since)) for t in queue if t is not gone
        ]
    raise AssertionError("it waits for ever")
