"""Who is next, and the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.station.model import Counter, QueueGroup, State, Ticket
from counterdesk.station.routing import choose, order
from counterdesk.station.waiting import callable_now

from .hall import GROUPS, MORNING

NOW = MORNING + timedelta(hours=1)


def waiting(number: str, minutes: float, **more: Any) -> Ticket:
    came = NOW - timedelta(minutes=minutes)
    fields: dict[str, Any] = {"group": "hukou", "state": "waiting", **more}
    return Ticket(id=number, number=number, issued_at=came, queued_since=came, **fields)


def hall(*tickets: Ticket, run: int = 0) -> State:
    return State(
        groups={group.id: group for group in GROUPS},
        counters={
            "1": Counter(number="1", state="open", officer="p1", groups=("hukou", "traffic")),
            "2": Counter(number="2", state="open", officer="p2", groups=("traffic",)),
            "3": Counter(number="3"),
        },
        tickets={ticket.id: ticket for ticket in tickets},
        priority_run=run,
    )


def back(number: str, minutes: float, **more: Any) -> Ticket:
    return waiting(number, minutes, state="no_show", waited=minutes * 60, callable_after=NOW, **more)


BOOKED = {"booked_for": NOW + timedelta(minutes=15)}
TABLE: list[tuple[str, list[Ticket], int, str, str]] = [
    ("the longest", [waiting("A1", 5), waiting("A2", 6)], 0, "A2", "longest"),
    ("by the target of the group", [waiting("A1", 11), waiting("B1", 20, group="traffic")], 0, "A1", "longest"),
    ("priority first", [waiting("A1", 50), waiting("A2", 1, priority="elderly")], 1, "A2", "priority"),
    ("two in a row", [waiting("A1", 2), waiting("A2", 50, priority="elderly")], 2, "A1", "longest"),
    ("nobody else there", [waiting("A2", 50, priority="elderly")], 2, "A2", "priority"),
    ("sent here", [waiting("A1", 1, for_counter="1"), waiting("A2", 50, priority="elderly")], 0, "A1", "sent_here"),
    ("of no own group", [waiting("X", 1, for_counter="1", group="traffic"), waiting("A2", 9)], 0, "X", "sent_here"),
    ("sent elsewhere", [waiting("A1", 50, for_counter="2"), waiting("A2", 1)], 0, "A2", "longest"),
    ("sent to a closed one", [waiting("A1", 50, for_counter="3"), waiting("A2", 1)], 0, "A1", "longest"),
    ("sent to one that went", [waiting("A1", 50, for_counter="8"), waiting("A2", 1)], 0, "A1", "longest"),
    ("appointment", [waiting("A1", 50), waiting("A2", 1, **BOOKED)], 0, "A2", "appointment"),
    (
        "too early",
        [waiting("A1", 50), waiting("A2", 1, booked_for=NOW + timedelta(minutes=16))],
        0,
        "A1",
        "longest",
    ),
    ("too late", [waiting("A1", 50), waiting("A2", 1, booked_for=NOW - timedelta(minutes=16))], 0, "A1", "longest"),
    ("still", [waiting("A1", 50), waiting("A2", 1, booked_for=NOW - timedelta(minutes=15))], 0, "A2", "appointment"),
    (
        "priority before appointment",
        [waiting("A1", 1, priority="infant"), waiting("A2", 1, **BOOKED)],
        0,
        "A1",
        "priority",
    ),
    (
        "appointment before a third priority",
        [waiting("A1", 1, priority="infant"), waiting("A2", 1, **BOOKED)],
        2,
        "A2",
        "appointment",
    ),
    ("no-show back", [waiting("A1", 4), back("A2", 5)], 0, "A2", "no_show_back"),
    ("no-show by what it waited", [waiting("A1", 6), back("A2", 5)], 0, "A1", "longest"),
    ("the same time: who came first", [waiting("A2", 5), waiting("A1", 5)], 0, "A1", "longest"),
]


@pytest.mark.parametrize(("name", "tickets", "run", "number", "code"), TABLE, ids=[row[0] for row in TABLE])
def test_who_is_next(name: str, tickets: list[Ticket], run: int, number: str, code: str) -> None:
    choice = choose(hall(*tickets, run=run), "1", NOW)
    assert choice is not None
    assert (choice.ticket, choice.because.code) == (number, code)


@pytest.mark.parametrize(
    "ticket",
    [
        waiting("A1", 5, state="called"),
        waiting("A1", 5, state="held"),
        waiting("A1", 5, state="finished"),
        waiting("A1", 5, group="passport"),
        waiting("A1", 5, state="no_show", callable_after=NOW + timedelta(seconds=1)),
        waiting("A1", 5, state="no_show", callable_after=NOW, missed=True),
        waiting("A1", 5, state="no_show"),
    ],
)
def test_who_is_not_called(ticket: Ticket) -> None:
    assert choose(hall(ticket), "1", NOW) is None


def test_the_reason_has_its_values() -> None:
    choice = choose(hall(waiting("A2", 7.9, priority="elderly", **BOOKED)), "1", NOW)
    assert choice is not None
    assert choice.because.params == {
        "number": "A2",
        "minutes": 7,
        "target": 20,
        "priority": "elderly",
        "time": "10:15",
    }


def test_a_target_of_nothing_does_not_break_the_queue() -> None:
    state = msgspec.structs.replace(
        hall(waiting("A1", 5)), groups={"hukou": QueueGroup(id="hukou", letter="A", wait_target=0)}
    )
    assert choose(state, "1", NOW) is not None


tickets = st.builds(
    waiting,
    st.uuids().map(str),
    st.integers(0, 600),
    group=st.sampled_from(("hukou", "traffic")),
    state=st.sampled_from(("waiting", "waiting", "no_show", "called", "held", "left")),
    priority=st.sampled_from((None, None, "elderly", "urgent")),
    for_counter=st.sampled_from(("", "", "1", "2", "3")),
    booked_for=st.none() | st.integers(-60, 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    callable_after=st.none() | st.integers(-60, 60).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    missed=st.booleans(),
    waited=st.floats(0, 3600),
)


@given(st.lists(tickets, max_size=8), st.integers(0, 4), st.sampled_from(("1", "2", "3")))
def test_the_choice_is_callable_and_heads_the_order(rows: list[Ticket], run: int, counter: str) -> None:
    state = hall(*rows, run=run)
    callable_ = callable_now(state, counter, NOW)
    ranked = order(state, counter, NOW)
    choice = choose(state, counter, NOW)
    assert sorted(t.id for t, _ in ranked) == sorted(t.id for t in callable_)
    if choice is None:
        assert not callable_
    else:
        assert (choice.ticket, choice.because.code) == (ranked[0][0].id, ranked[0][1])
    # Whoever waits for the groups of a staffed counter is called by some counter: nobody waits for ever.
    for ticket in rows:
        if ticket.state == "waiting":
            assert any(ticket in callable_now(state, number, NOW) for number in ("1", "2"))
