"""The next calls of all counters, played ahead."""

from __future__ import annotations

from typing import Any

import pytest

from counterdesk.station.foresight import CALLS, Foresight
from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket
from counterdesk.station.routing import POLICIES, choose
from counterdesk.station.situation import Situation

NOW = 600.0
GROUPS = (HallGroup(id="hukou", minutes=12, target=8), HallGroup(id="traffic", minutes=4, target=14))
BOTH = ("hukou", "traffic")


class Played:
    """First come, first served, which notes whom each counter calls and when."""

    def __init__(self, notes: list[tuple[str, str, float]], situation: Situation) -> None:
        self._notes, self._situation = notes, situation

    def __call__(self, ticket: HallTicket, later: float = 0.0) -> float:
        return self._situation.age(ticket, later)

    def outcome(self, ticket: HallTicket, later: float) -> float:
        self._notes.append((self._situation.counter.id, ticket.id, round(later, 6)))
        return -later


def waiting(number: str, age: float, group: str = "traffic", **more: Any) -> HallTicket:
    return HallTicket(id=number, group=group, **{"since": NOW - age, "due": NOW - age, **more})


def played(
    first: str, tickets: tuple[HallTicket, ...], *others: HallCounter, **here: Any
) -> tuple[list[tuple[str, str, float]], float]:
    """What is played after counter 1 calls `first`, and what comes of it."""
    counters = (HallCounter(id="1", offers=BOTH, **here), *others)
    situation = Situation(Hall(now=NOW, groups=GROUPS, counters=counters, waiting=tickets), "1")
    notes: list[tuple[str, str, float]] = []
    ahead = Foresight(situation, Played(notes, situation), 6, 9, lambda other: Played(notes, other))
    outcome = ahead.outcome(next(ticket for ticket in tickets if ticket.id == first))
    return notes, outcome


A, B, C = waiting("A", 5), waiting("B", 4), waiting("C", 3, "hukou")
AFTER: list[tuple[str, list[HallCounter], dict[str, Any], list[tuple[str, str, float]]]] = [
    ("alone", [], {}, [("1", "C", 0), ("1", "A", 12), ("1", "B", 16)]),
    ("its pace", [], {"pace": {"hukou": 1.5}}, [("1", "C", 0), ("1", "A", 18), ("1", "B", 22)]),
    ("a break", [], {"breaks": ((610, 640),)}, [("1", "C", 0), ("1", "A", 40), ("1", "B", 44)]),
    ("one idle", [HallCounter(id="2", offers=BOTH)], {}, [("1", "C", 0), ("2", "A", 0), ("2", "B", 4)]),
    (
        "one busy",
        [HallCounter(id="2", offers=BOTH, serving="hukou", busy_since=NOW - 2)],
        {},
        [("1", "C", 0), ("2", "A", 10), ("1", "B", 12)],
    ),
    (
        "one busy beyond what was expected",
        [HallCounter(id="2", offers=BOTH, serving="hukou", busy_since=NOW - 30)],
        {},
        [("1", "C", 0), ("2", "A", 4.2), ("2", "B", 8.2)],
    ),
    (
        "one of whose visit more is known",
        [HallCounter(id="2", offers=BOTH, serving="hukou", busy_since=NOW - 2, minutes=7)],
        {},
        [("1", "C", 0), ("2", "A", 5), ("2", "B", 9)],
    ),
    (
        "one whose pause ends",
        [HallCounter(id="2", offers=BOTH, on_duty=False, breaks=((590, 605),))],
        {},
        [("1", "C", 0), ("2", "A", 5), ("2", "B", 9)],
    ),
    (
        "one away, nobody knows for how long",
        [HallCounter(id="2", offers=BOTH, on_duty=False)],
        {},
        [("1", "C", 0), ("1", "A", 12), ("1", "B", 16)],
    ),
    (
        "one that cannot serve them",
        [HallCounter(id="2", offers=("hukou",))],
        {},
        [("1", "C", 0), ("1", "A", 12), ("1", "B", 16)],
    ),
]


@pytest.mark.parametrize(("name", "others", "here", "calls"), AFTER, ids=[row[0] for row in AFTER])
def test_whom_the_counters_call_and_when(
    name: str, others: list[HallCounter], here: dict[str, Any], calls: list[tuple[str, str, float]]
) -> None:
    notes, outcome = played("C", (A, B, C), *others, **here)
    assert notes == calls
    assert outcome == pytest.approx(-sum(later for _, _, later in calls))


def test_a_ticket_sent_to_a_counter_is_called_by_it_alone() -> None:
    notes, _ = played("C", (waiting("S", 9, counter="1"), B, C), HallCounter(id="2", offers=BOTH))
    assert notes == [("1", "C", 0), ("2", "B", 0), ("1", "S", 12)]


def test_priority_and_appointments_go_first_when_their_time_has_come() -> None:
    late = (waiting("B", 9.5, standing="appointment"), waiting("P", 6.5, standing="priority"), waiting("Q", 1))
    notes, _ = played("Q", (waiting("A", 40), *late))
    assert [number for _, number, _ in notes] == ["Q", "P", "B", "A"]


def test_nobody_is_called_twice_and_the_play_ends() -> None:
    many = tuple(waiting(f"{number}", number / 10) for number in range(3 * CALLS))
    notes, _ = played("7", many, HallCounter(id="2", offers=BOTH))
    assert len(notes) == CALLS
    assert len({number for _, number, _ in notes}) == CALLS


def test_the_policy_calls_by_what_follows_not_at_first_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A late long visit would be called at first sight; but the short one can still be in time, and only now."""
    short = [waiting(f"T{age}", age) for age in (4, 5, 8, 12)]
    tickets = (*short, waiting("H3", 3, "hukou"), waiting("H12", 12, "hukou"))
    busy = HallCounter(id="2", offers=("traffic",), serving="traffic", busy_since=NOW - 3)
    counters = (HallCounter(id="1", offers=BOTH), busy)
    hall = Hall(now=NOW, groups=GROUPS, counters=counters, waiting=tickets)

    def called() -> str | None:
        choice = choose(hall, "1")
        return choice.ticket if choice is not None else None

    assert called() == "T12"
    monkeypatch.setitem(POLICIES, "promise", POLICIES["promise"]._replace(close=2.0))
    assert called() == "H12"
