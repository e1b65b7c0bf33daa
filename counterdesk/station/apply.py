"""apply(state, event) -> state: what an event makes of a station. It never refuses: the event has happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from counterdesk.station import apply_plan
from counterdesk.station import events as e
from counterdesk.station.arrivals import came, day_over
from counterdesk.station.learning import forget, learn
from counterdesk.station.model import (
    ENDED_CASE,
    ENDED_TICKET,
    Appointment,
    Case,
    Counter,
    Handoff,
    HelpCall,
    Offer,
    Precheck,
    State,
    Ticket,
    Undoable,
)
from counterdesk.station.waiting import overtake

_replace = msgspec.structs.replace
_V = TypeVar("_V")

CARRIED = timedelta(hours=12)
"""A ticket that is not over is carried into the next day only if its person can still be in the hall."""


def apply(state: State, event: e.AnyEvent) -> State:
    """The state after `event`."""
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
        case (
            e.SkillsSet()
            | e.BreakPlanned()
            | e.BreakCancelled()
            | e.PlanAnnounced()
            | e.PlanCancelled()
            | e.PlanningSwitched()
        ):
            return apply_plan.planned(state, event)
        case (
            e.TicketCalled()
            | e.TicketRecalled()
            | e.ServiceStarted()
            | e.NoShowMarked()
            | e.TicketReinstated()
            | e.TicketHeld()
            | e.TicketResumed()
            | e.TicketRequeued()
            | e.TicketTransferred()
            | e.TicketAssigned()
            | e.TicketLeft()
            | e.TicketFinished()
            | e.StepUndone()
        ):
            return _ticket_changed(state, event)
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
            return _case_changed(state, event)


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
        cases={case.id: case for case in state.cases.values() if case.status not in ENDED_CASE},
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
        looked = Precheck(service=event.service, variant=event.variant, materials=event.materials)
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


_AnyTicketEvent = (
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


def _ticket_changed(state: State, event: _AnyTicketEvent) -> State:
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
            if before.state != "held" and ticket.priority:
                run, back = run + 1, -1
            elif before.state != "held":
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
        undo=_without(state.undo, event.counter),
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


def _ticket_after(ticket: Ticket, event: _AnyTicketEvent) -> Ticket:
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


def _case_changed(state: State, event: e.AnyEvent) -> State:
    case = state.cases[event.case]  # type: ignore[union-attr]
    received = state.cases_received + isinstance(event, e.CaseReceived)
    changed = _replace(_case_after(case, event), changed_at=event.at)
    return _replace(state, cases={**state.cases, case.id: changed}, cases_received=received)


def _case_after(case: Case, event: e.AnyEvent) -> Case:
    match event:
        case e.ServiceChanged():
            return _replace(case, service=event.service)
        case e.CaseReceived():
            return _replace(case, status="received", number=event.number, received_at=event.at)
        case e.CaseAccepted():
            return _replace(
                case,
                status="accepted",
                accepted_at=event.at,
                catalog=event.catalog,
                department=event.department,
                on_the_spot=event.on_the_spot,
                due=event.due,
                due_day_kind=event.due_day_kind,
                fee=event.fee,
                deferred=event.deferred,
            )
        case e.MaterialDeferred():
            return _replace(
                case, deferred=(*(code for code in case.deferred if code != event.material), event.material)
            )
        case e.PromptOverridden():
            return _replace(case, overrides={**case.overrides, event.prompt: event.reason})
        case e.CaseDeclined():
            return _replace(case, status="not_accepted", reason=event.reason)
        case e.CaseHandedOver() | e.HandoffFailed() | e.HandoffRefused() | e.CaseAcknowledged():
            return _handoff_changed(case, event)
        case e.SupplementRequested():
            return _replace(
                case,
                status="supplementing",
                return_to=case.status,
                supplement=event.items,
                returned=case.returned + 1,
                clock_stopped_on=event.at.date(),
            )
        case e.CaseSupplemented():
            return _replace(
                case,
                status=case.return_to or "received",
                return_to=None,
                supplement=(),
                clock_stopped_on=None,
                due=event.due,
            )
        case e.CaseSuspended():
            return _replace(case, status="suspended", reason=event.reason, clock_stopped_on=event.at.date())
        case e.CaseResumed():
            return _replace(case, status="in_review", reason="", clock_stopped_on=None, due=event.due)
        case e.CaseDecided():
            return _replace(case, status=event.decision, decision=event.decision, reason=event.reason)
        case e.CaseProduced():
            return _replace(case, status="produced")
        case e.CaseReady():
            return _replace(case, status="ready")
        case e.CaseDispatched():
            return _replace(case, status="dispatched", tracking=event.tracking)
        case e.CaseDelivered():
            return _replace(case, status="delivered")
        case e.CaseClosed():
            return _replace(case, status="closed")
        case e.CaseWithdrawn():
            return _replace(case, status="withdrawn")
        case e.CaseLapsed():
            return _replace(case, status="lapsed")
        case _:
            raise AssertionError(f"not about a case: {type(event).__name__}")


def _handoff_changed(
    case: Case, event: e.CaseHandedOver | e.HandoffFailed | e.HandoffRefused | e.CaseAcknowledged
) -> Case:
    if isinstance(event, e.CaseHandedOver) or case.handoff is None:
        sent = Handoff(department=case.department, state="sent", sent_at=event.at)
        return _replace(case, handoff=sent)
    match event:
        case e.HandoffFailed():
            state = "stuck" if event.stuck else case.handoff.state
            handoff = _replace(case.handoff, state=state, tries=event.tries, error=event.error)
            return _replace(case, handoff=handoff)
        case e.HandoffRefused():
            return _replace(case, handoff=_replace(case.handoff, state="refused", error=event.reason))
        case e.CaseAcknowledged():
            handoff = _replace(
                case.handoff,
                state="acknowledged",
                reference=event.reference,
                acknowledged_at=event.at,
                error="",
            )
            return _replace(case, status="in_review", handoff=handoff)
