"""A simulated month, counted twice: the figures must be exactly what the stream says.

The other count knows nothing of rows: it plays the stream through the station's own rules (`apply`) and takes each
ticket as the state last had it. Counts and lengths of every partition are compared to the microsecond, and the rows of
each with its total. A case is a ticket. The control is a ledger that misses one event in a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import msgspec

from benchmarks.torture.outcome import Outcome
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.days import simulated
from counterdesk.practice.memory import MemoryStore
from counterdesk.station import events as e
from counterdesk.station.apply import apply
from counterdesk.station.figures import Ledger
from counterdesk.station.model import TIMEZONE, State, Ticket
from counterdesk.station.roles import Actor
from counterdesk.station.summary import BY, By, Query, Row, summarize

NAME = "figures"
LONG = 8_000
"""Tickets: some 330 come on a simulated day, so that these are a month of working days."""
_FIRST = date(2026, 11, 2)
_LEADER = Actor(id="l", role="leader")
_PARTS: dict[By, Callable[[Ticket], str]] = {
    "group": lambda ticket: ticket.group,
    "channel": lambda ticket: "priority" if ticket.priority else "appointment" if ticket.appointment else "walk_in",
    "hour": lambda ticket: f"{ticket.issued_at.astimezone(TIMEZONE):%H}",
    "day": lambda ticket: ticket.issued_at.astimezone(TIMEZONE).date().isoformat(),
    "month": lambda ticket: f"{ticket.issued_at.astimezone(TIMEZONE):%Y-%m}",
}
"""What tells tickets apart that a state knows of them."""


class _Careless(Ledger):
    """Misses an event now and then."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = 0

    def take(self, event: e.AnyEvent) -> None:
        self._heard += 1
        if self._heard % 1000:
            super().take(event)


def tickets_of(events: Iterable[e.Recorded]) -> dict[str, Ticket]:
    """Every ticket as the station last knew it."""
    state, tickets = State(), dict[str, Ticket]()
    for one in events:
        state = apply(state, one.event)
        touched = getattr(one.event, "ticket", "")
        if touched in state.tickets:
            tickets[touched] = state.tickets[touched]
    return tickets


def differences(ledger: Ledger, tickets: dict[str, Ticket]) -> int:
    """How many numbers are not what they must be."""
    wrong = 0
    query = Query(first=_FIRST, last=_FIRST + timedelta(days=399))
    for by in BY:
        figures = summarize(ledger.rows(), msgspec.structs.replace(query, by=by), _LEADER, ledger.seq)
        numbers = [_numbers(row) for row in figures.rows]
        wrong += sum(numbers, Counter()) != _numbers(figures.total)
        if by in _PARTS:
            truth: dict[str, Counter[str]] = {}
            for ticket in tickets.values():
                truth.setdefault(_PARTS[by](ticket), Counter()).update(_ticket_numbers(ticket))
            told = {row.key: _numbers(row) for row in figures.rows}
            for key in truth.keys() | told.keys():
                mine, theirs = told.get(key, Counter()), truth.get(key, Counter())
                wrong += sum(mine[name] != theirs[name] for name in theirs.keys() | _TOLD)
    return wrong


_TOLD = frozenset({"tickets", "finished", "left", "within", "waited", "served", "held"})


def _numbers(row: Row) -> Counter[str]:
    """What of a row is a sum."""
    counts = Counter({name: getattr(row, name) for name in ("tickets", "finished", "left", "within", "no_shows")})
    counts.update({name: getattr(row, name) for name in ("dropped", "open", "cases", "returned", "transfers")})
    return counts + Counter(waited=row.wait.total, served=row.service.total, held=row.hold.total, way=row.way.total)


def _ticket_numbers(ticket: Ticket) -> Counter[str]:
    waited, served, held = (round(seconds * 1_000_000) for seconds in (ticket.waited, ticket.served, ticket.held))
    finished = ticket.state == "finished"
    counts = Counter(tickets=1, finished=finished, left=ticket.state == "left")
    counts["within"] = finished and waited + served <= 20 * 60 * 1_000_000
    return counts + Counter(waited=waited, served=served, held=held)


def run(cases: int, seed: int) -> Outcome:
    """As many days as it takes for so many tickets to come."""
    store, index = MemoryStore(lambda: None), Index(load())
    days = [_FIRST + timedelta(days=number) for number in range(-(-cases // 300) * 7 // 5 + 2)]
    working = [day for day in days if day.weekday() < 5][: -(-cases // 300)]
    simulated(index, seed, working, store=store)
    events = tuple(store.events(0))
    tickets, ledger, careless = tickets_of(events), Ledger(), _Careless()
    ledger.take_all(events)
    careless.take_all(events)
    note = f"{len(working)} days, {len(events):,} events"
    return Outcome(len(tickets), differences(ledger, tickets), differences(careless, tickets), note)
