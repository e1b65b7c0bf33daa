"""The server as a whole: store, stations, accounts, API and hall, put together, run and taken down again."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import msgspec
import uvicorn
from argon2 import PasswordHasher

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.catalog.model import Catalog
from counterdesk.station.commands import AnyCommand, ConfigureStation
from counterdesk.station.groups import queue_groups
from counterdesk.station.host import Answer, Station
from counterdesk.station.model import TIMEZONE
from counterdesk.station.planning import plan_by_itself
from counterdesk.station.roles import Actor, Mode
from mock_server import log
from mock_server.accounts import Accounts, hasher
from mock_server.api import Api
from mock_server.application import application
from mock_server.demo import Demo, demo_accounts
from mock_server.escrow import Escrow
from mock_server.limits import limited
from mock_server.simulation import simulated, simulated_archives
from mock_server.stations import MakeStation, Stations
from mock_server.store.base import StoreError
from mock_server.store.sqlite import SqliteStore
from mock_server.stream import HEARTBEAT
from mock_server.writer import Writer

COUNTERS = ("1", "2", "3", "4")
SETUP = Actor(id="setup", role="setup")
_GRACE = 1
_ERASE_SECONDS = 600.0
_PLAN_AGAIN = 60.0
"""Seconds until a planner that failed tries again."""
_BEFORE_THE_HALL = timedelta(hours=2)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is started with.

    station, name: configured if the database does not have it. hall: the seed of a simulated hall, None for none;
    speed: simulated seconds a second; staffed: counters where persons sit; at: the time of day at which it begins, None
    for the hall's own. demo: with demonstration officers.
    practice: the database is for practice, which a hall and the demo always are. tls_cert, tls_key: speak TLS with
    these (PEM files); client_ca: only to clients whose certificate is of this authority.
    catalog: the rules, where they are not the shipped ones. board: whether the hall's board is a page for everybody.
    """

    db: Path
    host: str = "127.0.0.1"
    port: int = 0
    station: str = "demo"
    name: str = "示范派出所"
    hall: int | None = None
    speed: float = 1.0
    staffed: frozenset[str] = frozenset({"3"})
    at: time | None = None
    demo: bool = False
    practice: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    client_ca: Path | None = None
    heartbeat: float = HEARTBEAT
    catalog: Catalog | None = None
    board: bool = True

    @property
    def mode(self) -> Mode:
        """What the database is for."""
        return "practice" if self.practice or self.demo or self.hall is not None else "live"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The server answers now. demo: how to sign in, where it was asked for."""

    url: str
    demo: Demo | None = None


def machine_clock() -> datetime:
    """The time of this machine, in the station's zone."""
    return datetime.now(TIMEZONE)


async def run(
    options: Options,
    ready: Callable[[Ready], None],
    stop: asyncio.Event,
    *,
    clock: Callable[[], datetime] = machine_clock,
    make: MakeStation = Station,
    passwords: PasswordHasher | None = None,
) -> None:
    """Serve until `stop` is set.

    Raises: StoreError (the database cannot be used, or is of the other mode), OSError (the port or a certificate).
    """
    listener = _listen(options.host, options.port)
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = f"{'https' if options.tls_cert else 'http'}://{host}:{listener.getsockname()[1]}"
    writer, passwords = Writer(), passwords or hasher()
    try:
        store = await writer.run(lambda: SqliteStore(options.db))
        try:
            await writer.run(lambda: store.put_mode(options.mode))
            index = load_index(options.catalog)
            archives = None
            if options.hall is not None:
                archives = simulated_archives(options.hall, index, clock)
            stations = Stations(store, writer, index, clock, archives, make)
            await stations.open()
            await _configure(stations, options, index)
            demo = await _demo(options, store, writer, passwords)
            api = Api(
                stations,
                Accounts(store, writer, clock, passwords, options.mode),
                Escrow(options.db),
                heartbeat=options.heartbeat,
                board=options.station if options.board else "",
            )
            async with _hall(options, stations, index), _planning(stations), _erasing(stations):
                server = _Server(api, stations, options, lambda: ready(Ready(url=url, demo=demo)))
                await server.serve_until(stop, listener)
        finally:
            await writer.run(store.close)
    finally:
        listener.close()
        writer.close()


