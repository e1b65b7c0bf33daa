"""A hall played forward: what would come of it under a policy and a plan. Plans, predictions and what-if stand on it.

Pure and repeatable: whatever is left to chance is drawn beforehand (`draw`), by a seed and by what it is drawn for,
so that two plans meet the very same people with the very same matters (common random numbers). A roll-out of two hours
takes some milliseconds, so the state of the hall in it is kept in plain mutable objects that only live for its length.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from operator import attrgetter
from random import Random

import msgspec

from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket, Standing

ABSENT_MINUTES = 0.75
"""What calling somebody costs who does not come."""
LONGEST_WORK = 5.0
"""No matter is drawn that takes longer than this many times what is expected."""
_TRIES = 12
_LEAVES, _RETURNS, _DONE, _LOOK = 1, -1, 0, 2
"""What happens at a counter in a roll-out."""
_IN_VAIN = 60.0
"""Minutes that somebody waits whom nobody will call, where no closing time is known."""
_due = attrgetter("due")


class Visitor(msgspec.Struct, gc=False, eq=False, kw_only=True):
    """Somebody in a roll-out. at: when he takes his ticket. due: since when his wait counts. work: minutes that his
    matter takes at an ordinary pace. absent: whether he does not come when called. minutes: what is expected of him,
    where more is known than his group. counter: the only one that may call him. overtaken: younger ones called before
    him so far."""

    id: str
    group: str
    at: float
    due: float
    work: float
    standing: Standing = "walk_in"
    absent: bool = False
    minutes: float | None = None
    counter: str = ""
    overtaken: int = 0


class Visit(msgspec.Struct, gc=False, frozen=True):
    """What came of a visitor. wait: minutes until his call; total: until he was done. ended: the minute of the day."""

    group: str
    standing: Standing
    at: float
    wait: float
    total: float
    ended: float


class Desk(msgspec.Struct, gc=False, eq=False, kw_only=True):
    """A counter in a roll-out: what it draws from, and until when it is busy with whom."""

    counter: HallCounter
    offers: tuple[str, ...]
    away: int = 0
    serving: str = ""
    since: float = 0.0
    minutes: float | None = None


class Floor(msgspec.Struct, kw_only=True):
    """The hall at a moment of a roll-out, as a policy sees it. lanes: who waits of each group, first the one whose wait
    counts longest."""

    now: float
    hall: Hall
    groups: dict[str, HallGroup]
    lanes: dict[str, list[Visitor]]
    desks: list[Desk]
    priority_run: int = 0

    def may_call(self, desk: Desk) -> list[Visitor]:
        """Everybody whom a counter could call now: those of its groups that wait for no other, and those sent to it."""
        number = desk.counter.id
        offers = desk.offers
        return [
            visitor
            for group, lane in self.lanes.items()
            for visitor in lane
            if (group in offers and not visitor.counter) or visitor.counter == number
        ]


Policy = Callable[[Floor, Desk], Visitor | None]
"""Whom a counter calls next; None holds it idle."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """Other profiles, from a minute on: a counter follows them with its next call."""

    profiles: Mapping[str, tuple[str, ...]]
    since: float = 0.0


def longest(floor: Floor, desk: Desk) -> Visitor | None:
    """Sent here first, then priority, then appointments, then who has waited longest by his group's target."""

    def place(visitor: Visitor) -> tuple[int, float, str]:
        if visitor.counter:
            rank = 0
        elif visitor.standing == "priority" and floor.priority_run < floor.hall.priority_most:
            rank = 1
        else:
            rank = 2 if visitor.standing == "appointment" else 3
        return rank, (visitor.due - floor.now) / floor.groups[visitor.group].target, visitor.id

    return min(floor.may_call(desk), key=place, default=None)


def by_snapshot(choose: Callable[[Hall, str], str | None]) -> Policy:
    """A policy of the station, which reads a `Hall` and names a ticket, as one of a roll-out."""

    def policy(floor: Floor, desk: Desk) -> Visitor | None:
        chosen = choose(snapshot(floor), desk.counter.id)
        if chosen is None:
            return None
        return next(visitor for lane in floor.lanes.values() for visitor in lane if visitor.id == chosen)

    return policy


