"""One terminal, several officers: what is left of the first when the second sits down, and where each comes back."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from counterdesk.app import IDLE, CounterdeskApp
from counterdesk.backends.base import Backend
from counterdesk.practice.world import World
from counterdesk.screens.sign_in import SignIn
from tests.ui.screens.counter import AtCounter, at_counter

pytestmark = pytest.mark.usefixtures("terminal")
CANARY = "欧阳金丝雀"
BIRTH = ("HK", "hukou.birth")
OTHER = "031235"


def app_of(counter: AtCounter) -> CounterdeskApp:
    app = counter.pilot.app
    assert isinstance(app, CounterdeskApp)
    return app


def locked(counter: AtCounter) -> bool:
    screen = counter.pilot.app.screen
    return isinstance(screen, SignIn) and bool(screen.query("#password")) and screen.is_mounted


def reached(*roots: object) -> Iterator[tuple[str, str]]:
    """Every text that can be reached from here, and how, without going through the station, which keeps its own."""
    seen: set[int] = set()
    keep: list[tuple[str, Any]] = [(type(root).__name__, root) for root in roots]
    while keep:
        way, one = keep.pop()
        if id(one) in seen or isinstance(one, Backend | World | type | ModuleType):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield way, one
        elif isinstance(one, bytes):
            yield way, one.decode("utf-8", "replace")
        elif isinstance(one, dict):
            keep += [(f"{way}[]", part) for pair in one.items() for part in pair]
        elif isinstance(one, list | tuple | set | frozenset | deque):
            keep += [(f"{way}[]", part) for part in one]
        elif type(one).__module__.startswith(("counterdesk", "textual", "rich", "tests")):
            names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
            names += [*getattr(one, "__dict__", {}), *getattr(one, "__struct_fields__", ())]
            keep += [(f"{way}.{name}", getattr(one, name)) for name in names if hasattr(one, name)]


def left(counter: AtCounter) -> list[str]:
    """Where in the program the canary is."""
    app = counter.pilot.app
    widgets = [widget for screen in app.screen_stack for widget in screen.walk_children(with_self=True)]
    ways = [way for way, text in reached(*widgets, app, counter.desk, counter.desk.state) if CANARY in text]
    return ways + ["the screen"] * (CANARY in counter.text())


async def write_canary(counter: AtCounter) -> None:
    await counter.serve()
    await counter.fill("hukou.birth", "B1 complete", mother_name=CANARY)
    counter.desk.edit_file(
        counter.screen.case, lambda file: msgspec.structs.replace(file, entered={"informant_name": CANARY})
    )
    await counter.press("pagedown", "pagedown")
    await counter.quiet()


@pytest.mark.parametrize("clock", ["steady", "wall"])
async def test_the_desk_locks_itself_by_either_clock(clock: str) -> None:
    """One stands while the machine sleeps, the other can be set."""
    async with at_counter(BIRTH) as counter:
        app = app_of(counter)

        def away_for(span: timedelta) -> None:
            steady, wall = time.monotonic(), counter.scene.now
            if clock == "steady":
                app._touched = (steady - span.total_seconds(), wall)
            else:
                app._touched = (steady, wall - span)
            app.mind_idle()

        away_for(IDLE - timedelta(seconds=5))
        await counter.pilot.pause()
        assert not locked(counter)
        away_for(IDLE + timedelta(seconds=1))
        await counter.until(lambda: locked(counter), "the lock")


async def test_a_key_is_somebody() -> None:
    async with at_counter(BIRTH) as counter:
        app = app_of(counter)
        app._touched = (0.0, counter.scene.now - 2 * IDLE)
        await counter.press("switch_panel")
        app.mind_idle()
        await counter.pilot.pause()
        assert not locked(counter)


async def test_nothing_of_the_citizen_is_left_when_the_desk_is_locked(tmp_path: Path) -> None:
    async with at_counter(BIRTH, journal=tmp_path / "journal.sqlite3") as counter:
        await write_canary(counter)
        await counter.press("review")
        assert left(counter)  # the search finds what is there
        await counter.press("lock")
        await counter.until(lambda: locked(counter) and not counter.desk.state.files, "the lock")
        await counter.pilot.pause()
        assert left(counter) == []


async def test_who_signs_in_again_stands_where_he_stood(tmp_path: Path) -> None:
    """In the second case of the ticket, which no other rule would bring up."""
    async with at_counter(BIRTH, journal=tmp_path / "journal.sqlite3") as counter:
        await counter.serve()
        await counter.press("new_case")
        await counter.type("护照首次")
        await counter.until(lambda: not counter.chooser._stale)
        await counter.press("enter")
        await counter.until(lambda: counter.scene.file is not None and counter.scene.file.service != "hukou.birth")
        await counter.press("pagedown", "pagedown")
        await counter.press("down", "down")
        stood = (counter.screen.case, counter.screen.step, counter.screen.active_field)
        assert stood[1] == "details"
        await counter.press("lock")
        await counter.sign_in(OTHER)
        await counter.until(lambda: counter.words("idle.others", officer="031234")[:6] in counter.text(), "the refusal")
        assert not counter.screen.case
        await counter.press("lock")
        await counter.sign_in()
        await counter.until(
            lambda: (counter.screen.case, counter.screen.step, counter.screen.active_field) == stood, str(stood)
        )


async def test_a_refused_sign_in_stays_said_while_the_line_is_tried_again(tmp_path: Path) -> None:
    async with at_counter(BIRTH, journal=tmp_path / "journal.sqlite3") as counter:
        await counter.press("lock")
        await counter.until(lambda: locked(counter) and counter.desk.state.link.status == "signed_out", "the lock")
        counter.backend.down = True
        screen = counter.pilot.app.screen
        assert isinstance(screen, SignIn)
        await counter.type("not his")
        await counter.pilot.press("enter")
        said = counter.words("sign_in.offline")
        await counter.until(lambda: said in counter.text(), "why not")
        screen.told(failed="", away=True)  # the line is tried on and on
        await counter.pilot.pause()
        assert said in counter.text()
