"""Keys per case on the real screen: the officer of `keys_per_case.py` presses every key at a running desk.

The desk, its station and the screen are the program's own (Textual's pilot, a clock that stands); each key goes through
the form and every count is a key that was pressed. What the registers know is what the scenario says, as in the model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, time
from typing import Final, Literal, NamedTuple

from textual import events

from benchmarks.keys_per_case import Officer, choice_presses, templates
from counterdesk.catalog.casefile import JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.tools.scenarios import Scenario
from counterdesk.formats import resident_id
from counterdesk.practice.archives import SimulatedArchives
from counterdesk.screens.views.case import form_view
from counterdesk.screens.views.scene import STEPS, Step
from counterdesk.station.model import TIMEZONE
from counterdesk.widgets.values import FieldView, FormView
from tests.ui.screens.counter import AtCounter, at_counter, the_index, the_words

Way = Literal["typed", "aided"]
MOST: Final = 1200
"""No case takes so many keys: an officer who is still pressing is lost."""


_ACTIONS: Final = frozenset({"f7", "f9", "ctrl+y"})


class Counted(NamedTuple):
    """One service: keys pressed at the screen and keys of the model, by hand and aided."""

    service: str
    typed: int
    aided: int
    typed_model: int
    aided_model: int


class _Registers:
    """They know what the practice station's registers know of such a person, with the scenario's values."""

    def __init__(self, index: Index, wanted: Scenario) -> None:
        self._simulated = SimulatedArchives(7, index, lambda: wanted.on)
        self._wanted = wanted.file.answers

    def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """As `Archives.lookup`."""
        known = self._simulated.lookup(service, key, value)
        return {k: a.value for k in known if (a := self._wanted.get(k)) is not None and a.value is not None}


class _NoRegisters:
    """Nothing is known."""

    def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """As `Archives.lookup`."""
        return {}


class AtScreen(Officer):
    """Presses the keys of one case."""

    def __init__(self, stage: AtCounter, wanted: Scenario, way: Way) -> None:
        super().__init__(the_index(), the_words("zh_CN"), wanted, way)
        self.stage = stage

    async def complete(self) -> int:
        """The whole case, from the open form to acceptance."""
        if self.how != "typed":
            await self._card()
        self._look()
        while left := self._steps_left():  # an answer may open a field on a step that was left
            here = STEPS.index(self.step)
            goal = next((step for step in left if STEPS.index(step) >= here), left[-1])
            if goal == self.step:
                await self._fill_step()
            else:
                await self._press("pagedown" if STEPS.index(goal) > here else "pageup")
        await self._accept()
        return self.keys

    def _steps_left(self) -> list[Step]:
        """The steps on which a field still wants something."""
        self._look()
        left = [step for step in STEPS[:-1] if self._left(step)]
        self._look()
        return left

    def _look(self) -> FormView:
        """What the screen shows now."""
        screen = self.stage.screen
        self.file, self.step = self.stage.file, screen.step
        case = self.stage.scene.open_case
        assert case is not None
        return form_view(self.stage.scene, case)

    async def _press(self, *keys: str) -> None:
        """Named keys and characters, each a key; the screen settles after the last."""
        focused = self.stage.pilot.app.focused
        assert focused is not None
        self.keys += len(keys)
        if self.keys > MOST:
            raise AssertionError(f"{self.service.id} ({self.how}): lost\n{self.stage.text()}")
        if keys[-1] in _ACTIONS:
            await self.stage.press(*keys)
            return
        for key in keys:
            focused.post_message(events.Key(key, key if len(key) == 1 else None))
        await self.stage.pilot.pause()

    async def _card(self) -> None:
        """The card lies on the reader, which counts as one key."""
        number = self._value(self.service.applicant_fact)
        if not isinstance(number, str) or resident_id.check(number, self.wanted.on) is not None:
            return
        said = {self.index.on_card(self.service.id, key): str(a.value) for key, a in self.wanted.file.answers.items()}
        sex = "男" if resident_id.sex(number) == "male" else "女"
        expires = said.get("expires", "")
        until = "长期" if expires == "long" else expires.replace("-", "") or "20350501"
        parts = [said.get("name", "张测试"), sex, "汉", number[6:14], said.get("address", ""), number, "某公安局"]
        if expires:
            parts.append(f"20150501-{until}")
        focused = self.stage.pilot.app.focused
        assert focused is not None
        for char in "|".join(parts):
            focused.post_message(events.Key(char, char))
        self.keys += 1
        await self.stage.press("enter")
        await self.stage.quiet()

    async def _fill_step(self) -> None:
        """Every field of the step that is shown and still wants something."""
        step = self.step
        while True:
            view = self._look()
            wanting = self.open_fields(view)
            if self.step != step or not wanting:
                return
            if self.how != "typed" and self._quiet_left(wanting):
                await self._press("ctrl+y")
                continue
            keys = [field.key for field in view.fields if field.kind != "fixed"]
            at = self.stage.screen.active_field
            place = keys.index(at) if at in keys else 0
            goal = next((field for field in wanting if keys.index(field.key) >= place), wanting[0])
            way = self._way(keys, place, goal.key)
            if way == ["f7"]:
                await self._press("f7")
            else:
                await self._press(*way, *self._presses(goal))

    def _quiet_left(self, wanting: Sequence[FieldView]) -> bool:
        """Whether Ctrl+Y answers two fields at least, the next one among them, as they are to be answered."""
        quiet = [
            state.fact.key
            for state in self.assessment().facts
            if state.fact.section == "checks" and state.fact.normal is not None and state.status == "unanswered"
            and state.relevant is not False and self._value(state.fact.key) == state.fact.normal
        ]  # fmt: skip
        return len(quiet) > 1 and wanting[0].key in quiet

    def _way(self, keys: list[str], place: int, goal: str) -> list[str]:
        if place == keys.index(goal):
            return []
        steps = keys.index(goal) - place
        if abs(steps) > 1 and self.how != "typed":
            asked = [question.key for question in self.assessment().to_ask if question.key != keys[place]]
            if asked[:1] == [goal]:
                return ["f7"]
        return ["down" if steps > 0 else "up"] * abs(steps)

    def _presses(self, field: FieldView) -> list[str]:
        text = self.text(field) or ""
        if field.kind == "capture":
            return ["enter"]
        if field.kind == "choice":
            return choice_presses(field, text)
        return [*self.typing(field.key, text), "enter"]

    async def _accept(self) -> None:
        """F9, and a key for each warning that is taken note of."""
        await self._press("f9")
        while self.stage.screen.question is not None:
            await self._press("1")
        await self.stage.quiet()
        case = self.stage.scene.open_case
        if case is None or case.accepted_at is None:
            gate = self.stage.scene.assessment.gate if self.stage.scene.assessment else ()
            raise AssertionError(f"{self.service.id} ({self.how}) not accepted: {gate}\n{self.stage.text()}")


async def press(wanted: Scenario, way: Way) -> int:
    """How many keys a scenario's case takes at the screen. Raises: AssertionError if it is not accepted."""
    index = the_index()
    service = index.service(wanted.service)
    now = datetime.combine(wanted.on, time(10), TIMEZONE)
    async with at_counter((service.group, service.id), now=now) as stage:
        stage.world.station._archives = _NoRegisters() if way == "typed" else _Registers(index, wanted)
        await stage.serve()
        return await AtScreen(stage, wanted, way).complete()


def measure(only: frozenset[str] = frozenset()) -> list[Counted]:
    """These services, or all, in their order."""
    index, words = the_index(), the_words("zh_CN")
    found = []
    for wanted in sorted(templates(), key=lambda scenario: index.service(scenario.service).number):
        if only and wanted.service not in only:
            continue
        model = [Officer(index, words, wanted, "typed").work(), Officer(index, words, wanted, "aided").work()]
        typed, aided = asyncio.run(press(wanted, "typed")), asyncio.run(press(wanted, "aided"))
        found.append(Counted(wanted.service, typed, aided, *model))
    return found
