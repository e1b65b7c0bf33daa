"""The rules of a ticket between its call and its end."""

from __future__ import annotations

from datetime import timedelta

from counterdesk.station.act import Act
from counterdesk.station.commands import (
    AssignTicket,
    CallNext,
    CallTicket,
    FinishTicket,
    HoldTicket,
    MarkNoShow,
    RateVisit,
    Recall,
    Reinstate,
    Requeue,
    ResumeTicket,
    StartService,
    TicketLeaves,
    TransferTicket,
    UndoStep,
)
from counterdesk.station.events import (
    AnyEvent,
    Because,
    NoShowMarked,
    ServiceStarted,
    StepUndone,
    TicketAssigned,
    TicketCalled,
    TicketFinished,
    TicketHeld,
    TicketLeft,
    TicketRecalled,
    TicketReinstated,
    TicketRequeued,
    TicketResumed,
    TicketTransferred,
    VisitRated,
)
from counterdesk.station.hall_view import next_call
from counterdesk.station.model import Case, Counter, Ticket
from counterdesk.station.plan_rules import follow_plan
from counterdesk.station.refused import Refused
from counterdesk.station.steps import STEPS


def call_next(act: Act, command: CallNext) -> list[AnyEvent]:
    """An open, idle counter calls whom the routing chooses, from what a plan that is due gives it."""
    counter = act.idle_counter(command.counter)
    # The choice already looks at what an announced plan gives the counter; the event says that it follows it now.
    choice = next_call(act.state, counter.number, act.now)
    if choice is None:
        raise Refused("nobody_waiting", counter=counter.number)
    return follow_plan(act, counter.number) + _call(act, act.state.tickets[choice.ticket], counter, choice.because)


def call_ticket(act: Act, command: CallTicket) -> list[AnyEvent]:
    """A waiting ticket is called out of turn only by right; a no-show, whose turn it was, after its cool-off; a held
    one by its kind."""
    counter = act.idle_counter(command.counter)
    ticket = act.ticket(command.ticket)
    if ticket.state == "held":
        _may_resume(act, ticket, counter)
    elif ticket.state == "waiting" and not act.actor.may("cherry_pick"):
        raise Refused("cherry_pick", number=ticket.number)
    if ticket.state == "no_show" and ticket.callable_after is not None and act.now < ticket.callable_after:
        seconds = int((ticket.callable_after - act.now).total_seconds()) + 1
        raise Refused("cool_off", number=ticket.number, seconds=seconds)
    return follow_plan(act, counter.number) + _call(
        act, ticket, counter, Because(code="given", params={"number": ticket.number})
    )


def _call(act: Act, ticket: Ticket, counter: Counter, because: Because) -> list[AnyEvent]:
    return [TicketCalled(at=act.now, by=act.actor.id, ticket=ticket.id, counter=counter.number, because=because)]


def recall(act: Act, command: Recall) -> list[AnyEvent]:
    """The called number is announced again; nothing else changes."""
    ticket = act.current(command.counter)
    return [TicketRecalled(at=act.now, by=act.actor.id, ticket=ticket.id, counter=command.counter)]


def start(act: Act, command: StartService) -> list[AnyEvent]:
    """The person who was called is here."""
    ticket = act.current(command.counter)
    return [ServiceStarted(at=act.now, by=act.actor.id, ticket=ticket.id, counter=command.counter)]


def no_show(act: Act, command: MarkNoShow) -> list[AnyEvent]:
    """After the cool-off it may be called again, and after the last allowed call it is missed."""
    ticket = act.current(command.counter)
    settings = act.state.settings
    return [
        NoShowMarked(
            at=act.now,
            by=act.actor.id,
            ticket=ticket.id,
            counter=command.counter,
            missed=ticket.calls >= settings.max_calls,
            callable_after=act.now + timedelta(seconds=settings.cool_off),
        )
    ]


def reinstate(act: Act, command: Reinstate) -> list[AnyEvent]:
    """Who came after all waits again, with the time already waited."""
    ticket = act.ticket(command.ticket)
    return [TicketReinstated(at=act.now, by=act.actor.id, ticket=ticket.id)]


def hold(act: Act, command: HoldTicket) -> list[AnyEvent]:
    """A ticket being served is put aside."""
    ticket = act.current(command.counter)
    return [TicketHeld(at=act.now, by=act.actor.id, ticket=ticket.id, counter=command.counter, kind=command.kind)]


def resume(act: Act, command: ResumeTicket) -> list[AnyEvent]:
    """The person is at the counter: served without a new call."""
    counter = act.idle_counter(command.counter)
    ticket = act.ticket(command.ticket)
    _may_resume(act, ticket, counter)
    return [TicketResumed(at=act.now, by=act.actor.id, ticket=ticket.id, counter=counter.number)]


