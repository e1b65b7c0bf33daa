"""A hall as one of its counters sees it: what a policy may look at when it chooses who is next."""

from __future__ import annotations

from typing import NamedTuple

from counterdesk.station.hall import Hall, HallCounter, HallTicket


class Serving(NamedTuple):
    """What a counter needs for a group. minutes: at this counter. counters: that draw from the group now, this one
    included. room: what they are together, each a smaller part of a counter the more groups it draws from. edge: how
    much quicker this counter is than the others that draw from it (1: just as quick)."""

    minutes: float
    spread: float
    target: float
    counters: int
    room: float
    edge: float


class Situation:
    """A hall as one of its counters sees it; what a policy may look at. Raises: KeyError for an unknown counter
    or a ticket of an unknown group."""

    def __init__(self, hall: Hall, counter: str) -> None:
        self.hall = hall
        self.counter: HallCounter = {each.id: each for each in hall.counters}[counter]
        self._groups = {group.id: group for group in hall.groups}
        self._staff = [each for each in hall.counters if each.on_duty or each is self.counter]
        self.crowd = len(hall.waiting) / len(self._staff)
        """How many wait for each counter at work."""
        self._served: dict[str, Serving] = {}

    def callable(self) -> list[HallTicket]:
        """Who may be called here."""
        offers, here = set(self.counter.offers), self.counter.id
        return [t for t in self.hall.waiting if t.counter == here or (not t.counter and t.group in offers)]

    def age(self, ticket: HallTicket, later: float = 0.0) -> float:
        """Minutes that a ticket has waited since its wait counts, `later` minutes from now."""
        return max(0.0, self.hall.now + later - ticket.due)

    def serving(self, group: str) -> Serving:
        """What this counter needs for a group."""
        known = self._served.get(group)
        if known is None:
            known = self._served[group] = self._look(group)
        return known

    def minutes(self, ticket: HallTicket) -> float:
        """What a ticket is expected to take here."""
        if ticket.minutes is None:
            return self.serving(ticket.group).minutes
        return ticket.minutes * self.counter.pace.get(ticket.group, 1.0)

    @property
    def everybody(self) -> int:
        """The counters at work."""
        return len(self._staff)

    def _look(self, group: str) -> Serving:
        about = self._groups[group]
        pace = self.counter.pace.get(group, 1.0)
        colleagues = [c for c in self._staff if c is not self.counter and group in c.offers]
        others = [c.pace.get(group, 1.0) for c in colleagues]
        return Serving(
            minutes=about.minutes * pace,
            spread=about.spread,
            target=about.target,
            counters=len(others) + 1,
            room=sum(1 / max(1, len(c.offers)) for c in (self.counter, *colleagues)),
            edge=sum(others) / len(others) / pace if others else 1.0,
        )
