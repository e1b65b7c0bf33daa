"""What a rule is given, and the questions that every rule asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from counterdesk.quiet import quiet
from counterdesk.station.commands import AnyCommand
from counterdesk.station.model import Case, Counter, State, Ticket
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor
from counterdesk.station.steps import STEPS


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the case file says about a case that is to be accepted, found by whoever may read the file.

    gate: what stands in the way, empty if nothing. due: the last day for the decision. fee: yuan, as text.
    """

    gate: tuple[str, ...]
    service: str
    catalog: str
    department: str
    on_the_spot: bool
    due: date | None
    due_day_kind: Literal["working", "calendar"]
    fee: str
    deferred: tuple[str, ...] = ()


@quiet
@dataclass(frozen=True, slots=True)
class Act:
    """One command being decided: the state it meets, who gives it and when."""

    state: State
    command: AnyCommand
    actor: Actor
    now: datetime
    evidence: Evidence | None = None

    @property
    def stamp(self) -> tuple[datetime, str]:
        """When and by whom, for the event."""
        return self.now, self.actor.id

    def own_counter(self, number: str) -> Counter:
        """The counter, if it is staffed and the actor works there or may act for others. Raises: Refused."""
        counter = self.state.counters.get(number)
        if counter is None:
            raise Refused("unknown_counter", counter=number)
        if counter.state == "closed":
            raise Refused("counter_not_open", counter=number, state=counter.state)
        if counter.officer != self.actor.id and not self.actor.may("other_counter"):
            raise Refused("counter_not_yours", counter=number)
        return counter

    def idle_counter(self, number: str) -> Counter:
        """The own counter, open and with nobody called or served. Raises: Refused."""
        counter = self.own_counter(number)
        if counter.state != "open":
            raise Refused("counter_not_open", counter=number, state=counter.state)
        current = self.state.current_ticket(number)
        if current is not None:
            raise Refused("counter_busy", number=current.number, state=current.state)
        return counter

    def current(self, counter: str) -> Ticket:
        """The ticket at the own counter, in a state from which the command is legal. Raises: Refused."""
        self.own_counter(counter)
        ticket = self.state.current_ticket(counter)
        if ticket is None:
            raise Refused("counter_idle", counter=counter)
        return self._legal(ticket)

    def ticket(self, ticket_id: str) -> Ticket:
        """A ticket in a state from which the command is legal. Raises: Refused."""
        ticket = self.state.tickets.get(ticket_id)
        if ticket is None:
            raise Refused("unknown_ticket")
        return self._legal(ticket)

    def _legal(self, ticket: Ticket) -> Ticket:
        if ticket.state not in STEPS[type(self.command)].sources:
            raise Refused("ticket_state", number=ticket.number, state=ticket.state)
        return ticket

    def case(self, case_id: str) -> Case:
        """A case that the actor may act on, in a state from which the command is legal. Raises: Refused.

        An officer may act on the cases that are his own, on those of the ticket he serves, and, as everywhere at the
        counter (无差别受理), on those that left the counter and came back for supplement or collection.
        """
        case = self.state.cases.get(case_id)
        if case is None:
            raise Refused("unknown_case")
        if case.status not in STEPS[type(self.command)].sources:
            raise Refused("case_state", case=case.number or case.id, state=case.status)
        if self.actor.role == "reviewer":
            if not case.department or case.department != self.actor.department:
                raise Refused("other_department", department=case.department)
        elif case.status in ("draft", "received") and not self._holds(case):
            raise Refused("case_not_yours", case=case.number or case.id)
        return case

    def _holds(self, case: Case) -> bool:
        if case.officer == self.actor.id or self.actor.may("other_counter"):
            return True
        return any(
            counter.officer == self.actor.id and self.state.current.get(counter.number) == case.ticket
            for counter in self.state.counters.values()
        )
