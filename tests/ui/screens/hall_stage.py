"""A hall without simulation and the leader's screen over it: the test says what happens there, minute by minute."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from threading import Event

import pytest

from counterdesk.app import CounterdeskApp
from counterdesk.desk.handle import DeskInline
from counterdesk.desk.state import DeskState, Link
from counterdesk.practice.world import World
from counterdesk.screens import hall_planning
from counterdesk.screens.hall import HallScreen
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.exchange import Session
from counterdesk.station.model import PlanReason, PriorityReason, State
from counterdesk.station.outlook import GroupOutlook, Outlook
from counterdesk.station.plan import Proposal
from counterdesk.station.roles import Actor, Role
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.values import PanelView
from tests.ui.screens.counter import KEYS, NOW, AtCounter, CutBackend, RecordingDesk, the_index, the_words

LEADER = Actor(id="031230", role="leader")
MACHINE = Actor(id="machine", role="ticket_machine")
OFFICERS = {number: Actor(id=f"03120{number}", role="officer") for number in "1234"}
ALL = ("TV", "ID", "DV", "EE", "HK", "RP", "SP")


class Floor:
    """A practice station with four counters, a clock that the test moves, and what a leader sees of it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.world = World(clock=lambda: self.now, hall=False, index=the_index())
        self.world.enter()

    def do(self, command: c.AnyCommand, actor: Actor = MACHINE) -> None:
        """Somebody acts."""
        self.world.station.execute(uuid.uuid4().hex, command, actor, self.now)

    def open(self, number: str, *groups: str) -> None:
        """Its officer opens a counter."""
        self.do(c.OpenCounter(counter=number, groups=groups or ALL), OFFICERS[number])

    def ticket(self, group: str, service: str = "", priority: PriorityReason | None = None) -> str:
        """Somebody comes; the id of the ticket."""
        self.do(c.IssueTicket(group=group, service=service, priority=priority))
        return next(reversed(self.state.tickets))

    def later(self, **time: float) -> None:
        """Time goes by."""
        self.now += timedelta(**time)

    def serve(self, number: str) -> str:
        """A counter calls the next one, who comes at once; the id of the ticket."""
        self.do(c.CallNext(counter=number), OFFICERS[number])
        self.do(c.StartService(counter=number), OFFICERS[number])
        return self.state.current[number]

    @property
    def state(self) -> State:
        """The station."""
        return self.world.station.state

    def scene(self, language: str = "zh_CN", actor: Actor = LEADER) -> Scene:
        """What a leader without a counter knows now."""
        session = Session(actor=actor, station="demo", station_name="示范", name="周明远", mode="practice")
        desk = DeskState("", Link("online", self.now, self.now), session=session, station=self.state)
        return Scene(desk, the_index(), the_words(language), self.now)


def text_of(view: PanelView) -> list[str]:
    """The lines of a panel, blanks taken together, each with what Enter would choose."""
    return [" ".join("".join(cell.text + " " for cell in line.cells).split()) for line in view.lines]


def ids_of(view: PanelView) -> list[str]:
    """What Enter would choose on each line."""
    return [line.id for line in view.lines]


def an_outlook(kept: float, worst_p95: float, **medians: float) -> Outlook:
    """Some figures."""
    groups = {
        group: GroupOutlook(visits=100, median=median, p95=worst_p95, kept=kept) for group, median in medians.items()
    }
    return Outlook(visits=700, kept=kept, median=10.0, worst="HK", worst_p95=worst_p95, ended=1020.0, groups=groups)


BETTER = Proposal(
    at=600.0,
    verdict="better",
    current=an_outlook(0.62, 41.0, TV=9.0, HK=22.0),
    proposed=an_outlook(0.71, 30.0, TV=11.0, HK=15.0),
    profiles={"2": ("TV", "HK")},
    gain=9.0,
    better_in=0.94,
    because=(
        PlanReason(code="fixed_time"),
        PlanReason(code="promise", before=62, after=71),
        PlanReason(code="helps", group="HK", before=22, after=15),
        PlanReason(code="costs", group="TV", before=9, after=11),
    ),
)
NO_BETTER = Proposal(at=600.0, verdict="no_better", current=an_outlook(0.62, 41.0, TV=9.0, HK=22.0))


class AtHall(AtCounter):
    """The running leader's screen and everything around it."""

    floor: Floor
    asked: list[PlanReason]

    @property
    def hall(self) -> HallScreen:
        """The leader's screen."""
        screen = self.pilot.app.screen
        assert isinstance(screen, HallScreen)
        return screen

    @property
    def scene(self) -> Scene:
        """What the screen knows now."""
        return self.hall.scene()

    @property
    def chooser(self) -> Chooser:
        """The question."""
        return self.hall.chooser

    @property
    def message(self) -> str:
        """The line under the sections."""
        return self.hall.query_one("#message", MessageLine).message

    def lines(self, section: str) -> list[str]:
        """The lines of a section."""
        return text_of(self.hall.query_one(f"#{section}").view)  # type: ignore[attr-defined]

    async def choose(self, choice: str) -> None:
        """Take a choice of the question by its id."""
        found = next(found for found in self.chooser.view.choices if found.id == choice)
        await self.press(found.digit)

    def pass_time(self, **amount: float) -> None:
        """The clock moves on."""
        self.floor.later(**amount)


@asynccontextmanager
async def at_hall(
    floor: Floor,
    monkeypatch: pytest.MonkeyPatch,
    *,
    counter: str = "",
    size: tuple[int, int] = (120, 40),
    language: str = "zh_CN",
    role: Role = "leader",
    proposal: Proposal = NO_BETTER,
) -> AsyncIterator[AtHall]:
    """The screen of who signs in at `counter`, or at none; a leader at a counter has pressed the hall's key.

    proposal: what the planner finds; `asked` keeps why it was asked.
    """
    asked: list[PlanReason] = []

    def found(_state: State, _now: datetime, why: PlanReason, _stop: Event) -> Proposal:
        asked.append(why)
        return proposal

    monkeypatch.setattr(hall_planning, "find", found)
    backend = CutBackend(world=floor.world, heartbeat=30.0)
    backend.role = role
    desk = RecordingDesk(backend, counter, LEADER.id, "any", clock=lambda: floor.now)
    app = CounterdeskApp(DeskInline(desk), the_index(), the_words(language), KEYS, clock=lambda: floor.now)
    async with app.run_test(size=size) as pilot:
        stage = AtHall(pilot, floor.world, backend, desk, [floor.now])
        stage.floor, stage.asked = floor, asked
        await stage.until(lambda: desk.state.link.status == "online", "the line")
        if counter:
            await stage.until(lambda: floor.state.counters[counter].state == "open", "opening")
            await pilot.press(KEYS["hall"])
        if role == "leader":
            await stage.until(lambda: isinstance(app.screen, HallScreen) and app.screen.is_mounted, "the hall")
            await stage.until(lambda: stage.hall.planning.suggestion.proposal is not None, "the plan")
        await pilot.pause()
        desk.sent.clear()
        yield stage
