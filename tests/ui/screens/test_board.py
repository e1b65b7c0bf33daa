"""counterdesk board over a practice hall: calls are seen, stand out for a while, and the line's break is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from counterdesk.backends.base import Alive, Board, NotAllowed, Unreachable
from counterdesk.backends.practice import PracticeBackend
from counterdesk.board_app import REFUSED, BoardApp
from counterdesk.locale import Words
from counterdesk.practice.world import World
from counterdesk.screens.views.board import NEW
from counterdesk.station import commands as c
from counterdesk.station.model import TIMEZONE
from counterdesk.station.roles import Actor
from counterdesk.widgets import big

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=TIMEZONE)
LEADER = Actor(id="l1", role="leader")


class Breaking(PracticeBackend):
    """Its line can be cut."""

    cut = False
    barred = False

    async def boards(self) -> AsyncIterator[Board | Alive]:
        if self.barred:
            raise NotAllowed("x")
        async for item in super().boards():
            if self.cut:
                raise Unreachable("cut")
            yield item


class Hall:
    def __init__(self, language: str) -> None:
        self.world = World(hall=False, clock=lambda: NOW)
        self.steady = 100.0
        self.backend = Breaking(world=self.world, heartbeat=0.01)
        words = Words.load(language)
        make: Any = lambda: self.backend  # noqa: E731
        self.app = BoardApp(make, "board", "x", words, clock=lambda: NOW, steady=lambda: self.steady)
        self.count = 0

    def do(self, *commands: c.AnyCommand) -> None:
        for command in commands:
            self.count += 1
            self.world.station.execute(f"c{self.count}", command, LEADER, NOW)
        self.world.wake()

    @property
    def shown(self) -> str:
        rows = self.app.board.rows(*self.app.board.size)
        return "\n".join("".join(words for words, _ in row) for row in rows)

    async def until(self, words: str, *, gone: bool = False) -> None:
        async with asyncio.timeout(10):
            while (words in self.shown) == gone:
                self.app.present()
                await asyncio.sleep(0.01)


@asynccontextmanager
async def hall(language: str = "zh_CN") -> AsyncIterator[Hall]:
    made = Hall(language)
    async with made.app.run_test(size=(80, 24)):
        yield made


async def test_a_call_stands_out_for_a_while_and_is_then_only_large() -> None:
    async with hall() as play:
        await play.until("暂无叫号")
        play.do(c.IssueTicket(group="HK"), c.OpenCounter(counter="2", groups=("HK",)), c.CallNext(counter="2"))
        await play.until("▶")
        assert big.draw("H001", 2)[0] in play.shown
        assert "请到" in play.shown
        play.steady += NEW + 1
        await play.until("▶", gone=True)
        assert big.draw("H001", 2)[0] in play.shown
        play.do(c.Recall(counter="2"))
        await play.until("▶")
        play.do(c.StartService(counter="2"))
        await play.until("号窗口办理")
        assert big.draw("H001", 1)[0] in play.shown
        assert "▶" not in play.shown


async def test_what_was_called_before_is_no_news() -> None:
    play = Hall("en")
    play.world.enter()
    play.do(c.IssueTicket(group="HK"), c.OpenCounter(counter="2", groups=("HK",)), c.CallNext(counter="2"))
    async with play.app.run_test(size=(80, 24)):
        await play.until("to counter")
        assert "▶" not in play.shown


async def test_a_broken_line_is_said_with_its_age_and_the_board_stays() -> None:
    async with hall() as play:
        play.do(c.IssueTicket(group="HK"), c.IssueTicket(group="HK"))
        await play.until("H 户口 2人")
        play.backend.cut = True
        await play.until("连接中断,以下是0分钟前的内容")
        play.steady += 190
        await play.until("3分钟前")
        assert "H 户口 2人" in play.shown
        play.backend.cut = False
        await play.until("连接中断", gone=True)


async def test_who_may_not_look_is_sent_away() -> None:
    play = Hall("zh_CN")
    play.backend.barred = True
    async with play.app.run_test(size=(80, 24)) as pilot, asyncio.timeout(10):
        while not play.app.refused:
            await pilot.pause()
    assert (play.app.refused, play.app.return_value) == ("not_allowed", REFUSED)


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_a_key_leaves(key: str) -> None:
    play = Hall("zh_CN")
    async with play.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("a", "enter", "escape", "f2")
        assert play.app.return_value is None
        await pilot.press(key)
    assert play.app.return_value == 0
