"""The rules of the hall: setting the station up, tickets given out, counters opened and closed."""

from __future__ import annotations

from datetime import timedelta

from counterdesk.station.act import Act
from counterdesk.station.commands import (
    BookAppointment,
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
    ProfileChanged,
    StationConfigured,
    TicketIssued,
)
from counterdesk.station.model import Counter
from counterdesk.station.refused import Refused
from counterdesk.station.steps import STEPS


def configure(act: Act, command: ConfigureStation) -> list[AnyEvent]:
    """A station needs counters and groups."""
    if not command.counters or not command.groups:
        raise Refused("nothing_to_configure")
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
    number = f"{known.letter}{act.state.issued.get(group, 0) + 1:03d}"
    return f"{act.now:%Y%m%d}-{number}", number


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
    """An appointment id is used once."""
    if command.appointment in act.state.appointments:
        raise Refused("appointment_exists")
    if command.group not in act.state.groups:
        raise Refused("unknown_group", group=command.group)
    return [
        AppointmentBooked(
            at=act.now,
            by=act.actor.id,
            appointment=command.appointment,
            group=command.group,
            booked_for=command.at,
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
    if counter.officer and counter.officer != act.actor.id:
        raise Refused("counter_taken", counter=counter.number)
    for other in act.state.counters.values():
        if other.officer == act.actor.id and other.number != counter.number:
            raise Refused("officer_elsewhere", counter=other.number)
    groups = _profile(act, command.groups or counter.groups)
    if counter.state == "open" and groups == counter.groups:
        return []
    return [CounterOpened(at=act.now, by=act.actor.id, counter=counter.number, groups=groups)]


def _profile(act: Act, groups: tuple[str, ...]) -> tuple[str, ...]:
    if not groups:
        raise Refused("profile_empty")
    for group in groups:
        if group not in act.state.groups:
            raise Refused("unknown_group", group=group)
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
    groups = _profile(act, command.groups)
    return [ProfileChanged(at=act.now, by=act.actor.id, counter=counter.number, groups=groups)]
