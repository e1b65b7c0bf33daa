"""Who will come in the next hours: from what the station saw on such days, and from how today goes.

Where a station has seen little, the expected tickets of its queue groups (`QueueGroup.daily`) and the shape of an
ordinary day stand in; the effects of weekdays and holidays likewise (context.md §3.3: Mondays and days after holidays
1.3, Fridays 0.9, the day before a long holiday 0.8). Who has an appointment is known by name of group and time.
"""

from __future__ import annotations

from datetime import datetime
from random import Random

from counterdesk.station.arrivals import HALF_HOURS, half_hour
from counterdesk.station.day_kinds import day_kind
from counterdesk.station.hall import HallValue, Standing
from counterdesk.station.model import DayKind, State

SHAPE = (9, 10, 9.5, 9, 8, 6, 4, 3.5, 4, 6, 8, 7.5, 6, 4, 2.5, 2, 1)
"""Percent of an ordinary day's citizens in each half hour from opening (context.md §3.3)."""
EFFECT: dict[DayKind, float] = {
    "ordinary": 1.0,
    "after_rest": 1.3,
    "before_rest": 0.9,
    "before_long_rest": 0.8,
    "rest": 0.5,
}
"""How many come on a kind of day, measured against an ordinary one, before the station has seen some."""
PRIOR_DAYS = 3.0
"""Days of its own that a station must have seen for them to count as much as what was expected of it."""
KIND_DAYS = 4.0
"""Days of one kind that count as much as what all days say of it."""
STEADY = 15.0
"""Citizens by which the day so far must differ before that counts half."""
GROUP_STEADY = 8.0
FADING = 0.75
"""How much less each half hour further back says of how today goes."""
_MOST, _LEAST = 30.0, 0.3
PRIORITY = 0.05
"""The share of citizens who come with priority."""
KEPT_APPOINTMENTS = 0.9
"""The share of appointments for which somebody comes."""
EARLY, EARLY_SPREAD = 5.0, 5.0
"""Minutes that they come before their time, mean and standard deviation."""
DOUBT = 0.12
"""How far a forecast as a whole is off, as a standard deviation: a day is busier or quieter for reasons of its own."""

Coming = tuple[float, str, Standing, float]
"""Somebody who will come: when he takes a ticket, his group, his standing, and since when his wait counts."""


class Forecast(HallValue, frozen=True, kw_only=True):
    """Walk-ins to come. start: the minute of the day from which it holds. ends: where each of its stretches ends.
    groups: the tickets expected in each of them. appointments: (minute, group) of those still to come."""

    start: float
    ends: tuple[float, ...]
    groups: dict[str, tuple[float, ...]]
    appointments: tuple[tuple[float, str], ...] = ()

    @property
    def end(self) -> float:
        """Until when it reaches."""
        return self.ends[-1] if self.ends else self.start


def day_shape(state: State, kind: DayKind) -> dict[str, tuple[float, ...]]:
    """Walk-ins expected of each group in each half hour of a day of this kind."""
    seen = {known: shape for known, shape in state.arrivals.kinds.items() if known != "rest" or kind == "rest"}
    own = seen.get(kind)
    opens = half_hour(state.settings.opens)
    shapes: dict[str, tuple[float, ...]] = {}
    for group in state.groups.values():
        prior = PRIOR_DAYS if group.daily else 0.0
        expected: list[float] = []
        for at in range(HALF_HOURS):
            share = SHAPE[at - opens] / sum(SHAPE) if 0 <= at - opens < len(SHAPE) else 0.0
            weight, total = prior, prior * group.daily * share
            # Days on which the station did not have a group yet say nothing of it.
            for known, shape in seen.items():
                if group.id in shape.groups:
                    weight += shape.days
                    total += shape.days * shape.groups[group.id][at] / EFFECT[known]
            ordinary = total / weight if weight else 0.0
            days = own.days if own and group.id in own.groups else 0.0
            mean = own.groups[group.id][at] if own and days else 0.0
            expected.append((KIND_DAYS * ordinary * EFFECT[kind] + days * mean) / (KIND_DAYS + days))
        shapes[group.id] = tuple(expected)
    return shapes


