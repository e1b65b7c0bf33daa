"""Hostile strings through every panel and screen, without a terminal: what would be drawn, and what it would do.

A violation is a steering code point in a drawn segment, an exception, or a live action. Each wall is tried by itself:
the whole program; the render guard alone, with `text.clean` letting everything pass; and as the control neither.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, get_args

import msgspec
from textual.app import App
from textual.pilot import Pilot

from benchmarks.torture.hostile import forbidden, string
from benchmarks.torture.outcome import Outcome
from counterdesk import text
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.station.model import Case, State, Ticket
from counterdesk.widgets import base
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.handoff_board import HandoffBoard
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.queue_list import QueueList
from counterdesk.widgets.status_bar import StatusBar
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import (
    Cell,
    Choice,
    ChooserView,
    FieldKind,
    FieldMark,
    FieldView,
    FormView,
    KeyHint,
    Line,
    PanelView,
    StepView,
)
from tests.ui.gallery import Gallery
from tests.ui.screens.counter import AtCounter, at_counter

NAME = "hostile_strings"
LONG = 36_000
ROWS = 18
_TICKETS = (("HK", "hukou.birth"), ("TV", "violation.handle"), ("ID", "idcard.renew"), ("EE", "passport.first"))
"""Each with a service: a case is open whoever is called first."""


class Maker:
    """Makes hostile strings and counts them."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return string(self.draw, 3)

    def line(self, number: int) -> Line:
        """A line of a panel."""
        widths = (0, 6, -1)
        return Line(tuple(Cell(self(), "", width) for width in widths), f"l{number}")

    def panel(self) -> PanelView:
        """A panel."""
        return PanelView(self(), tuple(map(self.line, range(ROWS))), self(), (self.line(-1),))

    def field(self, number: int) -> FieldView:
        """A field of a form."""
        kind = self.draw.choice(get_args(FieldKind))
        mark = self.draw.choice(get_args(FieldMark))
        choices = tuple(Choice(f"c{n}", self(), str(n), self()) for n in range(3)) if kind == "choice" else ()
        heading = self() if number % 4 == 0 else ""
        return FieldView(
            f"f{number}", self(), kind, self(), self(), mark, self(), "dim", choices, 200, heading, (self(),)
        )

    def form(self) -> FormView:
        """A form."""
        steps = tuple(StepView(f"s{n}", self(), "open") for n in range(3))
        return FormView(f"form{self.count}", self(), self(), steps, tuple(map(self.field, range(9))))

    def question(self) -> ChooserView:
        """A question."""
        choices = tuple(Choice(f"c{n}", self(), str(n), self(), self() if n % 3 == 0 else "") for n in range(8))
        return ChooserView(f"q{self.count}", self(), self(), choices, typed=bool(self.count % 2), empty=self())


@contextmanager
def without_clean() -> Iterator[None]:
    """Strings from outside are not made safe: as if every edge had forgotten it."""
    kept = text.clean

    def passed(words: str, *, multiline: bool = False, limit: int = 500) -> str:
        return words[:limit]

    setattr(text, "clean", passed)  # noqa: B010
    try:
        yield
    finally:
        setattr(text, "clean", kept)  # noqa: B010


@contextmanager
def without_guard() -> Iterator[None]:
    """No screen puts the guard in place."""
    kept = base.install_guard
    setattr(base, "install_guard", lambda app: None)  # noqa: B010
    try:
        yield
    finally:
        setattr(base, "install_guard", kept)  # noqa: B010


def drawn(app: App[Any]) -> int:
    """How much of what stands on the screen must not be there: steering code points and live actions."""
    found = 0
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if segment.control:
                continue
            found += forbidden(segment.text)
            found += segment.style is not None and "@click" in segment.style.meta
    return found


def show(make: Maker, app: App[Any]) -> None:
    """New strings in all panels of a gallery, and in a notification of Textual's own."""
    screen = app.screen
    screen.query_one(StatusBar).show(tuple(Cell(make()) for _ in range(3)), make())
    for panel in (QueueList, Checklist, HandoffBoard):
        screen.query_one(panel).show(make.panel())
    screen.query_one(IntakeForm).show(make.form())
    screen.query_one(Chooser).show(make.question())
    screen.query_one(TextView).show_text(make(), make() + "\n" + make())
    screen.query_one(MessageLine).say(make(), "warn")
    screen.query_one(KeyBar).show(tuple(KeyHint(make(), make(), bool(n % 2)) for n in range(4)))
    app.clear_notifications()
    app.notify(make(), title=make(), markup=False)


