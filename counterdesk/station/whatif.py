"""What if: a day played again with something changed, beside the day as it is, with the very same people.

A day is who came, when, for what and for how long, and which counters served. It is taken from a station's own stream
(`day_of`) or drawn from the catalogue as an ordinary day (`ordinary_day`). The levers are those that a station has:
counters, kiosks, who takes what, lunch, minutes a case, when people come.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from random import Random
from typing import Literal

import msgspec

from counterdesk.catalog.model import Catalog, Service
from counterdesk.station.forecast import PRIORITY, SHAPE
from counterdesk.station.groups import queue_groups
from counterdesk.station.hall import PROMISE, Hall, HallCounter, HallGroup, HallValue
from counterdesk.station.learning import P90, minutes, prior, spread
from counterdesk.station.outlook import Outlook, outlook
from counterdesk.station.rollout import Drawn, Planned, Visit, Visitor, play, station_policy

Lunch = Literal["as_is", "staggered", "together"]
Split = Literal["as_is", "everything", "apart"]

KIOSK_FITS = 0.75
"""The share of visits for a service that a kiosk or the app offers which are plain enough for it."""
KIOSK_SHARE = 0.7
"""How many of those are done there: of 525 visits some 280 then reach a counter, between the scenarios C and G of
context.md §3.3."""
WALK = 0.4
"""Minutes from the call to the counter, part of every visit there."""
NO_SHOW = 0.04
_NOON = (660.0, 840.0)
"""11:00 to 14:00: a pause that lies in it is lunch."""
_TOGETHER = 720.0
_LAST = 30.0
"""Minutes before closing at which the last ones come."""


class Guest(HallValue, frozen=True, kw_only=True):
    """Somebody who came. kiosk: he is done at a kiosk or by the app if the share of those who are is above this; 1 for
    who cannot. The rest is as of a `Visitor`."""

    visitor: Visitor
    kiosk: float = 1.0


class Day(HallValue, frozen=True, kw_only=True):
    """One day. hall: at its beginning, with the counters and their pauses. opens, closes: minutes between which people
    come. last: the minute after which nobody comes, where that is not near closing. kiosk: the share of those who can
    that is done at kiosks or by the app. plans: how profiles changed meanwhile. truth: what came of the people then,
    where that is known."""

    hall: Hall
    guests: tuple[Guest, ...]
    opens: float
    closes: float
    last: float | None = None
    kiosk: float = 0.0
    plans: tuple[Planned, ...] = ()
    policy: str = "promise"
    truth: tuple[Visit, ...] = ()


class Levers(HallValue, frozen=True, kw_only=True):
    """What is changed. counters: so many more (or fewer). kiosk: the share of those who could that is done there.
    profiles: of counters by number. split: or one way for all. lunch: when. minutes: what a case takes, as a part of
    what it took. smooth: how far arrivals are spread evenly over the day, 0 to 1. policy: who is called next."""

    counters: int = 0
    kiosk: float | None = None
    profiles: dict[str, tuple[str, ...]] = {}
    split: Split = "as_is"
    lunch: Lunch = "as_is"
    minutes: float = 1.0
    smooth: float = 0.0
    policy: str = ""


class Result(HallValue, frozen=True, kw_only=True):
    """What came of it. kiosk: visits a day that needed no counter. left: visitors a day who had enough of waiting, or
    whom no counter took: no promise was kept for them. overtime: minutes after closing at which the last visitor was
    done, the median over the days."""

    outlook: Outlook
    days: int
    kiosk: float
    left: float
    overtime: float


def truth_of(days: Sequence[Day]) -> Result | None:
    """What truly came of those who are done or left; None where nobody knows."""
    truth = [day.truth for day in days if day.truth]
    if not truth:
        return None
    away = sum(guest.kiosk < day.kiosk for day in days if day.truth for guest in day.guests)
    return result_of(truth, days[0].closes, days[0].hall.promise, away)


def result_of(days: Sequence[Sequence[Visit]], closes: float, promise: float, kiosk: float = 0.0) -> Result:
    """Visits of some days as a result."""
    seen, count = outlook(days, promise), max(1, len(days))
    return Result(
        outlook=seen,
        days=len(days),
        kiosk=round(kiosk / count, 1),
        left=round(sum(visit.total == math.inf for day in days for visit in day) / count, 1),
        overtime=round(max(0.0, seen.ended - closes), 1),
    )


def replay(days: Sequence[Day], levers: Levers = Levers()) -> Result:  # noqa: B008
    """Play the days with the levers as given."""
    played: list[list[Visit]] = []
    away = 0
    for day in days:
        changed = with_levers(day, levers)
        kept = [guest.visitor for guest in changed.guests if guest.kiosk >= changed.kiosk]
        away += len(changed.guests) - len(kept)
        drawn = Drawn(visitors=tuple(kept), ends={})
        played.append(
            play(changed.hall, drawn, station_policy(changed.policy), plans=changed.plans, closing=changed.closes)
        )
    promise = days[0].hall.promise if days else PROMISE
    return result_of(played, days[0].closes if days else 0.0, promise, away)


def with_levers(day: Day, levers: Levers) -> Day:
    """The day with something changed; whatever is not changed stays as it was, person by person."""
    counters = _lunch(_staff(day.hall, levers.counters), levers.lunch)
    plans = day.plans
    if levers.split != "as_is" or levers.profiles:
        plans = ()
        counters = tuple(
            msgspec.structs.replace(counter, offers=_offers(day.hall, place, counter, levers))
            for place, counter in enumerate(counters)
        )
    flat = _flat(day) if levers.smooth else {}
    guests = tuple(_changed(guest, levers, flat) for guest in day.guests)
    return msgspec.structs.replace(
        day,
        hall=msgspec.structs.replace(day.hall, counters=counters),
        guests=guests,
        plans=plans,
        kiosk=day.kiosk if levers.kiosk is None else levers.kiosk,
        policy=levers.policy or day.policy,
    )


def _staff(hall: Hall, more: int) -> tuple[HallCounter, ...]:
    """More counters, each with all groups and the pauses of one that is there; or fewer, the last ones first."""
    counters = hall.counters
    if more <= 0:
        return counters[: max(1, len(counters) + more)]
    every = tuple(group.id for group in hall.groups)
    taken = {counter.id for counter in counters}
    numbers = [str(number) for number in range(1, 1000) if str(number) not in taken][:more]
    new = tuple(
        HallCounter(
            id=number, offers=every, skills=every, breaks=counters[at % len(counters)].breaks if counters else ()
        )
        for at, number in enumerate(numbers)
    )
    return counters + new


def _offers(hall: Hall, place: int, counter: HallCounter, levers: Levers) -> tuple[str, ...]:
    """What a counter draws from: as named, everything, or the quick or the long matters."""
    if counter.id in levers.profiles:
        return tuple(group for group in levers.profiles[counter.id] if group in counter.skills) or counter.skills
    if levers.split == "as_is":
        return counter.offers
    if levers.split == "everything":
        return counter.skills
    by_length = sorted(counter.skills, key=lambda group: next(g.minutes for g in hall.groups if g.id == group))
    half = (len(by_length) + 1) // 2
    return tuple(by_length[half:] if place % 2 else by_length[:half]) or counter.skills


def _lunch(counters: tuple[HallCounter, ...], how: Lunch) -> tuple[HallCounter, ...]:
    """Lunch one after the other or in two halves, as long as it was."""
    if how == "as_is":
        return counters
    moved = []
    start = _NOON[0]
    for place, counter in enumerate(counters):
        pauses = []
        for begin, end in counter.breaks:
            if _NOON[0] <= begin and end <= _NOON[1] + 30:
                length = end - begin
                begin = start if how == "staggered" else _TOGETHER + (length if place % 2 else 0.0)
                end = begin + length
                start = start + length if start + 2 * length <= _NOON[1] else _NOON[0]
            pauses.append((begin, end))
        moved.append(msgspec.structs.replace(counter, breaks=tuple(pauses)))
    return tuple(moved)


def _flat(day: Day) -> dict[str, float]:
    """When each guest would come if all came evenly, in the order in which they came."""
    last = day.closes - _LAST if day.last is None else day.last
    order = sorted(day.guests, key=lambda guest: (guest.visitor.since, guest.visitor.id))
    # On a day that goes on nobody is moved to before the hall began: it may have begun late.
    first = day.opens if day.last is None or not order else max(day.opens, order[0].visitor.since)
    return {guest.visitor.id: first + (last - first) * (at + 0.5) / len(order) for at, guest in enumerate(order)}


def _changed(guest: Guest, levers: Levers, flat: dict[str, float]) -> Guest:
    visitor = guest.visitor
    if levers.minutes == 1.0 and not flat:
        return guest
    shift = levers.smooth * (flat[visitor.id] - visitor.since) if flat else 0.0
    changed = msgspec.structs.replace(
        visitor,
        work=WALK + max(0.0, visitor.work - WALK) * levers.minutes,
        minutes=None if visitor.minutes is None else visitor.minutes * levers.minutes,
        since=visitor.since + shift,
        due=visitor.due + shift,
    )
    return msgspec.structs.replace(guest, visitor=changed)


# An ordinary day


def ordinary_day(catalog: Catalog, seed: int, *, opens: float = 510.0, closes: float = 1020.0) -> Day:
    """An ordinary day of four counters by the catalogue's figures: how often each service is asked for, how long it
    takes, whether a kiosk or the app offers it; when people come (context.md §3.3). Lunch in two halves."""
    known = queue_groups(catalog)
    groups = tuple(
        HallGroup(
            id=group.id,
            minutes=round(minutes(prior(group.time)) + WALK, 2),
            spread=round(spread(prior(group.time)), 3),
            target=group.wait_target,
        )
        for group in known
    )
    every = tuple(group.id for group in groups)
    lunch = ((720.0, 765.0), (765.0, 810.0))
    counters = tuple(
        HallCounter(id=str(number), offers=every, skills=every, breaks=(lunch[number % 2],)) for number in range(1, 5)
    )
    guests: list[Guest] = []
    for service in catalog.services:
        guests += _asking_for(service, Random(f"ordinary/{seed}/{service.id}"), opens)
    guests.sort(key=lambda guest: guest.visitor.since)
    hall = Hall(now=opens, no_show=NO_SHOW, groups=groups, counters=counters)
    return Day(hall=hall, guests=tuple(guests), opens=opens, closes=closes, kiosk=KIOSK_SHARE)


def _asking_for(service: Service, random: Random, opens: float) -> Iterable[Guest]:
    """Everybody who comes for a service on one day. Drawn by service, so that a day stays as it is where a lever
    changes something else."""
    offered = service.kiosk_when != "false" or service.app_when != "false"
    deviation = math.log(max(service.minutes.p90, service.minutes.median * 1.01) / service.minutes.median) / P90
    number = 0
    at = random.expovariate(1.0)
    while at < service.daily_demand:
        number += 1
        slot = random.choices(range(len(SHAPE)), SHAPE)[0]
        since = opens + 30 * slot + 30 * random.random()
        work = WALK + service.minutes.median * math.exp(deviation * random.gauss(0.0, 1.0))
        visitor = Visitor(
            id=f"{service.id}-{number}",
            group=service.group,
            since=since,
            due=since,
            work=min(work, 4 * service.minutes.p90),
            standing="priority" if random.random() < PRIORITY else "walk_in",
            absent=random.random() < NO_SHOW,
        )
        fits, share = random.random() < KIOSK_FITS, random.random()
        yield Guest(visitor=visitor, kiosk=share if offered and fits else 1.0)
        at += random.expovariate(1.0)
