"""Who comes to the hall, when, for what, and how long they wait before they give up (context.md §3.3-3.5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from counterdesk.catalog.model import Service
from counterdesk.practice.chance import chance, log_normal, weighted
from counterdesk.practice.moves import Plan, Wish
from counterdesk.station.commands import BookAppointment, CheckIn, IssueTicket, TicketLeaves
from counterdesk.station.model import PriorityReason, State
from counterdesk.station.roles import Actor

MACHINE = Actor(id="machine-1", role="ticket_machine")
GUIDE = Actor(id="guide-1", role="guide")
OPENS, CLOSES = 510, 1020
"""08:30 and 17:00, in minutes of the day."""
PROFILE = (9, 10, 9.5, 9, 8, 6, 4, 3.5, 4, 6, 8, 7.5, 6, 4, 2.5, 2, 1)
"""Percent of the day that come in each half hour from 08:30 (context.md §3.3)."""
TICKETS_A_COUNTER = 65
"""Tickets a day for each counter: 260 for four (context.md §3.3, scenario G: with kiosks and several items a visit)."""
AT_COUNTER = {"violation.handle": 0.44}
AT_COUNTER_ELSE = 0.6
"""The share of a service's daily items that comes as a ticket of its own."""
PRIORITY = 0.05
BOOKED_EVERY = 15
"""Minutes between two booked appointments."""
_REASONS: dict[PriorityReason, float] = {"elderly": 6, "infant": 2, "disabled": 1, "serviceman": 1}


class Demand:
    """How often which service is asked for, among the groups that a station has."""

    def __init__(self, services: tuple[Service, ...]) -> None:
        self._weights = {
            service: service.daily_demand * AT_COUNTER.get(service.id, AT_COUNTER_ELSE) for service in services
        }
        self.known = frozenset(service.id for service in services)

    def draw(self, seed: int, *of: object, groups: frozenset[str]) -> Service | None:
        """A service of one of `groups`; None where none of them has any."""
        weights = {service: weight for service, weight in self._weights.items() if service.group in groups}
        return weighted(chance(seed, "demand", *of), weights) if any(weights.values()) else None


