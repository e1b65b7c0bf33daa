"""The simulated hall on a running station. Imported by the server, which loads the hall itself only when asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, time

from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.station.commands import AnyCommand
from counterdesk.station.host import Answer, Archives, Station
from counterdesk.station.roles import Actor
from mock_server import log
from mock_server.stations import Stations


def simulated_archives(seed: int, index: Index, clock: Callable[[], datetime]) -> Archives:
    """Registers that know the hall's citizens."""
    from counterdesk.practice.archives import SimulatedArchives

    return SimulatedArchives(seed, index, lambda: clock().date())


@contextlib.asynccontextmanager
async def simulated(
    stations: Stations,
    station: str,
    index: Index,
    seed: int,
    speed: float,
    staffed: frozenset[str],
    at: time | None = None,
) -> AsyncIterator[None]:
    """Fill the hall up to now, then let it live until the context ends; if it fails, the station goes on without it.

    at: the time of day at which it begins; None leaves that to the hall.
    """
    from counterdesk.practice.hall import START, Hall

    hall = Hall(seed, speed, index, staffed=staffed, start=at or START)

    def warm_up(running: Station) -> None:
        def write_file(file: CaseFile, actor: Actor) -> int:
            return running.write_file(file, actor, stations.now())

        hall.warm_up(running.execute, write_file, lambda: running.state, stations.now())

    await stations.work(station, warm_up)

    async def execute(command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        return await stations.execute(station, command_id, command, actor, now)

    async def write_file(file: CaseFile, actor: Actor) -> int:
        return await stations.write_file(station, file, actor)

    async def live() -> None:
        try:
            await hall.run(execute, write_file, lambda: stations.state(station), stations.now)
        except Exception as error:
            log.failure("hall", error)

    living = asyncio.create_task(live())
    try:
        yield
    finally:
        living.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await living
