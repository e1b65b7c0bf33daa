"""A database that fails: the desk is told to ask again, and the answer is then the truth of the disk."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from counterdesk.station.audit import Note
from counterdesk.station.host import Answer
from mock_server.store.base import StoreError
from mock_server.store.sqlite import SqliteStream
from tests.server_process import prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, plain_client, sign_in

ISSUE = {"type": "IssueTicket", "group": "HK"}


async def issue(client: httpx.AsyncClient, key: str) -> httpx.Response:
    return await client.post("/v1/commands", json=ISSUE, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("kept", [False, True])
async def test_a_failed_commit_is_cleared_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    """`kept`: whether the disk had it although the commit was reported as failed."""
    prepare(tmp_path / "db", OFFICERS)
    append = SqliteStream.append
    fail = True

    def failing(stream: SqliteStream, answer: Answer, erase: tuple[str, ...], note: Note) -> None:
        nonlocal fail
        if not fail or kept:
            append(stream, answer, erase, note)
        if fail:
            fail = False
            raise StoreError("SQLITE_IOERR_FSYNC")

    monkeypatch.setattr(SqliteStream, "append", failing)
    with server_in_thread(tmp_path / "db") as running:
        async with plain_client(running.url) as client:
            await sign_in(client)
            before = (await client.get("/v1/station")).json()["seq"]
            key = uuid4().hex
            failed = await issue(client, key)
            assert (failed.status_code, failed.json()) == (503, {"error": "store"})
            again = await issue(client, key)
            assert again.status_code == 200
            events = again.json()["events"]
            assert events[0]["seq"] == before + 1
            snapshot = (await client.get("/v1/station")).json()
            assert snapshot["seq"] == events[-1]["seq"]
            assert len(snapshot["state"]["tickets"]) == 1
            text = ""
            async with client.stream("GET", "/v1/events", headers={"Last-Event-ID": str(before)}) as stream:
                async for part in stream.aiter_text():
                    text += part
                    if "event: alive" in text:
                        break
            assert [line for line in text.splitlines() if line.startswith("id: ")] == [
                f"id: {event['seq']}" for event in events
            ]