def snapshot(floor: Floor) -> Hall:
    """The moment of a roll-out as a `Hall`: without anything that nobody could know there."""
    hall = floor.hall
    return Hall(
        now=floor.now,
        promise=hall.promise,
        no_show=hall.no_show,
        priority_run=floor.priority_run,
        priority_most=hall.priority_most,
        groups=hall.groups,
        counters=tuple(
            HallCounter(
                id=desk.counter.id,
                on_duty=not desk.away,
                offers=desk.offers,
                skills=desk.counter.skills,
                pace=desk.counter.pace,
                serving=desk.serving,
                busy_since=desk.since if desk.serving else None,
                minutes=desk.minutes if desk.serving else None,
                breaks=desk.counter.breaks,
            )
            for desk in floor.desks
        ),
        waiting=tuple(
            HallTicket(
                id=visitor.id,
                group=visitor.group,
                standing=visitor.standing,
                since=visitor.at,
                due=visitor.due,
                overtaken=visitor.overtaken,
                minutes=visitor.minutes,
                counter=visitor.counter,
            )
            for lane in floor.lanes.values()
            for visitor in lane
        ),
    )


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
                at=ticket.since,
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
                at=at,
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


def play(
    hall: Hall,
    drawn: Drawn,
    policy: Policy = longest,
    *,
    plan: Planned | None = None,
    closing: float = math.inf,
    until: float = math.inf,
) -> list[Visit]:
    """Play the hall forward until everybody who took a ticket before `until` was called.

    plan: other profiles. closing: until when those wait, in vain, whom no counter takes any more.
    Returns what came of the visitors that took their ticket before `until` and were there when called.
    """
    return _Rollout(hall, drawn, policy, plan, closing, until).run()


def advance(hall: Hall, drawn: Drawn, policy: Policy = longest, *, to: float) -> tuple[Hall, Drawn, list[Visit]]:
    """Play the hall forward up to the minute `to`.

    Returns the hall at that minute as it may be known; what chance holds from there on; what came of whoever was called
    before. Playing on from the first two is as if it had never stopped.
    """
    rollout = _Rollout(hall, drawn, policy, None, math.inf, math.inf)
    rollout.run(to)
    return rollout.now_at(to)


