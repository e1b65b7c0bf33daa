"""The guide's screen on a practice station without a hall: three open counters, and whoever the test lets wait."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from counterdesk.app import CounterdeskApp
from counterdesk.desk.handle import DeskInline
from counterdesk.desk.printer import Printer
from counterdesk.practice.world import World
from counterdesk.screens.guide import GuideScreen
from counterdesk.screens.guide_actions import GUIDE_ACTIONS
from counterdesk.screens.views.guide import Entrance
from counterdesk.station import commands as c
from counterdesk.station.model import Ticket
from counterdesk.station.roles import Actor
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.text_view import TextView
from tests.ui.screens.counter import KEYS, NOW, AtCounter, CutBackend, RecordingDesk, the_index, the_words

GUIDE = "031240"
GUIDE_KEYS = {action.id: KEYS[action.like] for action in GUIDE_ACTIONS}
_MACHINE = Actor(id="machine", role="ticket_machine")


class AtEntrance(AtCounter):
    """The running screen and everything around it."""

    @property
    def screen(self) -> GuideScreen:  # type: ignore[override]
        """The guide's screen."""
        assert isinstance(self.pilot.app, CounterdeskApp)
        return self.pilot.app.guide_screen

    @property
    def at(self) -> Entrance:
        """What the screen knows now."""
        return self.screen.entrance()

    @property
    def tickets(self) -> list[Ticket]:
        """All tickets as the station knows them, oldest first."""
        return list(self.world.station.state.tickets.values())

    @property
    def slip(self) -> str:
        """The slip as it is shown."""
        view = self.screen.query_one("#slip", TextView).view
        return "\n".join([view.title, *("".join(cell.text for cell in line.cells) for line in view.lines)])

    @property
    def list(self) -> str:
        """Who waits, as it is shown."""
        view = self.screen.query_one("#waiting", LinePanel).view
        return "\n".join("".join(cell.text for cell in line.cells) for line in view.lines)

    async def press(self, *keys: str) -> None:
        """Presses keys, by name or by the id of their action, and lets the screen settle."""
        await self.pilot.press(*(GUIDE_KEYS.get(key, key) for key in keys))
        await self.quiet()

    def choice(self, name: str) -> str:
        """The digit of a choice by its id."""
        return next(choice.digit for choice in self.chooser.view.choices if choice.id == name)


@asynccontextmanager
async def at_entrance(
    *tickets: tuple[str, str] | str,
    folder: Path,
    size: tuple[int, int] = (120, 40),
    language: str = "zh_CN",
    now: datetime = NOW,
    booked: tuple[tuple[str, float], ...] = (),
    counters: int = 3,
    keys: Mapping[str, str] = KEYS,
) -> AsyncIterator[AtEntrance]:
    """Nobody stands at the entrance yet. tickets: who waits already (a group, or group and service), a minute apart.

    folder: where slips are saved. booked: appointments as (group, minutes from now). counters: so many are open, each
    for all groups.
    """
    clock = [now - timedelta(minutes=len(tickets))]
    world = World(clock=lambda: clock[0], hall=False, index=the_index())
    backend = CutBackend(world=world, heartbeat=30.0)
    backend.role = "guide"
    desk = RecordingDesk(backend, "", GUIDE, "any", clock=lambda: clock[0])
    world.enter()

    def give(command: c.AnyCommand, actor: Actor) -> None:
        world.station.execute(uuid.uuid4().hex, command, actor, clock[0])

    groups = tuple(world.station.state.groups)
    for number in range(1, counters + 1):
        give(c.OpenCounter(counter=str(number), groups=groups), Actor(id=f"o{number}", role="officer"))
    for place, (group, minutes) in enumerate(booked):
        at = now + timedelta(minutes=minutes)
        give(c.BookAppointment(appointment=f"yy-{place:04}", group=group, at=at), _MACHINE)
    for ticket in tickets:
        group, service = ticket if isinstance(ticket, tuple) else (ticket, "")
        give(c.IssueTicket(group=group, service=service), _MACHINE)
        clock[0] += timedelta(minutes=1)
    app = CounterdeskApp(
        DeskInline(desk),
        the_index(),
        the_words(language),
        dict(keys),
        clock=lambda: clock[0],
        printer=Printer(folder=folder),
        home="guide",
    )
    async with app.run_test(size=size) as pilot:
        stage = AtEntrance(pilot, world, backend, desk, clock)
        await stage.until(lambda: desk.state.link.status == "online", "the line")
        await stage.quiet()
        desk.sent.clear()
        yield stage
