"""A counter on a practice station without a hall: the whole screen on the test's own loop, under a clock that stands.

What the officer does to the station is kept in `sent`; everybody else acts through `hand`.
"""

from __future__ import annotations

import time
import tomllib
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from counterdesk.app import CounterdeskApp
from counterdesk.backends.base import Alive, Hint, Receipt, Resync, Session, Snapshot, Unreachable
from counterdesk.backends.practice import PracticeBackend
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.desk.desk import Desk
from counterdesk.desk.handle import DeskInline
from counterdesk.desk.memory import Memory
from counterdesk.desk.printer import Printer
from counterdesk.journal.journal import Journal
from counterdesk.locale import Words
from counterdesk.practice.world import World
from counterdesk.screens.actions import ACTIONS
from counterdesk.screens.desk import CounterScreen
from counterdesk.screens.sign_in import SignIn
from counterdesk.screens.views.scene import Scene
from counterdesk.station.commands import AnyCommand, IssueTicket
from counterdesk.station.events import Recorded
from counterdesk.station.model import TIMEZONE, Case, PriorityReason, Ticket
from counterdesk.station.roles import Actor, Role
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.text_view import TextView

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=TIMEZONE)
OFFICER = "031234"
COUNTER = "3"
KEYS = {action.id: action.key for action in ACTIONS if action.key}
_MACHINE = Actor(id="machine", role="ticket_machine")


@cache
def the_index() -> Index:
    """The catalogue, loaded once."""
    return Index(load())


@cache
def the_words(language: str) -> Words:
    """The words, loaded once."""
    return Words.load(language)


