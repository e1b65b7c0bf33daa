"""A hall played forward: what would come of it under a policy and a plan. Plans, predictions and what-if stand on it.

Pure and repeatable: whatever is left to chance is drawn beforehand (`draw`), by a seed and by what it is drawn for,
so that two plans meet the very same people with the very same matters (common random numbers). A roll-out of two hours
takes some milliseconds, so the state of the hall in it is kept in plain mutable objects that only live for its length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from heapq import heapify, heappop, heappush
from operator import attrgetter
from random import Random
from typing import TypeVar, cast

import msgspec

from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket, Standing
from counterdesk.station.routing import chosen

ABSENT_MINUTES = 0.75
"""What calling somebody costs who does not come."""
LONGEST_WORK = 5.0
"""No matter is drawn that takes longer than this many times what is expected."""
_TRIES = 12
_Value = TypeVar("_Value", HallCounter, HallTicket)
_LEAVES, _RETURNS, _DONE, _LOOK, _GIVES_UP = 1, -1, 0, 2, 3
"""What happens in a roll-out: at a counter, or to a visitor."""
_IN_VAIN = 60.0
"""Minutes that somebody waits whom nobody will call, where no closing time is known."""


class Visitor(msgspec.Struct, gc=False, eq=False, kw_only=True):
    """Somebody in a roll-out: what a `HallTicket` says of him, and what nobody can know. work: minutes that his matter
    takes at an ordinary pace. absent: whether he does not come when called. patience: minutes after which he leaves if
    nobody has called him."""

    id: str
    group: str
    since: float
    due: float
    work: float
    standing: Standing = "walk_in"
    absent: bool = False
    minutes: float | None = None
    counter: str = ""
    overtaken: int = 0
    patience: float = math.inf


class Visit(msgspec.Struct, gc=False, frozen=True):
    """What came of a visitor. since: when he took his ticket. wait: minutes until his call, or until he left; total:
    until he was done, infinite for who left or waited in vain. ended: the minute of the day."""

    group: str
    standing: Standing
    since: float
    wait: float
    total: float
    ended: float


class Desk(msgspec.Struct, gc=False, eq=False, kw_only=True):
    """A counter in a roll-out, as a `HallCounter` shows it. away: for how many reasons it is not on duty."""

    id: str
    offers: tuple[str, ...]
    skills: tuple[str, ...]
    pace: dict[str, float]
    breaks: tuple[tuple[float, float], ...]
    on_duty: bool = True
    away: int = 0
    serving: str = ""
    busy_since: float | None = None
    minutes: float | None = None


class Floor(msgspec.Struct, kw_only=True):
    """The hall at a moment of a roll-out, as a `Hall` shows it, but in objects that change."""

    now: float
    promise: float
    no_show: float
    priority_run: int
    priority_most: int
    groups: tuple[HallGroup, ...]
    counters: list[Desk]
    waiting: list[Visitor]

    def may_call(self, desk: Desk) -> Iterator[Visitor]:
        """Everybody whom a counter could call now: those of its groups who wait for no other, and those sent to it."""
        return (
            visitor
            for visitor in self.waiting
            if visitor.counter == desk.id or (not visitor.counter and visitor.group in desk.offers)
        )


Policy = Callable[[Floor, Desk], Visitor | None]
"""Whom a counter calls next; None holds it idle."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """Other profiles, from a minute on: a counter follows them with its next call."""

    profiles: Mapping[str, tuple[str, ...]]
    since: float = 0.0


def station_policy(name: str = "promise", *, ahead: bool = True) -> Policy:
    """Whom the station itself calls next (`routing.py`), in a roll-out. ahead: as in `choose`; without it a roll-out
    takes a third of the time."""

    def policy(floor: Floor, desk: Desk) -> Visitor | None:
        # A floor has all that a hall has. Making a hall of it for every call would take most of a roll-out's time.
        return cast(Visitor | None, chosen(cast(Hall, floor), desk.id, name, ahead=ahead))

    return policy


def snapshot(floor: Floor) -> Hall:
    """The moment of a roll-out as a `Hall`: without anything that nobody could know there."""
    return msgspec.convert(
        {name: getattr(floor, name) for name in Hall.__struct_fields__ if name not in ("counters", "waiting")}
        | {
            "counters": tuple(_part(HallCounter, desk) for desk in floor.counters),
            "waiting": tuple(_part(HallTicket, visitor) for visitor in floor.waiting),
        },
        Hall,
    )


def _part(kind: type[_Value], of: Desk | Visitor) -> _Value:
    return kind(**{name: getattr(of, name) for name in kind.__struct_fields__})


# What chance gives


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """All that is left to chance in one roll-out. ends: until when the counters are busy that are so at the start."""

    visitors: tuple[Visitor, ...]
    ends: dict[str, float]


def work(random: Random, minutes: float, spread: float) -> float:
    """A log-normal handling time with this mean and this standard deviation over the mean."""
    variance = math.log1p(spread * spread)
    drawn = minutes * math.exp(math.sqrt(variance) * random.gauss(0.0, 1.0) - variance / 2)
    return min(max(drawn, 0.2), LONGEST_WORK * minutes)


def draw(hall: Hall, coming: Iterable[tuple[float, str, Standing, float]], seed: int) -> Drawn:
    """What one roll-out meets.

    coming: who arrives after the start, as (minute, group, standing, due). seed: names the roll-out.
    """
    groups = {group.id: group for group in hall.groups}
    visitors: list[Visitor] = []
    for ticket in hall.waiting:
        group = groups[ticket.group]
        random = Random(f"{seed}/waiting/{ticket.id}")
        visitors.append(
            Visitor(
                id=ticket.id,
                group=ticket.group,
                since=ticket.since,
                due=ticket.due,
                work=work(random, ticket.minutes or group.minutes, group.spread),
                standing=ticket.standing,
                absent=random.random() < hall.no_show,
                minutes=ticket.minutes,
                counter=ticket.counter,
                overtaken=ticket.overtaken,
            )
        )
    random = Random(f"{seed}/coming")
    for number, (at, name, standing, due) in enumerate(coming):
        group = groups[name]
        visitors.append(
            Visitor(
                id=f"~{number}",
                group=name,
                since=at,
                due=due,
                work=work(random, group.minutes, group.spread),
                standing=standing,
                absent=random.random() < hall.no_show,
            )
        )
    ends = {
        counter.id: _end(counter, groups, hall.now, Random(f"{seed}/busy/{counter.id}"))
        for counter in hall.counters
        if counter.serving in groups and counter.busy_since is not None
    }
    return Drawn(visitors=tuple(visitors), ends=ends)


def _end(counter: HallCounter, groups: Mapping[str, HallGroup], now: float, random: Random) -> float:
    """Until when a counter is busy: as drawn for the whole visit, given that it is not over yet."""
    group = groups[counter.serving]
    since = counter.busy_since if counter.busy_since is not None else now
    pace = counter.pace.get(group.id, 1.0)
    minutes = counter.minutes if counter.minutes is not None else group.minutes * pace
    for _ in range(_TRIES):
        end = since + work(random, minutes, group.spread)
        if end > now:
            return end
    return now + work(random, minutes, group.spread) / 2


# The roll-out

ORDINARY = station_policy()


def play(
    hall: Hall,
    drawn: Drawn,
    policy: Policy = ORDINARY,
    *,
    plans: tuple[Planned, ...] = (),
    closing: float = math.inf,
    until: float = math.inf,
) -> list[Visit]:
    """Play the hall forward until everybody who took a ticket before `until` was called.

    plans: other profiles, in the order in which they come to hold. closing: until when those wait, in vain, whom no
    counter takes any more.
    Returns what came of the visitors that took their ticket before `until`, but for those who are not there if called.
    """
    rollout = _Rollout(hall, drawn, policy, plans, until)
    rollout.run(closing=closing)
    return rollout.visits


def advance(hall: Hall, drawn: Drawn, policy: Policy = ORDINARY, *, to: float) -> tuple[Hall, Drawn, list[Visit]]:
    """Play the hall forward up to the minute `to`.

    Returns the hall at that minute as it may be known; what chance holds from there on; what came of whoever was called
    before. Playing on from the first two is as if it had never stopped.
    """
    rollout = _Rollout(hall, drawn, policy, (), math.inf)
    rollout.run(stop=to)
    return rollout.stopped_at(to)


class _Rollout:
    """One roll-out under way."""

    def __init__(self, hall: Hall, drawn: Drawn, policy: Policy, plans: tuple[Planned, ...], until: float) -> None:
        self.policy, self.plans, self.until = policy, plans, until
        self.floor = Floor(
            now=hall.now,
            promise=hall.promise,
            no_show=hall.no_show,
            priority_run=hall.priority_run,
            priority_most=hall.priority_most,
            groups=hall.groups,
            counters=[
                Desk(
                    id=counter.id,
                    offers=counter.offers,
                    skills=counter.skills,
                    pace=counter.pace,
                    breaks=counter.breaks,
                )
                for counter in hall.counters
            ],
            waiting=[],
        )
        # A roll-out counts who was overtaken, so it works on visitors of its own.
        self.coming = sorted((copy(visitor) for visitor in drawn.visitors), key=attrgetter("since"), reverse=True)
        self.open = sum(visitor.since < until for visitor in self.coming)
        self.visits: list[Visit] = []
        self.events: list[tuple[float, int, int, int]] = []
        self.calls = 0
        self.impatient: list[Visitor] = []
        for place, counter in enumerate(hall.counters):
            self._begin(place, counter, drawn.ends.get(counter.id))
        self.events += [(plan.since, 0, _LOOK, 0) for plan in plans if plan.since > hall.now]
        heapify(self.events)
        # The one with the least choice calls first: what only it could not take is left to the others.
        self.order = sorted(range(len(hall.counters)), key=lambda place: (len(hall.counters[place].skills), place))

    def _begin(self, place: int, counter: HallCounter, end: float | None) -> None:
        """Who is busy or away at the start, and the pauses to come. An event is (when, order, what, counter)."""
        desk, now = self.floor.counters[place], self.floor.now
        if end is not None:
            desk.serving, desk.busy_since, desk.minutes = counter.serving, counter.busy_since, counter.minutes
            self.events.append((end, 0, _DONE, place))
        inside = False
        for start, stop in counter.breaks:
            if start <= now <= stop:
                inside = True
                desk.away += 1
                self.events.append((stop, -1, _RETURNS, place))
            elif now < start < stop:
                self.events += [(start, -2, _LEAVES, place), (stop, -1, _RETURNS, place)]
        if not counter.on_duty and not inside:
            desk.away += 1
        desk.on_duty = not desk.away

    def run(self, *, stop: float = math.inf, closing: float = math.inf) -> None:
        """Until everybody was called who took a ticket in time, or everything before `stop` has happened."""
        floor = self.floor
        while self.open:
            at = min(self.coming[-1].since if self.coming else math.inf, self.events[0][0] if self.events else math.inf)
            if at >= stop and stop < math.inf:
                break
            if at == math.inf:
                self._give_up(closing)
                break
            floor.now = max(floor.now, at)
            self._happen()
            while floor.waiting and self.open and sum(self._call(place) for place in self.order):
                pass

    def _happen(self) -> None:
        floor = self.floor
        while self.coming and self.coming[-1].since <= floor.now:
            visitor = self.coming.pop()
            floor.waiting.append(visitor)
            if visitor.patience < math.inf:
                heappush(self.events, (visitor.since + visitor.patience, 0, _GIVES_UP, len(self.impatient)))
                self.impatient.append(visitor)
        while self.events and self.events[0][0] <= floor.now:
            _, _, what, place = heappop(self.events)
            if what == _GIVES_UP:
                self._leaves(self.impatient[place])
                continue
            desk = floor.counters[place]
            if what == _DONE:
                desk.serving, desk.busy_since, desk.minutes = "", None, None
            elif what in (_LEAVES, _RETURNS):
                desk.away += what
                desk.on_duty = not desk.away

    def _call(self, place: int) -> bool:
        """Let a counter call, if it is free; whether it did."""
        floor = self.floor
        desk = floor.counters[place]
        if desk.serving or desk.away:
            return False
        for plan in self.plans:
            if floor.now >= plan.since:
                desk.offers = plan.profiles.get(desk.id, desk.offers)
        if next(floor.may_call(desk), None) is None or (visitor := self.policy(floor, desk)) is None:
            return False
        floor.waiting.remove(visitor)
        floor.priority_run = floor.priority_run + 1 if visitor.standing == "priority" else 0
        for other in floor.waiting:
            if other.since < visitor.since:
                other.overtaken += 1
        pace = desk.pace.get(visitor.group, 1.0)
        lasts = ABSENT_MINUTES if visitor.absent else visitor.work * pace
        desk.serving, desk.busy_since = visitor.group, floor.now
        desk.minutes = None if visitor.minutes is None else visitor.minutes * pace
        self.calls += 1
        heappush(self.events, (floor.now + lasts, self.calls, _DONE, place))
        self._seen(visitor, floor.now, lasts, floor.now + lasts)
        return True

    def _leaves(self, visitor: Visitor) -> None:
        """Somebody whom nobody called in time is gone."""
        floor = self.floor
        if visitor in floor.waiting:
            floor.waiting.remove(visitor)
            self._seen(visitor, floor.now, math.inf, floor.now)

    def _seen(self, visitor: Visitor, until: float, takes: float, ended: float) -> None:
        """Somebody waited until a minute. takes: minutes at the counter then, infinite if he got to none."""
        if visitor.since >= self.until:
            return
        self.open -= 1
        if not visitor.absent:
            wait = max(0.0, until - visitor.due)
            self.visits.append(Visit(visitor.group, visitor.standing, visitor.since, wait, wait + takes, ended))

    def _give_up(self, closing: float) -> None:
        """Nothing more will happen, and somebody still waits: for a group that nobody takes."""
        now = max(self.floor.now, closing if closing < math.inf else self.floor.now + _IN_VAIN)
        for visitor in self.floor.waiting:
            self._seen(visitor, now, math.inf, now)

    def stopped_at(self, minute: float) -> tuple[Hall, Drawn, list[Visit]]:
        """The hall at a minute at which this roll-out was stopped, the rest of its chances, and its visits so far."""
        floor = self.floor
        floor.now = minute
        ends = {floor.counters[place].id: at for at, _, what, place in self.events if what == _DONE}
        return snapshot(floor), Drawn(visitors=(*floor.waiting, *reversed(self.coming)), ends=ends), self.visits
