"""Roll-outs in figures: how long each group waits, for how many the promise is kept, how the worst group fares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from counterdesk.station.hall import HallValue
from counterdesk.station.rollout import Visit


class GroupOutlook(HallValue, frozen=True, kw_only=True):
    """The visits of one group. median, p95: minutes until the call. kept: the share done within the promise."""

    visits: int
    median: float
    p95: float
    kept: float


class Outlook(HallValue, frozen=True, kw_only=True):
    """Some visits. kept: the share done within the promise. median: minutes until the call. worst: the group that waits
    longest at its 95th percentile. ended: the minute of the day at which the last of them was done, the median over the
    days."""

    visits: int
    kept: float
    median: float
    worst: str
    worst_p95: float
    ended: float
    groups: dict[str, GroupOutlook]


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed; 0 of none. `ordered`: ascending."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


def outlook(days: Iterable[Sequence[Visit]], promise: float) -> Outlook:
    """The visits of one or more days or roll-outs, put together."""
    groups: dict[str, list[Visit]] = {}
    ends: list[float] = []
    for day in days:
        for visit in day:
            groups.setdefault(visit.group, []).append(visit)
        if day:
            ends.append(max(visit.ended for visit in day))
    found = {group: _group(visits, promise) for group, visits in sorted(groups.items())}
    total = sum(group.visits for group in found.values())
    worst = max(found, key=lambda group: found[group].p95, default="")
    return Outlook(
        visits=total,
        kept=round(sum(group.kept * group.visits for group in found.values()) / total, 4) if total else 1.0,
        median=round(percentile(sorted(visit.wait for visits in groups.values() for visit in visits), 0.5), 1),
        worst=worst,
        worst_p95=found[worst].p95 if worst else 0.0,
        ended=round(percentile(sorted(ends), 0.5), 1),
        groups=found,
    )


def _group(visits: list[Visit], promise: float) -> GroupOutlook:
    waits = sorted(visit.wait for visit in visits)
    return GroupOutlook(
        visits=len(visits),
        median=round(percentile(waits, 0.5), 1),
        p95=round(percentile(waits, 0.95), 1),
        kept=round(sum(visit.total <= promise for visit in visits) / len(visits), 4),
    )
