"""What the steps of a ticket make of a station; see `apply.py`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from counterdesk.station import events as e
from counterdesk.station.learning import learn
from counterdesk.station.model import State, Ticket, Undoable
from counterdesk.station.waiting import overtake

_replace = msgspec.structs.replace

TicketEvent = (
    e.TicketCalled
    | e.TicketRecalled
    | e.ServiceStarted
    | e.NoShowMarked
    | e.TicketReinstated
    | e.TicketHeld
    | e.TicketResumed
    | e.TicketRequeued
    | e.TicketTransferred
    | e.TicketAssigned
    | e.TicketLeft
    | e.TicketFinished
    | e.StepUndone
)


def ticket_changed(state: State, event: TicketEvent) -> State:
    """The state after a step of a ticket: the ticket itself, who is at which counter, and what can be undone there."""
    if isinstance(event, e.StepUndone):
        return _step_undone(state, event)
    before = state.tickets[event.ticket]
    # What happens to a ticket or at a counter ends what could be undone there: the ticket may be elsewhere by now.
    counter = getattr(event, "counter", "")
    undo = {at: last for at, last in state.undo.items() if at != counter and last.before.id != before.id}
    ticket = _ticket_after(before, event)
    run, tickets, learned = state.priority_run, state.tickets, state.learned
    match event:
        case e.TicketCalled():
            back = 0
            if before.state != "held":
                tickets = overtake(tickets, before, 1)
                if ticket.priority:
                    run, back = run + 1, -1
                else:
                    # The row ends here: what other counters may still undo belongs to the row before.
                    run, back = 0, run
                    undo = {at: _replace(last, run=0) for at, last in undo.items()}
            undo[event.counter] = Undoable(step="call", before=before, at=event.at, run=back)
        case e.NoShowMarked():
            undo[event.counter] = Undoable(step="no_show", before=before, at=event.at)
        case e.TicketFinished():
            undo[event.counter] = Undoable(step="finish", before=before, at=event.at)
            learned = learn(state, ticket, state.counters[event.counter].officer, whole=not before.served)
        case e.TicketRecalled():
            undo = state.undo
    return _replace(
        state,
        tickets={**tickets, ticket.id: ticket},
        current=_current(state, ticket, before.counter),
        undo=undo,
        priority_run=run,
        learned=learned,
    )


def _step_undone(state: State, event: e.StepUndone) -> State:
    """The ticket as it was; an undone call also leaves the row of priority calls as if it had not been."""
    last = state.undo[event.counter]
    restored = last.before
    queued = last.step == "call" and restored.state != "held"
    tickets = overtake(state.tickets, restored, -1) if queued else state.tickets
    return _replace(
        state,
        tickets={**tickets, restored.id: restored},
        current=_current(state, restored, event.counter),
        undo={at: other for at, other in state.undo.items() if at != event.counter},
        priority_run=max(0, state.priority_run + last.run),
    )


def _current(state: State, ticket: Ticket, left: str) -> dict[str, str]:
    """Which ticket is at which counter, once `ticket` is where it now says; `left` is the counter it may have left."""
    current = dict(state.current)
    if current.get(left) == ticket.id:
        del current[left]
    if ticket.state in ("called", "serving"):
        current[ticket.counter] = ticket.id
    return current


def _seconds(since: datetime | None, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds()) if since is not None else 0.0


def _ticket_after(ticket: Ticket, event: TicketEvent) -> Ticket:
    """A ticket's new self. The four clocks: waiting runs in the queue, serving at the counter, held while aside."""
    at = event.at
    served = ticket.served + (_seconds(ticket.started_at, at) if ticket.state == "serving" else 0.0)
    held = ticket.held + (_seconds(ticket.held_at, at) if ticket.state == "held" else 0.0)
    waited = ticket.waited + (_seconds(ticket.queued_since, at) if ticket.state == "waiting" else 0.0)
    match event:
        case e.TicketCalled():
            return _replace(
                ticket,
                state="called",
                counter=event.counter,
                for_counter="",
                calls=ticket.calls + 1,
                recalls=0,
                called_at=at,
                called_by=event.by,
                callable_after=None,
                missed=False,
                hold=None,
                waited=waited,
                held=held,
            )
        case e.TicketRecalled():
            return _replace(ticket, recalls=ticket.recalls + 1)
        case e.ServiceStarted():
            return _replace(ticket, state="serving", started_at=at)
        case e.TicketResumed():
            return _replace(ticket, state="serving", counter=event.counter, started_at=at, hold=None, held=held)
        case e.NoShowMarked():
            return _replace(
                ticket,
                state="no_show",
                counter="",
                missed=event.missed,
                callable_after=event.callable_after,
            )
        case e.TicketReinstated():
            return _replace(ticket, state="waiting", queued_since=at, callable_after=None, missed=False)
        case e.TicketHeld():
            return _replace(ticket, state="held", hold=event.kind, held_at=at, served=served)
        case e.TicketRequeued():
            calls = ticket.calls - 1 if ticket.state == "called" else ticket.calls
            return _replace(ticket, state="waiting", counter="", queued_since=at, calls=max(0, calls), served=served)
        case e.TicketTransferred():
            return _replace(
                ticket,
                state="waiting",
                counter="",
                queued_since=at,
                for_counter=event.to_counter,
                group=event.to_group or ticket.group,
                served=served,
            )
        case e.TicketAssigned():
            return _replace(ticket, for_counter=event.to_counter)
        case e.TicketLeft():
            return _replace(ticket, state="left", ended_at=at, waited=waited, served=served, held=held)
        case e.TicketFinished():
            return _replace(ticket, state="finished", ended_at=at, outcome=event.outcome, served=served)
        case e.StepUndone():
            raise AssertionError("an undone step restores the ticket as it was")
