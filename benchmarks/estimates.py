"""`python -m benchmarks.estimates`: what the guide says of the wait, against what then happened in the simulated hall.

Whole days are played on a virtual clock, counters unequal, lunch in turns, appointments and priority citizens among the
rest. For each number the interval is asked for the moment after it was given out, and compared with the minute of its
first call. Beside it stands the rule of thumb: those before him times the mean, over the counters that serve them.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time as clock
from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import NamedTuple

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice import arrivals
from counterdesk.practice.hall import Hall
from counterdesk.practice.memory import MemoryStore
from counterdesk.station import events as e
from counterdesk.station.estimate import Expected, forecast
from counterdesk.station.hall import Hall as Snapshot
from counterdesk.station.hall_view import hall_of
from counterdesk.station.host import Station
from counterdesk.station.model import TIMEZONE, State

DAY = datetime(2026, 11, 23, 8, 30, tzinfo=TIMEZONE)
HOURS = 8.5


class Said(NamedTuple):
    """What was said to the holder of a ticket, and when he was called: minutes. thumb: what the rule of thumb says."""

    group: str
    expected: Expected
    thumb: float
    waited: float


def _thumb(hall: Snapshot, ticket: str) -> float:
    minutes = {group.id: group.minutes for group in hall.groups}
    mine = next(one for one in hall.waiting if one.id == ticket)
    serving = [counter for counter in hall.counters if counter.on_duty and mine.group in counter.offers]
    groups = {group for counter in serving for group in counter.offers}
    work = sum(minutes[one.group] for one in hall.waiting if one.id != ticket and one.group in groups)
    return work / max(1, len(serving))


def day(seed: int, index: Index) -> tuple[list[Said], list[float]]:
    """One day: what was said to everybody who was then called, and milliseconds for each forecast."""
    station = Station(MemoryStore(), index)
    hall = Hall(seed, 1.0, index, frozenset(), start=time(8, 30))
    said: dict[str, tuple[datetime, str, Expected, float]] = {}
    found: list[Said] = []
    took: list[float] = []

    def heard(state: State, event: object) -> None:
        if isinstance(event, e.TicketIssued):
            begun = clock.perf_counter()
            snapshot = hall_of(state, event.at)
            expected = forecast(snapshot).get(event.ticket)
            took.append((clock.perf_counter() - begun) * 1e3)
            if expected is not None:
                said[event.ticket] = (event.at, event.group, expected, _thumb(snapshot, event.ticket))
        elif isinstance(event, e.TicketCalled) and event.ticket in said:
            at, group, expected, thumb = said.pop(event.ticket)
            found.append(Said(group, expected, thumb, (event.at - at).total_seconds() / 60))

    def execute(command_id, command, actor, now):  # type: ignore[no-untyped-def]
        answer = station.execute(command_id, command, actor, now)
        for recorded in answer.events:
            heard(station.state, recorded.event)
        return answer

    hall.warm_up(execute, station.write_file, lambda: station.state, DAY, 0)
    hall.play(execute, station.write_file, lambda: station.state, DAY + timedelta(hours=HOURS))
    return found, took


def line(name: str, said: list[Said]) -> str:
    """One row of the table."""
    # As it is said: whole minutes, the lower one down and the upper one up.
    inside = sum(int(one.expected.low) <= one.waited <= max(math.ceil(one.expected.high), 1) for one in said) / len(
        said
    )
    errors = [abs(one.expected.likely - one.waited) for one in said]
    thumb = [abs(one.thumb - one.waited) for one in said]
    bias = statistics.median(one.waited - one.expected.likely for one in said)
    width = statistics.median(one.expected.high - one.expected.low for one in said)
    wait = statistics.median(one.waited for one in said)
    return (
        f"{name:6} {len(said):6} {wait:8.1f} {inside:9.0%} {width:8.1f} {statistics.median(errors):8.1f} "
        f"{statistics.median(thumb):8.1f} {bias:+8.1f}"
    )


def main() -> int:
    """Play and print. Always 0: it reports."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimates", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--days", type=int, default=5, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=100, metavar="S", help="of the first day (default: %(default)s)")
    parser.add_argument("--load", type=float, default=1.0, metavar="X", help="as many citizens (default: %(default)s)")
    given = parser.parse_args()
    arrivals.TICKETS_A_COUNTER = round(arrivals.TICKETS_A_COUNTER * given.load)
    index = Index(load())
    said: list[Said] = []
    took: list[float] = []
    for number in range(given.days):
        found, times = day(given.seed + number, index)
        said += found
        took += times
    by_group: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        by_group[one.group].append(one)
    print("group   called   waited    inside    width    error    thumb     bias   (minutes, medians)")
    for group in sorted(by_group):
        print(line(group, by_group[group]))
    print(line("all", said))
    print(f"\n{given.days} days; a forecast takes {statistics.median(took):.1f} ms, at most {max(took):.1f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
