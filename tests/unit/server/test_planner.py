"""The planner in the server: it plans where a leader let it, and what breaks in it is logged and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.station import commands as c
from counterdesk.station.groups import queue_groups
from counterdesk.station.host import Answer
from counterdesk.station.model import TIMEZONE
from counterdesk.station.roles import Actor
from mock_server import log, server
from mock_server.stations import Stations
from mock_server.store.sqlite import SqliteStore
from mock_server.writer import Writer

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=TIMEZONE)
SETUP = Actor(id="setup", role="setup")
LEADER = Actor(id="031230", role="leader")
MACHINE = Actor(id="machine", role="ticket_machine")


@pytest.fixture
async def stations(tmp_path: Path) -> AsyncIterator[Stations]:
    """A station with two counters for the quick matters, and a crowd for the long ones before a third."""
    clock = [NOW - timedelta(minutes=30)]
    index, writer = Index(load()), Writer()
    store = await writer.run(lambda: SqliteStore(tmp_path / "station.sqlite3"))
    made = Stations(store, writer, index, lambda: clock[0])
    await made.add("demo")
    commands: list[tuple[c.AnyCommand, Actor]] = [
        (
            c.ConfigureStation(station="demo", name="x", counters=("1", "2", "3"), groups=queue_groups(index.catalog)),
            SETUP,
        ),
        (c.OpenCounter(counter="1", groups=("TV", "ID", "DV")), Actor(id="p1", role="officer")),
        (c.OpenCounter(counter="2", groups=("TV", "ID", "DV", "EE")), Actor(id="p2", role="officer")),
        (c.OpenCounter(counter="3", groups=("HK", "RP", "SP")), Actor(id="p3", role="officer")),
        *[(c.IssueTicket(group=group), MACHINE) for group in ("HK", "HK", "SP", "HK", "HK", "HK", "RP", "HK") * 2],
    ]
    for number, (command, actor) in enumerate(commands):
        clock[0] += timedelta(minutes=1)
        await made.execute("demo", f"c{number}", command, actor)
    clock[0] = NOW
    yield made
    await writer.run(store.close)
    writer.close()


async def test_it_plans_where_a_leader_let_it(stations: Stations, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = asyncio.Event()
    execute = stations.execute

    async def watched(station: str, command_id: str, command: c.AnyCommand, *more: Any) -> Answer:
        answer = await execute(station, command_id, command, *more)
        if isinstance(command, c.ApplyPlan):
            planned.set()
        return answer

    monkeypatch.setattr(stations, "execute", watched)
    await stations.execute("demo", "on", c.SwitchPlanning(automatic=True), LEADER)
    async with server._planning(stations):
        await asyncio.wait_for(planned.wait(), 30)
    plan = stations.state("demo").plans[-1]
    assert (plan.by, plan.status) == ("planner", "announced")
    assert any("HK" in groups for number, groups in plan.profiles.items() if number != "3")
    assert plan.because[0].code == "fixed_time"
    assert any(reason.code == "helps" and reason.group == "HK" for reason in plan.because)


async def test_what_breaks_in_it_is_logged_and_it_tries_again(
    stations: Stations, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    logged: list[str] = []
    again = asyncio.Event()

    async def broken(*_: object) -> None:
        tried.append("")
        if len(tried) == 2:
            again.set()
        raise RuntimeError("nobody knows")

    monkeypatch.setattr(server, "plan_by_itself", broken)
    monkeypatch.setattr(server, "_PLAN_AGAIN", 0.0)
    monkeypatch.setattr(log, "failure", lambda event, error: logged.append(f"{event} {type(error).__name__}"))
    async with server._planning(stations):
        await asyncio.wait_for(again.wait(), 30)
    assert logged[0] == "planner RuntimeError"
    assert stations.state("demo").plans == ()
