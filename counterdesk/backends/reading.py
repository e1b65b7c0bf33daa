"""One day of a station's stream, read through the port: its events, and no more of what was before than must be."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date
from typing import cast

from counterdesk.backends.base import Alive, Backend, Misunderstood, Resync
from counterdesk.station.events import Recorded
from counterdesk.station.model import TIMEZONE
from counterdesk.station.past_day import Excerpt

TRIES = 3
"""How often it is begun anew when the stream turns out to be another than the snapshot said."""


class _Anew(Exception):
    """The stream does not go as far as its snapshot."""


async def read_day(backend: Backend, day: date) -> Excerpt:
    """All events of a day until now, with the station as it is now; no events where there are none.

    The first one is found by halving the stream: events are in the order of time.
    Raises: NotSignedIn, NotAllowed, Unreachable, Misunderstood.
    """
    for _ in range(TRIES):
        now = await backend.snapshot()
        try:
            before = await _last_before(backend, day, now.seq)
            found: list[Recorded] = []
            async with aclosing(_until(backend, before, now.seq)) as events:
                async for recorded in events:
                    if _day(recorded) > day:
                        break
                    found.append(recorded)
        except _Anew:
            continue
        return Excerpt(now.state, tuple(found))
    raise Misunderstood("the stream is not that of the snapshot")


async def _last_before(backend: Backend, day: date, newest: int) -> int:
    """The number of the last event before a day, 0 if there is none."""
    low, high = 0, newest
    while low < high:
        middle = (low + high) // 2
        async with aclosing(_until(backend, middle, newest)) as events:
            first = await anext(events)
        if _day(first) < day:
            low = middle + 1
        else:
            high = middle
    return low


async def _until(backend: Backend, after: int, newest: int) -> AsyncGenerator[Recorded, None]:
    """The events after one number until another. Raises: _Anew, and as `Backend.events`."""
    if after >= newest:
        return
    # Closed by hand: one left to the garbage collector would end on a loop that may be gone.
    told = cast(AsyncGenerator[Recorded | Alive | Resync, None], backend.events(after))
    async with aclosing(told) as items:
        async for item in items:
            if isinstance(item, Resync) or (isinstance(item, Alive) and item.seq < newest):
                raise _Anew
            if isinstance(item, Recorded):
                yield item
                if item.seq >= newest:
                    return
    raise _Anew


def _day(recorded: Recorded) -> date:
    return recorded.event.at.astimezone(TIMEZONE).date()
