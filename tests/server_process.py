"""A real station server for tests, on a free loopback port: in a thread, or as the installed command in a process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from argon2 import PasswordHasher

from counterdesk.backends.http import HttpBackend
from counterdesk.station.commands import ConfigureStation
from counterdesk.station.host import Station
from counterdesk.station.model import TIMEZONE, QueueGroup
from counterdesk.station.roles import Actor, Role
from mock_server.accounts import make_account
from mock_server.server import SETUP, Options, Ready, load_index, machine_clock, run
from mock_server.stations import MakeStation
from mock_server.store.base import Account
from mock_server.store.sqlite import SqliteStore

STATION = "demo"
PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Passwords are hashed as everywhere, only fast."""
HEARTBEAT = 0.2


class Clock:
    """A clock that moves when told to."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 11, 2, 9, 0, tzinfo=TIMEZONE)

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **amount: float) -> None:
        """Move on."""
        self.now += timedelta(**amount)


class TestServer:
    """A server that answers at `url`, over the database `db`."""

    __test__ = False

    def __init__(self, url: str, db: Path) -> None:
        self.url = url
        self.db = db

    def backend(self, **options: object) -> HttpBackend:
        """A new desk's way to it; close it when done."""
        return HttpBackend(url=self.url, station=STATION, heartbeat=HEARTBEAT, **options)  # type: ignore[arg-type]


def prepare(
    db: Path,
    officers: dict[str, Role],
    counters: tuple[str, ...] = ("1", "2", "3", "4"),
    fill: Callable[[Station], None] | None = None,
) -> None:
    """Make a database with one station and officers who all have PASSWORD; `fill` gets the station to itself."""
    store = SqliteStore(db)
    try:
        hashed = make_account(STATION, SETUP, "", PASSWORD, CHEAP)
        for officer, role in officers.items():
            actor = Actor(id=officer, role=role, department="exit_entry" if role == "reviewer" else "")
            store.put_account(make_copy(hashed.password, actor))
        station = Station(store.stream(STATION), index := load_index())
        groups = tuple(
            QueueGroup(id=group.id, letter=group.letter, wait_target=group.wait_target)
            for group in index.catalog.groups
        )
        command = ConfigureStation(station=STATION, name="示范派出所", counters=counters, groups=groups)
        station.execute("setup", command, SETUP, machine_clock())
        if fill:
            fill(station)
    finally:
        store.close()


def make_copy(hashed: str, actor: Actor) -> Account:
    """An account with a password hashed before."""
    return Account(station=STATION, actor=actor, name=f"officer {actor.id}", password=hashed)


@contextmanager
def server_in_thread(
    db: Path,
    *,
    clock: Callable[[], datetime] = machine_clock,
    make: MakeStation = Station,
    heartbeat: float = HEARTBEAT,
    practice: bool = False,
    tls: tuple[Path, Path, Path | None] | None = None,
    port: int = 0,
    board: bool = True,
) -> Iterator[TestServer]:
    """The server on a thread of this process, ready when the context begins and gone when it ends.

    tls: its certificate, its key, and the authority of its clients where it asks for one.
    """
    ready: Future[tuple[Ready, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        cert, key, client_ca = tls or (None, None, None)
        options = Options(
            db=db,
            station=STATION,
            port=port,
            board=board,
            heartbeat=heartbeat,
            practice=practice,
            tls_cert=cert,
            tls_key=key,
            client_ca=client_ca,
        )
        await run(
            options,
            lambda told: ready.set_result((told, loop, stop)),
            stop,
            clock=clock,
            make=make,
            passwords=CHEAP,
        )

    def thread() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    running = threading.Thread(target=thread, name="test-server")
    running.start()
    told, loop, stop = ready.result(timeout=20)
    try:
        yield TestServer(told.url, db)
    finally:
        loop.call_soon_threadsafe(stop.set)
        running.join(timeout=20)
        assert not running.is_alive()


class ServerProcess:
    """`counterdesk-server` as a process. log: its lines so far."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mock_server.cli", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[str] = []
        self._url: Future[str] = Future()
        assert self.process.stderr is not None
        self._drain = threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True)
        self._drain.start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.log.append(line)
            if '"event": "listening"' in line:
                self._url.set_result(json.loads(line)["url"])
        if not self._url.done():
            self._url.set_exception(RuntimeError("".join(self.log)))

    @property
    def url(self) -> str:
        """Where it answers; waits until it does."""
        return self._url.result(timeout=30)

    def end(self, number: int | None = None) -> int:
        """End it by a signal (SIGTERM), and wait. Returns the exit status."""
        if number is None:
            self.process.terminate()
        else:
            self.process.send_signal(number)
        status = self.process.wait(timeout=20)
        self.close()
        return status

    def close(self) -> None:
        """Make sure that nothing of it is left."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=20)
        self._drain.join(timeout=20)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


@contextmanager
def server_process(*arguments: str) -> Iterator[ServerProcess]:
    """A ServerProcess that is gone when the context ends."""
    server = ServerProcess(*arguments)
    try:
        yield server
    finally:
        server.close()