def share_of_day(minute: float) -> float:
    """The part of a day's tickets that comes in a minute around `minute` of the day; the hall closes never for good:
    after 17:00 it is 08:30 again."""
    into = (minute - OPENS) % (CLOSES - OPENS)
    return PROFILE[int(into // 30)] / 100 / 30


class Arrivals:
    """Citizens take tickets.

    crowd: while warming up, how many should be waiting at a moment; None lets them come by the profile alone.
    """

    name: ClassVar[str] = "arrival"

    def __init__(self, plan: Plan, demand: Demand) -> None:
        self._plan = plan
        self._demand = demand
        self._count = 0
        self._minute = float(OPENS)
        self._since: datetime | None = None
        self.crowd: tuple[datetime, float] | None = None

    def begin(self, now: datetime, minute: float) -> None:
        """It is `minute` of the simulated day now; people begin to come."""
        self._since, self._minute = now, minute
        self._plan.look(now, self.name, "")

    def minute(self, now: datetime) -> float:
        """The minute of the simulated day."""
        passed = (now - self._since).total_seconds() / 60 * self._plan.pace if self._since else 0.0
        return self._minute + passed

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Take the next ticket and plan the one after it."""
        self._count += 1
        draw = chance(self._plan.seed, "arrival", self._count)
        a_minute = share_of_day(self.minute(now)) * TICKETS_A_COUNTER * max(1, len(state.counters))
        groups = frozenset(state.groups)
        if self.crowd is not None:
            a_minute, groups = self._crowded(now, state, a_minute)
        self._plan.look(self._plan.after(now, draw.expovariate(max(a_minute, 0.01))), self.name, "")
        service = self._demand.draw(self._plan.seed, self._count, groups=groups)
        if service is None or (self.crowd is not None and self._count == 1):
            return None
        reason = weighted(draw, _REASONS) if draw.random() < PRIORITY else None
        named = service.id if draw.random() < 0.7 else ""
        command = IssueTicket(group=service.group, priority=reason, service=named)
        return Wish(command=command, actor=GUIDE if reason else MACHINE)

    def _crowded(self, now: datetime, state: State, a_minute: float) -> tuple[float, frozenset[str]]:
        """Rate and groups while warming up: few wait until the rush of the last minutes fills the hall."""
        assert self.crowd is not None
        until, wanted = self.crowd
        left = (until - now).total_seconds() / 60
        waiting = [ticket.group for ticket in state.tickets.values() if ticket.state == "waiting"]
        if left > RUSH:
            free = frozenset(state.groups) - frozenset(waiting)
            return (a_minute if free else 0.2), free
        target = wanted * (1 - left / RUSH)
        return (max(4 * a_minute, 2.0) if len(waiting) < target else 0.3), frozenset(state.groups)

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """Nobody minds."""


RUSH = 18.0
"""Minutes before now in which the crowd of a hall that just began arrives: nobody waits much longer than that."""


class Patience:
    """Citizens who wait too long leave, and nobody tells them to."""

    name: ClassVar[str] = "patience"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._seen: set[str] = set()

    def notice(self, now: datetime, state: State) -> None:
        """Give every new ticket its patience."""
        for ticket_id in state.tickets.keys() - self._seen:
            self._seen.add(ticket_id)
            minutes = log_normal(chance(self._plan.seed, "patience", ticket_id), 45, 90)
            self._plan.look(self._plan.after(now, minutes), self.name, ticket_id)

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Leave, if nobody called meanwhile and no person keeps the place."""
        ticket = state.tickets.get(key)
        if ticket is None or ticket.state not in ("waiting", "no_show"):
            return None
        if {ticket.for_counter, ticket.counter} & self._plan.staffed:
            return None
        return Wish(command=TicketLeaves(ticket=key), actor=GUIDE)

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """Called in this very moment: stays."""


class Appointments:
    """Citizens book a time, most come for it, a little early. The times are those of the station at any pace."""

    name: ClassVar[str] = "appointment"

    def __init__(self, plan: Plan, demand: Demand) -> None:
        self._plan = plan
        self._demand = demand
        self._count = 0
        self._prefix = ""
        self._next: datetime | None = None

    def begin(self, now: datetime) -> None:
        """Book from now on."""
        self._prefix = f"{int(now.timestamp()):x}"
        ahead = timedelta(minutes=10)
        self._next = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0) + ahead
        self._plan.look(now, self.name, "")

    def notice(self, now: datetime, state: State) -> None:
        """Appointments are followed from their booking on."""

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Book another time, or come for the one booked as `key`."""
        if key:
            booked = state.appointments.get(key)
            return Wish(command=CheckIn(appointment=key), actor=MACHINE) if booked and not booked.ticket else None
        if self._next is None:
            return None
        if self._next > now + timedelta(hours=2):
            self._plan.look(now + timedelta(minutes=BOOKED_EVERY), self.name, "")
            return None
        return self._book(now, state)

    def _book(self, now: datetime, state: State) -> Wish | None:
        assert self._next is not None
        self._count += 1
        at, self._next = self._next, self._next + timedelta(minutes=BOOKED_EVERY)
        draw = chance(self._plan.seed, "appointment", self._count)
        number = f"yy-{self._prefix}-{self._count:04}"
        if draw.random() < 0.9:
            early = timedelta(minutes=min(12.0, max(-5.0, draw.gauss(6, 4))))
            self._plan.look(max(now, at - early), self.name, number)
        self._plan.look(now, self.name, "")
        service = self._demand.draw(self._plan.seed, "appointment", self._count, groups=frozenset(state.groups))
        if service is None:
            return None
        return Wish(command=BookAppointment(appointment=number, group=service.group, at=at), actor=MACHINE)

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """Too early, too late or taken: the citizen takes a ticket like everyone."""
