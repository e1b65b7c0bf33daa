"""Opens a desk on this terminal: the real one, the demo's, or practice. Each is another composition of the same parts.

Nothing here imports Textual before everything is decided that it reads when it is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterdesk import terminal
from counterdesk.held import Held
from counterdesk.settings import Settings
from counterdesk.usage import Unusable

if TYPE_CHECKING:
    from counterdesk.app import Home
    from counterdesk.catalog.index import Index
    from counterdesk.catalog.model import Catalog
    from counterdesk.desk.classroom import Classroom
    from counterdesk.desk.desk import Desk
    from counterdesk.locale import Words
    from counterdesk.practice.course import Course
    from counterdesk.practice.keeping import Keeper
    from counterdesk.practice.lesson import Lesson, Playing
    from counterdesk.screens.desk import CounterScreen
    from counterdesk.screens.teaching import Teaching

APP = "counterdesk"
PRACTICE_COUNTER = "3"
TAUGHT_ON = date(2026, 11, 23)
"""The day of practice where nothing can be had today: the one that the scenarios were written for."""
TRAINEE = "trainee"
"""Who practises without having said who he is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line and in the settings, checked.

    held: this process's hold of its launcher; None where there is no terminal. language, keys: of the screen. rules:
    the file of the built catalogue that is used in place of the shipped one.
    """

    given: argparse.Namespace
    settings: Settings
    language: str
    keys: dict[str, str]
    rules: Path | None
    catalog: Catalog | None
    held: Held | None


def read_rules(file: Path | None) -> Catalog | None:
    """The built catalogue in a file; None for the shipped one. Raises: CatalogError."""
    if file is None:
        return None
    from counterdesk.catalog.built import read_built

    return read_built(file)


@dataclass(frozen=True, slots=True)
class Taught:
    """What practice adds to a desk.

    index: its rules. teach: gives its course, once Textual is there. papers: where its papers go, none of which is for
    a printer.
    """

    index: Index
    papers: Path
    teach: Callable[[CounterScreen], Teaching]


def desk(wanted: Wanted) -> int:
    """The real thing: a station reached through a backend, from a counter, the entrance (`guide`) or the hall (`lead`).

    Raises: Unusable.
    """
    given, configured = wanted.given, wanted.settings
    backend_name = given.backend or configured.backend
    at_counter = given.command is None
    counter = (given.counter or configured.counter) if at_counter else ""
    url, station = given.url or configured.url, given.station or configured.station
    from platformdirs import user_data_path, user_state_path

    from counterdesk.backends import registry

    if not registry.known(backend_name):
        raise Unusable("backend", name=backend_name, known=", ".join(registry.names()))
    if backend_name == "practice":
        if not at_counter:
            raise Unusable("station_wanted")
        return practice(wanted)
    required = {"--counter": counter} if at_counter else {}
    if backend_name == "http":
        required |= {"--url": url, "--station": station}
    for option, value in required.items():
        if not value:
            raise Unusable("missing_desk", option=option)
    if backend_name == "http" and not url.startswith(("http://", "https://")):
        raise Unusable("address", url=url)
    tls = {name: getattr(given, name) or getattr(configured, name) for name in ("ca", "client_cert", "client_key")}
    for name, file in tls.items():
        if file and not os.access(file, os.R_OK):
            raise Unusable("unreadable", option=f"--{name.replace('_', '-')}", file=file)

    def make() -> Desk:
        from counterdesk.catalog.index import Index
        from counterdesk.desk.clock import wall_clock
        from counterdesk.desk.desk import Desk
        from counterdesk.desk.memory import open_memory

        backend: Any = registry.load(backend_name)  # each has options of its own and ignores the others
        index = Index(wanted.catalog) if wanted.catalog is not None else None
        reached = backend(url=url, station=station, index=index, **tls)
        if not at_counter:
            return Desk(reached, "", "", "")  # who takes nothing in has nothing to keep
        memory, journaling = open_memory(user_data_path(APP), "live", station, counter, wall_clock)
        return Desk(reached, counter, "", "", memory=memory, journaling=journaling)

    return _open(wanted, make, counter, user_state_path(APP), home="guide" if given.command == "guide" else "counter")


def demo(wanted: Wanted) -> int:
    """A server of our own on this machine, with a simulated hall, for as long as the desk is open."""
    from counterdesk.demo import COUNTER, DemoServer

    given = wanted.given
    counter = COUNTER if given.role == "officer" else ""
    speed = given.speed or (20.0 if given.role == "officer" else 5.0)
    with DemoServer(seed=given.seed, speed=speed, catalog=wanted.rules, role=given.role, at=given.at) as server:
        return _open(
            wanted,
            server.make_desk,
            counter,
            hint=lambda words: words("sign_in.demo", password=server.password),
            home="guide" if given.role == "guide" else "counter",
            station_clock=server.clock,
        )


def practice(wanted: Wanted) -> int:
    """A hall in this program's memory, behind a fence: it reaches no network, no other program and nothing real."""
    from counterdesk import fence

    fence.put_up()
    given, counter = wanted.given, wanted.given.counter or PRACTICE_COUNTER
    trainee: str = getattr(given, "trainee", "")
    officer = trainee or given.officer or wanted.settings.officer or TRAINEE

    from counterdesk.catalog.index import Index
    from counterdesk.catalog.load import load
    from counterdesk.desk.clock import wall_clock
    from counterdesk.practice.keeping import Keeper, default_root
    from counterdesk.practice.lesson import Lesson, PracticeClock, perfectly

    index, clock = Index(wanted.catalog or load()), PracticeClock(wall_clock)
    lesson = Lesson(index, counter)
    rooms: list[Classroom] = []
    keeper, asked_for = _entered(wanted, index) if trainee else (Keeper(officer), None)
    plays: Playing | None = None
    if getattr(given, "replay", None) is not None:
        plays, asked_for = _replayed(given.replay, keeper, lesson)
    elif getattr(given, "demo", False):
        plays = perfectly

    makes = partial(first_course, index, keeper, clock.today(), given)
    # Who come one by one are solved one by one: the first for the briefing, the others while it is read.
    one_by_one = asked_for is None and (getattr(given, "level", None) or 1) == 1
    course = asked_for or makes(count=1 if one_by_one else None)
    lesson.begin(course)  # the briefing is the first thing that the screen shows

    def make() -> Desk:
        from counterdesk.desk.classroom import Classroom
        from counterdesk.desk.desk import Desk

        rooms.append(Classroom(lesson, clock, index, course, getattr(given, "speed", 1.0)))
        return Desk(rooms[0].backend, counter, officer, "", clock=clock)

    def teach(screen: CounterScreen) -> Teaching:
        from counterdesk.screens.course_acts import CourseRoom
        from counterdesk.screens.teaching import Teaching

        room = CourseRoom(
            lesson,
            clock,
            lambda: rooms[0] if rooms else None,
            keeper,
            getattr(given, "seed", 7),
            wanted.settings.practice_pass,
            getattr(given, "pace", 1.0),
            plays,
            makes if one_by_one else None,
        )
        return Teaching(screen, room)

    return _open(
        *(wanted, make, counter),
        hint=lambda words: words("sign_in.practice"),
        station_clock=clock,
        taught=Taught(index, default_root() / "papers", teach),
    )