def load_index(catalog: Catalog | None = None) -> Index:
    """This catalogue, else the one that is installed with the program."""
    return Index(catalog or load())


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol by name, unlike socket.create_server: asyncio turns Nagle's delay off only where it reads TCP
    # there, and every answer would otherwise wait 40 ms for the client's acknowledgement (measured).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except BaseException:
        listener.close()
        raise
    return listener


async def _configure(stations: Stations, options: Options, index: Index) -> None:
    """Give a station that has never been set up its counters and the catalogue's queue groups."""
    if options.station not in stations.feeds:
        await stations.add(options.station)
    if stations.state(options.station).station:
        return
    # A hall begins in the past: the station must have stood there before its first citizen came.
    now = stations.now() - _BEFORE_THE_HALL if options.hall is not None else stations.now()
    command = ConfigureStation(
        station=options.station,
        name=options.name,
        counters=COUNTERS,
        groups=queue_groups(index.catalog),
    )
    await stations.execute(options.station, f"setup-{secrets.token_hex(8)}", command, SETUP, now)


async def _demo(options: Options, store: SqliteStore, writer: Writer, passwords: PasswordHasher) -> Demo | None:
    if not options.demo:
        return None
    demo, accounts = await asyncio.to_thread(demo_accounts, options.station, passwords)

    def put() -> None:
        for account in accounts:
            store.put_account(account)

    await writer.run(put)
    return demo


@contextlib.asynccontextmanager
async def _hall(options: Options, stations: Stations, index: Index) -> AsyncIterator[None]:
    """Let the simulated hall run meanwhile, if one is asked for."""
    if options.hall is None:
        yield
        return
    hall = (options.hall, options.speed, options.staffed, options.at)
    async with simulated(stations, options.station, index, *hall):
        yield


@contextlib.asynccontextmanager
async def _planning(stations: Stations) -> AsyncIterator[None]:
    """Let the planner apply plans where a leader switched it on; if it fails, the station goes on without it."""

    async def plan(station: str) -> None:
        async def execute(command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
            return await stations.execute(station, command_id, command, actor, now)

        while True:
            try:
                await plan_by_itself(execute, lambda: stations.state(station), stations.now)
            except Exception as error:  # a leader can still plan by hand, and the next look may succeed
                log.failure("planner", error)
            await asyncio.sleep(_PLAN_AGAIN)

    planners = [asyncio.create_task(plan(station), name=f"planner {station}") for station in stations.feeds]
    try:
        yield
    finally:
        for planner in planners:
            planner.cancel()
        await asyncio.gather(*planners, return_exceptions=True)


@contextlib.asynccontextmanager
async def _erasing(stations: Stations) -> AsyncIterator[None]:
    """Erase what has had its time, now and then, also where nobody asks for it."""

    async def erase() -> None:
        while True:
            try:
                await stations.erase_notes()
            except StoreError as error:
                log.failure("store", error)
            await asyncio.sleep(_ERASE_SECONDS)

    erasing = asyncio.create_task(erase(), name="erasing")
    try:
        yield
    finally:
        erasing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await erasing


class _Server(uvicorn.Server):
    """uvicorn, one process, asyncio and h11; told by an event and not by signals when to end."""

    def __init__(self, api: Api, stations: Stations, options: Options, ready: Callable[[], None]) -> None:
        """Raises: OSError for a certificate or a key that cannot be used."""
        config = uvicorn.Config(
            application(api),
            loop="asyncio",
            http=limited(),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
            h11_max_incomplete_event_size=64 << 10,
            ssl_certfile=options.tls_cert,
            ssl_keyfile=options.tls_key,
            ssl_ca_certs=str(options.client_ca) if options.client_ca else None,
            ssl_cert_reqs=ssl.CERT_REQUIRED if options.client_ca else ssl.CERT_NONE,
        )
        config.load()
        if config.ssl is not None:
            config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
        super().__init__(config)
        self._stations = stations
        self._ready = ready

    async def serve_until(self, stop: asyncio.Event, listener: socket.socket) -> None:
        """Serve on `listener` until `stop` is set."""

        async def wait() -> None:
            await stop.wait()
            self.should_exit = True

        waiting = asyncio.create_task(wait())
        try:
            await self.serve(sockets=[listener])
        finally:
            waiting.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's: uvicorn would raise them again at the end and hide a clean exit."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the event streams first: they would never end by themselves."""
        self._stations.close()
        await super().shutdown(sockets)
        log.write("stopped")
