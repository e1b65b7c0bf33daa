"""Who is called next, and why: `choose(hall, counter, policy)`, pure, for a hall as `hall.py` describes it.

Whoever may be called is first held against the guards, which no policy sets aside:

1. Nobody is overtaken without end: who was overtaken `MOST_OVERTAKEN` times goes first, the oldest of them before all.
2. Who was sent to this counter, as long as nobody waits beyond `LONGEST`.
3. Priority citizens, at most `Hall.priority_most` in a row while others wait (context.md §3.5).
4. Who waits beyond `LONGEST`, and appointments within their window: the longest wait first, that of an appointment
   counted `_BOOKED` times, so that on a day when nothing helps neither drowns in the other.

Then comes who has the highest worth by the policy; where some are worth nearly as much and a crowd waits, the one of
whose call most comes (`foresight.py`). Within a group, tickets of one standing and one expected length are
called in the order of their coming. A counter that could call somebody is never told to wait.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import NamedTuple

from counterdesk.station.events import Because, Param
from counterdesk.station.foresight import Foresight, Opening, Worth
from counterdesk.station.hall import Hall, HallTicket
from counterdesk.station.promise import Promise
from counterdesk.station.situation import Situation

MOST_OVERTAKEN = 30
"""Younger tickets called before an older one, after which it goes before all others."""
LONGEST = 60.0
"""Minutes of waiting after which only those who wait longer, priority citizens apart, go first."""
REASONS: dict[str, frozenset[str]] = {
    "overtaken": frozenset({"overtaken"}),
    "sent_here": frozenset(),
    "priority": frozenset(),
    "overdue": frozenset(),
    "appointment": frozenset(),
    "longest": frozenset({"target"}),
    "promise": frozenset({"left", "promise"}),
    "promise_few": frozenset({"left", "promise", "counters"}),
    "fits": frozenset({"takes", "promise"}),
    "fits_few": frozenset({"takes", "counters"}),
    "late": frozenset({"promise"}),
    "late_few": frozenset({"promise", "counters"}),
}
"""The codes of all reasons, and what the sentence of each names besides `number` and `minutes`."""
_BOOKED = 1.2  # times that the wait of an appointment counts where everybody waits too long
_URGENT = 5.0  # minutes left of the promise below which it is what a reason speaks of
_CROWDED = 2.5  # waiting tickets for each counter below which those to come matter more than what follows from these
_LANES = 84  # lanes that are gone through at most for one call that is played ahead, so that a choice stays quick
_COMPARED = 3  # tickets at most that are held against each other by what follows
_NEVER = 2.0  # times the worth of the first: no other is worth so much
_FEW = 2  # counters that serve a group, from which on its scarcity is


class Choice(NamedTuple):
    """The ticket to call and the reason."""

    ticket: str
    because: Because


class Policy(NamedTuple):
    """priority_after, appointment_after: minutes of waiting after which the guards for them hold; before, they are
    weighed like others. opening: gives whom it calls first among those whom no guard calls. reason: the code of why.
    close: those who come first by it are held against each other by what follows, as far as they are worth so great a
    part of the first."""

    priority_after: float
    appointment_after: float
    opening: Opening
    reason: Callable[[Situation, HallTicket], str]
    close: float


def choose(hall: Hall, counter: str, policy: str = "promise") -> Choice | None:
    """Whom `counter` calls next and why; None if nobody waits that it could call. policy: a key of `POLICIES`; with one
    that is unknown, as in a stream of a later version, the default holds. Raises: see `Situation`."""
    situation = Situation(hall, counter)
    found = next(_ordered(situation, POLICIES.get(policy, POLICIES["promise"])), None)
    return None if found is None else Choice(found[0].id, _because(situation, *found))


def chosen(hall: Hall, counter: str, policy: str = "promise", *, ahead: bool = True) -> HallTicket | None:
    """The ticket of `choose`, for whoever plays a hall forward. ahead: whether those who are worth nearly as much are
    held against each other by what follows; without it the choice is a little worse, and made several times as fast."""
    rules = POLICIES.get(policy, POLICIES["promise"])
    found = next(_ordered(Situation(hall, counter), rules if ahead else rules._replace(close=_NEVER)), None)
    return None if found is None else found[0]


def order(hall: Hall, counter: str, policy: str = "promise") -> list[Choice]:
    """All whom `counter` could call, next first, as they would be called if nothing changed. Raises: as `choose`."""
    situation = Situation(hall, counter)
    ordered = _ordered(situation, POLICIES.get(policy, POLICIES["promise"]))
    return [Choice(ticket.id, _because(situation, ticket, code)) for ticket, code in ordered]


def _ordered(situation: Situation, rules: Policy) -> Iterator[tuple[HallTicket, str]]:
    """Tickets and the codes of their reasons: those whom a guard calls; then the others, the first of each lane against
    the first of the other lanes; last the priority citizens whose row is full."""
    guarded: list[tuple[int, float, float, str, str, HallTicket]] = []
    lanes: dict[tuple[object, ...], list[HallTicket]] = {}
    barred: list[HallTicket] = []
    tickets = [(ticket, situation.age(ticket)) for ticket in situation.callable()]
    guard = _Guard(situation, rules, somebody_overdue=any(age >= LONGEST for _, age in tickets))
    for ticket, age in tickets:
        rank, first, code = guard.of(ticket, age)
        if rank < _FREE:
            guarded.append((rank, first, ticket.since, ticket.id, code, ticket))
        elif rank == _FREE:
            lanes.setdefault((ticket.group, ticket.standing, ticket.minutes), []).append(ticket)
        else:
            barred.append(ticket)
    for *_, code, ticket in sorted(guarded, key=lambda row: row[:4]):
        yield ticket, code
    for ticket in _by_worth(situation, rules, list(lanes.values())):
        yield ticket, rules.reason(situation, ticket)
    for ticket in sorted(barred, key=_coming):
        yield ticket, "priority"


def _coming(ticket: HallTicket) -> tuple[float, float, str]:
    return ticket.due, ticket.since, ticket.id


_Head = tuple[float, tuple[float, float, str], int]
"""Of a lane its worth, below 0; the place in time of who is first in it; its number."""


def _by_worth(situation: Situation, rules: Policy, lanes: list[list[HallTicket]]) -> Iterator[HallTicket]:
    """The head of the lane with the highest worth, again and again; behind it its lane moves up."""
    worth = rules.opening(situation)
    heads: list[_Head] = []
    for number, lane in enumerate(lanes):
        lane.sort(key=_coming, reverse=True)
        heads.append((-worth(lane[-1]), _coming(lane[-1]), number))
    heapq.heapify(heads)
    _look_ahead(situation, rules, worth, lanes, heads)
    while heads:
        number = heads[0][2]
        yield lanes[number].pop()
        if lanes[number]:
            head = lanes[number][-1]
            heapq.heapreplace(heads, (-worth(head), _coming(head), number))
        else:
            heapq.heappop(heads)


def _look_ahead(
    situation: Situation, rules: Policy, worth: Worth, lanes: list[list[HallTicket]], heads: list[_Head]
) -> None:
    """Put that of the first heads before the others of whose call most comes."""
    if situation.crowd < _CROWDED:
        return
    best = heapq.nsmallest(_COMPARED, heads)
    best = [head for head in best if head[0] <= rules.close * best[0][0]]
    if len(best) < 2:
        return
    ahead = Foresight(situation, worth, rules.priority_after, rules.appointment_after, rules.opening)
    best = best[: max(1, _LANES // ahead.lanes)]
    # Rounded, so that where the same comes of two of them it is the first.
    found = max(best, key=lambda head: round(ahead.outcome(lanes[head[2]][-1]), 9))
    heads.remove(found)
    heads.append((best[0][0] - 1, *found[1:]))
    heapq.heapify(heads)


_OVERTAKEN, _SENT, _PRIORITY, _DUE, _FREE, _BARRED = range(6)


class _Guard:
    """Which tickets a guard calls, whatever the policy says. somebody_overdue: whether one waits beyond `LONGEST`."""

    def __init__(self, situation: Situation, rules: Policy, *, somebody_overdue: bool) -> None:
        self._rules = rules
        self._row_full = situation.hall.priority_run >= situation.hall.priority_most
        self._somebody_overdue = somebody_overdue

    def of(self, ticket: HallTicket, age: float) -> tuple[int, float, str]:
        """The rank of a ticket that has waited for so many minutes, its place within it (lowest first) and the code of
        the reason; a rank of `_FREE` is the policy's to decide."""
        if ticket.overtaken >= MOST_OVERTAKEN:
            return _OVERTAKEN, ticket.since, "overtaken"
        if ticket.counter and not self._somebody_overdue:
            return _SENT, -age, "sent_here"
        if ticket.standing == "priority" and self._row_full:
            return _BARRED, -age, "priority"
        if ticket.standing == "priority" and age >= self._rules.priority_after:
            return _PRIORITY, -age, "priority"
        if ticket.standing == "appointment" and age >= self._rules.appointment_after:
            return _DUE, -age * _BOOKED, "appointment"
        if age >= LONGEST:
            return _DUE, -age, "overdue"
        return _FREE, 0.0, ""


