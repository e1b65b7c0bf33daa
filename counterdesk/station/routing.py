"""Who is called next, and why: `choose(hall, counter, policy)`, pure, for a hall as `hall.py` describes it.

Whoever may be called is first held against the guards, which no policy sets aside:

1. Nobody is overtaken without end: who was overtaken `MOST_OVERTAKEN` times goes first, the oldest of them before all.
2. Who was sent to this counter, as long as nobody waits beyond `LONGEST`.
3. Priority citizens, at most `Hall.priority_most` in a row while others wait (context.md §3.5).
4. Who waits beyond `LONGEST`, and appointments within their window: the longest wait first, that of an appointment
   counted `_BOOKED` times, so that on a day when nothing helps neither drowns in the other.

Then comes who has the highest worth by the policy. Within a group, tickets of one standing and one expected length are
called in the order of their coming. A counter that could call somebody is never told to wait.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from counterdesk.station.events import Because, Param
from counterdesk.station.hall import Hall, HallCounter, HallTicket

MOST_OVERTAKEN = 30
"""Younger tickets called before an older one, after which it goes before all others."""
LONGEST = 64.0
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
_BOOKED = 1.7  # times that the wait of an appointment counts where everybody waits too long
_URGENT = 5.0  # minutes left of the promise below which it is what a reason speaks of
_FEW = 2  # counters that serve a group, from which on its scarcity is


class Choice(NamedTuple):
    """The ticket to call and the reason."""

    ticket: str
    because: Because


class _Serving(NamedTuple):
    """What a counter needs for a group. minutes: at this counter. counters: that draw from the group now, this one
    included. room: what they are together, each a smaller part of a counter the more groups it draws from. edge: how
    much quicker this counter is than the others that draw from it (1: just as quick)."""

    minutes: float
    spread: float
    target: float
    counters: int
    room: float
    edge: float


class Situation:
    """A hall as one of its counters sees it; what a policy may look at. Raises: KeyError for an unknown counter
    or a ticket of an unknown group."""

    def __init__(self, hall: Hall, counter: str) -> None:
        self.hall = hall
        self.counter: HallCounter = {each.id: each for each in hall.counters}[counter]
        self._groups = {group.id: group for group in hall.groups}
        self._staff = [each for each in hall.counters if each.on_duty or each is self.counter]
        self.crowd = len(hall.waiting) / len(self._staff)
        """How many wait for each counter at work."""
        self._served: dict[str, _Serving] = {}

    def callable(self) -> list[HallTicket]:
        """Who may be called here."""
        offers, here = set(self.counter.offers), self.counter.id
        return [t for t in self.hall.waiting if t.counter == here or (not t.counter and t.group in offers)]

    def age(self, ticket: HallTicket) -> float:
        """Minutes that a ticket has waited since its wait counts."""
        return max(0.0, self.hall.now - ticket.due)

    def serving(self, group: str) -> _Serving:
        """What this counter needs for a group."""
        known = self._served.get(group)
        if known is None:
            known = self._served[group] = self._look(group)
        return known

    def minutes(self, ticket: HallTicket) -> float:
        """What a ticket is expected to take here."""
        if ticket.minutes is None:
            return self.serving(ticket.group).minutes
        return ticket.minutes * self.counter.pace.get(ticket.group, 1.0)

    @property
    def everybody(self) -> int:
        """The counters at work."""
        return len(self._staff)

    def _look(self, group: str) -> _Serving:
        about = self._groups[group]
        pace = self.counter.pace.get(group, 1.0)
        colleagues = [c for c in self._staff if c is not self.counter and group in c.offers]
        others = [c.pace.get(group, 1.0) for c in colleagues]
        return _Serving(
            minutes=about.minutes * pace,
            spread=about.spread,
            target=about.target,
            counters=len(others) + 1,
            room=sum(1 / max(1, len(c.offers)) for c in (self.counter, *colleagues)),
            edge=sum(others) / len(others) / pace if others else 1.0,
        )


Worth = Callable[[HallTicket], float]


class Policy(NamedTuple):
    """priority_after, appointment_after: minutes of waiting after which the guards for them hold; before, they are
    weighed like others. worth: whom it calls first among those whom no guard calls; reason: the code of why."""

    priority_after: float
    appointment_after: float
    worth: Callable[[Situation], Worth]
    reason: Callable[[Situation, HallTicket], str]


def choose(hall: Hall, counter: str, policy: str = "promise") -> Choice | None:
    """Whom `counter` calls next and why; None if nobody waits that it could call. policy: a key of `POLICIES`; with one
    that is unknown, as in a stream of a later version, the default holds. Raises: see `Situation`."""
    return next(_ordered(hall, counter, policy), None)


def order(hall: Hall, counter: str, policy: str = "promise") -> list[Choice]:
    """All whom `counter` could call, next first, as they would be called if nothing changed. Raises: as `choose`."""
    return list(_ordered(hall, counter, policy))


def _ordered(hall: Hall, counter: str, policy: str) -> Iterator[Choice]:
    """Those whom a guard calls; then the others, the first of each lane against the first of the other lanes; last the
    priority citizens whose row is full."""
    rules = POLICIES.get(policy, POLICIES["promise"])
    situation = Situation(hall, counter)
    guarded: list[tuple[int, float, float, str, str, HallTicket]] = []
    lanes: dict[tuple[object, ...], list[HallTicket]] = {}
    barred: list[HallTicket] = []
    guard = _Guard(situation, rules)
    for ticket in guard.tickets:
        rank, first, code = guard.of(ticket)
        if rank < _FREE:
            guarded.append((rank, first, ticket.since, ticket.id, code, ticket))
        elif rank == _FREE:
            lanes.setdefault((ticket.group, ticket.standing, ticket.minutes), []).append(ticket)
        else:
            barred.append(ticket)
    for *_, code, ticket in sorted(guarded, key=lambda row: row[:4]):
        yield Choice(ticket.id, _because(situation, ticket, code))
    for ticket in _by_worth(situation, rules, list(lanes.values())):
        yield Choice(ticket.id, _because(situation, ticket, rules.reason(situation, ticket)))
    for ticket in sorted(barred, key=_coming):
        yield Choice(ticket.id, _because(situation, ticket, "priority"))


def _coming(ticket: HallTicket) -> tuple[float, float, str]:
    return ticket.due, ticket.since, ticket.id


def _by_worth(situation: Situation, rules: Policy, lanes: list[list[HallTicket]]) -> Iterator[HallTicket]:
    """The head of the lane with the highest worth, again and again; behind it its lane moves up."""
    worth = rules.worth(situation)
    heads: list[tuple[float, tuple[float, float, str], int]] = []
    for number, lane in enumerate(lanes):
        lane.sort(key=_coming, reverse=True)
        heads.append((-worth(lane[-1]), _coming(lane[-1]), number))
    heapq.heapify(heads)
    while heads:
        number = heads[0][2]
        yield lanes[number].pop()
        if lanes[number]:
            head = lanes[number][-1]
            heapq.heapreplace(heads, (-worth(head), _coming(head), number))
        else:
            heapq.heappop(heads)


_OVERTAKEN, _SENT, _PRIORITY, _DUE, _FREE, _BARRED = range(6)


class _Guard:
    """Which tickets a guard calls, whatever the policy says."""

    def __init__(self, situation: Situation, rules: Policy) -> None:
        self._situation = situation
        self._rules = rules
        self.tickets = situation.callable()
        self._row_full = situation.hall.priority_run >= situation.hall.priority_most
        self._somebody_overdue = any(self._overdue(ticket) for ticket in self.tickets)

    def of(self, ticket: HallTicket) -> tuple[int, float, str]:
        """The rank of a ticket, its place within it (lowest first) and the code of the reason; a rank of `_FREE` is the
        policy's to decide."""
        age = self._situation.age(ticket)
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
        if self._overdue(ticket):
            return _DUE, -age, "overdue"
        return _FREE, 0.0, ""

    def _overdue(self, ticket: HallTicket) -> bool:
        return self._situation.age(ticket) >= LONGEST


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