def _may_resume(act: Act, ticket: Ticket, counter: Counter) -> None:
    """Papers out: any counter. Papers kept: where the papers are. Step wait: the same counter, or another one while
    that counter does not serve."""
    if ticket.hold == "papers_out" or ticket.counter == counter.number:
        return
    holder = act.state.counters.get(ticket.counter)
    if ticket.hold == "step_wait" and (holder is None or holder.state != "open"):
        return
    raise Refused("held_elsewhere", number=ticket.number, counter=ticket.counter)


def requeue(act: Act, command: Requeue) -> list[AnyEvent]:
    """Back into the queue with the time already waited."""
    ticket = act.current(command.counter)
    return [TicketRequeued(at=act.now, by=act.actor.id, ticket=ticket.id, counter=command.counter)]


def transfer(act: Act, command: TransferTicket) -> list[AnyEvent]:
    """To another counter that is staffed (one on a break will be back), or to another queue group; the time already
    waited goes along."""
    ticket = act.current(command.counter)
    if bool(command.to_counter) == bool(command.to_group):
        raise Refused("transfer_target")
    if command.to_counter:
        target = act.state.counters.get(command.to_counter)
        if target is None:
            raise Refused("unknown_counter", counter=command.to_counter)
        if target.number == command.counter:
            raise Refused("transfer_target")
        if target.state == "closed":
            raise Refused("counter_not_open", counter=target.number, state=target.state)
    elif command.to_group not in act.state.groups:
        raise Refused("unknown_group", group=command.to_group)
    return [
        TicketTransferred(
            at=act.now,
            by=act.actor.id,
            ticket=ticket.id,
            counter=command.counter,
            to_counter=command.to_counter,
            to_group=command.to_group,
        )
    ]


def assign(act: Act, command: AssignTicket) -> list[AnyEvent]:
    """A waiting ticket waits for one counter that is staffed, and there it is the next."""
    ticket = act.ticket(command.ticket)
    if command.counter:
        target = act.state.counters.get(command.counter)
        if target is None:
            raise Refused("unknown_counter", counter=command.counter)
        if target.state == "closed":
            raise Refused("counter_not_open", counter=target.number, state=target.state)
    if ticket.for_counter == command.counter:
        return []
    return [TicketAssigned(at=act.now, by=act.actor.id, ticket=ticket.id, to_counter=command.counter)]


def leave(act: Act, command: TicketLeaves) -> list[AnyEvent]:
    """Whoever is at a counter is let go by that counter; everybody else may simply leave."""
    ticket = act.ticket(command.ticket)
    if ticket.state in ("called", "serving"):
        act.own_counter(ticket.counter)
    return [TicketLeft(at=act.now, by=act.actor.id, ticket=ticket.id)]


def finish(act: Act, command: FinishTicket) -> list[AnyEvent]:
    """A visit is done only when each of its cases is with its department, completed, or ended."""
    ticket = act.current(command.counter)
    unfinished = [case for case in act.state.cases_of(ticket.id) if _at_counter(case)]
    if command.outcome == "done" and unfinished:
        raise Refused("open_cases", number=ticket.number, cases=len(unfinished))
    return [
        TicketFinished(at=act.now, by=act.actor.id, ticket=ticket.id, counter=command.counter, outcome=command.outcome)
    ]


def _at_counter(case: Case) -> bool:
    """Whether a case still waits for its officer: not accepted yet, or accepted and neither completed nor sent on."""
    return case.status in ("draft", "received") or (case.status == "accepted" and case.handoff is None)


def undo(act: Act, command: UndoStep) -> list[AnyEvent]:
    """The last call, no-show or finish of the counter is taken back for some seconds; both entries stay."""
    counter = act.own_counter(command.counter)
    if counter.state not in STEPS[UndoStep].sources:
        raise Refused("counter_not_open", counter=counter.number, state=counter.state)
    undoable = act.state.undo.get(counter.number)
    if undoable is None:
        raise Refused("undo_nothing", counter=counter.number)
    if act.now > undoable.at + timedelta(seconds=act.state.settings.undo):
        raise Refused("undo_late", number=undoable.before.number, seconds=act.state.settings.undo)
    current = act.state.current_ticket(counter.number)
    if undoable.step == "call" and current is not None:
        act.leased(current)
    if undoable.step != "call":
        act.idle_counter(counter.number)
    return [
        StepUndone(
            at=act.now,
            by=act.actor.id,
            ticket=undoable.before.id,
            counter=counter.number,
            step=undoable.step,
        )
    ]


def rate(act: Act, command: RateVisit) -> list[AnyEvent]:
    """Once for a visit that is over; taking back its end and ending it again gives no second mark."""
    ticket = act.ticket(command.ticket)
    if ticket.rating:
        raise Refused("already_rated", number=ticket.number)
    return [VisitRated(at=act.now, by=act.actor.id, ticket=ticket.id, mark=command.mark)]
