"""apply(state, event) -> state: what an event makes of a station. It never refuses: the event has happened."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

import msgspec

from counterdesk.station import apply_case, apply_plan, apply_ticket
from counterdesk.station import events as e
from counterdesk.station.arrivals import came, day_over
from counterdesk.station.learning import forget
from counterdesk.station.model import (
    ENDED_CASE,
    ENDED_TICKET,
    Appointment,
    Case,
    Counter,
    HelpCall,
    Offer,
    Precheck,
    State,
    Ticket,
)

_replace = msgspec.structs.replace
_V = TypeVar("_V")

CARRIED = timedelta(hours=12)
"""A ticket that is not over is carried into the next day only if its person can still be in the hall."""


def apply(state: State, event: e.AnyEvent) -> State:
    """The state after `event`."""
    if isinstance(event, apply_ticket.TicketEvent):
        return apply_ticket.ticket_changed(state, event)
    if isinstance(event, apply_plan.PlanEvent):
        return apply_plan.planned(state, event)
    match event:
        case e.StationConfigured():
            return _configured(state, event)
        case e.DayStarted():
            return _day_started(state, event)
        case e.AppointmentBooked():
            booked = Appointment(id=event.appointment, group=event.group, at=event.booked_for)
            return _replace(state, appointments={**state.appointments, booked.id: booked})
        case e.TicketIssued():
            return _issued(state, event)
        case e.TicketPrechecked() | e.OfferRecorded() | e.VisitRated():
            return _noted(state, event)
        case e.CounterOpened() | e.CounterPaused() | e.CounterClosed() | e.ProfileChanged():
            return _counter_changed(state, event)
        case e.HelpCalled():
            call = HelpCall(counter=event.counter, by=event.by, at=event.at)
            return _replace(state, help={**state.help, event.counter: call})
        case e.HelpAnswered():
            return _replace(state, help=_without(state.help, event.counter))
        case e.CaseOpened():
            opened = Case(
                id=event.case,
                ticket=event.ticket,
                counter=event.counter,
                officer=event.by,
                service=event.service,
                status="draft",
                opened_at=event.at,
                changed_at=event.at,
            )
            return _replace(state, cases={**state.cases, opened.id: opened})
        case e.ValueViewed():
            return state
        case e.CaseDiscarded():
            return _replace(state, cases=_without(state.cases, event.case))
        case _:
            return apply_case.case_changed(state, event)


def _without(mapping: dict[str, _V], key: str) -> dict[str, _V]:
    return {k: v for k, v in mapping.items() if k != key}


def _configured(state: State, event: e.StationConfigured) -> State:
    state = apply_plan.configured(state, event)
    groups = {group.id: group for group in event.groups}
    kept = (state.counters.get(number, Counter(number=number)) for number in event.counters)
    return _replace(
        state,
        station=event.station,
        name=event.name,
        settings=event.settings,
        groups=groups,
        counters={c.number: _replace(c, groups=tuple(g for g in c.groups if g in groups)) for c in kept},
        undo={},
        help={number: call for number, call in state.help.items() if number in event.counters},
        learned=forget(state.learned, groups),
    )


def _day_started(state: State, event: e.DayStarted) -> State:
    tickets = {
        ticket.id: ticket
        for ticket in state.tickets.values()
        if ticket.state not in ENDED_TICKET and event.at - ticket.issued_at < CARRIED
    }
    state = apply_plan.new_day(state, event)
    arrivals = day_over(state)
    new_year = state.day is None or state.day.year != event.day.year
    return _replace(
        state,
        day=event.day,
        day_kind=event.kind,
        arrivals=arrivals,
        issued={},
        tickets=tickets,
        current={counter: ticket for counter, ticket in state.current.items() if ticket in tickets},
        undo={},
        priority_run=0,
        help={},
        appointments={a.id: a for a in state.appointments.values() if a.at.date() >= event.day},
        # Whoever asked yesterday has nobody standing there any more.
        cases={
            case.id: _replace(case, requests=()) if case.requests else case
            for case in state.cases.values()
            if case.status not in ENDED_CASE
        },
        cases_received=0 if new_year else state.cases_received,
    )


def _issued(state: State, event: e.TicketIssued) -> State:
    ticket = Ticket(
        id=event.ticket,
        number=event.number,
        group=event.group,
        state="waiting",
        issued_at=event.at,
        queued_since=event.at,
        priority=event.priority,
        appointment=event.appointment,
        booked_for=event.booked_for,
        service=event.service,
    )
    appointments = state.appointments
    if event.appointment in appointments:
        used = _replace(appointments[event.appointment], ticket=ticket.id)
        appointments = {**appointments, used.id: used}
    return _replace(
        state,
        tickets={**state.tickets, ticket.id: ticket},
        issued={**state.issued, event.group: state.issued.get(event.group, 0) + 1},
        arrivals=came(state.arrivals, event),
        appointments=appointments,
    )


_Noted = e.TicketPrechecked | e.OfferRecorded | e.VisitRated


def _noted(state: State, event: _Noted) -> State:
    """Hangs on the ticket what a guide said or saw, or its holder thought: nothing that can be undone ends, and no
    undoing takes it away."""
    ticket = state.tickets.get(event.ticket)
    if ticket is None:
        return state
    undo = {
        counter: _replace(last, before=_ticket_noted(last.before, event)) if last.before.id == ticket.id else last
        for counter, last in state.undo.items()
    }
    return _replace(state, tickets={**state.tickets, ticket.id: _ticket_noted(ticket, event)}, undo=undo)


def _ticket_noted(ticket: Ticket, event: _Noted) -> Ticket:
    if isinstance(event, e.VisitRated):
        return _replace(ticket, rating=event.mark)
    if isinstance(event, e.TicketPrechecked):
        looked = Precheck(service=event.service, variant=event.variant, materials=event.materials, by=event.by)
        return _replace(ticket, service=event.service, precheck=looked)
    offer = Offer(service=event.service, channel=event.channel, taken=event.taken)
    others = (known for known in ticket.offers if (known.service, known.channel) != (offer.service, offer.channel))
    return _replace(ticket, offers=(*others, offer))


def _counter_changed(
    state: State, event: e.CounterOpened | e.CounterPaused | e.CounterClosed | e.ProfileChanged
) -> State:
    counter = state.counters[event.counter]
    if not isinstance(event, e.CounterPaused) and not _as_it_was(counter, event):
        state = apply_plan.without_counter(state, event.counter, event.at)
    match event:
        case e.CounterOpened():
            counter = _replace(counter, state="open", officer=event.by, groups=event.groups, pause=None, since=event.at)
        case e.CounterPaused():
            counter = _replace(counter, state="paused", pause=event.reason, since=event.at)
        case e.CounterClosed():
            counter = _replace(counter, state="closed", officer="", pause=None, since=event.at)
        case e.ProfileChanged():
            counter = _replace(counter, groups=event.groups)
    return _replace(
        state, counters={**state.counters, counter.number: counter}, undo=_without(state.undo, counter.number)
    )


def _as_it_was(counter: Counter, event: e.CounterOpened | e.CounterClosed | e.ProfileChanged) -> bool:
    """Whether a counter only goes on after a pause: that is no choice against a plan."""
    return isinstance(event, e.CounterOpened) and counter.state != "closed" and event.groups == counter.groups
