"""The queue groups of a station as its catalogue describes them."""

from __future__ import annotations

import math

from counterdesk.catalog.model import Catalog, Service
from counterdesk.station.learning import P90
from counterdesk.station.model import HandlingTime, QueueGroup

AT_COUNTER = {"violation.handle": 0.44}
AT_COUNTER_ELSE = 0.6
"""The share of a service's daily items that comes as a ticket of its own: the rest goes to kiosks and the app, or comes
with another one (context.md §3.3, scenario G)."""


def queue_groups(catalog: Catalog) -> tuple[QueueGroup, ...]:
    """All groups of the catalogue, each with what its visits are expected to take."""
    return tuple(
        QueueGroup(
            id=group.id,
            letter=group.letter,
            wait_target=group.wait_target,
            daily=round(sum(tickets_a_day(service) for service in catalog.services if service.group == group.id), 2),
            time=_together([service for service in catalog.services if service.group == group.id]),
            services={service.id: _time(service) for service in catalog.services if service.group == group.id},
        )
        for group in catalog.groups
    )


def tickets_a_day(service: Service) -> float:
    """How many tickets a service brings on an ordinary day."""
    return service.daily_demand * AT_COUNTER.get(service.id, AT_COUNTER_ELSE)


def _time(service: Service) -> HandlingTime:
    return HandlingTime(median=service.minutes.median, p90=service.minutes.p90)


def _together(services: list[Service]) -> HandlingTime:
    """One log-normal time for a mix of services, by how often they are asked for: mean and variance of the logarithms
    are those of the mix."""
    demand = sum(service.daily_demand for service in services)
    if not demand:
        return HandlingTime()
    parts = [(service.daily_demand / demand, *_logarithms(service)) for service in services]
    mean = sum(share * middle for share, middle, _ in parts)
    variance = sum(share * (deviation**2 + (middle - mean) ** 2) for share, middle, deviation in parts)
    return HandlingTime(median=round(math.exp(mean), 2), p90=round(math.exp(mean + P90 * math.sqrt(variance)), 2))


def _logarithms(service: Service) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of a service's minutes."""
    return math.log(service.minutes.median), math.log(service.minutes.p90 / service.minutes.median) / P90
