"""A small hall for the tests of the rules: two staffed counters, two queue groups, one clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.apply import apply
from counterdesk.station.decide import Evidence, decide
from counterdesk.station.model import TIMEZONE, Case, QueueGroup, Settings, State, Ticket
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

MORNING = datetime(2024, 6, 3, 9, 0, tzinfo=TIMEZONE)
"""A Monday."""

OFFICER = Actor(id="p1", role="officer")
SECOND = Actor(id="p2", role="officer")
THIRD = Actor(id="p3", role="officer")
AUXILIARY = Actor(id="x1", role="auxiliary")
LEADER = Actor(id="l1", role="leader")
REVIEWER = Actor(id="r1", role="reviewer", department="household")
STRANGER = Actor(id="r2", role="reviewer", department="traffic")
GUIDE = Actor(id="g1", role="guide")
MACHINE = Actor(id="m1", role="ticket_machine")
COURIER = Actor(id="k1", role="courier")
RATER = Actor(id="d1", role="rating_device")
SETUP = Actor(id="s1", role="setup")

GROUPS = (QueueGroup(id="hukou", letter="A", wait_target=20), QueueGroup(id="traffic", letter="B", wait_target=40))
CONFIGURE = c.ConfigureStation(station="demo", name="示例派出所", counters=("1", "2", "3"), groups=GROUPS)

ASKABLE = frozenset({"override:P1", "override:P2", "deferral:m1"})
FOUND = Evidence(
    gate=(),
    service="hukou.birth",
    catalog="sha",
    department="household",
    on_the_spot=False,
    due=date(2024, 6, 28),
    due_day_kind="working",
    fee="0",
    askable=ASKABLE,
)
ON_THE_SPOT = Evidence(
    gate=(),
    service="hukou.birth",
    catalog="sha",
    department="household",
    on_the_spot=True,
    due=None,
    due_day_kind="working",
    fee="20",
    deferred=("photo",),
    askable=ASKABLE,
)


class Hall:
    """A station under test: `state` and the clock `now` move on with every command."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.state = State()
        self.now = MORNING
        self.events: list[e.AnyEvent] = []
        self.do(msgspec.structs.replace(CONFIGURE, settings=settings or Settings()), SETUP)
        self.do(c.OpenCounter(counter="1", groups=("hukou", "traffic")), OFFICER)
        self.do(c.OpenCounter(counter="2", groups=("traffic",)), SECOND)

    def do(self, command: c.AnyCommand, by: Actor = OFFICER, found: Evidence | None = None) -> tuple[e.AnyEvent, ...]:
        """Carry a command out."""
        events = decide(self.state, command, by, self.now, found)
        for event in events:
            assert event.by == by.id
            assert event.at == self.now
            self.state = apply(self.state, event)
        self.events.extend(events)
        return events

    def no(
        self, command: c.AnyCommand, by: Actor = OFFICER, found: Evidence | None = None
    ) -> tuple[str, dict[str, str | int]]:
        """The code and the params with which a command is refused."""
        try:
            decide(self.state, command, by, self.now, found)
        except Refused as refused:
            return refused.code, refused.params
        raise AssertionError(f"not refused: {command}")

    def later(self, **time: float) -> None:
        """Let time go by."""
        self.now += timedelta(**time)

    def ticket(self, group: str = "hukou", **more: Any) -> str:
        """Somebody comes: the id of the ticket."""
        (*_, event) = self.do(c.IssueTicket(group=group, **more), MACHINE)
        assert isinstance(event, e.TicketIssued)
        return event.ticket

    def called(self, group: str = "hukou") -> str:
        """Somebody comes and is called to counter 1."""
        ticket = self.ticket(group)
        self.do(c.CallNext(counter="1"))
        assert self.state.current == {**self.state.current, "1": ticket}
        return ticket

    def serving(self, group: str = "hukou") -> str:
        """Somebody comes and is served at counter 1."""
        ticket = self.called(group)
        self.do(c.StartService(counter="1"))
        return ticket

    def held(self, kind: Any) -> str:
        """Somebody was served at counter 1 and is held."""
        ticket = self.serving()
        self.do(c.HoldTicket(counter="1", kind=kind))
        return ticket

    def t(self, ticket: str) -> Ticket:
        """The ticket now."""
        return self.state.tickets[ticket]

    @property
    def case(self) -> Case:
        """The case `c1` now."""
        return self.state.cases["c1"]

    def case_at(self, status: str, found: Evidence = FOUND) -> Hall:
        """Bring the case `c1` of a ticket served at counter 1 to a status on the ordinary way."""
        self.serving()
        self.do(c.OpenCase(counter="1", case="c1", service="hukou.birth"))
        way: dict[str, tuple[str, Callable[[], object]]] = {
            "received": ("draft", lambda: self.do(c.ReceiveCase(case="c1"))),
            "accepted": ("draft", lambda: self.do(c.AcceptCase(case="c1"), OFFICER, found)),
            "not_accepted": ("draft", lambda: self.do(c.DeclineCase(case="c1", reason="other_place"))),
            "sent": ("accepted", lambda: self.do(c.HandOverCase(case="c1"))),
            "in_review": ("sent", lambda: self.do(c.AcknowledgeCase(case="c1", reference="R7"), REVIEWER)),
            "suspended": ("in_review", lambda: self.do(c.SuspendCase(case="c1", reason="inquiry"), REVIEWER)),
            "supplementing": ("in_review", lambda: self.do(c.RequestSupplement(case="c1", items=("m1",)), REVIEWER)),
            "approved": ("in_review", lambda: self.do(c.DecideCase(case="c1", decision="approved"), REVIEWER)),
            "refused": (
                "in_review",
                lambda: self.do(c.DecideCase(case="c1", decision="refused", reason="r"), REVIEWER),
            ),
            "produced": ("approved", lambda: self.do(c.ProduceCase(case="c1"), REVIEWER)),
            "ready": ("produced", lambda: self.do(c.MakeReady(case="c1"), REVIEWER)),
            "dispatched": ("produced", lambda: self.do(c.DispatchCase(case="c1", tracking="SF1"), REVIEWER)),
            "delivered": ("ready", lambda: self.do(c.DeliverCase(case="c1"))),
            "closed": ("delivered", lambda: self.do(c.CloseCase(case="c1"))),
            "withdrawn": ("received", lambda: self.do(c.WithdrawCase(case="c1"))),
            "lapsed": ("supplementing", lambda: self.do(c.LapseCase(case="c1"), REVIEWER)),
        }
        steps: list[Callable[[], object]] = []
        while status != "draft":
            status, step = way[status]
            steps.append(step)
        for step in reversed(steps):
            step()
        return self


def replay(events: list[e.AnyEvent]) -> State:
    """The state that a stream makes."""
    state = State()
    for event in events:
        state = apply(state, event)
    return state
