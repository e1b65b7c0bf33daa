"""Which of a few tickets a counter had better call, by what follows: the next calls of all counters, played ahead.

The play is as simple as it can be and still tell them apart: everybody takes what he is expected to take, nobody else
comes, and each counter, when it is free, calls whom it would call at first sight. What a scarce counter lacks while it
serves a long visit, and what a colleague who is free in a minute takes over, shows in it of itself.
"""

from __future__ import annotations

from typing import Protocol

from counterdesk.station.hall import Hall, HallCounter, HallTicket
from counterdesk.station.situation import Situation

CALLS = 15
"""How many calls are played, the one in question included. More of them hardly tell more."""
_AT_LEAST = 0.35  # of its expected minutes a visit still takes, however long it has been going on
_BEFORE = 1e9  # more than any worth: what a guard calls goes before it


class Worth(Protocol):
    """A policy at one counter."""

    def __call__(self, ticket: HallTicket, later: float = 0.0) -> float:
        """What a minute is worth that is spent on the ticket `later` minutes from now."""

    def outcome(self, ticket: HallTicket, later: float) -> float:
        """What comes of a ticket that is called `later` minutes from now; more is better."""


class Opening(Protocol):
    """How a policy begins at a counter."""

    def __call__(self, situation: Situation) -> Worth: ...


class Foresight:
    """What follows from a call of `situation`'s counter. worth: the policy there, which `opening` gives for the others.
    priority_after, appointment_after: minutes of waiting after which priority citizens and appointments go first."""

    def __init__(
        self, situation: Situation, worth: Worth, priority_after: float, appointment_after: float, opening: Opening
    ) -> None:
        self._here = situation.counter.id
        self._hall: Hall = situation.hall
        self._priority_after, self._appointment_after, self._opening = priority_after, appointment_after, opening
        self._counters = {each.id: each for each in self._hall.counters}
        self._seen: dict[str, tuple[Situation, Worth]] = {self._here: (situation, worth)}
        lanes: dict[tuple[str, str, str], list[HallTicket]] = {}
        for ticket in self._hall.waiting:
            lanes.setdefault((ticket.group, ticket.standing, ticket.counter), []).append(ticket)
        self._lanes = list(lanes.values())
        for lane in self._lanes:
            lane.sort(key=lambda each: (each.due, each.since, each.id))
        self._drawn: dict[str, list[int]] = {}
        self._free = {c.id: at for c in self._hall.counters if (at := self._soonest(c)) is not None}

    @property
    def lanes(self) -> int:
        """How many lanes wait, each of a group and a standing: what a play takes grows with them."""
        return len(self._lanes)

    def outcome(self, ticket: HallTicket) -> float:
        """What comes of the next calls together if this ticket is called now; more is better."""
        free, heads = dict(self._free), [0] * len(self._lanes)
        total = self._call(self._here, ticket, 0.0, free)
        for _ in range(CALLS - 1):
            while free:
                counter = min(free, key=lambda each: (free[each], each))
                called = self._next(counter, ticket, free[counter], heads)
                if called is not None:
                    break
                del free[counter]
            else:
                break
            total += self._call(counter, called, free[counter], free)
        return total

    def _call(self, counter: str, ticket: HallTicket, later: float, free: dict[str, float]) -> float:
        situation, worth = self._at(counter)
        free[counter] = self._after_break(self._counters[counter], later + situation.minutes(ticket))
        return worth.outcome(ticket, later)

    def _next(self, counter: str, first: HallTicket, later: float, heads: list[int]) -> HallTicket | None:
        """Whom a counter would call, which then waits no more."""
        situation, worth = self._at(counter)
        best, found = 0.0, -1
        for number in self._drawn[counter]:
            lane, head = self._lanes[number], heads[number]
            if head < len(lane) and lane[head] is first:
                head = heads[number] = head + 1
            if head == len(lane):
                continue
            ticket = lane[head]
            age, standing = situation.age(ticket, later), ticket.standing
            if standing == "priority" and age >= self._priority_after:
                value = 2 * _BEFORE + age
            elif standing == "appointment" and age >= self._appointment_after:
                value = _BEFORE + age
            else:
                value = worth(ticket, later)
            if found < 0 or value > best:
                best, found = value, number
        if found < 0:
            return None
        heads[found] += 1
        return self._lanes[found][heads[found] - 1]

    def _at(self, counter: str) -> tuple[Situation, Worth]:
        seen = self._seen.get(counter)
        if seen is None:
            situation = Situation(self._hall, counter)
            seen = self._seen[counter] = situation, self._opening(situation)
        if counter not in self._drawn:
            offers = set(seen[0].counter.offers)
            self._drawn[counter] = [
                number
                for number, (first, *_) in enumerate(self._lanes)
                if first.counter == counter or (not first.counter and first.group in offers)
            ]
        return seen

    def _soonest(self, counter: HallCounter) -> float | None:
        """In how many minutes a counter is free; None if nobody knows."""
        now, later = self._hall.now, 0.0
        if counter.busy_since is not None and counter.serving and counter.id != self._here:
            takes = counter.minutes
            if takes is None:
                takes = self._at(counter.id)[0].serving(counter.serving).minutes
            later = max(takes - (now - counter.busy_since), _AT_LEAST * takes)
        if not counter.on_duty and counter.id != self._here and not any(a <= now < b for a, b in counter.breaks):
            return None
        return self._after_break(counter, later)

    def _after_break(self, counter: HallCounter, later: float) -> float:
        """The same moment, or the end of a planned break in which it lies."""
        at = self._hall.now + later
        return max([later, *(end - self._hall.now for begin, end in counter.breaks if begin <= at < end)])
