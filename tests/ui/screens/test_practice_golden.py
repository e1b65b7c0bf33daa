"""The pages of practice as whole screens, as `test_golden` keeps those of the desk: UPDATE_GOLDEN=1 renews them."""

from __future__ import annotations

import os

import pytest

from benchmarks.torture import practice_keys
from tests.ui.screens.practice_desk import AtLesson, at_lesson, course_of, later
from tests.ui.screens.test_golden import GOLDEN

ALTERED = "civic.ebike/frame-number"
RENEW = "idcard.renew:P1"
LOOKS = (("zh_CN", (120, 40)), ("zh_CN", (80, 24)), ("en", (120, 40)))


async def _briefing(stage: AtLesson) -> None:
    """As it opens."""


async def _citizen(stage: AtLesson) -> None:
    await stage.press("escape")
    await stage.sit()
    later(stage, 20)
    await stage.press("?", "?")


async def _paper(stage: AtLesson) -> None:
    paper = next(one for one in stage.scenario.papers if one.state == "altered")
    key = next(iter(paper.shows))
    true = stage.sitting.visit.truth.file.answers[key].value
    stage.screen.doing.commit_text(stage.screen.case, stage.scenario.service, key, str(true))
    stage.screen.doing.go_to_fact(stage.scene, paper.code)
    await stage.quiet()
    await stage.press("?")


async def _debrief(stage: AtLesson) -> None:
    await stage.press("escape")
    later(stage, 40)
    await practice_keys.let_go(stage, "a trainee", pytest.fail)
    await stage.until(lambda: any(ticket.state == "waiting" for ticket in stage.tickets), "the next one")
    await stage.quiet()


async def _ledger(stage: AtLesson) -> None:
    stage.teaching.choose("ledger")
    await stage.quiet()


WAY = {"briefing": _briefing, "citizen": _citizen, "paper": _paper, "debrief": _debrief, "ledger": _ledger}
"""What is looked at on the way of one visit, in its order."""


@pytest.mark.parametrize(
    ("language", "size"), LOOKS, ids=lambda one: one if isinstance(one, str) else f"{one[0]}x{one[1]}"
)
@pytest.mark.usefixtures("terminal")
async def test_practice_looks_as_it_did(language: str, size: tuple[int, int]) -> None:
    wrong: list[str] = []
    async with at_lesson(course_of(ALTERED, RENEW), size=size, language=language) as stage:
        for name, step in WAY.items():
            await step(stage)
            await stage.pilot.pause()
            shown = stage.text()
            file = GOLDEN / f"practice-{name}-{size[0]}x{size[1]}{'-en' if language == 'en' else ''}.txt"
            if os.environ.get("UPDATE_GOLDEN"):
                file.write_text(shown, encoding="utf-8")
            if shown != file.read_text(encoding="utf-8"):
                wrong.append(f"{file.name}\n{shown}")
    assert not wrong, "\n".join(wrong)