def _longest(situation: Situation) -> Worth:
    """First come, first served."""
    return situation.age


class _Promise:
    """What a minute of this counter is worth when it is spent on a ticket.

    Either it saves a promise: the chance that the visit still ends within the promise falls while the ticket waits, and
    the faster it falls, the more is lost by not calling it now. Or it ends a long wait: that grows with the age against
    the target, faster than it, and with the length of the visit, so that neither long visits nor those whose promise is
    lost already are left over. Both are held against the minutes that the visit costs, and weigh more where few others
    can take it, or take it as quickly.
    """

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._promised = _PROMISED * situation.hall.promise
        load = math.log((situation.crowd + 1) / _CROWD)
        self._ageing = _AGEING * math.exp(_LOAD_AGEING * load)
        self._cost = _COST + _LOAD_COST * load
        self._groups: dict[str, tuple[float, float, float]] = {}

    def __call__(self, ticket: HallTicket) -> float:
        weight, deviation, target = self._groups.get(ticket.group) or self._group(ticket.group)
        age, minutes = self._situation.age(ticket), self._situation.minutes(ticket)
        left = self._promised - age
        saved = 0.0
        if left > 0:
            # The chance to end within `left` falls to that of ending a little sooner.
            middle = math.log(minutes) - deviation * deviation / 2
            saved = _chance((math.log(left) - middle) / deviation)
            if left > _LOOK:
                saved -= _chance((math.log(left - _LOOK) - middle) / deviation)
        wait = (_AT_ONCE + age / (target * _STANDING[ticket.standing])) ** _IMPATIENCE
        ended = self._ageing * wait * minutes**_LENGTH
        return float((saved / _LOOK + ended) * weight / minutes**self._cost)

    def _group(self, group: str) -> tuple[float, float, float]:
        """Of a group: what its scarcity and the counter's edge weigh, the deviation of the logarithm of a visit's
        minutes, and its target."""
        serving = self._situation.serving(group)
        weight = serving.room**-_SCARCITY * serving.edge**_EDGE
        deviation = max(_LEAST_DEVIATION, math.sqrt(math.log1p((_DOUBT * serving.spread) ** 2)))
        target = _TARGET * (serving.target / _TARGET) ** _OWN_TARGET
        return self._groups.setdefault(group, (weight, deviation, target))


