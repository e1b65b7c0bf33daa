"""The rules of the hall: setting the station up, tickets given out, counters opened and closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from counterdesk.station.act import Act
from counterdesk.station.authority import Target, authorize, counter_relation
from counterdesk.station.commands import (
    AnswerHelp,
    BookAppointment,
    CallForHelp,
    ChangeProfile,
    CheckIn,
    CloseCounter,
    ConfigureStation,
    IssueTicket,
    OpenCounter,
    PauseCounter,
)
from counterdesk.station.events import (
    AnyEvent,
    AppointmentBooked,
    CounterClosed,
    CounterOpened,
    CounterPaused,
    HelpAnswered,
    HelpCalled,
    ProfileChanged,
    StationConfigured,
    TicketIssued,
)
from counterdesk.station.model import ENDED_TICKET, TIMEZONE, Counter
from counterdesk.station.plan_rules import certify
from counterdesk.station.profiles import certified, profile
from counterdesk.station.refused import Refused
from counterdesk.station.routing import POLICIES
from counterdesk.station.steps import STEPS


def configure(act: Act, command: ConfigureStation) -> list[AnyEvent]:
    """A station needs counters and groups, keeps those at which or in which somebody still is, and knows the policy."""
    if not command.counters or not command.groups:
        raise Refused("nothing_to_configure")
    if command.settings.policy not in POLICIES:
        raise Refused("unknown_policy", policy=command.settings.policy)
    for counter in act.state.counters.values():
        if counter.number not in command.counters and counter.state != "closed":
            raise Refused("counter_taken", counter=counter.number)
    groups = {group.id for group in command.groups}
    for ticket in act.state.tickets.values():
        if ticket.state in ENDED_TICKET:
            continue
        if ticket.state == "held" and ticket.counter not in command.counters:
            raise Refused("counter_busy", number=ticket.number, state=ticket.state)
        if ticket.group not in groups:
            raise Refused("unknown_group", group=ticket.group)
    return [
        StationConfigured(
            at=act.now,
            by=act.actor.id,
            station=command.station,
            name=command.name,
            counters=command.counters,
            groups=command.groups,
            settings=command.settings,
        )
    ]


def _next_number(act: Act, group: str) -> tuple[str, str]:
    known = act.state.groups.get(group)
    if known is None:
        raise Refused("unknown_group", group=group)
    # A number that somebody carried over midnight, or that another group with the same letter gave out, is passed over.
    taken = {ticket.number for ticket in act.state.tickets.values()}
    running = act.state.issued.get(group, 0) + 1
    while (number := f"{known.letter}{running:03d}") in taken:
        running += 1
    return f"{act.state.day or act.now:%Y%m%d}-{number}", number


def issue(act: Act, command: IssueTicket) -> list[AnyEvent]:
    """Any known group gets the next number of the day."""
    ticket, number = _next_number(act, command.group)
    return [
        TicketIssued(
            at=act.now,
            by=act.actor.id,
            ticket=ticket,
            number=number,
            group=command.group,
            priority=command.priority,
            service=command.service,
        )
    ]


def book(act: Act, command: BookAppointment) -> list[AnyEvent]:
    """An appointment id is used once, for a time to come or of today. A time without a zone is the station's."""
    if command.appointment in act.state.appointments:
        raise Refused("appointment_exists")
    if command.group not in act.state.groups:
        raise Refused("unknown_group", group=command.group)
    # The first and the last year of the calendar cannot be converted or counted from without an overflow.
    bookable = command.at.year not in (datetime.min.year, datetime.max.year)
    booked_for = command.at
    if bookable:
        zoned = booked_for if booked_for.tzinfo is not None else booked_for.replace(tzinfo=TIMEZONE)
        booked_for = zoned.astimezone(TIMEZONE)
    if not bookable or booked_for.date() < act.now.date():
        raise Refused("appointment_window", time=f"{booked_for:%m-%d %H:%M}")
    return [
        AppointmentBooked(
            at=act.now,
            by=act.actor.id,
            appointment=command.appointment,
            group=command.group,
            booked_for=booked_for,
        )
    ]


