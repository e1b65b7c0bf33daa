"""When who comes, folded from the stream: today by half hour, and the shape of earlier days by their kind.

Only walk-ins are counted: who has an appointment is known beforehand. What is kept does not grow with the days: a kind
of day is a mean, in which the last `DAYS` of them count.
"""

from __future__ import annotations

import msgspec

from counterdesk.station.events import TicketIssued
from counterdesk.station.model import Arrivals, DayKind, DayShape, State

HALF_HOURS = 48
DAYS = 20.0
"""Days of a kind that all the past is worth at most, so that a change is noticed."""
FEWEST = 10
"""Walk-ins below which a day was no day: a trial of the printer, a holiday on which a door stood open."""


def half_hour(minute: float) -> int:
    """The half hour of the day in which a minute of the day lies."""
    return min(max(int(minute // 30), 0), HALF_HOURS - 1)


def came(arrivals: Arrivals, event: TicketIssued) -> Arrivals:
    """What is known after somebody took a ticket."""
    if event.appointment:
        return arrivals
    counts = list(arrivals.today.get(event.group, (0,) * HALF_HOURS))
    counts[half_hour(event.at.hour * 60 + event.at.minute)] += 1
    return msgspec.structs.replace(arrivals, today={**arrivals.today, event.group: tuple(counts)})


def day_over(state: State) -> Arrivals:
    """What is known once the day of `state` is over: it counts for days of its kind, and the next one is empty."""
    arrivals = state.arrivals
    if state.day is None or sum(map(sum, arrivals.today.values())) < FEWEST:
        return msgspec.structs.replace(arrivals, today={})
    kind: DayKind = state.day_kind
    known = arrivals.kinds.get(kind, DayShape(days=0.0, groups={}))
    days = min(known.days + 1, DAYS)
    groups: dict[str, tuple[float, ...]] = {}
    for group in state.groups:
        counts = arrivals.today.get(group, (0,) * HALF_HOURS)
        # A group that is new begins with its first day, and not with days on which it was not there.
        means = known.groups.get(group, counts)
        groups[group] = tuple(round(mean + (count - mean) / days, 4) for mean, count in zip(means, counts, strict=True))
    return Arrivals(kinds={**arrivals.kinds, kind: DayShape(days=days, groups=groups)})
