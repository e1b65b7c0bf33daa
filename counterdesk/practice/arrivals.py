"""Who comes to the hall, when, for what, and how long they wait before they give up (context.md §3.3-3.5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import ClassVar

from counterdesk.catalog.model import Service
from counterdesk.practice.chance import chance, log_normal, weighted
from counterdesk.practice.moves import Plan, Wish
from counterdesk.station.commands import BookAppointment, CheckIn, IssueTicket, TicketLeaves
from counterdesk.station.groups import tickets_a_day
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
PRIORITY = 0.05
RUSH = 18.0
"""Minutes before now in which the crowd of a hall that just began arrives: nobody waits much longer than that."""
BOOKED_EVERY = 15
"""Minutes between two booked appointments."""
_REASONS: tuple[PriorityReason, ...] = ("elderly", "infant", "disabled", "serviceman")
_REASON_WEIGHTS = (6, 2, 1, 1)


class Demand:
    """How often which service is asked for, among the groups that a station has."""

    def __init__(self, services: tuple[Service, ...]) -> None:
        self._services = {service.id: service for service in services}
        self._weights = {service.id: tickets_a_day(service) for service in services}
        self.known = frozenset(self._services)

    def draw(self, seed: int, *of: object, groups: frozenset[str]) -> Service | None:
        """A service of one of `groups`; None where none of them has any."""
        weights = {
            service: weight for service, weight in self._weights.items() if self._services[service].group in groups
        }
        if not any(weights.values()):
            return None
        return self._services[weighted(chance(seed, "demand", *of), weights)]


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
        self._late = False
        self.crowd: tuple[datetime, float] | None = None

    def begin(self, now: datetime, minute: float) -> None:
        """It is `minute` of the simulated day now; people begin to come."""
        self.begin_at(now, minute)
        self._plan.look(now, self.name, "")

    def begin_at(self, now: datetime, minute: float) -> None:
        """It is `minute` of the simulated day now, whatever it was before."""
        self._since, self._minute = now, minute

    def minute(self, now: datetime) -> float:
        """The minute of the simulated day."""
        passed = (now - self._since).total_seconds() / 60 * self._plan.pace if self._since else 0.0
        return self._minute + passed

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Take the next ticket and plan the one after it."""
        self._count += 1
        draw = chance(self._plan.seed, "arrival", self._count)
        if self.crowd is not None and self.crowd[0] - now < timedelta(minutes=RUSH):
            return self._rush(draw, now, state)
        a_minute = share_of_day(self.minute(now)) * TICKETS_A_COUNTER * max(1, len(state.counters))
        next_one = self._plan.after(now, draw.expovariate(a_minute))
        if self.crowd is not None:  # an early morning has gaps that are longer than the rush
            next_one = min(next_one, self.crowd[0] - timedelta(minutes=RUSH - 1))
        self._plan.look(next_one, self.name, "")
        groups = frozenset(state.groups)
        if self.crowd is not None:
            # Before the rush nobody comes for what already keeps somebody waiting: the queue stays short.
            groups -= {ticket.group for ticket in state.tickets.values() if ticket.state == "waiting"}
        return self._ticket(draw, groups, priority=draw.random() < PRIORITY)

    def _rush(self, draw: Random, now: datetime, state: State) -> Wish | None:
        """While a hall warms up its last minutes: keep as many waiting as the growing crowd should have by now.

        It begins with some who come for long matters, so that somebody waits from then on.
        """
        assert self.crowd is not None
        until, wanted = self.crowd
        left = (until - now).total_seconds() / 60
        self._plan.look(now + timedelta(minutes=draw.uniform(0.1, 0.4)), self.name, "")
        # Somebody with priority comes at the very end: earlier, and a counter would have called them already.
        first_late = left < 0.5 and not self._late
        self._late = self._late or first_late
        waiting = sum(ticket.state == "waiting" for ticket in state.tickets.values())
        if not first_late and waiting >= wanted * (0.25 + 0.75 * (1 - left / RUSH)):
            return None
        groups = frozenset(state.groups)
        if left > RUSH - 2:
            targets = sorted(group.wait_target for group in state.groups.values())
            groups = frozenset(group.id for group in state.groups.values() if group.wait_target >= targets[-3])
        return self._ticket(draw, groups, priority=first_late or draw.random() < PRIORITY)

    def _ticket(self, draw: Random, groups: frozenset[str], *, priority: bool) -> Wish | None:
        service = self._demand.draw(self._plan.seed, self._count, groups=groups)
        if service is None:
            return None
        named = service.id if draw.random() < 0.7 else ""
        if not priority:
            return Wish(command=IssueTicket(group=service.group, service=named), actor=MACHINE)
        reason = draw.choices(_REASONS, _REASON_WEIGHTS)[0]
        command = IssueTicket(group=service.group, priority=reason, service=named)
        return Wish(command=command, actor=GUIDE)

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """Nobody minds."""


class Patience:
    """Citizens who wait too long leave, and nobody tells them to.

    short: while a hall warms up, who has waited longer than its rush lasts is gone.
    """

    name: ClassVar[str] = "patience"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._seen: set[str] = set()
        self.short = False

    def notice(self, now: datetime, state: State) -> None:
        """Give every new ticket its patience."""
        # In order: sets of strings have another one in every process.
        for ticket_id in sorted(state.tickets.keys() - self._seen):
            minutes = log_normal(chance(self._plan.seed, "patience", ticket_id), 45, 90)
            self._plan.look(self._plan.after(now, minutes), self.name, ticket_id)
            if self.short:
                self._plan.look(self._plan.after(now, RUSH), self.name, f"{ticket_id} short")
        self._seen = set(state.tickets)

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Leave, if nobody called meanwhile and no person keeps the place."""
        ticket_id, _, short = key.partition(" ")
        ticket = state.tickets.get(ticket_id)
        if short and not self.short:
            return None
        if ticket is None or ticket.state not in ("waiting", "no_show"):
            return None
        if {ticket.for_counter, ticket.counter} & self._plan.staffed:
            return None
        return Wish(command=TicketLeaves(ticket=ticket_id), actor=GUIDE)

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

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Book another time, or come for the one booked as `key`."""
        if key:
            booked = state.appointments.get(key)
            return Wish(command=CheckIn(appointment=key), actor=MACHINE) if booked and not booked.ticket else None
        if self._next is None:
            return None
        if self._next < now:
            # The clock jumped (a laptop slept): what nobody booked is not booked afterwards.
            self._next = now + timedelta(minutes=10)
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
