"""How long a call is its caller's alone. Computed, never stored: time passes without an event.

A desk that died between call and service leaves a person standing. Nobody is called again behind his back; once the
lease is over a leader may settle the ticket from another desk.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from counterdesk.station.model import State, Ticket


def lease_ends(state: State, ticket: Ticket) -> datetime | None:
    """When the lease of a called ticket ends; None for a ticket that is not called."""
    if ticket.state != "called" or ticket.called_at is None:
        return None
    return ticket.called_at + timedelta(seconds=state.settings.lease)


def lease_overdue(state: State, ticket: Ticket, now: datetime) -> bool:
    """Whether the ticket was called, nobody began to serve it, and its lease is over."""
    ends = lease_ends(state, ticket)
    return ends is not None and now >= ends
