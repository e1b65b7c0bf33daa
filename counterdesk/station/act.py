"""What a rule is given, and the questions that every rule asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Literal

from counterdesk.quiet import quiet
from counterdesk.station.authority import MATRIX, Target, authorize, case_relation, counter_relation, file_relation
from counterdesk.station.commands import AnyCommand
from counterdesk.station.lease import lease_ends, lease_overdue
from counterdesk.station.model import Case, Counter, RequestKind, State, Ticket
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor


def asking(what: RequestKind, item: str) -> str:
    """A question to the shift leader in one word, as `Evidence.askable` holds it."""
    return f"{what}:{item}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the case file says about a case that is to be accepted, found by whoever may read the file.

    gate: what stands in the way, empty if nothing. due: the last day for the decision. fee: yuan, as text.
    askable: what a shift leader could be asked for now, as `asking` writes it.
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
    askable: frozenset[str] = frozenset()


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
        # Asked with a state in which it matters whose the counter is: a caller that comes here knows that it does.
        relation = counter_relation(counter, self.actor)
        if authorize(self.actor, self.action, Target(state="serving", relation=relation)) == "counter_not_yours":
            raise Refused("counter_not_yours", counter=number)
        return counter

    @property
    def action(self) -> str:
        """The name of what is asked."""
        return type(self.command).__name__

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
        if authorize(self.actor, self.action, Target(state=ticket.state)) == "ticket_state":
            raise Refused("ticket_state", number=ticket.number, state=ticket.state)
        self.leased(ticket)
        return ticket

    def leased(self, ticket: Ticket) -> None:
        """Another's call is left alone until its lease is over. Raises: Refused."""
        counter = self.state.counters.get(ticket.counter)
        ends = lease_ends(self.state, ticket)
        if counter is None or ends is None:
            return
        # Who called it may also take it back, wherever he called it to.
        own = self.actor.id in (counter.officer, ticket.called_by)
        overdue = lease_overdue(self.state, ticket, self.now)
        target = Target(state=ticket.state, relation="own" if own else "other", overdue=overdue)
        if authorize(self.actor, self.action, target) == "lease_running":
            raise Refused("lease_running", number=ticket.number, seconds=ceil((ends - self.now).total_seconds()))

    def case(self, case_id: str) -> Case:
        """A case that the actor may act on, in a state from which the command is legal. Raises: Refused."""
        case = self.state.cases.get(case_id)
        if case is None:
            raise Refused("unknown_case")
        relate = file_relation if MATRIX[self.action].kind == "file" else case_relation
        match authorize(self.actor, self.action, Target(case.status, relate(self.state, case, self.actor))):
            case "other_department":
                raise Refused("other_department", department=case.department)
            case "case_state":
                raise Refused("case_state", case=case.number or case.id, state=case.status)
            case "case_not_yours":
                raise Refused("case_not_yours", case=case.number or case.id)
        return case
