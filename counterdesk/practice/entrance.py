"""The guide and the number machine of the simulated hall: papers looked at before the wait, and channels offered."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import ClassVar

from counterdesk.catalog.model import Service
from counterdesk.practice.arrivals import GUIDE, MACHINE, TICKETS_A_COUNTER, Arrivals, Demand, share_of_day
from counterdesk.practice.chance import chance
from counterdesk.practice.moves import Plan, Wish
from counterdesk.station.commands import PrecheckTicket, RecordOffer, TicketLeaves
from counterdesk.station.model import PrecheckMark, State, Ticket

GONE = 0.25
"""Citizens who take an offer before they have a number, for each one who takes a number."""
OFFERED = 0.3
"""The share of tickets for something that can be done elsewhere whose holders are asked while they wait."""
TAKE_UP = 0.25
"""The share of those who then go there; the others have waited already and stay."""
PRECHECKED = 0.4
"""The share of tickets whose papers a guide looks at."""
_MARKS: tuple[PrecheckMark, ...] = ("have", "missing", "unsure")
_MARK_WEIGHTS = (85, 9, 6)
_GOES = "goes"


class Entrance:
    """What happens to citizens before they are called. A key is a ticket and what is done about it; "" is somebody who
    has no number yet.

    stays: while a hall warms up, nobody leaves the queue for another channel: it has its crowd to keep.
    """

    name: ClassVar[str] = "entrance"

    def __init__(self, plan: Plan, demand: Demand, arrivals: Arrivals) -> None:
        self._plan = plan
        self._demand = demand
        self._arrivals = arrivals
        self._count = 0
        self._seen: set[str] = set()
        self.stays = False

    def begin(self, now: datetime) -> None:
        """Citizens come to the entrance from now on."""
        self._plan.look(self._plan.after(now, 1), self.name, "")

    def notice(self, now: datetime, state: State) -> None:
        """The guide sees the new tickets."""
        for ticket_id in sorted(state.tickets.keys() - self._seen):
            draw = chance(self._plan.seed, "guide", ticket_id)
            ticket = state.tickets[ticket_id]
            if not ticket.service or {ticket.for_counter, ticket.counter} & self._plan.staffed:
                continue
            for act, share in (("offer", OFFERED), ("precheck", PRECHECKED)):
                if draw.random() < share:
                    self._plan.look(self._plan.after(now, draw.uniform(0.3, 2.5)), self.name, f"{ticket_id} {act}")
        self._seen = set(state.tickets)

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Somebody without a number goes elsewhere, or the guide speaks to somebody who waits."""
        if not key:
            return self._without_number(now, state)
        ticket_id, _, act = key.partition(" ")
        ticket = state.tickets.get(ticket_id)
        service = self._service(ticket)
        if ticket is None or ticket.state != "waiting" or service is None:
            return None
        draw = chance(self._plan.seed, act, ticket_id)
        match act:
            case "offer":
                return self._offer(ticket, service, draw, now)
            case "precheck":
                return _precheck(ticket, service, draw)
        return Wish(command=TicketLeaves(ticket=ticket_id), actor=GUIDE)

    def _service(self, ticket: Ticket | None) -> Service | None:
        try:
            return self._plan.index.service(ticket.service) if ticket is not None else None
        except KeyError:
            return None

    def _without_number(self, now: datetime, state: State) -> Wish | None:
        self._count += 1
        draw = chance(self._plan.seed, "gone", self._count)
        a_minute = share_of_day(self._arrivals.minute(now)) * TICKETS_A_COUNTER * max(1, len(state.counters)) * GONE
        self._plan.look(self._plan.after(now, draw.expovariate(a_minute)), self.name, "")
        service = self._demand.draw(self._plan.seed, "gone", self._count, groups=frozenset(state.groups))
        if service is None or not service.channels:
            return None
        channel = draw.choice(service.channels).channel
        actor = MACHINE if draw.random() < 0.7 else GUIDE
        return Wish(command=RecordOffer(service=service.id, channel=channel, taken=True), actor=actor)

    def _offer(self, ticket: Ticket, service: Service, draw: Random, now: datetime) -> Wish | None:
        if not service.channels:
            return None
        taken = draw.random() < TAKE_UP and not self.stays
        if taken:
            self._plan.look(self._plan.after(now, 0.1), self.name, f"{ticket.id} {_GOES}")
        channel = draw.choice(service.channels).channel
        command = RecordOffer(ticket=ticket.id, service=service.id, channel=channel, taken=taken)
        return Wish(command=command, actor=GUIDE)

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """Called in this very moment: the officer speaks to him now."""


def _precheck(ticket: Ticket, service: Service, draw: Random) -> Wish | None:
    """The papers that are asked for in any case."""
    codes = [use.code for use in service.materials if not use.when and use.necessity == "required"]
    if not codes:
        return None
    marks = {code: draw.choices(_MARKS, _MARK_WEIGHTS)[0] for code in codes}
    return Wish(command=PrecheckTicket(ticket=ticket.id, service=service.id, materials=marks), actor=GUIDE)
