"""Whole screens as text, to read and to review. After a change that is meant: UPDATE_GOLDEN=1 pytest <this file>, and
read the difference."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from counterdesk.station import commands as c
from counterdesk.station.roles import Actor
from tests.ui.screens.counter import COUNTER, KEYS, NOW, AtCounter, at_counter
from tests.ui.screens.test_offline import begin_here, dispute, refuse_afterwards

GOLDEN = Path(__file__).parents[2] / "golden"
QUEUE = ("TV", ("HK", "hukou.birth"), "ID", "TV", ("EE", "passport.first"))
BIRTH = (("HK", "hukou.birth"), "TV")


async def _nothing(counter: AtCounter) -> None:
    """As it opens."""


async def _called(counter: AtCounter) -> None:
    await counter.call()


async def _details(counter: AtCounter) -> None:
    await counter.serve()
    await counter.fill("hukou.birth", "B1 complete", child_birthplace=None, marriage=None)
    await counter.press("next_question")


async def _blockers(counter: AtCounter) -> None:
    await counter.serve()
    await counter.fill("hukou.birth", "B6 joins the father, DNA report missing")
    await counter.press("advance")


async def _materials(counter: AtCounter) -> None:
    await counter.serve()
    await counter.fill("hukou.birth", "B1 complete")
    await counter.press("pagedown", "pagedown", "pagedown")


async def _review(counter: AtCounter) -> None:
    await counter.serve()
    await counter.fill("hukou.birth", "B1 complete")
    await counter.press("review")


async def _policy(counter: AtCounter) -> None:
    await counter.serve()
    await counter.fill("hukou.birth", "B6 joins the father, DNA report missing")
    await counter.press("switch_panel", "switch_panel", "policy")


async def _search(counter: AtCounter) -> None:
    await counter.press("policy")
    await counter.type("出生医学证明")
    await counter.until(lambda: not counter.chooser._stale)


async def _receipt(counter: AtCounter) -> None:
    await counter.serve()
    await counter.fill("hukou.birth", "B6 complete, joins the father with a DNA report")
    await counter.press("advance")
    await counter.until(lambda: counter.case("hukou.birth").handoff is not None)
    await counter.quiet()


async def _returned(counter: AtCounter) -> None:
    await _receipt(counter)
    case = counter.case("hukou.birth")
    reviewer = Actor(id="r", role="reviewer", department=case.department)
    counter.hand(c.AcknowledgeCase(case=case.id, reference="FJ-1"), reviewer)
    counter.hand(c.RequestSupplement(case=case.id, items=("DNA",)), reviewer)
    await counter.until(lambda: counter.words("case.status.supplementing") in counter.message)


async def _help(counter: AtCounter) -> None:
    await counter.call()
    await counter.press("help")


async def _local(counter: AtCounter) -> None:
    await counter.cut_line()
    await begin_here(counter)
    await counter.until(lambda: counter.words("file.here") in counter.text(), "saved here")


async def _conflict(counter: AtCounter) -> None:
    await counter.serve()
    await dispute(counter, "310000199001010010", "310000198801010010")
    await counter.until(lambda: counter.screen.question is not None, "the question")


async def _locked(counter: AtCounter) -> None:
    await counter.serve()
    await counter.pilot.press(KEYS["lock"])
    await counter.until(lambda: counter.words("sign_in.why.locked") in counter.text(), "the lock")


async def _offline(counter: AtCounter) -> None:
    await counter.serve()
    await counter.cut_line()
    await counter.type("310000199")
    await counter.pilot.pause()


async def _handover(counter: AtCounter) -> None:
    await counter.serve()
    await counter.press("hold", "2")
    counter.screen.do("hand_over_shift")
    await counter.pilot.pause()
    await counter.type("张测试的材料在右边抽屉,周四来取")
    await counter.until(lambda: not counter.chooser._stale)


async def _note(counter: AtCounter) -> None:
    officer = counter.scene.actor
    assert officer is not None
    text = "张测试的材料在右边抽屉,周四上午来取;持件挂起的一位复印件已补,等他取钱回来即可办结"
    counter.world.station.write_note(COUNTER, text, officer, NOW)
    counter.hand(c.CloseCounter(counter=COUNTER), officer)
    await counter.until(lambda: counter.scene.counter is not None and counter.scene.counter.state == "closed")
    await counter.press("commands")
    await counter.type("open_counter")
    await counter.until(lambda: not counter.chooser._stale)
    await counter.press("enter")
    await counter.until(lambda: counter.scene.desk.note)
    await counter.quiet()


async def _overdue(counter: AtCounter) -> None:
    second = Actor(id="031299", role="officer")
    counter.hand(c.OpenCounter(counter="4", groups=("TV",)), second)
    counter.hand(c.CallNext(counter="4"), second)
    counter.pass_time(minutes=5)
    await counter.until(lambda: counter.scene.station.current_ticket("4"))
    await counter.press("switch_panel", "enter")


STATES: dict[str, tuple[Callable[[AtCounter], Awaitable[None]], tuple[tuple[str, str] | str, ...]]] = {
    "empty": (_nothing, ()),
    "idle": (_nothing, QUEUE),
    "called": (_called, QUEUE),
    "details": (_details, BIRTH),
    "blockers": (_blockers, BIRTH),
    "materials": (_materials, BIRTH),
    "review": (_review, BIRTH),
    "policy": (_policy, BIRTH),
    "search": (_search, ()),
    "receipt": (_receipt, BIRTH),
    "returned": (_returned, BIRTH),
    "help": (_help, QUEUE),
    "offline": (_offline, ("TV", "TV")),
    "handover": (_handover, BIRTH),
    "note": (_note, QUEUE),
    "overdue": (_overdue, QUEUE),
    "local": (_local, ("TV", "TV")),
    "dead": (refuse_afterwards, BIRTH),
    "conflict": (_conflict, BIRTH),
    "locked": (_locked, BIRTH),
}


KEPT = ("local", "dead")
"""States of a terminal that keeps what is typed."""


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.usefixtures("terminal")
async def test_screen(state: str, size: tuple[int, int], tmp_path: Path) -> None:
    reach, tickets = STATES[state]
    journal = tmp_path / "journal.sqlite3" if state in KEPT else None
    async with at_counter(*tickets, size=size, journal=journal) as counter:
        await reach(counter)
        await counter.pilot.pause()
        shown = counter.text()
    file = GOLDEN / f"{state}-{size[0]}x{size[1]}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")