def _because(situation: Situation, ticket: HallTicket, code: str) -> Because:
    """The reason with the numbers that its sentence names. A ticket's number is what follows the day in its id."""
    serving, age, promise = situation.serving(ticket.group), situation.age(ticket), situation.hall.promise
    minutes = situation.minutes(ticket)
    values: dict[str, Param] = {
        "overtaken": ticket.overtaken,
        "target": round(serving.target),
        "promise": round(promise),
        # After so many full minutes more it is too late.
        "left": int(promise - age - minutes) + 1,
        "takes": max(1, round(minutes)),
        "counters": serving.counters,
    }
    always: dict[str, Param] = {"number": ticket.id.rpartition("-")[2], "minutes": int(age + 1e-6)}
    return Because(code=code, params=always | {name: values[name] for name in sorted(REASONS[code])})


class _Longest:
    """First come, first served."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation

    def __call__(self, ticket: HallTicket, later: float = 0.0) -> float:
        return self._situation.age(ticket, later)

    def outcome(self, ticket: HallTicket, later: float) -> float:
        return -self._situation.age(ticket, later)


def _why_promise(situation: Situation, ticket: HallTicket) -> str:
    """Where the promise stands, and that few counters serve the group where that is so."""
    left = situation.hall.promise - situation.age(ticket) - situation.minutes(ticket)
    code = "late" if left < 0 else "promise" if left < _URGENT else "fits"
    counters = situation.serving(ticket.group).counters
    return f"{code}_few" if counters <= _FEW and counters < situation.everybody else code


def _why_longest(situation: Situation, ticket: HallTicket) -> str:
    return "longest"


POLICIES: dict[str, Policy] = {
    "promise": Policy(priority_after=6.5, appointment_after=8.7, opening=Promise, reason=_why_promise, close=0.4),
    "first_come": Policy(
        priority_after=0.0, appointment_after=0.0, opening=_Longest, reason=_why_longest, close=_NEVER
    ),
}
"""By the name that `Settings.policy` gives."""
