"""How long a citizen will probably wait, and at which counter he will be served: what a guide may say, as an interval.

The queue is played forward some dozens of times with handling times drawn from what is expected of each group, and with
the pauses that are known. It is no promise: who comes later may go first (priority, a booked time), a counter may
close. Where nobody on duty, or back from his pause, serves a group it says nothing. Pure: the same hall gives the same
answer, the draws have a fixed seed.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter as Tally
from collections.abc import Iterable
from random import Random
from typing import Final, NamedTuple

from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket, Standing
from counterdesk.station.routing import LONGEST, POLICIES
from counterdesk.station.situation import Situation

DRAWS: Final = 30
"""How often the queue is played; more changes the minutes by less than what is said is rounded to."""
LOW, HIGH = 0.06, 0.94
"""The interval that is said: drawn a little wider than eight in ten, since the hall knows more surprises than this."""
LIKELY_SHARE: Final = 0.2
"""A counter is named if it takes the ticket in at least so many of the draws."""
CALL_MINUTES: Final = 0.7
"""What calling somebody takes who does not come."""
BETWEEN: Final = 0.4
"""Minutes that a counter serves nobody between two citizens: the call, the way to the counter, the next call."""

_NEW = "new:"


class Expected(NamedTuple):
    """Minutes from now until the call: `low` to `high`, in the middle `likely`. counters: where, likeliest first.

    serving: minutes at the counter after that.
    """

    low: float
    high: float
    likely: float
    counters: tuple[str, ...]
    serving: float


class Booked(NamedTuple):
    """Somebody who has an appointment and is not here yet: he goes before those without one from that minute on."""

    minute: float
    group: str


def newcomer(group: str) -> str:
    """The id under which `forecast` tells what somebody can expect who takes a ticket of `group` now."""
    return f"{_NEW}{group}"


def asking(hall: Hall, group: str, standing: Standing = "walk_in", minutes: float | None = None) -> HallTicket:
    """Somebody who asks how long it will be, and of whom more is known than the group. minutes: that he will take."""
    return HallTicket(id=newcomer(""), group=group, standing=standing, since=hall.now, due=hall.now, minutes=minutes)


def forecast(
    hall: Hall, booked: Iterable[Booked] = (), policy: str = "promise", who: HallTicket | None = None
) -> dict[str, Expected]:
    """What everybody who waits can expect, and (`newcomer`) who would take a ticket of each group now.

    policy: by which the station chooses the next one. who: somebody who is `asking`, told of under his id.

    Tickets that no counter on duty serves are missing: nothing is known of them.
    """
    groups = {group.id: group for group in hall.groups}
    tickets = [ticket for ticket in hall.waiting if ticket.group in groups]
    for place, arriving in enumerate(sorted(booked)):
        if arriving.group in groups:
            at = max(arriving.minute, hall.now)
            tickets.append(
                HallTicket(id=f"booked:{place}", group=arriving.group, standing="appointment", since=at, due=at)
            )
    newcomers = [HallTicket(id=newcomer(group), group=group, since=hall.now, due=hall.now) for group in groups]
    newcomers += [who] if who is not None and who.group in groups else []
    random = Random(0)
    waits: dict[str, list[float]] = {}
    where: dict[str, Tally[str]] = {}
    callers = {
        counter.id: _Caller(hall, counter.id, policy)
        for counter in hall.counters
        if counter.on_duty or _back(counter, hall.now) > hall.now
    }
    for _ in range(DRAWS):
        for ticket, minute, counter in _played(hall, groups, callers, (*tickets, *newcomers), random):
            waits.setdefault(ticket, []).append(minute - hall.now)
            where.setdefault(ticket, Tally())[counter] += 1
    known = {ticket.id: ticket for ticket in (*tickets, *newcomers)}
    return {
        ticket: _summary(groups[known[ticket].group], known[ticket], found, where[ticket])
        for ticket, found in waits.items()
        if not ticket.startswith("booked:") and len(found) == DRAWS
    }


def _summary(group: HallGroup, ticket: HallTicket, waits: list[float], where: Tally[str]) -> Expected:
    waits = sorted(waits)
    last = len(waits) - 1
    counters = [counter for counter, times in where.most_common() if times >= LIKELY_SHARE * len(waits)]
    serving = ticket.minutes if ticket.minutes is not None else group.minutes
    return Expected(waits[round(LOW * last)], waits[round(HIGH * last)], waits[last // 2], tuple(counters), serving)


class _Queue(NamedTuple):
    """Tickets of one group, standing and length that one set of counters may call, the oldest last."""

    group: HallGroup
    standing: Standing
    only: str
    tickets: list[HallTicket]


class _Caller:
    """Whom a counter calls, by the station's own policy and the guards before it (`routing.py`), but for the count of
    the overtaken."""

    def __init__(self, hall: Hall, counter: str, policy: str) -> None:
        self._rules = POLICIES.get(policy, POLICIES["promise"])
        self._situation = Situation(hall, counter)
        self._worth = self._rules.opening(self._situation)
        self.counter: HallCounter = self._situation.counter

    def next(self, queues: list[_Queue], minute: float) -> _Queue | None:
        """The queue whose oldest is called at that minute; None if nobody is there for this counter."""
        later = minute - self._situation.hall.now
        best: tuple[int, float, str] | None = None
        chosen = None
        for queue in queues:
            if not queue.tickets or not self._serves(queue) or queue.tickets[-1].since > minute:
                continue
            head = queue.tickets[-1]
            key = (*self._place(queue, head, later), head.id)
            if best is None or key < best:
                best, chosen = key, queue
        return chosen

    def _serves(self, queue: _Queue) -> bool:
        return queue.only == self.counter.id if queue.only else queue.group.id in self.counter.offers

    def _place(self, queue: _Queue, head: HallTicket, later: float) -> tuple[int, float]:
        age, rules = self._situation.age(head, later), self._rules
        if queue.only:
            return 0, -age
        if queue.standing == "priority" and age >= rules.priority_after:
            return 1, -age
        if age >= LONGEST or (queue.standing == "appointment" and age >= rules.appointment_after):
            return 2, -age
        return 3, -self._worth(head, later)


def _queues(groups: dict[str, HallGroup], tickets: Iterable[HallTicket], now: float) -> list[_Queue]:
    """The tickets in queues, the next one last, so that taking it is cheap. Who is not here yet stands before none."""
    found: dict[tuple[Standing, str, str, float | None, bool], list[HallTicket]] = {}
    for ticket in tickets:
        key = ticket.standing, ticket.group, ticket.counter, ticket.minutes, ticket.since > now
        found.setdefault(key, []).append(ticket)
    return [
        _Queue(groups[group], standing, only, sorted(queue, key=lambda ticket: (-ticket.due, ticket.id)))
        for (standing, group, only, *_), queue in found.items()
    ]


def _played(
    hall: Hall,
    groups: dict[str, HallGroup],
    callers: dict[str, _Caller],
    tickets: Iterable[HallTicket],
    random: Random,
) -> Iterable[tuple[str, float, str]]:
    """One course of the queue: (ticket, the minute of its call, its counter). Newcomers take no time from others."""
    free = [
        (_back(caller.counter, _free_at(hall, groups, caller.counter, random)), at) for at, caller in callers.items()
    ]
    heapq.heapify(free)
    queues = _queues(groups, tickets, hall.now)
    while free:
        minute, at = heapq.heappop(free)
        queue = callers[at].next(queues, minute)
        if queue is None:
            continue
        ticket = queue.tickets.pop()
        yield ticket.id, minute, at
        if ticket.id.startswith(_NEW):
            busy = 0.0
        elif random.random() < hall.no_show:
            busy = CALL_MINUTES
        else:
            busy = BETWEEN + _minutes(queue.group, callers[at].counter, ticket.minutes, random)
        heapq.heappush(free, (_back(callers[at].counter, minute + busy), at))


def _back(counter: HallCounter, minute: float) -> float:
    """From when on a counter that is free at a minute calls somebody: then, or after the pause in which that lies."""
    return next((stop for start, stop in counter.breaks if start <= minute < stop), minute)


def _free_at(hall: Hall, groups: dict[str, HallGroup], counter: HallCounter, random: Random) -> float:
    group = groups.get(counter.serving)
    if group is None:
        return hall.now
    passed = max(hall.now - counter.busy_since, 0.0) if counter.busy_since is not None else 0.0
    whole = _minutes(group, counter, counter.minutes, random)
    # Whoever is there longer than was drawn for him needs as long again as some visit does: nothing is known of it.
    return hall.now + (whole - passed if whole > passed else random.random() * whole)


def _minutes(group: HallGroup, counter: HallCounter, expected: float | None, random: Random) -> float:
    """A log-normal handling time of this mean and spread, at the pace of the counter's officer."""
    mean = max(expected if expected is not None else group.minutes, 0.1)
    variance = math.log1p(group.spread**2)
    drawn = math.exp(random.gauss(math.log(mean) - variance / 2, math.sqrt(variance)))
    return drawn * counter.pace.get(group.id, 1.0)