def _entered(wanted: Wanted, index: Index) -> tuple[Keeper, Course | None]:
    """Ask the trainee for his passphrase, while the terminal is still plain. Raises: Unusable."""
    from counterdesk.locale import Words
    from counterdesk.practice.asking import Refusal
    from counterdesk.practice.entering import enter

    try:
        entered = enter(wanted.given, index, Words.load(wanted.language), wanted.settings.practice_pass)
    except Refusal as refusal:
        raise Unusable("plain", text=str(refusal)) from None
    if entered.said:
        print(f"counterdesk: {entered.said}", file=sys.stderr)
    return entered.keeper, entered.exam


def _replayed(number: int, keeper: Keeper, lesson: Lesson) -> tuple[Playing, Course]:
    """A kept run as a course that plays itself. Raises: Unusable."""
    from counterdesk.practice.keeping import KeepingError

    try:
        kept = keeper.run(number)
    except KeepingError:
        raise Unusable("no_run", number=number) from None
    from counterdesk.practice.lesson import kept_playing

    return kept_playing(kept), lesson.course_again(kept.scenario)


def first_course(
    index: Index, keeper: Keeper, day: date, given: argparse.Namespace, count: int | None = None
) -> Course:
    """What is practised first: what the command line asks for, else what the ledger says. count: how many come, where
    it is not as many as usual. Raises: Unusable."""
    from counterdesk.practice.choosing import choose
    from counterdesk.practice.course import LEVELS, make_course

    seed = getattr(given, "seed", 7)
    level = LEVELS[getattr(given, "level", None) or 1]
    scenario, service = getattr(given, "scenario", None), getattr(given, "service", None) or ""
    services = (service,) if service else ()
    for on in (day, TAUGHT_ON):
        with suppress(ValueError, KeyError):
            names = [scenario] if scenario else choose(index, keeper.ledger, on, seed, level=level, services=services)
            return make_course(index, level, seed, on, names, count=count)
    raise Unusable("nothing_to_practise", what=str(scenario or service or level))


