"""What the hall's board shows: called numbers, their counters, and how long each group waits. Nothing of anybody.

It is made for everybody in the hall to read, so it holds what is said aloud there anyway: a ticket's number and a
counter's. No ticket's id, service, priority or officer, nor anything of a case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Text
from counterdesk.station.model import State, Ticket

MOST = 12
"""Calls on a board; a station with more counters shows the newest."""


class BoardCall(msgspec.Struct, frozen=True, kw_only=True):
    """A number that was called to a counter. recalls: how often it was announced again. state: called, or already
    there."""

    number: str
    counter: str
    called_at: datetime
    recalls: int
    state: Literal["called", "serving"]


class BoardGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A queue group: how many wait, and for how many whole minutes the one who came first does."""

    letter: str
    name: Text
    waiting: int
    longest: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """A hall's board at the moment `at`. name: of the station. open: counters that call at present. calls: newest
    first. groups: in the station's order."""

    name: str
    at: datetime
    open: tuple[str, ...]
    calls: tuple[BoardCall, ...]
    groups: tuple[BoardGroup, ...]


def board_of(state: State, index: Index, now: datetime) -> Board:
    """The board of a station."""
    called = [ticket for ticket in state.tickets.values() if ticket.state in ("called", "serving")]
    calls = sorted((_call(ticket) for ticket in called if ticket.called_at), key=lambda call: call.called_at)
    names = {group.id: group.short for group in index.catalog.groups}
    groups = []
    for group in state.groups.values():
        waiting = [
            ticket for ticket in state.tickets.values() if ticket.state == "waiting" and ticket.group == group.id
        ]
        longest = max(((now - ticket.queued_since).total_seconds() + ticket.waited for ticket in waiting), default=0.0)
        name = names.get(group.id) or Text(zh=group.id, en=group.id)
        groups.append(
            BoardGroup(letter=group.letter, name=name, waiting=len(waiting), longest=max(0, int(longest // 60)))
        )
    return Board(
        name=state.name,
        at=now,
        open=tuple(counter.number for counter in state.counters.values() if counter.state == "open"),
        calls=tuple(reversed(calls))[:MOST],
        groups=tuple(groups),
    )


def _call(ticket: Ticket) -> BoardCall:
    assert ticket.called_at is not None
    return BoardCall(
        number=ticket.number,
        counter=ticket.counter,
        called_at=ticket.called_at,
        recalls=ticket.recalls,
        state="called" if ticket.state == "called" else "serving",
    )


def same(one: Board | None, other: Board) -> bool:
    """Whether two boards show the same, whenever that was."""
    return one is not None and msgspec.structs.replace(one, at=other.at) == other