def scenario(service: str, name: str) -> dict[str, Any]:
    """A scenario of the catalogue by its name: answers that are complete but for what it is about."""
    text = files("counterdesk.catalog").joinpath("data", "scenarios", f"{service}.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = next(s for s in tomllib.loads(text)["scenario"] if s["name"] == name)
    return found


class RecordingDesk(Desk):
    """A desk that keeps what it is told to send."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sent: list[AnyCommand] = []

    def submit(self, command: AnyCommand, command_id: str = "") -> str:
        """As `Desk.submit`."""
        self.sent.append(command)
        return super().submit(command, command_id)


class CutBackend(PracticeBackend):
    """A line that can be cut, at a station that takes whoever signs in for what the test says."""

    capabilities = PracticeBackend.capabilities | {"accounts"}
    down = False
    hint: Hint = ""
    role: Role = "officer"
    unlocked = ""

    async def sign_in(self, officer: str, password: str) -> Session:
        """As ever, with this role."""
        self._cut()
        session = await super().sign_in(officer, password)
        self._actor = msgspec.structs.replace(session.actor, role=self.role)
        return msgspec.structs.replace(session, actor=self._actor)

    async def unlock_officer(self, officer: str) -> None:
        """As a station with accounts does."""
        self._cut()
        self.unlocked = officer

    async def write_note(self, counter: str, text: str) -> None:
        """As ever, while the line stands."""
        self._cut()
        await super().write_note(counter, text)

    def _cut(self) -> None:
        if self.down:
            raise Unreachable(hint=self.hint)

    async def snapshot(self) -> Snapshot:
        """As ever, while the line stands."""
        self._cut()
        return await super().snapshot()

    async def execute(self, command_id: str, command: AnyCommand) -> Receipt:
        """As ever, while the line stands."""
        self._cut()
        return await super().execute(command_id, command)

    async def read_file(self, case: str) -> CaseFile:
        """As ever, while the line stands."""
        self._cut()
        return await super().read_file(case)

    async def write_file(self, file: CaseFile) -> int:
        """As ever, while the line stands."""
        self._cut()
        return await super().write_file(file)

    async def events(self, after: int) -> AsyncIterator[Recorded | Alive | Resync]:
        """As ever, while the line stands."""
        async for item in super().events(after):
            self._cut()
            yield item


class AtCounter:
    """The running screen and everything around it."""

    def __init__(
        self, pilot: Pilot[int], world: World, backend: CutBackend, desk: RecordingDesk, clock: list[datetime]
    ) -> None:
        self.pilot = pilot
        self.world = world
        self.backend = backend
        self.desk = desk
        self._clock = clock

    # the station

    def hand(self, command: AnyCommand, actor: Actor = _MACHINE) -> None:
        """Somebody else acts. Raises: Refused."""
        self.world.station.execute(uuid.uuid4().hex, command, actor, self._clock[0])

    def issue(self, group: str, service: str = "", priority: PriorityReason | None = None) -> None:
        """A citizen takes a ticket."""
        self.hand(IssueTicket(group=group, service=service, priority=priority))

    def pass_time(self, **amount: float) -> None:
        """The clock moves on."""
        self._clock[0] += timedelta(**amount)

    async def cut_line(self, hint: Hint = "") -> None:
        """The station cannot be reached any more."""
        self.backend.down, self.backend.hint = True, hint
        self.world.wake()
        self.issue("TV")  # news that never arrives
        await self.until(lambda: self.desk.state.link.status == "offline", "the cut")
        await self.pilot.pause()

    async def mend_line(self) -> None:
        """The station answers again."""
        self.backend.down = False
        self.desk.retry_now()
        await self.until(lambda: self.desk.state.link.status == "online", "the line")
        await self.quiet()

    async def sign_in(self, officer: str = OFFICER, password: str = "any") -> None:
        """Through the sign-in screen, until it is gone."""
        await self.until(lambda: isinstance(self.pilot.app.screen, SignIn), "the sign-in screen")
        await self.pilot.pause()
        screen = self.pilot.app.screen
        screen.query_one("#officer", Input).value = officer
        screen.query_one("#password", Input).value = password
        await self.pilot.press("enter")
        await self.until(lambda: not isinstance(self.pilot.app.screen, SignIn), "the desk")
        await self.quiet()

    @property
    def sent(self) -> list[AnyCommand]:
        """What the officer sent so far."""
        return self.desk.sent

    @property
    def last(self) -> AnyCommand:
        """What the officer sent last."""
        return self.sent[-1]

    @property
    def current(self) -> Ticket | None:
        """The ticket at the counter, as the station knows it."""
        return self.world.station.state.current_ticket(COUNTER)

    def case(self, service: str) -> Case:
        """The one case of a service."""
        (found,) = [case for case in self.world.station.state.cases.values() if case.service == service]
        return found

    # the screen

    @property
    def screen(self) -> CounterScreen:
        """The desk's screen."""
        assert isinstance(self.pilot.app, CounterdeskApp)
        return self.pilot.app.counter_screen

    @property
    def scene(self) -> Scene:
        """What the screen knows now."""
        return self.screen.scene()

    @property
    def form(self) -> IntakeForm:
        """The form."""
        return self.screen.query_one(IntakeForm)

    @property
    def chooser(self) -> Chooser:
        """The question."""
        return self.screen.query_one(Chooser)

    @property
    def message(self) -> str:
        """The line under the panels."""
        return self.screen.query_one("#message", MessageLine).message

    @property
    def page(self) -> str:
        """All lines of the page in the case panel, whether in sight or not."""
        view = self.screen.query_one("#page", TextView).view
        return "\n".join("".join(cell.text for cell in line.cells) for line in view.lines)

    @property
    def file(self) -> CaseFile:
        """The file of the case in the panel."""
        file = self.scene.file
        assert file is not None
        return file

    def words(self, key: str, **params: str | int) -> str:
        """The screen's words."""
        return self.screen.words(key, **params)

    def text(self) -> str:
        """The whole screen as text."""
        rows = self.pilot.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in rows) + "\n"

    async def press(self, *keys: str) -> None:
        """Presses keys, by name or by the id of their action, and lets the screen settle."""
        await self.pilot.press(*(KEYS.get(key, key) for key in keys))
        await self.quiet()

    async def type(self, words: str) -> None:
        """What a fast hand types, in one go."""
        focused = self.pilot.app.focused
        assert focused is not None
        focused.post_message(events.Paste(words))
        await self.pilot.pause()

    async def until(self, done: Callable[[], object], what: str = "") -> None:
        """Waits until this holds."""
        end = time.monotonic() + 10
        while not done():
            assert time.monotonic() < end, f"{what or 'it'} never came:\n{self.text()}"
            await self.pilot.pause()

    async def quiet(self) -> None:
        """Waits until nothing is under way and the screen knows it."""
        await self.pilot.pause()
        await self.until(
            lambda: (
                not self.desk.state.pending
                and not self.desk._areas
                and "saving" not in self.desk.state.file_status.values()
            ),
            "an answer",
        )
        await self.pilot.pause()

    async def call(self) -> None:
        """F2."""
        await self.press("call_next")
        await self.until(lambda: self.scene.current is not None and self.scene.current.state == "called")

    async def serve(self) -> None:
        """F2, F3: the first case is open and its form shown."""
        await self.call()
        await self.press("start")
        await self.until(lambda: self.scene.current is not None and self.scene.current.state == "serving")
        await self.quiet()

    async def fill(self, service: str, name: str, **changes: object) -> None:
        """The answers and materials of a scenario into the open case; None takes one out."""
        wanted = scenario(service, name)
        answers = {k: Answer(value=v) for k, v in (wanted["answers"] | changes).items() if v is not None}
        materials = wanted.get("materials", {})
        variant = wanted.get("variant", "")

        def change(file: CaseFile) -> CaseFile:
            return msgspec.structs.replace(file, answers=answers, materials=materials, variant=variant)

        await self.until(lambda: self.scene.file is not None)
        self.desk.edit_file(self.screen.case, change)
        self.screen.present()
        await self.quiet()


