"""`python -m benchmarks.hall.routing`: the station's policy on simulated days, beside what others would do on the same.

Two figures a row: the share of people whose wait and visit together end within the promise, and the 95th percentile of
the wait of the queue group that fares worst. Beside the policy stand first come, first served; counters that keep to
groups of their own; and the same policy if it knew how long everybody will take: the room that is left.

The simulator is `day.py` with the roll-outs of the station; the targets are those of a judge outside this repository.
With HALL_SIM=COMMAND (a program that takes `run --scenario … --policy exec:… --days … --seed0 … --json …`) that judge
plays the days instead, and asks `counterdesk route` line by line.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.hall.day import CLOSES, SCENARIOS, Scenario, day, other
from counterdesk.station.hall import Hall, HallTicket
from counterdesk.station.rollout import (
    ABSENT_MINUTES,
    Desk,
    Floor,
    Policy,
    Visit,
    Visitor,
    play,
    snapshot,
    station_policy,
)
from counterdesk.station.routing import choose

DAYS, SEED = 100, 5000
TARGETS: dict[str, tuple[float, float]] = {
    "base": (79.0, 37),
    "load-20": (94.8, 15),
    "load-10": (89.6, 25),
    "load+10": (62.5, 64),
    "load+20": (42.0, 94),
    "c525": (95.4, 17),
    "mis-est": (78.5, 38),
    "absent-am": (45.0, 103),
    "surge": (68.5, 58),
    "spiky": (63.5, 58),
    "specialist": (87.0, 27),
    "kiosk+": (89.0, 26),
}
"""Share within the promise, at least; p95 of the worst group's wait, at most."""
_OWN_GROUPS = ({"HK", "SP", "EE"}, {"ID", "RP", "HK"}, {"TV", "DV", "EE"}, {"TV"})
_SURE = 0.25  # the spread that the clairvoyant's certainty is given; with none at all it plays too fine a game
ADAPTER = f"exec:{shlex.quote(sys.executable)} -m benchmarks.hall.adapter"


@dataclass(frozen=True)
class Figures:
    """What came of the days of one scenario under one policy. kept, worst: see above. group: the one that fares worst.
    priority, booked: p95 of their waits. overtaken: p95 of how many younger ones were called before. longest: the
    longest wait."""

    kept: float
    worst: float
    group: str
    priority: float
    booked: float
    overtaken: float
    longest: float


def first_come(floor: Floor, desk: Desk) -> Visitor | None:
    """By the time of the ticket, whatever it is for."""
    return min(floor.may_call(desk), key=lambda v: v.since, default=None)


def dedicated(floor: Floor, desk: Desk) -> Visitor | None:
    """Each counter keeps to its groups; at lunch to those whose own counters are away as well."""
    own, present = _OWN_GROUPS[int(desk.id) - 1], [d for d in floor.counters if not d.away]
    able = list(floor.may_call(desk))
    mine = [v for v in able if v.group in own]
    if not mine:
        covered = set().union(*(_OWN_GROUPS[int(d.id) - 1] for d in present))
        mine = [v for v in able if v.group not in covered or floor.now >= CLOSES]
    return min(mine, key=lambda v: (v.standing == "walk_in", v.due), default=None)


def clairvoyant(floor: Floor, desk: Desk) -> Visitor | None:
    """The station's policy if it knew how long everybody will take and who will not come."""
    able = {visitor.id: visitor for visitor in floor.may_call(desk)}
    shown = snapshot(floor)
    known = msgspec.structs.replace(
        shown,
        groups=tuple(msgspec.structs.replace(group, spread=_SURE) for group in shown.groups),
        waiting=tuple(
            msgspec.structs.replace(ticket, minutes=ABSENT_MINUTES if visitor.absent else visitor.work)
            for ticket in shown.waiting
            if (visitor := able.get(ticket.id)) is not None
        ),
    )
    choice = choose(known, desk.id)
    return able[choice.ticket] if choice is not None else None


