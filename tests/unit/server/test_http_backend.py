"""The desk's side of HTTP: every trouble becomes one of the family, and nothing secret can be seen."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from counterdesk.backends.base import (
    Alive,
    BackendError,
    Conflict,
    Misunderstood,
    NotAllowed,
    NotSignedIn,
    Unreachable,
)
from counterdesk.backends.http import HttpBackend, _Tokens
from counterdesk.catalog.casefile import CaseFile
from counterdesk.station.commands import CallNext, IssueTicket
from counterdesk.station.refused import Refused
from tests.server_process import PASSWORD, STATION, TestServer

SECRET = "KANARIE-token"
EVENT = '{"seq":%d,"command":"c","event":{"type":"TicketLeft","at":"2026-11-02T09:00:00+08:00","by":"x","ticket":"t"}}'


def answer(status: int, body: bytes = b"{}", kind: str = "application/json", *, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {size}\r\n\r\n".encode() + body


def stream(body: str | bytes, kind: str = "text/event-stream") -> bytes:
    data = body if isinstance(body, bytes) else body.encode()
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n".encode() + data


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    """The URL of a server that is gone, with all its connections, when the context ends."""
    tasks: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)


@asynccontextmanager
async def saying(data: bytes, hold: bool = False, **options: float) -> AsyncIterator[HttpBackend]:
    """A backend, signed in, at a server that answers every request with `data`; `hold` keeps the line open after."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        if hold:
            await reader.read()

    async with serving(serve) as url:
        backend = HttpBackend(url=url, **options)  # type: ignore[arg-type]
        backend._tokens = _Tokens(SECRET)
        try:
            yield backend
        finally:
            await backend.close()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (answer(400), Misunderstood),
        (answer(401), NotSignedIn),
        (answer(403), NotAllowed),
        (answer(404), Misunderstood),
        (answer(408), Unreachable),
        (answer(409), Misunderstood),
        (answer(409, b'{"refused":"no_such_code","params":{}}'), Misunderstood),
        (answer(409, b'{"refused":"counter_busy","params":{"ticket":"H001"}}'), Refused),
        (answer(412), Misunderstood),
        (answer(412, b'{"error":"conflict","current":7}'), Conflict),
        (answer(413), Misunderstood),
        (answer(422), Misunderstood),
        (answer(429), Unreachable),
        (answer(500), Unreachable),
        (answer(502, b"<html>"), Unreachable),
        (answer(503), Unreachable),
        (answer(301), Misunderstood),
        (answer(200, b"<html>"), Misunderstood),
        (answer(200, b"\xff"), Misunderstood),
        (answer(200, b'{"command":"\xff"}'), Misunderstood),
        (answer(200, b"[" * 100_000), Misunderstood),
        (answer(200, b'{"command":"other","events":[]}'), Misunderstood),
        (answer(200, b"{", length=100), Unreachable),
        (b"", Unreachable),
        (b"nonsense\r\n\r\n", Unreachable),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc", Unreachable),
    ],
)
async def test_every_answer_is_one_of_the_family(data: bytes, error: type[Exception]) -> None:
    async with saying(data) as backend:
        with pytest.raises(error) as raised:
            await backend.execute("mine", CallNext(counter="1"))
    assert type(raised.value) is error
    # Nothing of httpx is left in the error: its exceptions hold the request with the token.
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    if isinstance(raised.value, Refused):
        assert raised.value.params == {"ticket": "H001"}
    if isinstance(raised.value, Conflict):
        assert raised.value.current == 7


