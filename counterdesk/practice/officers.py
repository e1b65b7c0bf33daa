"""The officers at the counters that no person serves: they call, receive, hold, finish and hand cases over.

An officer looks at the station, takes the one step that is due there, and looks again: whatever others did meanwhile
is simply seen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from counterdesk.practice.arrivals import Demand
from counterdesk.practice.chance import chance, log_normal
from counterdesk.practice.moves import Plan, Wish
from counterdesk.practice.templates import Templates
from counterdesk.practice.visits import Visit, case_wish, given_up, make_visit
from counterdesk.station.commands import (
    AcceptCase,
    AnyCommand,
    CallNext,
    FinishTicket,
    HoldTicket,
    MarkNoShow,
    OpenCounter,
    PauseCounter,
    Recall,
    ReceiveCase,
    ResumeTicket,
    StartService,
    TicketLeaves,
)
from counterdesk.station.model import ENDED_TICKET, Counter, State, Ticket
from counterdesk.station.roles import Actor
from counterdesk.station.waiting import callable_now

NO_SHOW = 0.04
LUNCH = (690.0, 810.0)
"""11:30 to 13:30, in minutes of the day: when the counters have lunch in turns."""
LUNCH_MINUTES = 30.0
TRAFFIC = ("violation", "license", "vehicle")
SENT_AWAY_MINUTES = 15.0
"""How long an officer stays away whose counter somebody else paused or closed."""
_IDLE = 1.0
_GIVE_UP = 4
"""Refused steps at one ticket after which it is let go, so that no counter ever stands still."""


def officer(counter: str) -> Actor:
    """The simulated officer of a counter."""
    return Actor(id=f"P{counter:0>4}", role="officer")


def profiles(plan: Plan, state: State) -> dict[str, tuple[str, ...]]:
    """The work profiles of the hall's own counters: two of three mostly traffic, the third everything else.

    Every group is in somebody's profile; a counter that is alone draws from all.
    """
    groups = tuple(state.groups)
    services = plan.index.catalog.services
    traffic = {service.group for service in services if service.id.split(".")[0] in TRAFFIC}
    fast = tuple(group for group in groups if group in traffic) or groups
    rest = tuple(group for group in groups if group not in traffic) or groups
    own = [number for number in state.counters if number not in plan.staffed]
    if len(own) < 2:
        return dict.fromkeys(own, groups)
    slow = {number for at, number in enumerate(own) if at % 3 == 2 or at == len(own) - 1}
    # One fast counter helps out with the short matters, so that the third does not drown.
    helper = next(number for number in reversed(own) if number not in slow)
    return {
        number: rest if number in slow else (*fast, *rest[:1]) if number == helper and len(own) > 2 else fast
        for number in own
    }


class Officers:
    """All simulated officers; the key of a look is the counter's number.

    held_at, missed_at: while warming up, the time from which the next ticket is held, and those from which the next one
    called does not come, so that a hall that just began has both.
    """

    name: ClassVar[str] = "officer"

    def __init__(self, plan: Plan, demand: Demand, templates: Templates) -> None:
        self._plan = plan
        self._demand = demand
        self._templates = templates
        self._profiles: dict[str, tuple[str, ...]] = {}
        self._visits: dict[str, Visit] = {}
        self._back: dict[str, datetime] = {}
        self._refused: dict[str, int] = {}
        self._trouble: dict[str, Wish] = {}
        self._absent: set[str] = set()
        self._lunch: dict[str, datetime] = {}
        self._at_work: set[str] = set()
        self.held_at: datetime | None = None
        self.missed_at: list[datetime] = []

    def begin(self, now: datetime, minute: float, state: State) -> None:
        """Go to work; `minute` of the simulated day tells when lunch is."""
        self._profiles = profiles(self._plan, state)
        held = [ticket for ticket in state.tickets.values() if ticket.state == "held"]
        self._back = {ticket.id: now for ticket in held if ticket.counter in self._profiles}
        for at, number in enumerate(self._profiles):
            self._plan.look(now + timedelta(seconds=at), self.name, number)
            turn = LUNCH[0] + at * LUNCH_MINUTES % (LUNCH[1] - LUNCH[0])
            if turn > minute:
                self._plan.look(self._plan.after(now, turn - minute), self.name, f"{number} lunch")

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """The one step that is due at a counter."""
        number, _, lunch = key.partition(" ")
        if lunch:
            self._lunch[number] = self._plan.after(now, LUNCH_MINUTES)
            return None
        counter = state.counters.get(number)
        if counter is None:
            return None
        who = officer(number)
        if counter.officer not in ("", who.id):
            # A person took this counter over: it is theirs until they leave it.
            self._at_work.discard(number)
            self._later(number, now, 10)
            return None
        command = self._at_counter(counter, now, state)
        if command is None:
            return None
        return command if isinstance(command, Wish) else Wish(command=command, actor=who)

    def _later(self, number: str, now: datetime, minutes: float) -> None:
        self._plan.look(self._plan.after(now, minutes), self.name, number)

    def _at_counter(self, counter: Counter, now: datetime, state: State) -> AnyCommand | Wish | None:
        number = counter.number
        ticket = state.current_ticket(number)
        trouble = self._trouble.pop(number, None)
        if ticket is not None:
            if trouble and (wish := self._after_trouble(ticket, trouble, state)):
                self._later(number, now, 0.05)
                return wish
            if self._refused.get(ticket.id, 0) >= _GIVE_UP:
                self._later(number, now, 0.2)
                return TicketLeaves(ticket=ticket.id)
            return self._called(ticket, now) if ticket.state == "called" else self._serving(ticket, now, state)
        lunch_over = self._lunch.get(number)
        if lunch_over is not None:
            if now < lunch_over:
                self._at_work.discard(number)
                self._plan.look(lunch_over, self.name, number)
                return PauseCounter(counter=number, reason="lunch") if counter.state == "open" else None
            del self._lunch[number]
        if counter.state == "open":
            self._at_work.add(number)
            return self._idle(number, now, state)
        if number in self._at_work:
            self._at_work.discard(number)
            self._later(number, now, SENT_AWAY_MINUTES)
            return None
        self._later(number, now, 0.1)
        # What the leader let this counter do meanwhile is not undone by coming back.
        return OpenCounter(counter=number, groups=counter.groups or self._profiles[number])

    def _idle(self, number: str, now: datetime, state: State) -> AnyCommand | None:
        for ticket_id, back in list(self._back.items()):
            held = state.tickets.get(ticket_id)
            if held is None or held.state != "held":
                del self._back[ticket_id]
            elif back <= now and held.counter == number:
                del self._back[ticket_id]
                self._later(number, now, 0.05)
                return ResumeTicket(counter=number, ticket=ticket_id)
        if callable_now(state, number, now):
            self._later(number, now, 0.05)
            return CallNext(counter=number)
        self._later(number, now, _IDLE * (0.5 + chance(self._plan.seed, "idle", number, now).random()))
        return None

    def _called(self, ticket: Ticket, now: datetime) -> AnyCommand | None:
        called = ticket.called_at or now
        draw = chance(self._plan.seed, "called", ticket.id, ticket.calls)
        absent = draw.random() < NO_SHOW
        if self.missed_at and called >= self.missed_at[0] and not ticket.priority:
            del self.missed_at[0]
            self._absent.add(ticket.id)
        if not absent and ticket.id not in self._absent:
            return self._when(called, log_normal(draw, 0.4, 0.8), ticket, now, StartService(counter=ticket.counter))
        if not ticket.recalls:
            return self._when(called, 0.7, ticket, now, Recall(counter=ticket.counter))
        return self._when(called, 1.5, ticket, now, MarkNoShow(counter=ticket.counter))

    def _when(
        self, since: datetime, minutes: float, ticket: Ticket, now: datetime, command: AnyCommand
    ) -> AnyCommand | None:
        """The command if its time has come; otherwise look again then."""
        at = self._plan.after(since, minutes)
        if now < at:
            self._plan.look(at, self.name, ticket.counter)
            return None
        self._later(ticket.counter, now, 0.05)
        return command

    def _serving(self, ticket: Ticket, now: datetime, state: State) -> AnyCommand | Wish | None:
        number = ticket.counter
        visit = self._visits.get(ticket.id)
        if visit is None:
            self._forget(state)
            visit = self._visits[ticket.id] = make_visit(self._plan, self._demand, self._templates, ticket)
        if self.held_at is not None and now >= self.held_at and len(visit.steps) == 1:
            self.held_at = None
            visit.steps.insert(0, (0.0, "hold"))
            visit.due, visit.papers = now, 30.0
        if visit.due is None:
            visit.due = self._plan.after(now, visit.steps[0][0])
        if now < visit.due:
            self._plan.look(visit.due, self.name, number)
            return None
        self._later(number, now, 0.05)
        step = visit.steps[0][1]
        if step == "finish":
            open_cases = any(case.status in ("draft", "received") for case in state.cases_of(ticket.id))
            return FinishTicket(counter=number, outcome="come_back" if open_cases else visit.outcome)
        del visit.steps[0]
        visit.due = self._plan.after(visit.due, visit.steps[0][0])
        if step == "hold":
            visit.due = None
            self._back[ticket.id] = self._plan.after(now, visit.papers)
            return HoldTicket(counter=number, kind="papers_out")
        case = state.cases.get(visit.case)
        return case_wish(visit, step, case, number, self._templates, officer(number), now.date())

    def _forget(self, state: State) -> None:
        """A hall may run for weeks: drop what is known of tickets that are over."""
        gone = {
            ticket_id
            for ticket_id in (*self._visits, *self._refused, *self._absent)
            if ticket_id not in state.tickets or state.tickets[ticket_id].state in ENDED_TICKET
        }
        for ticket_id in gone:
            self._visits.pop(ticket_id, None)
            self._refused.pop(ticket_id, None)
        self._absent -= gone

    def quicken(self, now: datetime, factor: float) -> None:
        """Handling that is under way goes on at another pace."""
        for visit in self._visits.values():
            if visit.due is not None and visit.due > now:
                visit.due = now + (visit.due - now) * factor
        self._back = {ticket: now + max(back - now, timedelta()) * factor for ticket, back in self._back.items()}

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """Somebody was faster, or the case is not as it should be: seen at the next look."""
        self._trouble[key] = wish

    def _after_trouble(self, ticket: Ticket, wish: Wish, state: State) -> Wish | None:
        """Count it, and put a case away that could not be received or accepted."""
        self._refused[ticket.id] = self._refused.get(ticket.id, 0) + 1
        visit = self._visits.get(ticket.id)
        case = state.cases.get(visit.case) if visit else None
        if visit is None or case is None or not isinstance(wish.command, (ReceiveCase, AcceptCase)):
            return None
        del visit.steps[:-1]
        return given_up(case, officer(ticket.counter))
