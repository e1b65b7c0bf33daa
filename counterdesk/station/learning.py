"""How long visits take, learned from the station's own finished tickets: folded from the stream, so no figure is lost
with a restart and every desk knows the same.

Handling times are log-normal, so the logarithm of the minutes is what is averaged. The catalogue's figure is worth the
first `PRIOR` visits. A visit counts at most `OUTLIER` standard deviations from what was expected, so that one forgotten
finish does not move a whole group; the weight of the past is capped, so that a change is noticed. A finish that is
undone stays learned, and its ticket is learned again when it is finished again.
"""

from __future__ import annotations

import math

import msgspec

from counterdesk.station.model import Estimate, HandlingTime, Learned, Pace, QueueGroup, State, Ticket

PRIOR = 10.0
"""Visits that the catalogue's figure is worth."""
MEMORY = 300.0
"""Visits that all the past is worth at most."""
OUTLIER = 2.5
"""Standard deviations beyond which a visit counts as if it were just there."""
SLIP = 10.0
"""Seconds below which a finish was a slip of the hand and no visit."""
NORMAL = 12.0
"""Visits of an officer that the assumption of an ordinary pace is worth."""
PACES = 150.0
"""Visits of an officer in one group that his past is worth at most."""
OFFICERS = 64
"""Officers whose pace is kept: those who finished something last."""
P90 = 1.2816
"""The 90th percentile of the normal distribution."""
_LEAST_VARIANCE, _MOST_VARIANCE = 0.01, 0.7
"""Of the logarithm of a visit's minutes. At most about twice that of the catalogue's most varied group: where many
finishes are forgotten, what counts as far off would else grow with them, and the mean without end."""


def prior(time: HandlingTime) -> Estimate:
    """What the catalogue says, before anything was seen."""
    deviation = math.log(max(time.p90, time.median * 1.1) / time.median) / P90
    return Estimate(weight=PRIOR, mean=math.log(time.median), variance=deviation**2)


def of_group(learned: Learned, group: QueueGroup) -> Estimate:
    """What a visit of a group takes."""
    return learned.groups.get(group.id) or prior(group.time)


def of_service(learned: Learned, group: QueueGroup, service: str) -> Estimate | None:
    """What a visit for a service of the group takes; None if the group does not list it."""
    if service not in group.services:
        return None
    return learned.services.get(service) or prior(group.services[service])


def minutes(estimate: Estimate) -> float:
    """The mean, in minutes."""
    return math.exp(estimate.mean + estimate.variance / 2)


def spread(estimate: Estimate) -> float:
    """The standard deviation over the mean."""
    return math.sqrt(math.expm1(estimate.variance))


def pace(learned: Learned, officer: str, group: str) -> float:
    """How long an officer takes in a group, as a multiple of what is expected. What he showed elsewhere counts as much
    as it is surer than what he showed here."""
    paces = learned.officers.get(officer, {})
    weight = sum(each.weight for each in paces.values())
    overall = sum(each.weight * each.mean for each in paces.values()) / (weight + NORMAL)
    here = paces.get(group, Pace())
    return math.exp((here.weight * here.mean + NORMAL * overall) / (here.weight + NORMAL))


def service_of(state: State, ticket: Ticket) -> str:
    """The one service that a ticket is about, as far as it is known: of its cases, else what it was taken for."""
    services = {case.service for case in state.cases_of(ticket.id)} or {ticket.service}
    return services.pop() if len(services) == 1 else ""


def learn(state: State, ticket: Ticket, officer: str, *, whole: bool) -> Learned:
    """What is known after `ticket` was finished. whole: it was served in one stretch, so that its time is the
    officer's."""
    learned, group = state.learned, state.groups.get(ticket.group)
    if group is None or ticket.served < SLIP:
        return learned
    seen = math.log(ticket.served / 60)
    expected = of_group(learned, group)
    groups = {**learned.groups, group.id: _moved(expected, seen)}
    services = learned.services
    service = service_of(state, ticket)
    known = of_service(learned, group, service)
    if known is not None:
        expected = known
        services = {**services, service: _moved(known, seen)}
    officers = learned.officers
    if whole and officer:
        limit = OUTLIER * math.sqrt(expected.variance)
        paces = officers.get(officer, {})
        mine = _paced(paces.get(group.id, Pace()), min(max(seen - expected.mean, -limit), limit))
        others = [(other, theirs) for other, theirs in officers.items() if other != officer][-(OFFICERS - 1) :]
        officers = dict([*others, (officer, {**paces, group.id: mine})])
    return Learned(groups=groups, services=services, officers=officers)


def forget(learned: Learned, groups: dict[str, QueueGroup]) -> Learned:
    """What is still of use where only these groups are left."""
    services = {service for group in groups.values() for service in group.services}
    return Learned(
        groups={key: estimate for key, estimate in learned.groups.items() if key in groups},
        services={key: estimate for key, estimate in learned.services.items() if key in services},
        officers={
            officer: {key: pace for key, pace in paces.items() if key in groups}
            for officer, paces in learned.officers.items()
        },
    )


def _moved(known: Estimate, seen: float) -> Estimate:
    """The estimate after one more logarithm of minutes, as a running mean and variance."""
    limit = OUTLIER * math.sqrt(known.variance)
    off = min(max(seen - known.mean, -limit), limit)
    weight = min(known.weight + 1, MEMORY)
    mean = known.mean + off / weight
    variance = known.variance + (off * (known.mean + off - mean) - known.variance) / weight
    return Estimate(
        weight=weight, mean=_stored(mean), variance=_stored(min(max(variance, _LEAST_VARIANCE), _MOST_VARIANCE))
    )


def _paced(known: Pace, off: float) -> Pace:
    weight = min(known.weight + 1, PACES)
    return msgspec.structs.replace(known, weight=weight, mean=_stored(known.mean + (off - known.mean) / weight))


def _stored(value: float) -> float:
    """Without the last digits, in which two machines may differ: the state is the same everywhere."""
    return round(value, 9)