def check_in(act: Act, command: CheckIn) -> list[AnyEvent]:
    """Checking in is possible from an hour before the booked time and as long as the day lasts."""
    appointment = act.state.appointments.get(command.appointment)
    if appointment is None:
        raise Refused("unknown_appointment")
    if appointment.ticket:
        raise Refused("appointment_used")
    if act.now < appointment.at - timedelta(hours=1) or act.now.date() != appointment.at.date():
        raise Refused("appointment_window", time=f"{appointment.at:%m-%d %H:%M}")
    ticket, number = _next_number(act, appointment.group)
    return [
        TicketIssued(
            at=act.now,
            by=act.actor.id,
            ticket=ticket,
            number=number,
            group=appointment.group,
            priority=command.priority,
            appointment=appointment.id,
            booked_for=appointment.at,
        )
    ]


def open_counter(act: Act, command: OpenCounter) -> list[AnyEvent]:
    """A free counter is opened by an officer who works at no other one."""
    counter = act.state.counters.get(command.counter)
    if counter is None:
        raise Refused("unknown_counter", counter=command.counter)
    target = Target(relation=counter_relation(counter, act.actor))
    if authorize(act.actor, act.action, target) == "counter_taken":
        raise Refused("counter_taken", counter=counter.number)
    for other in act.state.counters.values():
        if other.officer == act.actor.id and other.number != counter.number:
            raise Refused("officer_elsewhere", counter=other.number)
    groups = _profile(act, command.groups or _last_profile(act, counter), act.actor.id)
    if counter.state == "open" and groups == counter.groups:
        return []
    return [CounterOpened(at=act.now, by=act.actor.id, counter=counter.number, groups=groups)]


def _last_profile(act: Act, counter: Counter) -> tuple[str, ...]:
    """What the counter drew from, or what a plan says that is due, as far as who opens it is certified for that; all
    that he is certified for if that leaves nothing."""
    may = certified(act.state, act.actor.id)
    last = profile(act.state, counter.number, act.now)
    return tuple(group for group in last if group in may) or (may if last else ())


def _profile(act: Act, groups: tuple[str, ...], officer: str) -> tuple[str, ...]:
    if not groups:
        raise Refused("profile_empty")
    for group in groups:
        if group not in act.state.groups:
            raise Refused("unknown_group", group=group)
    certify(act, officer, groups)
    return groups


def _without_ticket(act: Act, number: str) -> Counter:
    """The own counter in a legal state, with nobody called or served: a citizen is never left standing."""
    counter = act.own_counter(number)
    if counter.state not in STEPS[type(act.command)].sources:
        raise Refused("counter_not_open", counter=number, state=counter.state)
    current = act.state.current_ticket(number)
    if current is not None:
        raise Refused("counter_busy", number=current.number, state=current.state)
    return counter


def pause(act: Act, command: PauseCounter) -> list[AnyEvent]:
    """A counter pauses between two tickets."""
    counter = _without_ticket(act, command.counter)
    return [CounterPaused(at=act.now, by=act.actor.id, counter=counter.number, reason=command.reason)]


def close(act: Act, command: CloseCounter) -> list[AnyEvent]:
    """A counter closes between two tickets."""
    counter = _without_ticket(act, command.counter)
    return [CounterClosed(at=act.now, by=act.actor.id, counter=counter.number)]


def change_profile(act: Act, command: ChangeProfile) -> list[AnyEvent]:
    """A profile changes at any time: it says who is called next, never who is being served."""
    counter = act.own_counter(command.counter)
    if counter.state not in STEPS[ChangeProfile].sources:
        raise Refused("counter_not_open", counter=counter.number, state=counter.state)
    groups = _profile(act, command.groups, counter.officer)
    return [ProfileChanged(at=act.now, by=act.actor.id, counter=counter.number, groups=groups)]


def call_for_help(act: Act, command: CallForHelp) -> list[AnyEvent]:
    """At a counter where somebody works; while a call stands, calling again changes nothing."""
    counter = act.own_counter(command.counter)
    if counter.number in act.state.help:
        return []
    return [HelpCalled(at=act.now, by=act.actor.id, counter=counter.number)]


def answer_help(act: Act, command: AnswerHelp) -> list[AnyEvent]:
    """Whoever leads answers; the one who called takes a mistake back. A call outlives its counter: closing answers
    nothing."""
    counter = act.state.counters.get(command.counter)
    if counter is None:
        raise Refused("unknown_counter", counter=command.counter)
    target = Target(state=counter.state, relation=counter_relation(counter, act.actor))
    if authorize(act.actor, act.action, target) == "counter_not_yours":
        raise Refused("counter_not_yours", counter=counter.number)
    if counter.number not in act.state.help:
        return []
    return [HelpAnswered(at=act.now, by=act.actor.id, counter=counter.number)]
