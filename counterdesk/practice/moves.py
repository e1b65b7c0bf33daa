"""What the simulated hall wants to do next, and when its parts want to look again."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta

import msgspec

from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.quiet import quiet
from counterdesk.station.commands import AnyCommand
from counterdesk.station.roles import Actor


@quiet
class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A command that somebody in the hall wants to give; file: to be written before it."""

    command: AnyCommand
    actor: Actor
    file: CaseFile | None = None


@quiet
class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A wish with its command id and time. part and key: who in the hall hears the answer."""

    id: str
    wish: Wish
    at: datetime
    part: str
    key: str


class Plan:
    """The hall's agenda and what its parts share.

    pace: simulated minutes per minute of the station; 1 while warming up, the hall's speed afterwards. haste: how much
    faster departments work while warming up, so that a hall that just began already has decided cases. reserved: cases
    that no department touches until they were returned, because a course says when.
    """

    def __init__(self, seed: int, index: Index, staffed: frozenset[str]) -> None:
        self.seed = seed
        self.index = index
        self.staffed = staffed
        self.pace = 1.0
        self.haste = 1.0
        self.reserved: set[str] = set()
        self._heap: list[tuple[datetime, int, str, str]] = []
        self._count = 0

    def after(self, now: datetime, minutes: float) -> datetime:
        """`minutes` of the hall later, in the time of the station."""
        return now + timedelta(minutes=minutes / self.pace)

    def look(self, at: datetime, part: str, key: str) -> None:
        """Let `part` look at `key` at the given time."""
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, part, key))

    def due(self) -> datetime | None:
        """When somebody next wants to look."""
        return self._heap[0][0] if self._heap else None

    def pop(self) -> tuple[str, str]:
        """The part and key that are due first, taken off the agenda."""
        _, _, part, key = heapq.heappop(self._heap)
        return part, key

    def quicken(self, now: datetime, pace: float, fixed: frozenset[str]) -> None:
        """Go on at another pace from `now`: what is still to come moves nearer, except for the parts in `fixed`."""
        factor = self.pace / pace
        self.pace = pace
        self._heap = [
            (at if part in fixed or at <= now else now + (at - now) * factor, count, part, key)
            for at, count, part, key in self._heap
        ]
        heapq.heapify(self._heap)