class _Rollout:
    """One roll-out under way."""

    def __init__(
        self, hall: Hall, drawn: Drawn, policy: Policy, plan: Planned | None, closing: float, until: float
    ) -> None:
        self.policy, self.plan, self.closing, self.until = policy, plan, closing, until
        desks = [Desk(counter=counter, offers=counter.offers) for counter in hall.counters]
        groups = {group.id: group for group in hall.groups}
        lanes: dict[str, list[Visitor]] = {group.id: [] for group in hall.groups}
        self.floor = Floor(
            now=hall.now, hall=hall, groups=groups, lanes=lanes, desks=desks, priority_run=hall.priority_run
        )
        # A roll-out counts who was overtaken, so it works on visitors of its own.
        self.coming = sorted((msgspec.structs.replace(v) for v in drawn.visitors), key=attrgetter("at"), reverse=True)
        self.open = sum(visitor.at < until for visitor in self.coming)
        self.visits: list[Visit] = []
        self.events: list[tuple[float, int, int, int]] = []
        self.started = 0
        for place, desk in enumerate(desks):
            self._begin(place, desk, drawn.ends.get(desk.counter.id))
        if plan is not None and plan.since > hall.now:
            self.events.append((plan.since, 0, _LOOK, 0))
        heapify(self.events)

    def _begin(self, place: int, desk: Desk, end: float | None) -> None:
        """Who is busy or away at the start, and the pauses to come. An event is (when, order, what, counter)."""
        counter, now = desk.counter, self.floor.now
        if end is not None:
            desk.serving, desk.since = counter.serving, counter.busy_since if counter.busy_since is not None else now
            desk.minutes = counter.minutes
            self.events.append((end, 0, _DONE, place))
        inside = False
        for start, stop in counter.breaks:
            if start <= now < stop:
                inside = True
                desk.away += 1
                self.events.append((stop, -1, _RETURNS, place))
            elif start > now:
                self.events += [(start, -2, _LEAVES, place), (stop, -1, _RETURNS, place)]
        if not counter.on_duty and not inside:
            desk.away += 1

    def run(self, stop: float = math.inf) -> list[Visit]:
        """Until everybody was called who took a ticket in time, or everything before `stop` has happened."""
        floor = self.floor
        # The one with the least choice calls first: what only it could not take is left to the others.
        order = sorted(range(len(floor.desks)), key=lambda place: (len(floor.desks[place].counter.skills), place))
        while self.open:
            at = min(self.coming[-1].at if self.coming else math.inf, self.events[0][0] if self.events else math.inf)
            if at >= stop:
                break
            if at == math.inf:
                self._give_up()
                break
            floor.now = max(floor.now, at)
            self._happen()
            again = True
            while again and self.open:
                again = sum(self._call(place) for place in order) > 0
        return self.visits

    def _happen(self) -> None:
        floor = self.floor
        while self.coming and self.coming[-1].at <= floor.now:
            visitor = self.coming.pop()
            insort(floor.lanes[visitor.group], visitor, key=_due)
        while self.events and self.events[0][0] <= floor.now:
            _, _, what, place = heappop(self.events)
            if what in (_LEAVES, _RETURNS):
                floor.desks[place].away += what
            elif what == _DONE:
                floor.desks[place].serving = ""

    def _call(self, place: int) -> bool:
        """Let a counter call, if it is free; whether it did."""
        floor = self.floor
        desk = floor.desks[place]
        if desk.serving or desk.away:
            return False
        plan = self.plan
        if plan is not None and floor.now >= plan.since:
            desk.offers = plan.profiles.get(desk.counter.id, desk.offers)
        visitor = self.policy(floor, desk)
        if visitor is None:
            return False
        floor.lanes[visitor.group].remove(visitor)
        floor.priority_run = floor.priority_run + 1 if visitor.standing == "priority" else 0
        for lane in floor.lanes.values():
            for other in lane:
                if other.at < visitor.at:
                    other.overtaken += 1
        pace = desk.counter.pace.get(visitor.group, 1.0)
        lasts = ABSENT_MINUTES if visitor.absent else visitor.work * pace
        desk.serving, desk.since = visitor.group, floor.now
        desk.minutes = None if visitor.minutes is None else visitor.minutes * pace
        self.started += 1
        heappush(self.events, (floor.now + lasts, self.started, _DONE, place))
        self._seen(visitor, floor.now, floor.now + lasts)
        return True

    def now_at(self, minute: float) -> tuple[Hall, Drawn, list[Visit]]:
        """The hall at a minute at which this roll-out was stopped, the rest of its chances, and its visits so far."""
        floor = self.floor
        floor.now = minute
        # Of a visit that is under way nobody knows more than was known at its call.
        ends = {floor.desks[place].counter.id: at for at, _, what, place in self.events if what == _DONE}
        waiting = [visitor for lane in floor.lanes.values() for visitor in lane]
        return snapshot(floor), Drawn(visitors=(*waiting, *reversed(self.coming)), ends=ends), self.visits

    def _seen(self, visitor: Visitor, called: float, done: float) -> None:
        if visitor.at >= self.until:
            return
        self.open -= 1
        if not visitor.absent:
            wait = max(0.0, called - visitor.due)
            self.visits.append(Visit(visitor.group, visitor.standing, visitor.at, wait, wait + done - called, done))

    def _give_up(self) -> None:
        """Nothing more will happen, and somebody still waits: for a group that nobody takes."""
        now = max(self.floor.now, self.closing if self.closing < math.inf else self.floor.now + _IN_VAIN)
        for lane in self.floor.lanes.values():
            for visitor in lane:
                self._seen(visitor, now, now)
