"""The figures on the screen: what the keys show, whose they are, and that none of them stays for the next officer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest

from counterdesk.app import CounterdeskApp
from counterdesk.backends.base import NotAllowed, NotSignedIn, Query, Unreachable
from counterdesk.locale import Words
from counterdesk.screens.actions import BY_ID
from counterdesk.screens.figures import FiguresScreen, Wish
from counterdesk.screens.sign_in import SignIn
from counterdesk.screens.views.figures import COLUMNS, MEASURES, bar
from counterdesk.station import commands as c
from counterdesk.station.roles import Actor
from counterdesk.station.summary import BY
from counterdesk.text import cells
from counterdesk.widgets.line_panel import LinePanel
from tests.ui.screens.counter import AtCounter, at_counter

SECOND = Actor(id="p2", role="officer")


def figures_of(counter: AtCounter) -> FiguresScreen:
    screen = counter.pilot.app.screen
    assert isinstance(screen, FiguresScreen)
    return screen


async def shown(counter: AtCounter, words: str) -> None:
    await counter.until(lambda: words in counter.text(), words)


async def open_figures(counter: AtCounter) -> None:
    await counter.press("commands")
    await counter.type("统计")
    await counter.press("enter")
    await counter.until(lambda: isinstance(counter.pilot.app.screen, FiguresScreen), "the figures")


@asynccontextmanager
async def a_day(size: tuple[int, int] = (120, 40)) -> AsyncIterator[AtCounter]:
    """One visit here, one at another counter, one that still waits; ten days ago there was one too."""
    async with at_counter("TV", "TV", "HK", size=size) as counter:
        counter.hand(c.OpenCounter(counter="2", groups=("HK",)), SECOND)
        counter.hand(c.CallNext(counter="2"), SECOND)
        counter.hand(c.StartService(counter="2"), SECOND)
        await counter.press("call_next", "start")
        counter.pass_time(minutes=6)
        counter.hand(c.FinishTicket(counter="2", outcome="referred"), SECOND)
        counter.hand(c.FinishTicket(counter="3", outcome="come_back"), Actor(id="l", role="leader"))
        await counter.quiet()
        yield counter


async def test_the_hall_today_by_group_and_by_everything_else() -> None:
    async with a_day() as counter:
        await open_figures(counter)
        await shown(counter, "统计 · 全厅 · 按业务类别")
        await shown(counter, "合计")
        text = counter.text()
        assert "2026-11-23" in text
        (line,) = [line for line in text.splitlines() if line.startswith("│ 违法")]
        assert line.split()[1:5] == ["违法", "2", "1", "0"]
        assert "█" in text
        assert "6.0/6.0*" in text
        for step, title in enumerate(
            ("按事项", "按窗口", "按来源渠道", "按警号", "按取号时段", "按日期", "按周", "按月份")
        ):
            await counter.press("right" if step % 2 else "tab")
            await shown(counter, f"统计 · 全厅 · {title}")
            await shown(counter, "合计")
        await counter.press("left")
        await shown(counter, "按周")


async def test_the_line_under_the_cursor_is_told_in_full() -> None:
    async with a_day() as counter:
        await open_figures(counter)
        await shown(counter, "户口:转到别处 1")
        await counter.press("down")
        await shown(counter, "违法:需再来 1")


async def test_an_officer_sees_his_own_and_the_halls_total() -> None:
    async with a_day() as counter:
        await open_figures(counter)
        await counter.press("o")
        await shown(counter, "统计 · 本人 · 按业务类别")
        await shown(counter, "违法:需再来 1")
        assert "户口" not in counter.text().split("统计")[1]
        await counter.press("o", "tab", "tab", "tab", "tab")
        await shown(counter, "统计 · 全厅 · 按警号")
        await shown(counter, "各行只含本人;合计是全厅")
        text = counter.text()
        assert "p2" not in text
        (total,) = [line for line in text.splitlines() if "合计" in line and "全厅" not in line]
        assert "3" in total.split()


async def test_periods_by_key() -> None:
    async with a_day() as counter:
        await open_figures(counter)
        for key, span in (
            ("w", "2026-11-23 至 2026-11-29"),
            ("pageup", "2026-11-16 至 2026-11-22"),
            ("m", "2026-11-01 至 2026-11-30"),
            ("pageup", "2026-10-01 至 2026-10-31"),
            ("m", "2026-11-01 至 2026-11-30"),
            ("d", "2026-11-23"),
        ):
            await counter.press(key)
            await shown(counter, span)
        await shown(counter, "合计")
        await counter.press("pageup")
        await shown(counter, "这段时间没有取号")
        await counter.press("pagedown", "pagedown", "pagedown")
        await shown(counter, "2026-11-23")
        assert figures_of(counter).wish.day == date(2026, 11, 23)


async def test_bars_of_something_else() -> None:
    async with a_day() as counter:
        await open_figures(counter)
        for key, heading in (("v", "95%的人等候≤"), ("space", "20分内占比"), ("v", "取号数")):
            await counter.press(key)
            await shown(counter, heading)


async def test_a_lock_takes_them_away_and_the_next_one_gets_none_of_them() -> None:
    async with a_day() as counter:
        await open_figures(counter)
        await shown(counter, "合计")
        await counter.press("ctrl+l")
        await counter.until(lambda: isinstance(counter.pilot.app.screen, SignIn), "the lock")
        assert counter.desk.state.figures is None
        await counter.sign_in("031299")
        assert not isinstance(counter.pilot.app.screen, FiguresScreen)
        assert "合计" not in counter.text()


async def test_escape_leads_back_to_where_the_officer_was() -> None:
    async with a_day() as counter:
        await open_figures(counter)
        await counter.press("escape")
        assert counter.pilot.app.screen is counter.screen
        await open_figures(counter)
        await shown(counter, "合计")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Unreachable("x"), "站点没有应答,按 R 再试"),
        (NotAllowed("x"), "没有查看统计的权限"),
        (NotSignedIn("x"), "登录已失效"),
    ],
)
async def test_no_answer_is_said(error: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_day() as counter:
        ask = counter.backend.figures

        async def failing(query: Query) -> object:
            raise error

        monkeypatch.setattr(counter.backend, "figures", failing)
        await open_figures(counter)
        await shown(counter, said)
        monkeypatch.setattr(counter.backend, "figures", ask)
        await counter.press("r")
        await shown(counter, "合计")


async def test_who_may_not_see_them_is_told_so_and_without_a_line_there_are_none() -> None:
    async with a_day() as counter:
        scene = counter.scene
        assert scene.desk.session is not None
        assert BY_ID["figures"].blocked(scene) == ""
        reviewer = msgspec.structs.replace(scene.desk.session, actor=Actor(id="r", role="reviewer"))
        desk = replace(scene.desk, session=reviewer)
        assert BY_ID["figures"].blocked(replace(scene, desk=desk)) == "没有查看统计的权限"
        await counter.cut_line()
        assert BY_ID["figures"].blocked(counter.scene) == "须在线"


async def test_every_line_fits() -> None:
    async with a_day((80, 24)) as counter:
        await open_figures(counter)
        await shown(counter, "合计")
        for _ in range(4):
            panel = figures_of(counter).query_one(LinePanel)
            for row in panel.rows(*panel.size):
                assert cells("".join(words for words, _ in row)) == panel.size.width
            await counter.press("right")


async def test_the_figures_have_the_time_of_the_station(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_day() as counter:
        there = counter.scene.now - timedelta(days=10)
        app = counter.pilot.app
        assert isinstance(app, CounterdeskApp)
        monkeypatch.setattr(app, "_workplace", replace(app._workplace, clock=lambda: there))
        await open_figures(counter)
        assert figures_of(counter).wish.day == there.date()


@pytest.mark.parametrize(
    ("wish", "span"),
    [
        (Wish(date(2024, 2, 29), "month"), (date(2024, 2, 1), date(2024, 2, 29))),
        (Wish(date(2026, 1, 1), "week"), (date(2025, 12, 29), date(2026, 1, 4))),
        (Wish(date(2026, 12, 31)), (date(2026, 12, 31), date(2026, 12, 31))),
    ],
)
def test_a_period_and_its_neighbours_meet(wish: Wish, span: tuple[date, date]) -> None:
    assert wish.span() == span
    assert wish.moved(1).span()[0] == span[1] + timedelta(days=1)
    assert wish.moved(-1).span()[1] == span[0] - timedelta(days=1)
    assert wish.moved(1).moved(-1).span() == span


@pytest.mark.parametrize(
    ("value", "drawn"), [(0, ""), (100, "█" * 10), (50, "█" * 5), (0.01, "▏"), (200, "█" * 10), (-1, "")]
)
def test_a_bar(value: float, drawn: str) -> None:
    assert bar(value, 100, 10) == drawn
    assert bar(value, 0, 10) == bar(value, 100, 0) == ""


def test_both_languages_have_every_way_to_count() -> None:
    for language in ("zh_CN", "en"):
        words = Words.load(language)
        keys = [f"figures.by.{by}" for by in BY] + [f"figures.column.{column.code}" for column in COLUMNS]
        keys += [f"figures.measure.{measure}" for measure in MEASURES]
        assert all(words.has(key) for key in keys)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_f1_explains_keys_and_columns_and_leads_back(size: tuple[int, int]) -> None:
    async with a_day(size) as counter:
        await open_figures(counter)
        await counter.press("help")
        await shown(counter, counter.words("figures.help.title"))
        for name in ("within", "diverted"):
            assert counter.words(f"figures.help.{name}") in counter.text()
        await counter.pilot.press("escape")
        await shown(counter, counter.words("figures.total"))
        assert isinstance(counter.pilot.app.screen, FiguresScreen)
        await counter.press("help")
        await counter.pilot.press("w")
        await counter.until(lambda: counter.words("figures.help.title") not in counter.text(), "the figures")
        await counter.pilot.press("escape")
        await counter.until(lambda: not isinstance(counter.pilot.app.screen, FiguresScreen), "the counter")