@asynccontextmanager
async def at_counter(
    *tickets: tuple[str, str] | str,
    size: tuple[int, int] = (120, 40),
    language: str = "zh_CN",
    now: datetime = NOW,
    memory: Path | None = None,
    printer: Printer | None = None,
    role: Role = "officer",
    index: Index | None = None,
    station: Index | None = None,
    journal: Path | None = None,
    keys: dict[str, str] | None = None,
) -> AsyncIterator[AtCounter]:
    """An open counter with these people waiting (their group, or group and service), a minute apart.

    memory: where this terminal keeps which rules were seen; None keeps nothing.
    printer: where papers go; a test that prints says it. role: of the officer. index, station: the rules of the desk
    and of the station, where they are not the shipped ones. journal: where this terminal keeps what is typed.
    keys: where they are not the standard ones.
    """
    clock = [now - timedelta(minutes=len(tickets))]
    world = World(clock=lambda: clock[0], hall=False, index=station or the_index())
    backend = CutBackend(world=world, heartbeat=30.0)
    backend.role = role
    kept = journal and Journal.open(journal, mode="practice", station="demo", counter=COUNTER)
    memory_of = Memory(kept, lambda: clock[0]) if kept else None
    desk = RecordingDesk(backend, COUNTER, OFFICER, "any", clock=lambda: clock[0], memory=memory_of)
    world.enter()
    for ticket in tickets:
        group, service = ticket if isinstance(ticket, tuple) else (ticket, "")
        command = IssueTicket(group=group, service=service)
        world.station.execute(uuid.uuid4().hex, command, _MACHINE, clock[0])
        clock[0] += timedelta(minutes=1)
    app = CounterdeskApp(
        DeskInline(desk),
        index or the_index(),
        the_words(language),
        keys or KEYS,
        clock=lambda: clock[0],
        memory=memory,
        printer=printer,
    )
    async with app.run_test(size=size) as pilot:
        stage = AtCounter(pilot, world, backend, desk, clock)
        await stage.until(lambda: stage.scene.counter is not None and stage.scene.counter.state == "open", "opening")
        await stage.quiet()
        desk.sent.clear()
        yield stage