def _chance(deviations: float) -> float:
    """The normal distribution."""
    return 0.5 * math.erfc(-deviations * _ROOT_HALF)


def _why_promise(situation: Situation, ticket: HallTicket) -> str:
    """Where the promise stands, and that few counters serve the group where that is so."""
    left = situation.hall.promise - situation.age(ticket) - situation.minutes(ticket)
    code = "late" if left < 0 else "promise" if left < _URGENT else "fits"
    counters = situation.serving(ticket.group).counters
    return f"{code}_few" if counters <= _FEW and counters < situation.everybody else code


def _why_longest(situation: Situation, ticket: HallTicket) -> str:
    return "longest"


# The figures of `_Promise`, fitted to simulated days of many halls with other skills, paces, loads and crowds. They
# stand in a flat valley: a little more or less of any of them changes little.
_LOOK = 2.5  # minutes: what a ticket that is not called now waits more, until a counter is free again
_PROMISED = 0.966  # of the promise; a little less than all, because calling and walking take their time
_DOUBT = 1.56  # how much wider than their spread expected times are taken: they are estimates themselves
_AGEING = 0.0044  # the weight of long waits against saved promises
_AT_ONCE = 0.35  # targets that a ticket has waited on its coming, so that a long visit is worth something at once
_IMPATIENCE = 3.19  # how much faster than its age the weight of a wait grows
_LENGTH = 0.5  # how much more long visits weigh: they are the ones that cannot be slipped in between
_COST = 1.14  # how much of its own minutes a visit has to be worth
_LOAD_COST = 0.083  # in a crowd short visits come first a little more: each of them shortens the wait of many
_LOAD_AGEING = 0.24  # and long waits weigh a little more, because there are more of them
_CROWD = 4.0  # waiting tickets for each counter, and one: the crowd at which the last two change nothing
_TARGET = 12.0  # minutes: the target that all groups share as far as
_OWN_TARGET = 0.48  # their own is not taken into account
_SCARCITY = 0.6  # how much more a group weighs for which there is little room at the counters
_EDGE = 1.8  # how much a counter leaves to others what they do quicker, and takes what it does quicker itself
_LEAST_DEVIATION = 0.05  # of the logarithm of a visit's minutes: nobody is surer than that
_ROOT_HALF = math.sqrt(0.5)
# The target of a standing, as a part of its group's.
_STANDING = {"priority": 0.35, "appointment": 0.77, "walk_in": 1.0}

POLICIES: dict[str, Policy] = {
    "promise": Policy(priority_after=6.4, appointment_after=9.2, worth=_Promise, reason=_why_promise),
    "first_come": Policy(priority_after=0.0, appointment_after=0.0, worth=_longest, reason=_why_longest),
}
"""By the name that `Settings.policy` gives."""
