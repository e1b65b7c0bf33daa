"""What the hall's board shows: calls newest first, how long each group waits, and nothing of anybody."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.station import commands as c
from counterdesk.station.board import MOST, Board, board_of, same
from counterdesk.station.roles import Actor

from .hall import CONFIGURE, SECOND, SETUP, Hall


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(load())


def shown(at: Hall, index: Index) -> Board:
    return board_of(at.state, index, at.now)


def test_who_was_put_back_has_waited_before(index: Index) -> None:
    at = Hall()
    at.ticket("hukou")
    at.later(minutes=4)
    at.do(c.CallNext(counter="1"))
    at.later(minutes=9)
    at.do(c.Requeue(counter="1"))
    at.later(minutes=3.5)
    hukou, traffic = shown(at, index).groups
    assert (hukou.letter, hukou.waiting, hukou.longest) == ("A", 1, 7)
    assert (traffic.waiting, traffic.longest) == (0, 0)


def test_calls_stand_newest_first_and_no_more_than_fit(index: Index) -> None:
    at = Hall()
    numbers = tuple(str(number) for number in range(1, MOST + 4))
    at.do(msgspec.structs.replace(CONFIGURE, counters=numbers), SETUP)
    for number in numbers:
        officer = Actor(id=f"p{number}", role="officer")
        at.do(c.OpenCounter(counter=number, groups=("traffic", "hukou")), officer)
        at.ticket("traffic")
        at.later(seconds=10)
        at.do(c.CallNext(counter=number), officer)
    board = shown(at, index)
    assert [call.counter for call in board.calls] == list(reversed(numbers))[:MOST]
    assert board.open == numbers


def test_boards_are_the_same_whenever_they_are_looked_at_and_not_once_something_is_called(index: Index) -> None:
    at = Hall()
    at.ticket("traffic", priority="disabled", service="hukou.birth")
    before = shown(at, index)
    at.now += timedelta(seconds=20)
    assert same(before, shown(at, index))
    at.do(c.CallNext(counter="2"), SECOND)
    assert not same(before, shown(at, index))
    assert not same(None, before)
    told = msgspec.json.encode(shown(at, index)).decode()
    assert not [secret for secret in ("p2", "disabled", "birth", "20240603") if secret in told]
