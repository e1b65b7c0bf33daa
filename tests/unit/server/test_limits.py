"""What one peer may take of the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import httpx
import pytest

from mock_server import limits, server
from mock_server.application import LARGEST_HEADERS
from tests.server_process import TestServer, prepare, server_in_thread
from tests.unit.server.conftest import OFFICERS, sign_in


async def test_headers_beyond_the_limit_are_431(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers={"X-Padding": "x" * LARGEST_HEADERS})
    assert (answer.status_code, answer.json()) == (431, {"error": "headers_too_large"})
    assert (await client.get("/healthz", headers={"X-Padding": "x" * (LARGEST_HEADERS - 1024)})).status_code == 200


async def test_headers_without_end_are_cut_off(server: TestServer) -> None:
    reader, writer = await _connected(server.url)
    writer.write(b"GET /healthz HTTP/1.1\r\n")
    async with asyncio.timeout(20):
        try:
            while not reader.at_eof():
                writer.write(b"X-Padding: " + b"x" * 8000 + b"\r\n")
                await writer.drain()
                await asyncio.sleep(0)
                if reader._buffer:  # type: ignore[attr-defined]
                    break
            assert (await reader.read(12)) in (b"HTTP/1.1 400", b"HTTP/1.1 431", b"")
        except ConnectionError:
            pass
    writer.close()


@pytest.fixture
def narrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prepare(tmp_path / "db", OFFICERS)
    monkeypatch.setattr(server, "limited", lambda: limits.limited(connections=3, header_time=0.3))
    return tmp_path / "db"


async def test_one_connection_too_many_is_429_and_the_place_comes_back(narrow: Path) -> None:
    with server_in_thread(narrow) as running:
        held = [await _connected(running.url) for _ in range(3)]
        for _, writer in held:
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        for reader, _ in held:
            await reader.readuntil(b"\r\n\r\n")
        reader, writer = await _connected(running.url)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 429 ")
        assert json.loads(body) == {"error": "busy", "seconds": 5}
        assert f"content-length: {len(body)}".encode() in head
        writer.close()
        for _, other in held:
            other.close()
            await other.wait_closed()
        async with asyncio.timeout(10):
            # The server hears of a closed connection a moment after it was closed.
            while not await _answers(running.url):  # noqa: ASYNC110
                await asyncio.sleep(0)


async def test_a_connection_that_says_nothing_is_closed(narrow: Path) -> None:
    with server_in_thread(narrow) as running:
        for said in (b"", b"GET /healthz HTTP/1.1\r\nx: "):
            reader, writer = await _connected(running.url)
            writer.write(said)
            async with asyncio.timeout(10):
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
            writer.close()
        async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
            await sign_in(client)


async def _connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))


async def _answers(url: str) -> bool:
    reader, writer = await _connected(url)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    try:
        return (await reader.read()).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False
    finally:
        writer.close()
