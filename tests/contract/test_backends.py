"""The conformance kit against the backends of this package."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from counterdesk.backends.base import Backend
from counterdesk.backends.contract import BackendContract, Bench, Login, new_id
from counterdesk.backends.practice import PracticeBackend
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.world import World
from counterdesk.station.commands import AnyCommand
from counterdesk.station.model import TIMEZONE
from counterdesk.station.roles import Actor, Role
from mock_server.store.sqlite import SqliteStore
from tests.server_process import CHEAP, PASSWORD, Clock, TestServer, make_copy, prepare, server_in_thread

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=TIMEZONE)
HEARTBEAT = 0.05


class LocalBench(Bench):
    """A station whose backends are made here; closes them."""

    index = Index(load())

    def __init__(self) -> None:
        self.made: list[Backend] = []

    def today(self) -> date:
        return NOW.date()

    async def close(self) -> None:
        for backend in self.made:
            await backend.close()


class PracticeBench(LocalBench):
    logins = (Login("T001", ""), Login("T002", ""))
    checks_passwords = False

    def __init__(self) -> None:
        super().__init__()
        self.world = World(hall=False, clock=lambda: NOW, index=self.index)

    async def connect(self, **options: object) -> Backend:
        made: Callable[..., Backend] = PracticeBackend
        backend = made(world=self.world, heartbeat=HEARTBEAT, **options)
        self.made.append(backend)
        return backend

    async def give(self, command: AnyCommand, role: Role, department: str = "") -> None:
        actor = Actor(id=f"other-{role}", role=role, department=department)
        self.world.station.execute(new_id(), command, actor, NOW)


class HttpBench(LocalBench):
    logins = (Login("031231", PASSWORD), Login("031232", PASSWORD))
    board = Login("board", PASSWORD)

    def __init__(self, server: TestServer) -> None:
        super().__init__()
        self.server = server
        self.others: dict[str, Backend] = {}

    async def connect(self, **options: object) -> Backend:
        backend = self.server.backend(**options)
        self.made.append(backend)
        return backend

    async def give(self, command: AnyCommand, role: Role, department: str = "") -> None:
        who = other(role, department)
        if who not in self.others:
            self.others[who] = await self.connect()
            await self.others[who].sign_in(who, PASSWORD)
        await self.others[who].execute(new_id(), command)


def other(role: Role, department: str) -> str:
    """The id of somebody else at the HTTP station."""
    return f"{role}-{department}" if department else role


class TestPractice(BackendContract):
    @pytest.fixture
    async def bench(self) -> AsyncIterator[Bench]:
        bench = PracticeBench()
        yield bench
        await bench.close()


class TestHttpWithSqlite(BackendContract):
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[TestServer]:
        db = tmp_path / "station.sqlite3"
        officers: dict[str, Role] = {login.officer: "officer" for login in HttpBench.logins}
        others: tuple[Role, ...] = ("ticket_machine", "guide", "courier", "leader", "board")
        prepare(db, officers | {role: role for role in others})
        add_reviewers(db)
        with server_in_thread(db, clock=Clock(NOW), heartbeat=HEARTBEAT) as server:
            yield server

    @pytest.fixture
    async def bench(self, server: TestServer) -> AsyncIterator[Bench]:
        bench = HttpBench(server)
        yield bench
        await bench.close()


def add_reviewers(db: Path) -> None:
    """A reviewer for each department."""
    password = CHEAP.hash(PASSWORD)
    store = SqliteStore(db)
    for department in LocalBench.index.catalog.departments:
        who = other("reviewer", department.id)
        store.put_account(make_copy(password, Actor(id=who, role="reviewer", department=department.id)))
    store.close()