def _open(
    wanted: Wanted,
    make: Callable[[], Desk],
    counter: str,
    memory: Path | None = None,
    hint: Callable[[Words], str] | None = None,
    home: Home = "counter",
    station_clock: Callable[[], datetime] | None = None,
    taught: Taught | None = None,
) -> int:
    """Open the desk on this terminal and stay until the officer leaves. hint: how to sign in, where that is no secret.
    home: the screen to begin with. taught: what is practised; None for the real thing.

    memory: where this terminal remembers which rules its officers have seen; the demo and practice leave none.
    station_clock: the time at the station, where it is not this machine's.
    """
    given, configured, held = wanted.given, wanted.settings, wanted.held
    chosen: Any = given.colour or configured.colour  # both were checked against the same list
    profile = terminal.profile_for(os.environ, colour=None if chosen == "auto" else chosen)
    terminal.apply(profile, os.environ)
    if held is None:
        raise Unusable("terminal")
    from counterdesk import incidents

    recorder = incidents.Recorder(incidents.folder(), held.code)
    recorder.install()
    # From here on Textual is wanted; everything above must have been decided before it is imported.
    from counterdesk.app import CounterdeskApp
    from counterdesk.catalog.index import Index
    from counterdesk.catalog.load import load
    from counterdesk.desk.clock import wall_clock
    from counterdesk.desk.handle import DeskThread
    from counterdesk.desk.printer import Printer
    from counterdesk.desk.state import DeskState, Link, LinkStatus
    from counterdesk.locale import Words

    status: LinkStatus = "signed_out" if given.command in (None, "guide", "lead") else "connecting"
    app = CounterdeskApp(
        DeskThread(make, DeskState(counter, Link(status, (station_clock or wall_clock)()))),
        taught.index if taught is not None else Index(wanted.catalog or load()),
        Words.load(wanted.language),
        wanted.keys,
        officer=given.officer or configured.officer,
        palette=profile.palette,
        memory=memory,
        printer=Printer((), taught.papers) if taught is not None else Printer(configured.print_command),
        recorder=recorder,
        hint=hint,
        idle=timedelta(minutes=configured.idle_minutes),
        home=home,
        teach=taught.teach if taught is not None else None,
        station_clock=station_clock,
    )
    held.screen_up()
    result = app.run(mouse=profile.mouse)
    held.screen_down()
    return result if result is not None else (app.return_code or 0)
