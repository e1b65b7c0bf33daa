"""A board that nobody looks after: it comes back after every break, and gives up only where that is final."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, cast

import pytest

from counterdesk.backends.base import Alive, Backend, Board, NotAllowed, NotSignedIn, Unreachable
from counterdesk.desk.board_line import FIRST_PAUSE, LONGEST_PAUSE, BoardLine, BoardState
from counterdesk.station.model import TIMEZONE

BOARD = Board(name="示范派出所", at=datetime(2026, 11, 2, 9, tzinfo=TIMEZONE), open=(), calls=(), groups=())
Step = Board | Alive | Exception


class Scripted:
    """A station that says this at each connection, one list after the other, and then nothing more."""

    def __init__(self, *connections: list[Step], sign_in: list[Exception | None] | None = None) -> None:
        self.connections = list(connections)
        self.answers = sign_in or []
        self.signed_in: list[tuple[str, str]] = []

    async def sign_in(self, officer: str, password: str) -> None:
        self.signed_in.append((officer, password))
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer

    async def boards(self) -> AsyncIterator[Board | Alive]:
        for step in self.connections.pop(0) if self.connections else [NotAllowed("the end of the script")]:
            if isinstance(step, Exception):
                raise step
            yield step


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it waited, without waiting."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waited


def follow(station: Scripted) -> list[BoardState]:
    states: list[BoardState] = []
    time = iter(range(1000))
    line = BoardLine(cast(Backend, station), "board", "secret", states.append, lambda: float(next(time)))
    asyncio.run(line.run())
    return states


def test_it_keeps_the_board_while_the_line_is_away_and_goes_on(pauses: list[float]) -> None:
    station = Scripted([BOARD, Alive(seq=1), Unreachable("x")], [Alive(seq=2), NotSignedIn("ended")], [BOARD])
    states = follow(station)
    assert [(state.online, state.board is not None, state.heard) for state in states] == [
        (True, True, 0.0),
        (True, True, 1.0),
        (False, True, 1.0),
        (True, True, 2.0),
        (True, True, 3.0),
        (False, True, 3.0),
    ]
    assert station.signed_in == [("board", "secret")] * 4
    assert states[-1].refused == "not_allowed"
    assert pauses == [FIRST_PAUSE] * 3


def test_it_waits_longer_each_time_and_never_too_long(pauses: list[float]) -> None:
    away: list[list[Step]] = [[Unreachable("x")] for _ in range(8)]
    follow(Scripted(*away))
    assert pauses[:5] == [1, 2, 4, 8, 16]
    assert pauses[5:] == [LONGEST_PAUSE] * 3


def test_a_station_that_asks_for_patience_gets_it(pauses: list[float]) -> None:
    follow(Scripted(sign_in=[NotSignedIn("x", code="throttled", seconds=20)]))
    assert pauses == [20]


def test_a_wrong_password_is_final(pauses: list[float]) -> None:
    (state,) = follow(Scripted(sign_in=[NotSignedIn("x", code="wrong")]))
    assert (state.refused, state.online) == ("not_signed_in", False)
    assert pauses == []


def test_what_it_knows_is_not_printed() -> None:
    line: Any = BoardLine(cast(Backend, Scripted()), "board", "secret", print)
    assert "secret" not in f"{line!r} {line.state!r} {BoardState(BOARD)!r}"
