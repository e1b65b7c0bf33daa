"""A quiet station for journeys through the real program: a server without a hall, and hands for everybody else."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from counterdesk.catalog.index import Index
from counterdesk.practice.archives import SimulatedArchives
from counterdesk.station.commands import AnyCommand, IssueTicket
from counterdesk.station.host import Archives, Station, Store
from counterdesk.station.model import Case, PriorityReason, State
from counterdesk.station.roles import Actor
from mock_server.accounts import make_account
from mock_server.server import SETUP, machine_clock
from mock_server.store.sqlite import SqliteStore
from tests.pty.harness import Terminal
from tests.server_process import CHEAP, PASSWORD, STATION, TestServer, make_copy, prepare, server_in_thread

OFFICER = "031234"
PEOPLE = (
    Actor(id=OFFICER, role="officer", grants=frozenset({"cherry_pick"})),
    Actor(id="031239", role="auxiliary"),
    Actor(id="guide", role="guide"),
    Actor(id="courier", role="courier"),
    *(Actor(id=f"reviewer-{department}", role="reviewer", department=department) for department in ("D2", "D4", "D6")),
)


class Town:
    """The station around the counter: whoever gives out tickets, and the departments."""

    def __init__(self, server: TestServer) -> None:
        self.server = server

    @property
    def url(self) -> str:
        """Where the station answers."""
        return self.server.url

    def act(self, actor: str, command: AnyCommand) -> None:
        """Let somebody give a command. Raises: Refused."""
        asyncio.run(self._act(actor, command))

    async def _act(self, actor: str, command: AnyCommand) -> None:
        backend = self.server.backend()
        try:
            await backend.sign_in(actor, PASSWORD)
            await backend.execute(uuid.uuid4().hex, command)
        finally:
            await backend.close()

    def state(self) -> State:
        """The station now."""
        return asyncio.run(self._state())

    async def _state(self) -> State:
        backend = self.server.backend()
        try:
            await backend.sign_in("guide", PASSWORD)
            return (await backend.snapshot()).state
        finally:
            await backend.close()

    def issue(self, group: str, service: str = "", priority: PriorityReason | None = None) -> None:
        """Give out a ticket."""
        self.act("guide", IssueTicket(group=group, service=service, priority=priority))

    def only_case(self, service: str) -> Case:
        """The one case of a service."""
        (case,) = [case for case in self.state().cases.values() if case.service == service]
        return case


def people(db: Path, fill: Callable[[Station], None] | None = None) -> None:
    """Make a database with a station and its people in it."""
    prepare(db, {}, fill=fill)
    store = SqliteStore(db)
    hashed = make_account(STATION, SETUP, "", PASSWORD, CHEAP).password
    for actor in PEOPLE:
        store.put_account(make_copy(hashed, actor))
    store.close()


def _with_registers(store: Store, index: Index, _: Archives | None) -> Station:
    return Station(store, index, SimulatedArchives(0, index, lambda: machine_clock().date()))


@contextmanager
def town(folder: Path, fill: Callable[[Station], None] | None = None) -> Iterator[Town]:
    """A fresh station with its people and the simulated registers, gone when the context ends.

    fill: gets the station to itself before anybody comes.
    """
    db = folder / "station.sqlite3"
    people(db, fill)
    with server_in_thread(db, make=_with_registers) as server:
        yield Town(server)


def desk_command(url: str, *options: str) -> list[str]:
    """The command line of a desk at counter 3."""
    return [sys.executable, "-m", "counterdesk", "--url", url, "--station", STATION, "--counter", "3", *options]


def sign_in(terminal: Terminal, officer: str = OFFICER) -> None:
    """Sign in and wait until the counter is open."""
    terminal.wait("登录|Sign in")
    terminal.keys(f"{officer}<enter>")
    terminal.keys(f"{PASSWORD}<enter>")
    terminal.wait("开窗:|Open for")
