"""Opens a desk on this terminal: the real one, the demo's, or practice. Each is another composition of the same parts.

Nothing here imports Textual before everything is decided that it reads when it is imported.
"""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterdesk import terminal
from counterdesk.held import Held
from counterdesk.settings import Settings

if TYPE_CHECKING:
    from counterdesk.app import Home
    from counterdesk.catalog.model import Catalog
    from counterdesk.desk.desk import Desk
    from counterdesk.locale import Words

APP = "counterdesk"
PRACTICE_COUNTER = "3"
_ROLES = {"guide": "guide", "lead": "leader"}
"""The commands for those who sit at no counter, and their roles."""
TRAINEE = "trainee"
"""Who practises without having said who he is."""


class Unusable(Exception):
    """What is wanted cannot be opened; the text says what is wrong and what to do."""


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


def desk(wanted: Wanted) -> int:
    """The real thing: a station reached through a backend. Raises: Unusable."""
    given, configured = wanted.given, wanted.settings
    backend_name = given.backend or configured.backend
    counter = given.counter or configured.counter
    url, station = given.url or configured.url, given.station or configured.station
    from platformdirs import user_data_path, user_state_path

    from counterdesk.backends import registry

    if backend_name not in registry.names():
        raise Unusable(f"--backend {backend_name}: known are {', '.join(registry.names())}")
    entrance, leading = given.command == "guide", given.command == "lead"
    if backend_name == "practice":
        if entrance or leading:
            raise Unusable(
                f"this needs a station; for a look without a server: counterdesk demo --role {_ROLES[given.command]}"
            )
        return practice(wanted)
    counter = "" if entrance or leading else counter
    required = {} if entrance or leading else {"--counter": counter}
    if backend_name == "http":
        required |= {"--url": url, "--station": station}
    for option, value in required.items():
        if not value:
            raise Unusable(f"{option} is missing; for a look without a server: counterdesk demo")
    if backend_name == "http" and not url.startswith(("http://", "https://")):
        raise Unusable(f"--url {url}: an address begins with http:// or https://")
    tls = {name: getattr(given, name) or getattr(configured, name) for name in ("ca", "client_cert", "client_key")}
    for name, file in tls.items():
        if file and not os.access(file, os.R_OK):
            raise Unusable(f"--{name.replace('_', '-')} {file}: cannot be read")

    def make() -> Desk:
        from counterdesk.catalog.index import Index
        from counterdesk.desk.clock import wall_clock
        from counterdesk.desk.desk import Desk
        from counterdesk.desk.memory import open_memory

        backend: Any = registry.load(backend_name)  # each has options of its own and ignores the others
        index = Index(wanted.catalog) if wanted.catalog is not None else None
        reached = backend(url=url, station=station, index=index, **tls)
        if not counter:
            return Desk(reached, "", "", "")  # who takes nothing in has nothing to keep
        memory, journaling = open_memory(user_data_path(APP), "live", station, counter, wall_clock)
        return Desk(reached, counter, "", "", memory=memory, journaling=journaling)

    return _open(wanted, make, counter, user_state_path(APP), home="guide" if entrance else "counter")


def demo(wanted: Wanted) -> int:
    """A server of our own on this machine, with a simulated hall, for as long as the desk is open."""
    from counterdesk.demo import COUNTER, DemoServer

    given = wanted.given
    counter = COUNTER if given.role == "officer" else ""
    with DemoServer(seed=given.seed, speed=given.speed, catalog=wanted.rules, role=given.role, at=given.at) as server:
        return _open(
            wanted,
            server.make_desk,
            counter,
            hint=lambda words: words("sign_in.demo", password=server.password),
            clock=server.clock,
            home="guide" if given.role == "guide" else "counter",
        )


def practice(wanted: Wanted) -> int:
    """A hall in this program's memory, behind a fence: it reaches no network, no other program and nothing real."""
    from counterdesk import fence

    fence.put_up()
    given, counter = wanted.given, wanted.given.counter or PRACTICE_COUNTER
    seed, speed = getattr(given, "seed", 7), getattr(given, "speed", 1.0)

    def make() -> Desk:
        from counterdesk.backends.practice import PracticeBackend
        from counterdesk.catalog.index import Index
        from counterdesk.desk.desk import Desk

        index = Index(wanted.catalog) if wanted.catalog is not None else None
        backend = PracticeBackend(seed=seed, speed=speed, staffed=(counter,), index=index)
        return Desk(backend, counter, given.officer or wanted.settings.officer or TRAINEE, "")

    return _open(wanted, make, counter, hint=lambda words: words("sign_in.practice"))


def _open(
    wanted: Wanted,
    make: Callable[[], Desk],
    counter: str,
    memory: Path | None = None,
    hint: Callable[[Words], str] | None = None,
    clock: Callable[[], datetime] | None = None,
    home: Home = "counter",
) -> int:
    """Open the desk on this terminal and stay until the officer leaves. hint: how to sign in, where that is no secret.
    home: the screen to begin with.

    memory: where this terminal remembers which rules its officers have seen; the demo and practice leave none. clock:
    the time at the station, where it is not this machine's.
    """
    given, configured, held = wanted.given, wanted.settings, wanted.held
    chosen: Any = given.colour or configured.colour  # both were checked against the same list
    profile = terminal.profile_for(os.environ, colour=None if chosen == "auto" else chosen)
    terminal.apply(profile, os.environ)
    if held is None:
        raise Unusable("this needs a terminal")
    from counterdesk import incidents

    recorder = incidents.Recorder(incidents.folder(), held.code)
    recorder.install()
    gc.disable()  # until the screen stands: nothing that is made while starting is garbage yet
    # From here on Textual is wanted; everything above must have been decided before it is imported.
    from counterdesk.app import CounterdeskApp
    from counterdesk.catalog.index import Index
    from counterdesk.catalog.load import load
    from counterdesk.desk.clock import wall_clock
    from counterdesk.desk.handle import DeskThread
    from counterdesk.desk.printer import Printer
    from counterdesk.desk.state import DeskState, Link, LinkStatus
    from counterdesk.locale import Words

    clock = clock or wall_clock
    status: LinkStatus = "signed_out" if given.command in (None, *_ROLES) else "connecting"
    app = CounterdeskApp(
        DeskThread(make, DeskState(counter, Link(status, clock()))),
        Index(wanted.catalog or load()),
        Words.load(wanted.language),
        wanted.keys,
        officer=given.officer or configured.officer,
        palette=profile.palette,
        clock=clock,
        memory=memory,
        printer=Printer(configured.print_command if given.command != "practice" else ()),
        recorder=recorder,
        hint=hint,
        idle=timedelta(minutes=configured.idle_minutes),
        home=home,
    )
    held.screen_up()
    result = app.run(mouse=profile.mouse)
    held.screen_down()
    return result if result is not None else (app.return_code or 0)
