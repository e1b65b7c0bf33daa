"""A run that plays itself at the real screen: the acts of a record, or of a perfect officer, as the keys they take.

Between the acts the time of the record passes, at any speed for who looks on; the clock of the station skips what
was not waited for, so that each act has its own moment. Any key of a person ends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from textual import events
from textual.keys import _character_to_key

from counterdesk.catalog.model import CAPTURED
from counterdesk.practice.lesson import Lesson, PracticeClock, Sitting
from counterdesk.practice.run import OPEN_CASE, Act
from counterdesk.screens.actions import BY_ID
from counterdesk.screens.views.case import entry_text
from counterdesk.screens.views.teaching import MARKS
from counterdesk.station.model import Case
from counterdesk.widgets.values import FieldView

if TYPE_CHECKING:
    from counterdesk.screens.desk import CounterScreen

ANSWER_SECONDS: Final = 5.0
"""How long the station's answer to a key is waited for."""
LONGEST: Final = 2.0
"""Seconds that are waited between two acts at most."""
KEY_SECONDS: Final = 0.6
"""Of the record, between two keys."""
_STEP: Final = 0.01
_INELIGIBLE: Final = "not_eligible"
_TRIES: Final = 6


class Player:
    """Plays acts at one counter screen. pace: how many times faster than the record; 0 waits for nothing."""

    def __init__(self, screen: CounterScreen, lesson: Lesson, clock: PracticeClock, pace: float = 0.0) -> None:
        self._screen = screen
        self._lesson = lesson
        self._clock = clock
        self._pace = pace
        self._mine: list[events.Key] = []
        self._stop = asyncio.Event()

    @property
    def stopped(self) -> bool:
        """Whether somebody wants it to end."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End after the key that is on its way."""
        self._stop.set()

    async def _pause(self, seconds: float) -> None:
        """Let whoever looks on follow."""
        if self._pace:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(seconds / self._pace, LONGEST)):
                    await self._stop.wait()

    def is_mine(self, event: events.Key) -> bool:
        """Whether this key was pressed here; it is asked once for each."""
        for place, mine in enumerate(self._mine):
            if mine is event:
                del self._mine[place]
                return True
        return False

    async def serve(self, acts_of: Callable[[Sitting], Sequence[Act]]) -> None:
        """Call the next citizen, and play what `acts_of` says for who comes."""
        await self._until(lambda: any(t.state == "waiting" for t in self._screen.scene().station.tickets.values()))
        await self._action("call_next")
        await self._until(lambda: self._screen.scene().current is not None)
        await self._pause(2)
        await self._action("start")
        await self._until(lambda: self._lesson.sitting is not None and self._screen.scene().file is not None)
        sitting = self._lesson.sitting
        if sitting is not None:
            await self.play(sitting, acts_of(sitting))

    async def play(self, sitting: Sitting, acts: Sequence[Act]) -> None:
        """Play these acts on who sits here, until they are over or somebody presses a key."""
        for place, act in enumerate(acts):
            if self.stopped or sitting.visit.over:
                return
            made = sitting.visit.record.acts
            if made[place : place + 1] == (act,) or self._follows(sitting, act, acts[place + 1 : place + 2]):
                continue  # it came about by itself, as it does where a register answers
            now = self._screen.scene().now
            ahead = act.at - sitting.at(now)
            if ahead > 0:
                await self._pause(ahead)
                left = act.at - sitting.at(self._screen.scene().now)
                self._clock.skip(timedelta(seconds=max(left, 0)))
            await self._act(act, acts[place + 1 :])

    def _follows(self, sitting: Sitting, act: Act, after: Sequence[Act]) -> bool:
        """Whether an act is part of the next one: whoever takes a picture looks at who sits there."""
        field = self._screen.index.plan(sitting.scenario.service).facts.get(act.key)
        taken = field is not None and field.fact.type in CAPTURED
        return taken and act.kind == "check" and [(one.kind, one.key) for one in after] == [("enter", act.key)]

    # --- acts ---

    async def _act(self, act: Act, rest: Sequence[Act]) -> None:
        match act.kind:
            case "variant":
                await self._choose("variant", act.key)
            case "ask" | "check" if act.key != OPEN_CASE:
                await self._at(act.key)
                await self._press("?")
            case "look":
                await self._at(act.key)
                await self._press("?")
                if not any(one.kind == "mark" and one.key == act.key for one in rest[:1]):
                    await self._press("escape")
            case "enter":
                await self._enter(act)
            case "erase":
                await self._at(act.key)
                await self._press("delete", *["backspace"] * 40)
            case "mark":
                await self._mark(act)
            case "settle":
                await self._action("quiet_checks")
            case "confirm":
                self._screen.doing.choose_prompt(self._screen.scene(), f"prompt:{act.key}")
                await self._settled()
            case "request":
                await self._request(act)
            case "override":
                await self._until(lambda: self._case_has(lambda case: act.key in case.overrides))
            case "do":
                await self._menu("deed", act.key)
            case "accept":
                await self._accept()
            case "decline":
                await self._decline(act)
            case "finish":
                if act.given.get("cleared") is False:
                    self._lesson.leave_open()
                await self._finish()
            case "notice":
                await self._notice()

    async def _at(self, key: str) -> None:
        """Put the cursor there, as F7 or Enter in the checklist would."""
        self._screen.page = ""
        self._screen.doing.go_to_fact(self._screen.scene(), key)
        await self._settled()

    def _field(self, key: str) -> FieldView | None:
        return next((field for field in self._screen.form_fields if field.key == key), None)

    async def _choose(self, key: str, option: str) -> None:
        """Take a choice of a field: by its digit, or by typing its name where it has none."""
        await self._at(key)
        field = self._field(key)
        choice = next((c for c in field.choices if c.id == option), None) if field is not None else None
        if field is None or choice is None or field.text == option:
            return
        if choice.digit:
            await self._press(choice.digit)
            return
        order = [c.id for c in field.choices]
        at = order.index(field.text) if field.text in order else -1
        await self._press(*["right"] * (order.index(option) - at), "enter")

    async def _enter(self, act: Act) -> None:
        value = act.given.get(act.key)
        file = self._screen.scene().file
        answer = file.answers.get(act.key) if file is not None else None
        if value is None or (answer is not None and answer.value == value):
            return
        await self._at(act.key)
        known = self._lesson.known(act.key)
        if answer is None and known and known[0] == value:
            await self._press("?")
            return
        field = self._field(act.key)
        if field is not None and field.choices:
            await self._choose(act.key, entry_text(value))
        elif field is not None and field.kind == "capture":
            await self._press("enter")
        else:
            await self._press("end", *["backspace"] * len(field.text if field is not None else ""))
            await self._press(*entry_text(value), "enter")

    async def _mark(self, act: Act) -> None:
        status = str(act.given.get(act.key))
        if status == "deferred":  # the leader's yes marks it
            await self._until(lambda: self._case_has(lambda case: act.key in case.deferred))
        if self._screen.page == "paper" and status in MARKS:
            await self._press(str(MARKS.index(status) + 1))
        else:
            await self._choose(act.key, status)

    async def _request(self, act: Act) -> None:
        """Ask the shift leader, where the prompt or the paper stands."""
        if "override" in act.codes:
            self._screen.doing.choose_prompt(self._screen.scene(), f"prompt:{act.key}")
            await self._settled()
            await self._answer("verified_otherwise")
        else:
            await self._choose(act.key, "deferred")
            await self._answer("on_its_way")

    def _case_has(self, holds: Callable[[Case], bool]) -> bool:
        case = self._screen.scene().open_case
        return case is None or holds(case)

    async def _accept(self) -> None:
        """The key, and what it asks first: warnings to take note of, what will be left out."""
        for _ in range(_TRIES):
            case = self._screen.scene().open_case
            if case is None or case.status not in ("draft", "received") or self.stopped:
                break
            if self._screen.question is not None:
                await self._press("1")
            else:
                await self._action("advance")
        await self._until(lambda: self._decided())

    def _decided(self) -> bool:
        sitting = self._lesson.sitting
        return sitting is None or bool(sitting.visit.decided)

    async def _decline(self, act: Act) -> None:
        papers = any(code.startswith("material:") for code in act.codes)
        await self._menu("decline", "incomplete" if papers else _INELIGIBLE)
        await self._until(lambda: self._decided())

    async def _notice(self) -> None:
        """Say it: the question at the exit asks for that, and this visit goes on behind it."""
        self._screen.paperwork.told_first(self._screen.scene(), lambda: None)
        await self._settled()
        await self._answer("oral")

    async def _finish(self) -> None:
        await self._action("finish")
        for _ in range(_TRIES):
            question = self._screen.question
            if question is None:
                break
            wanted = ("oral",) if question.view.id.startswith("told:") else ("done", "come_back", "nothing_done")
            await self._answer(*wanted)
        await self._until(lambda: self._lesson.sitting is None)

    async def _menu(self, action: str, choice: str) -> None:
        self._screen.do(action)
        await self._settled()
        await self._answer(choice)

    async def _answer(self, *wanted: str) -> None:
        """Take the first of these choices that can be taken of the question that is asked."""
        question = self._screen.question
        if question is None:
            return
        choices = {choice.id: choice for choice in question.view.choices if not choice.blocked}
        found = next((choices[name] for name in wanted if name in choices), None)
        await self._press(found.digit if found is not None and found.digit else "escape")

    # --- keys ---

    async def _action(self, action: str) -> None:
        await self._press(self._screen.keys.get(action, BY_ID[action].key))

    async def _press(self, *keys: str) -> None:
        for key in keys:
            if self.stopped:
                return
            character = key if len(key) == 1 else None
            event = events.Key(_character_to_key(key) if character else key, character)
            event.set_sender(self._screen.app)
            self._mine.append(event)
            self._screen.app.post_message(event)
            await self._settled()
            await self._pause(KEY_SECONDS)

    async def _settled(self) -> None:
        """Wait until a key has done its work, at the station too."""
        await self._passed()
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                while self._screen.desk.state.pending:  # noqa: ASYNC110 - its thread knows no event of this loop
                    await asyncio.sleep(_STEP)
        await self._passed()

    async def _passed(self) -> None:
        done = asyncio.Event()
        self._screen.app.call_later(done.set)
        await done.wait()
        await self._screen.typed_through()

    async def _until(self, done: Callable[[], object]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                while not done() and not self.stopped:  # noqa: ASYNC110
                    await asyncio.sleep(_STEP)
        await self._settled()
