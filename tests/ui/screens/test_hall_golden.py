"""The leader's screen as text, to read and to review. After a change that is meant: UPDATE_GOLDEN=1 pytest <file>."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from counterdesk.screens import hall_trying
from counterdesk.station import commands as c
from counterdesk.station.model import PlanReason
from counterdesk.station.whatif import Levers, Result
from tests.ui.screens.hall_stage import BETTER, LEADER, NO_BETTER, OFFICERS, AtHall, Floor, an_outlook, at_hall
from tests.ui.screens.test_golden import GOLDEN

pytestmark = pytest.mark.usefixtures("terminal")
BY_HAND = (PlanReason(code="by_hand"),)


def a_day() -> Floor:
    """Something in every section: a pause, a plan on its way, a break, a call for help, people set aside, cases."""
    floor = Floor()
    floor.do(c.BookAppointment(appointment="a", group="HK", at=floor.now + timedelta(minutes=10)))
    floor.open("1", "TV", "DV")
    floor.open("2", "ID", "HK", "EE", "RP", "SP")
    floor.open("3")
    for group, service in (("TV", "violation.handle"), ("HK", "hukou.birth"), ("ID", "idcard.renew")):
        floor.ticket(group, service)
    floor.serve("1")
    floor.serve("2")
    floor.do(c.OpenCase(counter="2", case="k", service="hukou.birth"), OFFICERS["2"])
    floor.do(c.ReceiveCase(case="k"), OFFICERS["2"])
    floor.do(c.RequestSupplement(case="k", items=("DNA",)), OFFICERS["2"])
    floor.do(c.HoldTicket(counter="2", kind="papers_out"), OFFICERS["2"])
    floor.do(c.CallNext(counter="2"), OFFICERS["2"])
    floor.do(c.PauseCounter(counter="3", reason="lunch"), OFFICERS["3"])
    floor.do(c.ApplyPlan(profiles={"3": ("TV", "HK")}, because=BY_HAND), LEADER)
    floor.do(c.PlanBreak(counter="1", at=floor.now + timedelta(minutes=60), minutes=30), LEADER)
    for group in ("TV", "HK", "TV", "SP", "EE", "TV"):
        floor.ticket(group)
        floor.later(minutes=3)
    floor.do(c.CallForHelp(counter="1"), OFFICERS["1"])
    floor.later(minutes=1)
    return floor


def somebody_is_done() -> Floor:
    """The same, and a visitor of that day is through."""
    floor = a_day()
    floor.do(c.FinishTicket(counter="1"), OFFICERS["1"])
    return floor


async def _nothing(hall: AtHall) -> None:
    """As it opens."""


async def _menu(hall: AtHall) -> None:
    await hall.press("3", "enter")


async def _plan(hall: AtHall) -> None:
    await hall.press("4")


async def _whatif(hall: AtHall) -> None:
    await hall.press("7")
    await hall.until(lambda: hall.hall.trying.trial.over and not hall.hall.trying.trial.running, "the days")


def an_empty_hall() -> Floor:
    """Nobody works, nobody waits."""
    return Floor()


def played(_days: object, levers: Levers) -> Result:
    """What comes of it is not what is looked at here: figures that differ by lever."""
    kept = 0.6 + 0.3 * (levers.counters > 0) - 0.1 * (levers.split == "apart") + (1 - levers.minutes)
    return Result(outlook=an_outlook(kept, 63.0, HK=20.0), days=5, kiosk=40.0, left=0.0, overtime=0.0)


STATES: dict[str, tuple[Callable[[], Floor], Callable[[AtHall], Awaitable[None]]]] = {
    "day": (a_day, _nothing),
    "menu": (a_day, _menu),
    "plan": (a_day, _plan),
    "empty": (an_empty_hall, _nothing),
    "whatif": (an_empty_hall, _whatif),
    "today": (somebody_is_done, _whatif),
}
SHOWN = [
    ("day", (120, 40), "zh_CN"),
    ("day", (80, 24), "zh_CN"),
    ("day", (120, 40), "en"),
    ("menu", (120, 40), "zh_CN"),
    ("menu", (80, 24), "zh_CN"),
    ("plan", (80, 24), "zh_CN"),
    ("empty", (120, 40), "zh_CN"),
    ("whatif", (120, 40), "zh_CN"),
    ("today", (80, 24), "zh_CN"),
    ("today", (120, 40), "en"),
]


@pytest.mark.parametrize(
    ("state", "size", "language"), SHOWN, ids=lambda part: str(part).replace(", ", "x").strip("()")
)
async def test_screen(monkeypatch: pytest.MonkeyPatch, state: str, size: tuple[int, int], language: str) -> None:
    made, reach = STATES[state]
    floor = made()
    monkeypatch.setattr(hall_trying, "DAYS", 1)
    monkeypatch.setattr(hall_trying, "replay", played)
    proposal = NO_BETTER if made is an_empty_hall else BETTER
    async with at_hall(floor, monkeypatch, size=size, language=language, proposal=proposal) as hall:
        await reach(hall)
        await hall.pilot.pause()
        shown = hall.text()
    english = "-en" if language == "en" else ""
    file = GOLDEN / f"hall-{state}-{size[0]}x{size[1]}{english}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")
