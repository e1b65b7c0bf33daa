"""`python -m benchmarks`: the budgets of section 9, counterdesk against a bare Textual app, measured in turns.

It reports and never fails: the tests gate what repeats exactly. Times are medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass

from benchmarks import computed, driven, journal, keys_per_case
from benchmarks.hall import plans, routing

ROUNDS = 3
KEYS = "keys"
"""The table of keys a case, which is counted and not timed."""
HALL = "hall"
"""The table of who is called next on simulated days, which is counted as well."""
LONGEST = 160.0
"""Seconds after which no further round is begun."""
Pick = Callable[[list[float]], float]


def within(share: float) -> Pick:
    """The value that this share of all stays within."""
    return lambda values: sorted(values)[min(len(values) - 1, int(len(values) * share))]


p95, p99 = within(0.95), within(0.99)


@dataclass(frozen=True, slots=True)
class Budget:
    """One line of the table. ratio: the budget is about counterdesk over bare Textual, not about the figure itself."""

    name: str
    what: str
    unit: str
    most: float
    pick: Pick
    of: str = ""
    ratio: bool = False


BUDGETS = (
    Budget("char", "a typed character", "bytes", 160, statistics.median),
    Budget("field", "to the next field", "bytes", 260, statistics.median),
    Budget("queue", "a move in the queue", "bytes", 260, statistics.median),
    Budget("idle", "idle, clock apart", "bytes/s", 0, statistics.median),
    Budget("cpu", "idle", "% CPU", 0.5, statistics.median),
    Budget("events", "10 queue events a second", "bytes/s", 1300, statistics.median),
    Budget("paint", "first paint, 120x40", "bytes", 56_000, statistics.median),
    Budget("pss", "memory of a desk at work", "MB PSS", 45, statistics.median),
    Budget("launcher", "memory of its launcher", "MB PSS", 8, statistics.median),
    Budget("start", "start to usable", "s", 1.35, statistics.median, ratio=True),
    Budget("practice", "start of practice to its briefing", "s", 1.35, statistics.median, ratio=True),
    Budget("key50", "key to paint, p50", "ms", 16, statistics.median, of="key"),
    Budget("key95", "key to paint, p95", "ms", 16, p95, of="key"),
    Budget("leadercpu", "idle, a leader's screen, speed 1", "% CPU", 0.5, statistics.median),
    Budget("leaderkey", "key to paint, p95, a plan being looked for", "ms", 16, p95),
    Budget("assess", "a whole case assessed, slowest service", "ms", 1, max),
    Budget("answer", "prompts after an answer, slowest service", "ms", 1, max),
    Budget("search", "search in services, slowest key", "ms", 10, max),
    Budget("policy", "search in policies, slowest key", "ms", 10, max),
    Budget("next", "who is next, 200 waiting, p99", "ms", 2, p99),
    Budget("plan", "a plan looked for, p95", "ms", 1000, p95),
    Budget("commit", "a draft onto the disk, p99", "ms", 10, p99),
    Budget("lag", "a loop's lag, p99, the disk 60 ms slow; bare: no journal", "ms", 16, p99),
    Budget("disk", "key to paint, p95, the disk 60 ms slow; bare: this disk", "ms", 1.25, p95, ratio=True),
)
COMPUTED = {
    "assess",
    "answer",
    "search",
    "policy",
    "next",
    "plan",
    "commit",
    "lag",
    "disk",
    "practice",
    "leadercpu",
    "leaderkey",
}
"""Figures that are not measured of both programs in turns."""


@dataclass(frozen=True, slots=True)
class Row:
    """A budget and what was measured; None where there is nothing to compare with."""

    name: str
    what: str
    unit: str
    budget: float
    budget_is_ratio: bool
    counterdesk: float
    bare: float | None
    ratio: float | None
    holds: bool


def measure(wanted: Collection[str], rounds: int) -> dict[str, driven.Figures]:
    """All values of all figures by program."""
    found: dict[str, driven.Figures] = {name: defaultdict(list) for name in driven.PROGRAMS}
    if "assess" in wanted:
        found["counterdesk"]["assess"] = computed.assess_ms()
    if "answer" in wanted:
        found["counterdesk"]["answer"] = [row.incremental for row in computed.answer_ms()]
    if "search" in wanted:
        found["counterdesk"]["search"] = computed.search_ms()
    if "policy" in wanted:
        found["counterdesk"]["policy"] = computed.policy_ms()
    if "next" in wanted:
        found["counterdesk"]["next"] = routing.choose_ms()
    if "plan" in wanted:
        found["counterdesk"]["plan"] = plans.look_ms()
    if "commit" in wanted:
        found["counterdesk"]["commit"] = journal.commit_ms()
    if "lag" in wanted:
        found["counterdesk"]["lag"], found["bare"]["lag"] = journal.lag_ms()
    if "practice" in wanted:
        found["counterdesk"]["practice"], found["bare"]["practice"] = driven.practice_start()
    if {"leadercpu", "leaderkey"} & set(wanted):
        found["counterdesk"].update(driven.leader())
    if "disk" in wanted:
        found["counterdesk"]["disk"], found["bare"]["disk"] = driven.slow_disk_ms()
    if not set(wanted) - COMPUTED:
        return found
    begun = time.monotonic()
    # The first start of each fills the disk's cache; nobody is interested in that. Then in turns, each first as often.
    for number in range(rounds + 1):
        for program in sorted(found, reverse=bool(number % 2)):
            figures = driven.measure(program, wanted if number else ())
            for name, values in figures.items() if number else ():
                found[program][name] += values
        if time.monotonic() - begun > LONGEST:
            break
    return found


def rows(found: dict[str, driven.Figures], wanted: Collection[str]) -> list[Row]:
    """The table."""
    table = []
    for budget in BUDGETS:
        values = found["counterdesk"].get(budget.of or budget.name)
        if budget.name not in wanted or not values:
            continue
        ours = budget.pick(values)
        others = found["bare"].get(budget.of or budget.name)
        theirs = budget.pick(others) if others else None
        ratio = ours / theirs if theirs else None
        judged = ratio if budget.ratio else ours
        holds = judged is not None and judged <= budget.most
        table.append(
            Row(budget.name, budget.what, budget.unit, budget.most, budget.ratio, ours, theirs, ratio, bool(holds))
        )
    return table


def shown(value: float | None) -> str:
    """A figure with the digits that mean something."""
    if value is None or math.isnan(value):
        return "-"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def table(lines: list[Row]) -> str:
    """The rows as text."""
    head = ("what", "unit", "budget", "counterdesk", "bare Textual", "ratio", "holds?")
    cells = [head]
    for row in lines:
        most = ("ratio " if row.budget_is_ratio else "") + "≤ " + shown(row.budget)
        ratio = "-" if row.ratio is None else f"{row.ratio:.3g}"
        cells.append(
            (row.what, row.unit, most, shown(row.counterdesk), shown(row.bare), ratio, "yes" if row.holds else "NO")
        )
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    drawn = [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    drawn.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(drawn)


def main() -> int:
    """Measure and print. Always 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    names = [*(budget.name for budget in BUDGETS), KEYS, HALL]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of: {', '.join(names)}")
    parser.add_argument("--json", action="store_true", help="as JSON, with all the values")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="(default: %(default)s)")
    given = parser.parse_args()
    wanted = given.only or names
    begun = time.monotonic()
    counted = keys_per_case.measure() if KEYS in wanted else []
    timed = [name for name in wanted if name not in (KEYS, HALL)]
    found = measure(timed, max(given.rounds, 1)) if timed else {}
    lines = rows(found, timed) if timed else []
    if given.json:
        keys = [row._asdict() for row in counted]
        print(json.dumps({"rows": [asdict(r) for r in lines], "values": found, "keys": keys}, ensure_ascii=False))
    else:
        if counted:
            print(keys_per_case.table(counted), end="\n\n" if timed else "\n")
        if timed:
            print(table(lines))
        if HALL in wanted:
            print("\n" + "\n".join(routing.report()))
            print("\n" + plans.short_report())
        python = ".".join(map(str, sys.version_info[:3]))
        print(f"\n{max(given.rounds, 1)} rounds in turns, Python {python}, {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