COLUMNS: dict[str, Policy] = {
    "first come": first_come,
    "dedicated": dedicated,
    "promise": station_policy(),
    "clairvoyant": clairvoyant,
}


def percentile(values: Sequence[float], share: float = 0.95) -> float:
    """The value that this share stays within; 0 for none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    at = share * (len(ordered) - 1)
    low = ordered[int(at)]
    return low + (at - int(at)) * (ordered[min(int(at) + 1, len(ordered) - 1)] - low)


def figures(days: Sequence[Sequence[Visit]], promise: float) -> Figures:
    """The figures of some days together."""
    visits = [visit for visits in days for visit in visits]
    groups = {visit.group for visit in visits}
    worst = {group: percentile([v.wait for v in visits if v.group == group]) for group in groups}
    group = max(worst, key=lambda name: worst[name])
    return Figures(
        kept=100 * statistics.fmean(v.total <= promise for v in visits),
        worst=worst[group],
        group=group,
        priority=percentile([v.wait for v in visits if v.standing == "priority"]),
        booked=percentile([v.wait for v in visits if v.standing == "appointment"]),
        overtaken=percentile([n for visits in days for n in _overtaken(visits)]),
        longest=max(v.wait for v in visits),
    )


def _overtaken(visits: Sequence[Visit]) -> list[int]:
    """How many who came later were called before, for each visit of a day."""
    called = [(v.since, v.ended - (v.total - v.wait)) for v in visits]
    return [sum(at > mine[0] and when < mine[1] for at, when in called) for mine in called]


def judged(scenario: Scenario, policy: Policy, days: int, seed: int) -> Figures:
    """Play so many days of a scenario."""
    played: list[list[Visit]] = []
    hall: Hall | None = None
    for number in range(days):
        hall, drawn = day(scenario, seed + number)
        played.append(play(hall, drawn, policy))
    assert hall is not None
    return figures(played, hall.promise)


def outside(command: str, scenario: str, days: int, seed: int) -> tuple[Figures, Figures]:
    """First come first served and the station's policy by way of `counterdesk route`, as another simulator judges."""
    return (
        _outside(command, scenario, "fcfs", days, seed),
        _outside(command, scenario, ADAPTER, days, seed),
    )


