"""Who is called next, and why in words. One replaceable function, `choose`.

Order: a ticket sent to this counter; priority citizens, at most `Settings.priority_run` in a row (context.md §3.5);
appointments within their window; then who has waited longest measured against the target of the group.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from counterdesk.station.events import Because
from counterdesk.station.model import State, Ticket
from counterdesk.station.waiting import callable_now, waited_seconds

POLICIES = ("promise", "first_come")


class Choice(NamedTuple):
    """The ticket to call and the reason."""

    ticket: str
    because: Because


def _appointment_due(state: State, ticket: Ticket, now: datetime) -> bool:
    window = timedelta(minutes=state.settings.appointment_window)
    return ticket.booked_for is not None and ticket.booked_for - window <= now <= ticket.booked_for + window


def _target_share(state: State, ticket: Ticket, now: datetime) -> float:
    return waited_seconds(ticket, now) / (60 * max(1, state.groups[ticket.group].wait_target))


class _Ranked(NamedTuple):
    """A ticket with what it is compared by: its class, then how much of the group's target it has waited."""

    rank: int
    share: float
    issued_at: datetime
    id: str
    code: str
    ticket: Ticket


def _ranked(state: State, counter: str, now: datetime) -> list[_Ranked]:
    prefer_priority = state.priority_run < state.settings.priority_run

    def rank(ticket: Ticket) -> tuple[int, str]:
        if ticket.for_counter == counter:
            return 0, "sent_here"
        if ticket.priority and prefer_priority:
            return 1, "priority"
        if _appointment_due(state, ticket, now):
            return 2, "appointment"
        if ticket.priority:
            return 4, "priority"
        return 3, "no_show_back" if ticket.state == "no_show" else "longest"

    ranked: list[_Ranked] = []
    for ticket in callable_now(state, counter, now):
        place, code = rank(ticket)
        share = -_target_share(state, ticket, now)
        ranked.append(_Ranked(place, share, ticket.issued_at, ticket.id, code, ticket))
    return ranked


def order(state: State, counter: str, now: datetime) -> list[tuple[Ticket, str]]:
    """The callable tickets of `counter`, next first, each with the code of its reason."""
    return [(row.ticket, row.code) for row in sorted(_ranked(state, counter, now), key=lambda row: row[:4])]


def choose(state: State, counter: str, now: datetime) -> Choice | None:
    """Whom `counter` calls next and why; None if nobody waits that it could call."""
    best = min(_ranked(state, counter, now), key=lambda row: row[:4], default=None)
    if best is None:
        return None
    ticket = best.ticket
    params: dict[str, str | int] = {
        "number": ticket.number,
        "minutes": int(waited_seconds(ticket, now) // 60),
        "target": state.groups[ticket.group].wait_target,
    }
    if ticket.priority:
        params["priority"] = ticket.priority
    if ticket.booked_for is not None:
        params["time"] = f"{ticket.booked_for:%H:%M}"
    return Choice(ticket.id, Because(code=best.code, params=params))
