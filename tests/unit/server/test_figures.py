"""GET /v1/figures: who gets what, what is no question, and that asking is on record."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station.host import Station
from counterdesk.station.roles import Actor
from counterdesk.station.summary import LONGEST, Figures
from mock_server.server import machine_clock
from tests.server_process import TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, plain_client, sign_in
from tests.unit.server.test_trail import told, trail

OFFICER, MACHINE = Actor(id="031234", role="officer"), Actor(id="900003", role="ticket_machine")
TODAY = machine_clock().date()
DAY = {"from": TODAY.isoformat(), "to": (TODAY + timedelta(days=1)).isoformat()}
"""And the next one: midnight may pass while the tests run."""


def a_long_stream(station: Station) -> None:
    """More events than are counted up in one go, of which the last are a whole visit."""
    now = machine_clock()
    for number in range(2100):
        station.execute(f"t{number}", c.IssueTicket(group="HK"), MACHINE, now)
    station.execute("o", c.OpenCounter(counter="1", groups=("HK",)), OFFICER, now)
    for name, step in (("c", c.CallNext), ("s", c.StartService), ("f", c.FinishTicket)):
        station.execute(name, step(counter="1"), OFFICER, now + timedelta(seconds=1))


async def test_a_long_stream_is_counted_to_its_end_and_asking_is_on_record(tmp_path: Path) -> None:
    prepare(tmp_path / "db", OFFICERS, fill=a_long_stream)
    with server_in_thread(tmp_path / "db") as running:
        async with plain_client(running.url) as client:
            await sign_in(client, "031230")
            for _ in range(2):
                answer = await client.get("/v1/figures", params={**DAY, "by": "officer"})
                figures = msgspec.json.decode(answer.content, type=Figures)
                assert (figures.total.tickets, figures.total.finished, figures.own) == (2100, 1, False)
                assert [(row.key, row.tickets) for row in figures.rows] == [("031234", 1), ("", 2099)]
            await sign_in(client, "900003")
            assert (await client.get("/v1/figures", params=DAY)).status_code == 403
            await sign_in(client, "031239")
            refused = await client.get("/v1/figures", params={**DAY, "officer": "031234"})
            assert (refused.status_code, refused.json()["refused"]) == (409, "figures_not_yours")
            await sign_in(client, "900001")
            assert (await client.get("/v1/figures", params={**DAY, "by": "counter"})).json()["rows"] == []
            entries = told(await trail(client))
    asked = [(who, outcome) for who, action, outcome in entries if action == "read_figures"]
    assert asked == [
        ("031230", "ok"),
        ("031230", "ok"),
        ("900003", "not_permitted"),
        ("031239", "figures_not_yours"),
        ("900001", "ok"),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "from=2026-11-02",
        "from=2026-11-02&to=2026-11-01",
        f"from=2020-01-01&to={date(2020, 1, 1) + timedelta(days=LONGEST)}",
        "from=2026-11-02&to=2026-11-02&by=name",
        "from=2026-11-02&to=2026-11-02&by=group&by=day",
        "from=2026-11-02&to=2026-11-02&more=1",
        "first=2026-11-02&last=2026-11-02",
        "from=2026-13-02&to=2026-11-02",
        "from=2026-11-02&to=2026-11-02&officer=%00",
        "from=0&to=0",
    ],
)
async def test_what_is_no_question_is_400(client: httpx.AsyncClient, query: str) -> None:
    await sign_in(client)
    assert (await client.get(f"/v1/figures?{query}")).status_code == 400


async def test_the_longest_question_and_a_far_day(server: TestServer, client: httpx.AsyncClient) -> None:
    await sign_in(client)
    last = date(2020, 1, 1) + timedelta(days=LONGEST - 1)
    for first, until in (("2020-01-01", last.isoformat()), ("0001-01-01", "0001-01-01"), ("9999-12-31", "9999-12-31")):
        answer = await client.get("/v1/figures", params={"from": first, "to": until})
        assert (answer.status_code, answer.json()["total"]["tickets"]) == (200, 0)
