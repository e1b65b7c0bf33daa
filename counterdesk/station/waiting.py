"""Who waits, since when, for which counter, and who was overtaken: facts of the queue, no choice."""

from __future__ import annotations

from datetime import datetime

import msgspec

from counterdesk.station.model import State, Ticket
from counterdesk.station.profiles import profile


def waited_seconds(ticket: Ticket, now: datetime) -> float:
    """How long a ticket has waited in the queue so far, over all its stretches."""
    running = max(0.0, (now - ticket.queued_since).total_seconds()) if ticket.state == "waiting" else 0.0
    return ticket.waited + running


def sent_to(state: State, ticket: Ticket) -> str:
    """The counter that a ticket waits for; "" once that counter closed, so that nobody waits for an empty chair."""
    counter = state.counters.get(ticket.for_counter)
    return counter.number if counter is not None and counter.state != "closed" else ""


def may_be_called(ticket: Ticket, now: datetime) -> bool:
    """Whether a ticket waits for its call: in the queue, or as a no-show whose cool-off is over."""
    return ticket.state == "waiting" or (
        ticket.state == "no_show"
        and not ticket.missed
        and ticket.callable_after is not None
        and ticket.callable_after <= now
    )


def callable_now(state: State, counter: str, now: datetime) -> tuple[Ticket, ...]:
    """The tickets that `counter` could call by itself now: those of its work profile or sent to it, but not those sent
    to another counter that is still staffed."""
    groups = profile(state, counter, now)
    return tuple(
        ticket
        for ticket in state.tickets.values()
        if may_be_called(ticket, now)
        and ((target := sent_to(state, ticket)) == counter or (not target and ticket.group in groups))
    )


def overtake(tickets: dict[str, Ticket], called: Ticket, by: int) -> dict[str, Ticket]:
    """The tickets after `called` was called (by: 1) or that call was undone (-1): those waiting that are older count
    it."""
    return {
        key: msgspec.structs.replace(ticket, overtaken=max(0, ticket.overtaken + by))
        if ticket.state == "waiting" and ticket.issued_at < called.issued_at and key != called.id
        else ticket
        for key, ticket in tickets.items()
    }