async def _panels(make: Maker, pilot: Pilot[Any]) -> int:
    """One round over all panels: what must not be there."""
    show(make, pilot.app)
    screen = pilot.app.screen
    found = 0
    for shown in ("#form", "#chooser", "#text"):
        for name in ("#form", "#chooser", "#text"):
            screen.query_one(name).set_class(name != shown, "hidden")
        await pilot.pause()
        found += drawn(pilot.app)
    return found


async def over_panels(make: Maker, cases: int) -> int:
    """Every panel, until so many strings went through."""
    found = 0
    app = Gallery()
    async with app.run_test(size=(160, 50), notifications=True) as pilot:
        while make.count < cases:
            found += await _panels(make, pilot)
        found += app.is_running is False
    return found


def _station(make: Maker, state: State) -> State:
    """A station in which everything that is text is hostile; what refers to something else is kept."""

    def ticket(was: Ticket) -> Ticket:
        return msgspec.structs.replace(was, number=make())

    def case(was: Case) -> Case:
        handoff = was.handoff and msgspec.structs.replace(
            was.handoff, reference=make(), error=make(), department=make()
        )
        return msgspec.structs.replace(
            was, number=make(), reason=make(), tracking=make(), department=make(), handoff=handoff, fee=make()
        )

    return msgspec.structs.replace(
        state,
        name=make(),
        tickets={name: ticket(was) for name, was in state.tickets.items()},
        cases={name: case(was) for name, was in state.cases.items()},
    )


def _file(make: Maker, counter: AtCounter) -> CaseFile:
    plan = counter.scene.index.plan(counter.file.service)
    keys = list(plan.facts)
    return msgspec.structs.replace(
        counter.file,
        answers={key: Answer(value=make(), source="archive", reason=make()) for key in keys[::2]},
        entered={key: make() for key in keys[1::2]},
        confirmed={prompt: make() for prompt in list(plan.prompts)[:4]} if isinstance(plan.prompts, dict) else {},
    )


async def _screens(make: Maker, counter: AtCounter, pages: tuple[str, ...]) -> int:
    """One round over the desk's screens with a hostile station and a hostile file."""
    desk, kept = counter.desk, counter.desk.state
    case = counter.screen.case
    desk.state = replace(kept, station=_station(make, kept.station), files={**kept.files, case: _file(make, counter)})
    counter.screen.say(make(), "warn")
    found = 0
    for page in pages:
        if page:
            await counter.pilot.press(page)
        counter.screen.present()
        await counter.pilot.pause()
        found += drawn(counter.pilot.app)
    desk.state = kept
    return found


async def over_screens(make: Maker, cases: int, language: str, size: tuple[int, int] = (120, 40)) -> int:
    """Every page of the desk, until so many strings went through."""
    found = 0
    pages = ("", "pagedown", "pagedown", "pagedown", "pageup", "f1", "escape", "f8", "f8", "f8", "ctrl+p", "escape")
    async with at_counter(*_TICKETS, size=size, language=language) as counter:
        await counter.serve()
        while make.count < cases:
            found += await _screens(make, counter, pages)
    return found


def _all(cases: int, seed: int) -> int:
    """Panels and screens in both languages; an exception is a violation."""

    async def every() -> int:
        # Most go through the panels, which are fast; the screens put the panels' values together.
        some = cases * 5 // 6
        make = Maker(seed)
        found = await over_panels(make, some)
        for number, (language, size) in enumerate((("zh_CN", (120, 40)), ("en", (120, 40)), ("zh_CN", (80, 24)))):
            found += await over_screens(make, some + (cases - some) * (number + 1) // 3, language, size)
        return found

    return _counted(every)


def _counted(work: Callable[[], Any]) -> int:
    try:
        return int(asyncio.run(work()))
    except Exception:
        return 1


def run(cases: int, seed: int) -> Outcome:
    """The whole program with all strings, the guard alone with a quarter of them; neither, as the control."""
    violations = _all(cases * 3 // 4, seed)
    with without_clean():
        alone = _counted(lambda: over_panels(Maker(seed + 1), cases // 4))
        with without_guard():
            control = _counted(lambda: over_panels(Maker(seed + 1), min(cases // 4, 600)))
            control_of_screens = _counted(lambda: over_screens(Maker(seed + 1), min(cases // 20, 120), "zh_CN"))
    note = f"guard alone: {alone}; control on screens: {control_of_screens}"
    return Outcome(cases, violations + alone, min(control, control_of_screens), note)