async def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused for certain
        backend = HttpBackend(url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(Unreachable):
            await backend.sign_in("031234", PASSWORD)
        backend._tokens = _Tokens(SECRET)
        for ask in (backend.snapshot, lambda: backend.read_file("a"), lambda: anext(aiter(backend.events(0)))):
            with pytest.raises(Unreachable):
                await ask()
        await backend.sign_out()
        await backend.close()


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async with saying(b"", hold=True, timeout=0.1) as backend:
        with pytest.raises(Unreachable):
            await backend.snapshot()
    async with saying(stream(""), hold=True, heartbeat=0.05) as backend:
        with pytest.raises(Unreachable):
            await anext(aiter(backend.events(0)))


async def test_a_server_that_drips_is_given_up() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        gone = asyncio.create_task(reader.read())
        while not gone.done():
            writer.write(b" ")
            await asyncio.wait({gone}, timeout=0.02)

    async with serving(drip) as url:
        backend = HttpBackend(url=url, timeout=0.2)
        backend._tokens = _Tokens(SECRET)
        with pytest.raises(Unreachable):
            await backend.snapshot()
        await backend.close()


FRAME = f"id: %d\nevent: recorded\ndata: {EVENT}\n\n"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (stream(FRAME % (1, 1) + FRAME % (3, 3)), Misunderstood),
        (stream(FRAME % (1, 1) + FRAME % (1, 1)), Misunderstood),
        (stream(FRAME % (2, 2)), Misunderstood),
        (stream("event: recorded\ndata: {}\n\n"), Misunderstood),
        (stream("event: alive\ndata: soon\n\n"), Misunderstood),
        (stream(b"data: \xff\n\n"), Misunderstood),
        (stream("<html>", "text/html"), Misunderstood),
        (stream('event: ended\ndata: {"error":"not_signed_in"}\n\n'), NotSignedIn),
        (stream(FRAME % (1, 1)), Unreachable),
        (stream(": nothing\n\nevent: unknown\ndata: x\n\n"), Unreachable),
        (answer(401), NotSignedIn),
        (answer(403), NotAllowed),
        (answer(503), Unreachable),
    ],
)
async def test_a_stream_that_is_wrong_is_noticed(data: bytes, error: type[BackendError]) -> None:
    async with saying(data) as backend:
        with pytest.raises(error):
            _ = [item async for item in backend.events(0)]


async def test_without_a_session_nothing_is_sent() -> None:
    backend = HttpBackend(url="http://127.0.0.1:9")
    for ask in (backend.snapshot, lambda: backend.execute("c", CallNext(counter="1")), lambda: backend.read_file("a")):
        with pytest.raises(NotSignedIn):
            await ask()
    with pytest.raises(NotSignedIn):
        await anext(aiter(backend.events(0)))
    await backend.sign_out()
    await backend.close()


@pytest.mark.parametrize("url", ["", "station", "ftp://station", "http://", "http://u:p@station", "http://a:b", "//x"])
def test_a_bad_url_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        HttpBackend(url=url)


async def test_nothing_secret_in_a_repr_and_unknown_options_pass() -> None:
    backend = HttpBackend(url="http://127.0.0.1:9", station="demo", colour="blue")
    backend._tokens = _Tokens(SECRET)
    assert repr(backend) == "HttpBackend(url='http://127.0.0.1:9', station='demo')"
    assert SECRET not in repr(vars(backend)["_client"])
    await backend.close()


async def test_the_environment_sends_it_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with saying(answer(403)) as backend:
        with pytest.raises(NotAllowed):
            await backend.snapshot()


async def test_a_day_at_a_real_server(server: TestServer) -> None:
    backend = server.backend()
    with pytest.raises(NotSignedIn):
        await backend.sign_in("031234", "wrong")
    session = await backend.sign_in("031234", PASSWORD)
    assert (session.station, session.actor.id) == (STATION, "031234")
    receipt = await backend.execute("a", IssueTicket(group="HK"))
    assert await backend.execute("a", IssueTicket(group="HK")) == receipt
    with pytest.raises(Refused):
        await backend.execute("b", CallNext(counter="99"))
    with pytest.raises(Refused) as refused:
        await backend.read_file("no such case?#%")
    assert refused.value.code in ("unknown_case", "not_permitted")
    with pytest.raises(Refused):
        await backend.write_file(CaseFile(case="none"))
    assert await backend.lookup("hukou.birth", "applicant_id", "1") == {}
    assert (await backend.snapshot()).seq >= receipt.events[-1].seq
    items = backend.events((await backend.snapshot()).seq)
    assert isinstance(await anext(aiter(items)), Alive)
    await items.aclose()  # type: ignore[attr-defined]
    await backend.sign_out()
    with pytest.raises(NotSignedIn):
        await backend.snapshot()
    await backend.close()


def test_the_family_has_no_strangers() -> None:
    family: list[Callable[..., BackendError]] = [Unreachable, NotSignedIn, NotAllowed, Conflict, Misunderstood]
    assert all(issubclass(member, BackendError) for member in family)  # type: ignore[arg-type]
