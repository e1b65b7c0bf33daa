"""A station's events on their way to its readers.

A reader has a cursor and nothing else: it asks for what comes after it and is woken when there is more. So a desk that
reads slowly costs no memory and holds nobody up, and one that comes back after a break goes on where it stood.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from counterdesk.station.events import Recorded

KEEP = 4096
"""Frames kept ready; whoever is further behind reads from the store."""
BATCH = 256


def frame(recorded: Recorded) -> bytes:
    """One event as a Server-Sent Event. JSON escapes line breaks, so the data is one line."""
    return b"id: %d\nevent: recorded\ndata: %s\n\n" % (recorded.seq, msgspec.json.encode(recorded))


class Feed:
    """The newest frames of one station, and the bell. Used on the event loop only.

    newest: the number of the newest event. read: gets events after a number from the store, at most BATCH.
    """

    def __init__(self, newest: int, read: Callable[[int], Awaitable[tuple[Recorded, ...]]]) -> None:
        self.newest = newest
        self.closed = False
        self.bell = 0
        self._read = read
        self._frames: list[bytes] = []
        self._wake = asyncio.Event()

    def publish(self, events: Iterable[Recorded]) -> None:
        """Add events that follow the newest one; those already known (a repeated command) are passed over."""
        for recorded in events:
            if recorded.seq > self.newest:
                self._frames.append(frame(recorded))
                self.newest = recorded.seq
        if len(self._frames) > 2 * KEEP:
            del self._frames[:-KEEP]
        self._ring()

    def look_again(self) -> None:
        """Make every reader check its session now."""
        self.bell += 1
        self._ring()

    def close(self) -> None:
        """End every reader."""
        self.closed = True
        self._ring()

    def _ring(self) -> None:
        self._wake.set()
        self._wake = asyncio.Event()

    async def after(self, cursor: int) -> tuple[int, bytes]:
        """The frames after `cursor`, at most BATCH, and the cursor behind them. Raises: StoreError."""
        first = self.newest - len(self._frames)
        if cursor >= first:
            frames = self._frames[cursor - first : cursor - first + BATCH]
            return cursor + len(frames), b"".join(frames)
        events = await self._read(cursor)
        return (events[-1].seq if events else cursor), b"".join(map(frame, events))

    async def wait(self, cursor: int, bell: int, seconds: float) -> None:
        """Return when there is something after `cursor`, the bell is not `bell` any more, or the time is over."""
        if self.newest > cursor or self.bell != bell or self.closed:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