def _outside(command: str, scenario: str, policy: str, days: int, seed: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        options = ("run", "--scenario", scenario, "--policy", policy, "--days", str(days), "--seed0", str(seed))
        subprocess.run([*shlex.split(command), *options, "--json", str(file)], check=True, stdout=subprocess.DEVNULL)
        (result,) = json.loads(file.read_text(encoding="utf-8"))["results"].values()
    return Figures(
        kept=100 * result["all"]["within20"],
        worst=result["worst_p95"],
        group=result["worst_p95_group"],
        priority=result["priority"]["p95"],
        booked=result["appointment"]["p95"],
        overtaken=result["ov_p95"],
        longest=result["all"]["max"],
    )


def choose_ms(waiting: int = 200, rounds: int = 200) -> list[float]:
    """Milliseconds that a choice takes with so many waiting for the counter that asks, of each of whom something else
    is expected, and for none of whom a guard speaks: nothing can be left out."""
    hall, drawn = day(Scenario(load=2.0), SEED)
    queue = drawn.visitors[:waiting]
    now = queue[-1].since
    tickets = tuple(
        HallTicket(id=who.id, group=who.group, since=who.since, due=now - place / 10, minutes=who.work)
        for place, who in enumerate(queue)
    )
    crowded = msgspec.structs.replace(hall, now=now, waiting=tickets)
    took = []
    for _ in range(rounds):
        begun = time.thread_time()  # not the time of whoever else has this machine's cores
        choose(crowded, hall.counters[0].id)
        took.append(1000 * (time.thread_time() - begun))
    return took


def _cell(found: Figures, target: tuple[float, float] | None = None) -> str:
    text = f"{found.kept:5.1f} % /{found.worst:5.1f}"
    if target is None:
        return text
    return text + (" ok" if found.kept >= target[0] and found.worst <= target[1] else "  <")


def table(days: int, seed: int, names: Sequence[str], others: int = 0) -> list[str]:
    """The report, line by line, on the bundled simulator."""
    lines = [
        f"who is next: {days} simulated days a row (benchmarks/hall/day.py, seeds {seed}-{seed + days - 1})",
        f"{'within the promise / worst p95':<31}" + "".join(f"{name:>19}" for name in COLUMNS) + f"{'target':>17}",
    ]
    base: Figures | None = None
    for name in names:
        found = {column: judged(SCENARIOS[name], policy, days, seed) for column, policy in COLUMNS.items()}
        cells = [_cell(f, TARGETS[name] if column == "promise" else None) for column, f in found.items()]
        base = found["promise"] if name == "base" else base
        lines.append(f"{name:<31}" + "".join(f"{cell:>19}" for cell in cells) + _target(name))
    if others:
        lines.append(_unknown(days, seed, others))
    if base is not None:
        lines.append(_sides(base))
    return lines


def _target(name: str) -> str:
    kept, worst = TARGETS[name]
    return f"{f'{kept:.1f} % /{worst:4.0f}':>17}"


def _sides(found: Figures) -> str:
    return (
        f"base: p95 of priority people {found.priority:.1f} min (at most 10), of appointments {found.booked:.1f} (16); "
        f"overtaken p95 {found.overtaken:.0f} (6); longest wait {found.longest:.0f} min (110)"
    )


def _unknown(days: int, seed: int, count: int) -> str:
    """Scenarios that nobody tuned for: how often the policy is better than first come, and by how much."""
    gains, ratios = [], []
    for number in range(count):
        scenario = other(seed + number)
        fair, ours = (judged(scenario, policy, max(1, days // 4), seed) for policy in (first_come, station_policy()))
        gains.append(ours.kept - fair.kept)
        ratios.append(ours.worst / fair.worst)
    return (
        f"{count} scenarios by chance: {statistics.fmean(gains):+.1f} points within the promise "
        f"(least {min(gains):+.1f}), worst group's p95 x{statistics.fmean(ratios):.2f} (most x{max(ratios):.2f}), "
        "against first come"
    )


def outside_table(command: str, days: int, seed: int, names: Sequence[str]) -> list[str]:
    """The report on another simulator."""
    lines = [
        f"who is next: {days} simulated days a row, judged by {command} (seeds {seed}-{seed + days - 1})",
        f"{'within the promise / worst p95':<31}{'first come':>19}{'counterdesk route':>19}{'target':>17}",
    ]
    for name in names:
        fair, ours = outside(command, name, days, seed)
        lines.append(f"{name:<31}{_cell(fair):>19}{_cell(ours, TARGETS[name]):>19}" + _target(name))
        if name == "base":
            lines.append(_sides(ours))
    return lines


def report(days: int = DAYS, seed: int = SEED, names: Sequence[str] = tuple(TARGETS), others: int = 0) -> list[str]:
    """The table, by the simulator that HALL_SIM names or the bundled one."""
    command = os.environ.get("HALL_SIM", "")
    return outside_table(command, days, seed, names) if command else table(days, seed, names, others)


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hall.routing")
    parser.add_argument("--days", type=int, default=DAYS, metavar="N", help="days a row (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="the first day (default: %(default)s)")
    parser.add_argument(
        "--others", type=int, default=10, metavar="N", help="scenarios by chance (default: %(default)s)"
    )
    parser.add_argument("scenarios", nargs="*", metavar="NAME", help=f"of {', '.join(TARGETS)} (default: all)")
    given = parser.parse_args(argv)
    unknown = set(given.scenarios) - set(TARGETS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    print("\n".join(report(given.days, given.seed, given.scenarios or tuple(TARGETS), given.others)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
