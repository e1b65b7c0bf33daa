"""The stream: everything once, in order, across any number of breaks; and it ends when it must."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest

from counterdesk.backends.base import Alive, NotSignedIn, Resync, Unreachable
from counterdesk.backends.http import HttpBackend, _Tokens
from counterdesk.station.commands import IssueTicket
from counterdesk.station.events import Recorded, TicketLeft
from counterdesk.station.host import Station
from mock_server import feed as feed_module
from mock_server.feed import BATCH, Feed
from mock_server.server import machine_clock
from mock_server.stream import EventStream, cursor_of
from tests.server_process import PASSWORD, Clock, TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, plain_client, sign_in


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def own_server(tmp_path: Path, clock: Clock) -> Iterator[TestServer]:
    """A server of this test alone, with a clock to turn."""
    db = tmp_path / "station.sqlite3"
    prepare(db, OFFICERS)
    with server_in_thread(db, clock=clock) as running:
        yield running


@pytest.fixture
async def desk(server: TestServer) -> AsyncIterator[HttpBackend]:
    backend = server.backend()
    await backend.sign_in("031234", PASSWORD)
    yield backend
    await backend.close()


async def read(backend: HttpBackend, after: int, until: int) -> list[int]:
    """The numbers of the events after `after`, up to `until`."""
    seqs = []
    async with aclosing(cast(Any, backend.events(after))) as items:
        async for item in items:
            if isinstance(item, Recorded):
                seqs.append(item.seq)
                if item.seq >= until:
                    break
    return seqs


async def test_events_come_once_across_any_number_of_breaks(server: TestServer, desk: HttpBackend) -> None:
    start = (await desk.snapshot()).seq
    total, chance = 300, random.Random(7)

    async def issue() -> None:
        for _ in range(total):
            await desk.execute(uuid4().hex, IssueTicket(group="HK"))

    issuing = asyncio.create_task(issue())
    seqs: list[int] = []
    reader = server.backend()
    await reader.sign_in("031235", PASSWORD)
    breaks = 0
    while len(seqs) < total:
        cursor = start + len(seqs)
        # A break after some events, wherever the stream is then.
        seqs += await read(reader, cursor, min(start + total, cursor + chance.randint(1, 20)))
        breaks += 1
    await issuing
    await reader.close()
    assert seqs == list(range(start + 1, start + total + 1))
    assert breaks >= 15


async def test_a_desk_reads_what_happened_before_it_came(desk: HttpBackend) -> None:
    await desk.execute(uuid4().hex, IssueTicket(group="HK"))
    newest = (await desk.snapshot()).seq
    assert await read(desk, 0, newest) == list(range(1, newest + 1))


async def test_signs_of_life_come_by_the_clock(desk: HttpBackend) -> None:
    newest = (await desk.snapshot()).seq
    alive = []
    async with aclosing(cast(Any, desk.events(newest))) as items:
        async for item in items:
            alive.append(item)
            if len(alive) == 3:
                break
    assert all(isinstance(item, Alive) and item.seq == newest for item in alive)
    assert len({item.audit for item in alive}) == 1


async def test_a_cursor_ahead_of_the_station_is_told_to_start_again(desk: HttpBackend) -> None:
    items = [item async for item in desk.events(10**9)]
    assert items == [Resync()]


@pytest.mark.parametrize("cursor", ["x", "-1", "1.0", "９", "9" * 40, ""])
def test_a_malformed_cursor_is_no_number(cursor: str) -> None:
    assert cursor_of(cursor, 100) is None


def test_cursors() -> None:
    assert [cursor_of(text, 5) for text in (None, "0", "5", "6")] == [0, 0, 5, None]


async def test_the_stream_as_bytes(server: TestServer) -> None:
    async with plain_client(server.url) as client:
        await sign_in(client)
        async with client.stream("GET", "/v1/events", headers={"Last-Event-ID": "0"}) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert response.headers["x-accel-buffering"] == "no"
            assert response.headers["cache-control"] == "no-store"
            text = ""
            async for part in response.aiter_text():
                text += part
                if "event: alive" in text:
                    break
        first, second = text.split("\n\n")[:2]
        assert first == "retry: 2000"
        assert second.startswith("id: 1\nevent: recorded\ndata: {")
        async with client.stream("GET", "/v1/events?after=nonsense") as response:
            assert (await response.aread()).endswith(b"event: resync\ndata: {}\n\n")


async def test_signing_out_ends_the_stream_at_once(server: TestServer) -> None:
    async with plain_client(server.url) as client:
        token = await sign_in(client)
        backend = server.backend()
        backend._tokens = _Tokens(token)
        async with aclosing(cast(Any, backend.events(0))) as items:
            while not isinstance(await anext(items), Alive):
                pass
            await client.delete("/v1/sessions")
            with pytest.raises(NotSignedIn):
                await _drain(items)
        await backend.close()


async def test_a_session_that_expires_ends_a_busy_stream(own_server: TestServer, clock: Clock) -> None:
    desk, reader = own_server.backend(), own_server.backend()
    opened = clock.now
    await reader.sign_in("031234", PASSWORD)
    clock.pass_time(hours=1)
    await desk.sign_in("031235", PASSWORD)

    async def never_idle() -> None:
        while True:
            await desk.execute(uuid4().hex, IssueTicket(group="HK"))

    async def twelve_hours_on() -> None:
        """Read; let the reader's session, and not the other, be over once the stream stands."""
        alive = 0
        async for item in reader.events(0):
            alive += isinstance(item, Alive)
            if alive == 1:
                clock.now = opened + timedelta(hours=12)

    busy = asyncio.create_task(never_idle())
    try:
        async with asyncio.timeout(20):
            with pytest.raises(NotSignedIn):
                await twelve_hours_on()
        assert not busy.done()
    finally:
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
        await desk.close()
        await reader.close()


