"""GET /v1/events: one reader of a feed as a stream of Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from mock_server.feed import Feed

HEARTBEAT = 5.0
RETRY_MS = 2000
STALLED = 30.0
"""A reader that takes nothing for so long is gone; it comes back with its cursor."""

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Proxies (nginx) collect a response before passing it on unless told otherwise.
    (b"x-accel-buffering", b"no"),
]
RESYNC = b"event: resync\ndata: {}\n\n"
ENDED = b'event: ended\ndata: {"error":"not_signed_in"}\n\n'


def cursor_of(text: str | None, newest: int) -> int | None:
    """The event number that a client names: 0 if it names none, None if the station cannot go on from there."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        return None
    return int(text) if int(text) <= newest else None


class Stream:
    """An ASGI response of Server-Sent Events that goes on until the reader, the session or the server goes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream. A reader that leaves is noticed at once, not at the next event."""
        pump = asyncio.create_task(self._pump(send))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pump.cancel()
            gone.cancel()
            results = await asyncio.gather(pump, gone, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, (TimeoutError, OSError)):
                raise result

    async def _pump(self, send: Send) -> None:
        async def write(data: bytes, more: bool = True) -> None:
            # uvicorn's send waits while the socket's buffer is full: that is the back-pressure.
            async with asyncio.timeout(STALLED):
                await send({"type": "http.response.body", "body": data, "more_body": more})

        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await write(b"retry: %d\n\n" % RETRY_MS)
        await write(await self._run(write), more=False)

    async def _run(self, write: Callable[[bytes], Awaitable[None]]) -> bytes:
        """Send events and heartbeats; returns the last words."""
        raise NotImplementedError


class EventStream(Stream):
    """Sends a feed from `cursor` on.

    alive: the sign of life to send, None once the session is over; asked at every heartbeat and whenever somebody signs
    out.
    """

    def __init__(
        self, feed: Feed, cursor: int | None, alive: Callable[[], Awaitable[bytes | None]], heartbeat: float
    ) -> None:
        self._feed = feed
        self._cursor = cursor
        self._alive = alive
        self._heartbeat = heartbeat

    async def _run(self, write: Callable[[bytes], Awaitable[None]]) -> bytes:
        """Send events and heartbeats; returns the last words."""
        if self._cursor is None:
            return RESYNC
        feed, cursor, time = self._feed, self._cursor, asyncio.get_running_loop().time
        bell = feed.bell
        # The first sign of life comes as soon as the backlog is sent: the desk knows that the line stands.
        due = time() + self._heartbeat
        caught_up = False
        while not feed.closed:
            cursor, frames = await feed.after(cursor)
            if frames:
                await write(frames)
            if not caught_up and cursor >= feed.newest:
                caught_up, due = True, time()
            # By the clock and not by idleness: in a busy hall a session must end too.
            if time() >= due or feed.bell != bell:
                bell = feed.bell
                sign = await self._alive()
                if sign is None:
                    return ENDED
                await write(b"event: alive\ndata: %s\n\n" % sign)
                due = time() + self._heartbeat
            await feed.wait(cursor, bell, max(0.0, due - time()))
        return b""


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
