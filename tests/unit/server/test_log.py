"""The log says what happened and never what anybody is called."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import log
from tests.server_process import PASSWORD, STATION, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, plain_client, sign_in

NAME = "王卡纳丽"
NUMBER = "110101199003078515"


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def journey(client: httpx.AsyncClient) -> None:
    """Personal data in every place a client can put it."""
    await client.post("/v1/sessions", json={"station": NAME, "officer": NUMBER, "password": NAME})
    await client.post("/v1/sessions", content=f'{{"{NAME}": "{NUMBER}"}}'.encode())
    await sign_in(client)
    for body in ({"type": "CallNext", "counter": NAME}, {"type": NAME}, {"type": "CallTicket", "counter": NUMBER}):
        await client.post("/v1/commands", json=body, headers={"Idempotency-Key": NUMBER})
    file = {"case": NUMBER, "version": 0, "answers": {"name": {"value": NAME}}}
    await client.put(f"/v1/cases/{NUMBER}/file", json=file, headers={"If-Match": '"0"'})
    await client.get(f"/v1/cases/{NAME}/file", headers={"X-Name": NUMBER})
    await client.get(f"/v1/{NUMBER}", params={"name": NAME})
    await client.post("/v1/archives/lookup", json={"service": NAME, "key": NAME, "value": NUMBER})
    await client.request("BREW" + NUMBER, "/healthz", headers={"User-Agent": NUMBER})


async def test_personal_data_never_enters_the_log(tmp_path: Path) -> None:
    stream = io.StringIO()
    handler = log.configure(stream)
    try:
        prepare(tmp_path / "db", OFFICERS)
        with server_in_thread(tmp_path / "db") as running:
            async with plain_client(running.url) as client:
                await journey(client)
                token = client.headers["Authorization"].removeprefix("Bearer ")
    finally:
        log.release(handler)
    text = stream.getvalue()
    for canary in (NAME, NUMBER, PASSWORD, token, NAME.encode("unicode_escape").decode()):
        assert canary not in text
    assert text.isascii()
    requests = [line for line in lines(stream) if line["event"] == "request"]
    assert len(requests) == 11
    sign_in_line = requests[2]
    assert (sign_in_line["method"], sign_in_line["route"], sign_in_line["status"]) == ("POST", "/v1/sessions", 201)
    assert (sign_in_line["station"], sign_in_line["officer"]) == (STATION, "031234")
    refused = requests[3]
    assert (refused["command"], refused["refused"], refused["status"]) == ("CallNext", "unknown_counter", 409)
    assert {"time", "level", "ms"} <= refused.keys()
    assert requests[-1]["method"] == "other"


def test_an_exception_is_told_without_its_words() -> None:
    stream = io.StringIO()
    handler = log.configure(stream)
    try:
        raise ValueError(NAME)
    except ValueError as error:
        log.failure("internal", error, route="/v1/x")
    finally:
        log.release(handler)
    (line,) = lines(stream)
    assert (line["exception"], line["level"], line["route"]) == ("ValueError", "error", "/v1/x")
    assert line["at"][0].startswith("test_log.py:")
    assert NAME not in stream.getvalue()


class Stuck(io.StringIO):
    """A pipe that nobody empties, until `gate` opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def write(self, text: str) -> int:
        """Wait."""
        self.gate.wait(timeout=20)
        return super().write(text)


def test_a_log_that_nobody_reads_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_WAITING", 10)
    stream = Stuck()
    handler = log.configure(stream)
    for number in range(200):
        log.write("request", number=number)  # returns at once, or this test never ends
    stream.gate.set()
    log.release(handler)
    kept = [line["number"] for line in lines(stream)]
    assert kept == sorted(kept)
    assert 10 <= len(kept) <= 12
