"""The log says what happened and never what anybody is called."""

from __future__ import annotations

import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import log
from mock_server.log import StreamLog
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


def test_a_log_that_nobody_reads_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_WAITING", 10)
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        handler = StreamLog(stream)
        handler.setFormatter(log.JsonFormatter())
        record = log.logging.LogRecord(log.NAME, 20, "", 0, "x" * 10_000, None, None)  # type: ignore[attr-defined]
        done = threading.Thread(target=lambda: [handler.emit(record) for _ in range(200)])
        done.start()
        done.join(timeout=10)
        assert not done.is_alive()
        # Let the writing thread go: the pipe breaks.
        os.close(reading)
        handler._thread.join(timeout=10)
        handler.close()
        stream_broken = stream
        try:
            stream_broken.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), writing)
