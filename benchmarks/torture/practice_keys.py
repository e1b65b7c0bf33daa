"""Practice, tried at the real screen: trainees who press any key at all while a simulated citizen sits there.

No key brings the program down; what stands in the form is what the visit has; whatever was pressed, the citizen can
be let go, and his debrief is within its bounds; the same keys give the same record, byte for byte. In between a
perfect officer plays the same scenario at the screen and scores full marks. The control is a lesson that does not
look: then the visit knows nothing of the form.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.torture.outcome import Outcome
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.model import CAPTURED
from counterdesk.desk.printer import Printer
from counterdesk.practice.collection import listing, written
from counterdesk.practice.debrief import FULL
from counterdesk.practice.lesson import Lesson, Sitting, perfectly
from counterdesk.practice.run import encode
from counterdesk.screens.player import Player
from tests.ui.screens.counter import the_index
from tests.ui.screens.practice_desk import AtLesson, at_lesson, course_of, later

NAME = "practice_keys"
LONG = 150
MOVES = (
    *(("?", "?", "enter"),) * 6,
    *(("?",), ("?",), ("1",), ("2",), ("3",), ("4",), ("enter",), ("enter",), ("tab",), ("down",), ("up",)),
    *(("pagedown",), ("pagedown",), ("pageup",), ("escape",), ("f7",), ("f7",), ("f8",), ("f9",), ("f9",), ("ctrl+y",)),
    *(("ctrl+g",), ("ctrl+t",), ("ctrl+n",), ("ctrl+o",), ("ctrl+z",), ("ctrl+r",), ("f5",), ("f6",), ("f1",), ("f2",)),
    *(("f3",), ("f4",), ("f10",), ("ctrl+p",), ("a",), ("p",), ("0",), ("x",), ("delete",), ("backspace",), ("left",)),
)
"""What is pressed, the commonest more often: to ask, to write down, to go on."""
PERFECT = 3
"""Every so many scenarios are played by a perfect officer too."""
MOST = 50
"""Keys of a trainee before he lets the citizen go."""
_ENDS = ("oral", "nothing_done", "done", "come_back", "finish", "no", "yes")


def names() -> list[str]:
    """All scenarios of the day that the tests have."""
    day_of_its_own = {one.id for one in written() if one.day.year != 2026}
    return [row.id for row in listing(the_index()) if row.id not in day_of_its_own]


def differs(sitting: Sitting, file: CaseFile) -> str:
    """Where the visit has something else than the form; "" for nowhere."""
    visit = sitting.visit
    for key, fact in visit.plan.facts.items():
        mine, theirs = visit.file.answers.get(key), file.answers.get(key)
        offered = theirs is not None and theirs.source == "carried" and mine is None
        if offered or fact.fact.type in CAPTURED:
            continue
        if (mine and mine.value) != (theirs and theirs.value):
            return key
    return "" if visit.file.materials == file.materials else "materials"


async def trainee(name: str, seed: int, folder: Path, why: Callable[[str], None], most: int) -> bytes:
    """One who presses keys, and lets the citizen go. Returns the record of his visit."""
    draw = random.Random(seed)
    async with at_lesson(course_of(name), printer=Printer(folder=folder)) as stage:
        await stage.press("f2", "f3")
        for _ in range(draw.randrange(5, most)):
            later(stage, draw.choice((0, 1, 3, 20)))
            await stage.press(*draw.choice(MOVES))
            sitting = stage.lesson.sitting
            file = stage.scene.desk.files.get(sitting.case) if sitting is not None else None
            open_one = sitting is not None and not sitting.visit.over and not sitting.visit.decided
            if sitting is not None and file is not None and open_one and (where := differs(sitting, file)):
                why(f"{name} {seed}: the visit has another {where}")
                break
        return await let_go(stage, f"{name} {seed}", why)


async def perfect(name: str, why: Callable[[str], None]) -> None:
    """A perfect officer, key by key."""
    async with at_lesson(course_of(name)) as stage:
        await Player(stage.screen, stage.lesson, stage.teaching.clock).serve(perfectly)
        done = stage.lesson.past[0].done if stage.lesson.past else None
        if done is None or done.mistakes:
            why(f"{name}: a perfect officer: {[one.kind for one in done.mistakes] if done is not None else 'no end'}")


async def let_go(stage: AtLesson, who: str, why: Callable[[str], None]) -> bytes:
    """End what goes on at the counter, as anybody would."""
    for _ in range(40):
        if stage.lesson.past and stage.scene.current is None:
            break
        question = stage.screen.question
        if question is not None:
            free = {choice.id: choice for choice in question.view.choices if not choice.blocked and choice.digit}
            wanted = next((free[name] for name in _ENDS if name in free), None)
            await stage.press(wanted.digit if wanted is not None else "escape")
        elif stage.scene.current is None:
            await stage.press("escape", "f5" if any(t.state == "held" for t in stage.tickets) else "f2")
        elif stage.scene.current.state == "called":
            await stage.press("f3")
        else:
            await stage.press("escape", "f10")
    if not stage.lesson.past:
        why(f"{who}: nobody was let go")
        return b""
    sitting = stage.lesson.past[0]
    if sitting.done is None or not 0 <= sitting.done.score <= FULL:
        why(f"{who}: no score")
    if sitting.visit.record.acts[-1].kind not in ("finish", "left"):
        why(f"{who}: his visit has no end")
    return encode(sitting.visit.record)


def blind(self: Lesson, *_: object) -> None:
    """The control: nothing of the form is seen."""


async def press(cases: int, seed: int, why: Callable[[str], None], most: int = MOST) -> None:
    """So many trainees, at most so many keys each."""
    draw, known = random.Random(seed), names()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(cases):
            name, keys = draw.choice(known), seed * 1_000_003 + number
            try:
                if number % PERFECT == PERFECT - 1:
                    await perfect(name, why)
                first = await trainee(name, keys, Path(folder), why, most)
                if number % 10 == 9 and first != await trainee(name, keys, Path(folder), why, most):
                    why(f"{name} {keys}: other bytes")
            except Exception as error:  # whatever it is, it is what must not happen
                why(f"{name} {keys}: {error!r}"[:600])


def run(cases: int, seed: int) -> Outcome:
    """So many trainees; every tenth presses the same keys once more."""
    found: list[str] = []
    asyncio.run(press(cases, seed, found.append))
    control: list[str] = []
    look = Lesson._see_file
    Lesson._see_file = blind  # type: ignore[method-assign, assignment]
    try:
        asyncio.run(press(min(cases, 4), seed, control.append))
    finally:
        Lesson._see_file = look  # type: ignore[method-assign]
    return Outcome(cases, len(found), len(control), "; ".join(found[:5]))
