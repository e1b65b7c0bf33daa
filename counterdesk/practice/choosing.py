"""What a trainee practises next: what is due, between it what is new, then what was longest not seen.

The same ledger, day and seed give the same order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, zip_longest
from typing import Final

from counterdesk.catalog.index import Index
from counterdesk.practice.chance import chance
from counterdesk.practice.collection import Listed, listing
from counterdesk.practice.course import Level
from counterdesk.practice.generated import ids
from counterdesk.practice.ledger import Ledger, again, due

_DUE_BETWEEN: Final = 2
"""So many that are due come before each one that is new."""
_KINDS: Final = ("written", "generated", "near")
EASY: Final = 1
"""The difficulty of what is written by hand and practised with hints, as long as there is any that is new."""


def choose(
    index: Index,
    ledger: Ledger,
    day: date,
    seed: int,
    *,
    level: Level = "mixed",
    services: Collection[str] = (),
) -> Iterator[str]:
    """The ids of scenarios, the most wanted first; each once. services: of these alone."""
    if level == "hints" and not services:
        services = one_service(index, ledger, day, seed)
    if len(services) == 1:  # of one service the shared rules are its own; and a desk that starts waits for no others
        rows = list(listing(index, next(iter(services))))
    else:
        rows = [row for row in listing(index) if not services or row.service in services]
    cards = due(ledger, day, services or None)
    known = {row.id for row in rows}.union(*(ids(index, name) for name in sorted({card.service for card in cards})))
    wanted = [name for name in dict.fromkeys(again(index, ledger, card) for card in cards) if name in known]
    last = {run.scenario: run.number for run in ledger.runs}
    new = [row for row in rows if row.id not in last and row.id not in wanted]
    seen = sorted((name for name in last if name in known and name not in wanted), key=lambda name: last[name])
    in_turn = _in_turn(new, day, seed)
    if level == "hints":
        in_turn.sort(key=lambda row: row.kind == "written" and row.difficulty > EASY)
    return chain(_between(wanted, [row.id for row in in_turn]), seen)


def one_service(index: Index, ledger: Ledger, day: date, seed: int) -> tuple[str]:
    """What somebody who learns practises: where most is due, else the most frequent matter that he has not passed once,
    else any."""
    cards = [card.service for card in due(ledger, day)]
    if cards:
        return (max(sorted(set(cards)), key=cards.count),)
    tried = {run.service for run in ledger.runs}
    offered = [one for one in index.catalog.services if one.id not in index.catalog.disabled]
    new = sorted((one for one in offered if one.id not in tried), key=lambda one: (-one.daily_demand, one.id))
    return (new[0].id if new else chance(seed, "service", day).choice(sorted(one.id for one in offered)),)


def _in_turn(rows: Iterable[Listed], day: date, seed: int) -> list[Listed]:
    """One of each service in turn; of a service a written one, a rule and a near miss in turn. Services begin with
    different ones of the three, so that not everybody who comes is a trap."""
    shelves: dict[str, dict[str, list[Listed]]] = {}
    for row in rows:
        shelves.setdefault(row.service, {}).setdefault(row.kind, []).append(row)
    services = sorted(shelves)
    chance(seed, "services", day).shuffle(services)
    queues = []
    for place, service in enumerate(services):
        names = [_KINDS[(place + at) % len(_KINDS)] for at in range(len(_KINDS))]
        kinds = [shelves[service].get(kind, []) for kind in names]
        for kind, shelf in zip(names, kinds, strict=True):
            chance(seed, "scenarios", day, service, kind).shuffle(shelf)
        queues.append([row for turn in zip_longest(*kinds) for row in turn if row is not None])
    return [row for turn in zip_longest(*queues) for row in turn if row is not None]


def _between(wanted: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    fresh = iter(new)
    for at, name in enumerate(wanted, 1):
        yield name
        if at % _DUE_BETWEEN == 0:
            yield from [found for found in [next(fresh, None)] if found is not None]
    yield from fresh