def _so_far(state: State, shapes: dict[str, tuple[float, ...]], minute: float) -> dict[str, float]:
    """How today goes, by group: what came over what was expected, the last hours before the first ones."""
    now = half_hour(minute)
    came: dict[str, float] = {}
    expected: dict[str, float] = {}
    for group, shape in shapes.items():
        counts = state.arrivals.today.get(group, (0,) * HALF_HOURS)
        came[group] = expected[group] = 0.0
        for at in range(now + 1):
            weight = FADING ** (now - at)
            part = (minute - 30 * at) / 30 if at == now else 1.0
            came[group] += weight * counts[at]
            expected[group] += weight * shape[at] * part
    overall = (sum(came.values()) + STEADY) / (sum(expected.values()) + STEADY)
    return {
        group: min(max((came[group] + GROUP_STEADY * overall) / (expected[group] + GROUP_STEADY), _LEAST), _MOST)
        for group in shapes
    }


def forecast(state: State, now: datetime, hours: float = 2.0) -> Forecast:
    """Who will come from `now` on for so many hours.

    Outside the opening hours, and wherever nothing was expected, what came within the last half hour to hour goes on.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    minute = (now - midnight).total_seconds() / 60
    today = now.date()
    shapes = day_shape(state, state.day_kind if state.day == today else day_kind(today))
    factors = _so_far(state, shapes, minute) if state.day == today else dict.fromkeys(shapes, 1.0)
    open_now = state.settings.opens - 30 <= minute < state.settings.closes
    known = open_now and any(map(sum, shapes.values()))
    last = min(minute + 60 * hours, float(state.settings.closes)) if known else minute + 60 * hours
    ends = [30.0 * at for at in range(half_hour(minute) + 1, HALF_HOURS + 6) if minute < 30.0 * at < last]
    ends.append(last)
    counts = state.arrivals.today if state.day == today else {}
    groups: dict[str, tuple[float, ...]] = {}
    for group, shape in shapes.items():
        rates = [
            shape[half_hour(end - 0.01)] * factors[group] if known else _lately(counts.get(group), minute)
            for end in ends
        ]
        lengths = [end - start for start, end in zip([minute, *ends], ends, strict=False)]
        groups[group] = tuple(round(rate * length / 30, 4) for rate, length in zip(rates, lengths, strict=True))
    booked = [
        ((appointment.at - midnight).total_seconds() / 60, appointment.group)
        for appointment in state.appointments.values()
        if not appointment.ticket and appointment.at.date() == today and appointment.group in shapes
    ]
    late = state.settings.appointment_window
    return Forecast(
        start=round(minute, 3),
        ends=tuple(ends),
        groups=groups,
        appointments=tuple(sorted((at, group) for at, group in booked if minute - late <= at < last)),
    )


def _lately(counts: tuple[int, ...] | None, minute: float) -> float:
    """Tickets a half hour, by what came in this one and the one before. counts: of today by half hour, if any came."""
    if counts is None:
        return 0.0
    now = half_hour(minute)
    passed = minute - 30 * now + (30 if now else 0)
    return 30 * (counts[now] + (counts[now - 1] if now else 0)) / max(passed, 15.0)


def arrivals_of(expected: Forecast, seed: int) -> list[Coming]:
    """One way in which the forecast may come true."""
    random = Random(f"{seed}/forecast")
    factor = max(0.3, random.gauss(1.0, DOUBT))
    coming: list[Coming] = []
    for group, counts in sorted(expected.groups.items()):
        starts = (expected.start, *expected.ends)
        for start, end, count in zip(starts, expected.ends, counts, strict=False):
            rate = count * factor / (end - start) if end > start else 0.0
            at = start
            while rate > 0 and (at := at + random.expovariate(rate)) < end:
                standing: Standing = "priority" if random.random() < PRIORITY else "walk_in"
                coming.append((at, group, standing, at))
    for booked, group in expected.appointments:
        early, comes = random.gauss(EARLY, EARLY_SPREAD), random.random() < KEPT_APPOINTMENTS
        if comes:
            at = max(booked - early, expected.start)
            coming.append((at, group, "appointment", max(at, booked)))
    return sorted(coming)