async def test_a_server_that_stops_ends_the_stream(tmp_path: Path) -> None:
    db = tmp_path / "station.sqlite3"
    prepare(db, OFFICERS)
    with server_in_thread(db, heartbeat=60) as running:
        backend = running.backend()
        await backend.sign_in("031234", PASSWORD)
        items = cast(Any, backend.events(0))
        while not isinstance(await anext(items), Alive):
            pass
        # Leaving the context stops the server, which must not wait for a heartbeat or for the reader.
        started = time.monotonic()
    assert time.monotonic() - started < 20, "it waited for somebody"
    with pytest.raises(Unreachable, match="the stream ended"):
        await _drain(items)
    await backend.close()


async def _drain(items: AsyncIterator[object]) -> None:
    async for _ in items:
        pass


def recorded(seq: int) -> Recorded:
    return Recorded(seq=seq, command="c", event=TicketLeft(at=machine_clock(), by="x", ticket="t"))


async def test_a_feed_keeps_little_and_reads_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "KEEP", 10)
    stored = [recorded(seq) for seq in range(1, 101)]

    async def from_store(after: int) -> tuple[Recorded, ...]:
        return tuple(stored[after : after + 7])

    feed = Feed(0, from_store)
    for event in stored:
        feed.publish([event, event])
        assert len(feed._frames) <= 21
    cursor, seen = 0, b""
    while cursor < 100:
        cursor, frames = await feed.after(cursor)
        seen += frames
    assert [line for line in seen.decode().splitlines() if line.startswith("id: ")] == [
        f"id: {seq}" for seq in range(1, 101)
    ]
    assert await feed.after(100) == (100, b"")


async def test_a_reader_that_takes_nothing_is_sent_nothing_more() -> None:
    async def nothing(_after: int) -> tuple[Recorded, ...]:
        return ()

    async def alive() -> bytes | None:
        return b"{}"

    feed = Feed(0, nothing)
    stuck, sent = asyncio.Event(), []

    async def send(message: Any) -> None:
        sent.append(message)
        if b"event: recorded" in message.get("body", b""):
            stuck.set()
            await asyncio.Event().wait()

    async def receive() -> Any:
        await asyncio.Event().wait()

    stream = asyncio.create_task(EventStream(feed, 0, alive, 60.0)({}, receive, send))
    for seq in range(1, 20 * BATCH):
        feed.publish([recorded(seq)])
    await stuck.wait()
    for seq in range(20 * BATCH, 30 * BATCH):
        feed.publish([recorded(seq)])
    stream.cancel()
    await asyncio.gather(stream, return_exceptions=True)
    bodies = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert sum(body.count(b"event: recorded") for body in bodies) == BATCH


async def test_a_command_whose_sender_left_is_still_told_to_all(own_server: TestServer) -> None:
    """The answer may find nobody; the event must find everybody."""
    desk, other = own_server.backend(), own_server.backend()
    await desk.sign_in("031234", PASSWORD)
    await other.sign_in("031235", PASSWORD)
    start = (await desk.snapshot()).seq
    for number in range(30):
        asking = asyncio.create_task(desk.execute(uuid4().hex, IssueTicket(group="HK")))
        for _ in range(random.Random(number).randint(1, 12)):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await other.execute("last", IssueTicket(group="HK"))
    newest = (await other.snapshot()).seq
    assert newest > start
    assert await read(other, start, newest) == list(range(start + 1, newest + 1))
    await desk.close()
    await other.close()


def test_stations_are_stations(tmp_path: Path) -> None:
    """A database prepared for tests is one that the rules themselves made."""
    seen: list[Station] = []
    prepare(tmp_path / "db", OFFICERS, fill=seen.append)
    assert seen[0].state.counters.keys() == {"1", "2", "3", "4"}
