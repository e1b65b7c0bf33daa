"""Who rates his visit at the device of the counter: some do, and those who waited long less kindly."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from counterdesk.practice.chance import chance, weighted
from counterdesk.practice.moves import Plan, Wish
from counterdesk.station.commands import RateVisit
from counterdesk.station.model import State
from counterdesk.station.roles import Actor

DEVICE = Actor(id="rating-1", role="rating_device")
SHARE = 0.4
"""Of the finished visits, how many are rated [illustrative]."""
AFTER = 0.3
"""Minutes between the end of the visit and the mark."""
_CONTENT = {5: 70.0, 4: 22.0, 3: 5.0, 2: 2.0, 1: 1.0}
_CROSS = {5: 30.0, 4: 30.0, 3: 20.0, 2: 12.0, 1: 8.0}
_LONG = 20 * 60


class Raters:
    """The devices of all counters; the key of a look is the ticket's id."""

    name: ClassVar[str] = "rating"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._seen: set[str] = set()

    def notice(self, now: datetime, state: State) -> None:
        """See who is done since the last look."""
        done = {ticket.id for ticket in state.tickets.values() if ticket.state == "finished"}
        for ticket in sorted(done - self._seen):
            if chance(self._plan.seed, "rates", ticket).random() < SHARE:
                self._plan.look(self._plan.after(now, AFTER), self.name, ticket)
        self._seen = done

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Press one of the five buttons, if the visit is still over."""
        ticket = state.tickets.get(key)
        if ticket is None or ticket.state != "finished" or ticket.rating:
            return None
        weights = _CROSS if ticket.waited + ticket.served > _LONG else _CONTENT
        mark = weighted(chance(self._plan.seed, "mark", key), weights)
        return Wish(command=RateVisit(ticket=key, mark=mark), actor=DEVICE)

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """Whoever's visit was taken up again meanwhile rates it no more."""
