"""The hall as a state shows it to those who choose and plan, and whom the station's policy chooses in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket, Standing
from counterdesk.station.learning import minutes, of_group, of_service, pace, service_of, spread
from counterdesk.station.model import Counter, PauseReason, State, Ticket
from counterdesk.station.profiles import certified, profile
from counterdesk.station.routing import Choice, choose, order
from counterdesk.station.waiting import may_be_called, sent_to, waited_seconds

PAUSE_MINUTES: dict[PauseReason, int] = {"lunch": 30, "break": 10, "meeting": 30, "equipment": 20}
"""How long a pause lasts that nobody planned."""
_SOON = timedelta(minutes=2)
LEAST_LEFT = 0.3
"""The part of a visit that a ticket which was already served is expected to take at least."""


def hall_of(state: State, now: datetime) -> Hall:
    """Everything that may be known at `now` of who waits and who serves; no-shows once they may be called again."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    learned = state.learned
    estimates = {group.id: of_group(learned, group) for group in state.groups.values()}
    return Hall(
        now=_minute(now, midnight),
        priority_run=state.priority_run,
        priority_most=state.settings.priority_run,
        groups=tuple(
            HallGroup(
                id=group.id,
                minutes=minutes(estimates[group.id]),
                spread=spread(estimates[group.id]),
                target=max(1, group.wait_target),
            )
            for group in state.groups.values()
        ),
        counters=tuple(_counter(state, counter, now, midnight) for counter in state.counters.values()),
        waiting=tuple(
            _ticket(state, ticket, now, midnight) for ticket in state.tickets.values() if may_be_called(ticket, now)
        ),
    )


def next_call(state: State, counter: str, now: datetime) -> Choice | None:
    """Whom `counter` calls next and why; None if nobody waits that it could call."""
    return choose(hall_of(state, now), counter, state.settings.policy)


def call_order(state: State, counter: str, now: datetime) -> list[Choice]:
    """All whom `counter` could call, next first."""
    return order(hall_of(state, now), counter, state.settings.policy)


def expected_minutes(state: State, ticket: Ticket) -> float | None:
    """What a ticket is expected to take from now on at an ordinary pace; None where no more is known than its group."""
    group = state.groups[ticket.group]
    known = of_service(state.learned, group, service_of(state, ticket))
    if known is None and not ticket.served:
        return None
    whole = minutes(known or of_group(state.learned, group))
    return max(LEAST_LEFT * whole, whole - ticket.served / 60)


def standing(state: State, ticket: Ticket, now: datetime) -> Standing:
    """What a ticket's wait is worth: of a priority citizen, of an appointment whose time has nearly come and whose
    holder checked in for it, or any other. Who was there in time keeps it, however long he then has to wait."""
    if ticket.priority:
        return "priority"
    window = timedelta(minutes=state.settings.appointment_window)
    booked = ticket.booked_for
    if booked is not None and booked - window <= now and ticket.issued_at <= booked + window:
        return "appointment"
    return "walk_in"


def _minute(at: datetime, midnight: datetime) -> float:
    return (at - midnight).total_seconds() / 60


def _counter(state: State, counter: Counter, now: datetime, midnight: datetime) -> HallCounter:
    current = state.current_ticket(counter.number)
    since = (current.started_at or current.called_at) if current is not None else None
    expected = expected_minutes(state, current) if current is not None else None
    offers = profile(state, counter.number, now)
    skills = certified(state, counter.officer) if counter.officer else ()
    paces = {group: pace(state.learned, counter.officer, group) for group in skills}
    return HallCounter(
        id=counter.number,
        on_duty=counter.state == "open",
        offers=offers,
        skills=skills,
        pace=paces,
        serving=current.group if current is not None else "",
        busy_since=_minute(since, midnight) if since is not None else None,
        minutes=expected * paces.get(current.group, 1.0) if current is not None and expected is not None else None,
        breaks=tuple(
            (_minute(start, midnight), _minute(until, midnight)) for start, until in pauses(state, counter, now)
        ),
    )


def pauses(state: State, counter: Counter, now: datetime) -> list[tuple[datetime, datetime]]:
    """The planned pauses of a counter that are not over, and the one that it is in, as long as such a pause lasts."""
    planned = [(pause.start, pause.until) for pause in state.breaks.get(counter.number, ()) if pause.until > now]
    if counter.state == "paused" and counter.pause is not None and counter.since is not None:
        lasts = timedelta(minutes=PAUSE_MINUTES[counter.pause])
        known = next((until for start, until in planned if start <= now), counter.since + lasts)
        back = max(known, now + _SOON)
        return [(min(counter.since, now), back), *((start, until) for start, until in planned if start > now)]
    # A pause that should have begun and has not: whoever goes on serving will still have it. Who opened since is back.
    opened = counter.since if counter.state == "open" else None
    ahead = [pause for pause in planned if opened is None or pause[0] > opened]
    return [(max(start, now + _SOON), max(start, now + _SOON) + (until - start)) for start, until in ahead]


def _ticket(state: State, ticket: Ticket, now: datetime, midnight: datetime) -> HallTicket:
    due = _minute(now, midnight) - waited_seconds(ticket, now) / 60
    if ticket.booked_for is not None:
        # Who comes before his time waits only from his time on.
        due = max(due, _minute(ticket.booked_for, midnight))
    return HallTicket(
        id=ticket.id,
        group=ticket.group,
        standing=standing(state, ticket, now),
        since=_minute(ticket.issued_at, midnight),
        due=due,
        overtaken=ticket.overtaken,
        minutes=expected_minutes(state, ticket),
        counter=sent_to(state, ticket),
    )
