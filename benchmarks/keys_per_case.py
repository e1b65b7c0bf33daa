"""How many keys a case takes: a scripted officer works a whole case of every service at the running desk.

Desk, station and screen are the program's own (Textual's pilot, a clock that stands); every count is a key that was
pressed. Once every field is typed by hand and no register knows anything. Once the card lies on the reader (which
counts as one key), the registers know what the practice station's registers know of such a person, and Ctrl+Y answers
the quiet checks; once more as the second case of a visit, which starts with what the first one knew. The registers
agree with the scenario: they know the same facts as in practice, with its values, since it is the same case that
is to come out. What the program offers by itself is taken each time.

A character is a key (Chinese ones too, though an input method takes more), a date its eight digits; Enter, Tab, a digit
that takes a choice, PgDn, F9 and each warning that is taken note of are one each. F2 and F3 are not counted.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime, time
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
from textual import events

from counterdesk.catalog.assess import Assessment
from counterdesk.catalog.build import DATA
from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import CAPTURED, Service
from counterdesk.catalog.tools.scenarios import Scenario, read
from counterdesk.formats import fields, resident_id
from counterdesk.practice.archives import SimulatedArchives
from counterdesk.screens.views.case import entry_text, form_view
from counterdesk.screens.views.scene import STEPS, Step
from counterdesk.station.model import TIMEZONE
from counterdesk.widgets.field_editor import FieldEditor
from counterdesk.widgets.values import FieldView, FormView
from tests.ui.screens.counter import AtCounter, at_counter, the_index

How = Literal["typed", "aided", "second"]
HOW: Final[tuple[How, ...]] = ("typed", "aided", "second")
MOST_LETTERS: Final = 4
MOST: Final = 1200
"""No case takes so many keys: an officer who is still pressing is lost."""
_ACTIONS: Final = frozenset({"f7", "f9", "ctrl+y"})


class Row(NamedTuple):
    """One service: the keys of its case by hand, with card, registers and Ctrl+Y, and as the second of a visit; what
    is typed to find it and how many keys that is before Enter."""

    service: str
    number: int
    typed: int
    aided: int
    second: int
    letters: str
    find: int

    @property
    def ratio(self) -> float:
        """Aided over typed."""
        return self.aided / self.typed


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


class Officer:
    """Completes one case at the screen; `keys` is how many keys that took."""

    def __init__(self, stage: AtCounter, wanted: Scenario, how: How) -> None:
        self.stage = stage
        self.index = the_index()
        self.wanted = wanted
        self.how = how
        self.service = self.index.service(wanted.service)
        self.plan = self.index.plan(wanted.service)
        self.keys = 0

    @property
    def step(self) -> Step:
        """Where the form stands."""
        return self.stage.screen.step

    async def complete(self) -> int:
        """The whole case, from the open form to acceptance."""
        if self.how != "typed":
            await self._card()
        while left := [step for step in STEPS[:-1] if self._wanting(step)]:
            # An answer may open a field on a step that was left.
            here = STEPS.index(self.step)
            goal = next((step for step in left if STEPS.index(step) >= here), left[-1])
            if goal == self.step:
                await self._fill_step()
            else:
                await self._press("pagedown" if STEPS.index(goal) > here else "pageup")
        await self._accept()
        return self.keys

    # what is seen

    def _view(self, step: Step) -> FormView:
        """The form of a step as the screen shows it there."""
        scene = self.stage.scene
        case = scene.open_case
        assert case is not None
        return form_view(replace(scene, step=step), case)

    def _value(self, key: str) -> JsonValue | None:
        answer = self.wanted.file.answers.get(key)
        return answer.value if answer else None

    def _text(self, field: FieldView, step: Step) -> str | None:
        """What is to stand in a field in the end; None where it does not matter."""
        if step == "materials":
            return self.wanted.file.materials.get(field.key)
        if field.key == "variant":
            return self.wanted.file.variant or None
        value = self._value(field.key)
        if value is None or field.kind == "fixed":
            return None
        if self.plan.facts[field.key].kind in CAPTURED:
            return field.text or "1"  # it is there; which one it is does not matter
        return entry_text(value)

    def _wanting(self, step: Step) -> list[FieldView]:
        """The fields of a step that still want something."""
        shown = [field for field in self._view(step).fields if field.kind != "fixed"]
        return [f for f in shown if (text := self._text(f, step)) is not None and text != f.text]

    def _found(self) -> Assessment:
        found = self.stage.scene.assessment
        assert found is not None
        return found

    # what is done

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
        """The card lies on the reader, unless all that it says is known from the case before."""
        number = self._value(self.service.applicant_fact)
        if not isinstance(number, str) or resident_id.check(number, self.wanted.on) is not None:
            return
        on_card = {self.index.on_card(self.service.id, key): key for key in self.plan.facts}
        known, wanted = self.stage.file.answers, self.wanted.file.answers
        told = {key for name, key in on_card.items() if name and key in wanted} | {self.service.applicant_fact}
        if told <= known.keys():
            return
        said = {name: str(wanted[key].value) for name, key in on_card.items() if key in wanted}
        sex = "男" if resident_id.sex(number) == "male" else "女"
        parts = [said.get("name", "张测试"), sex, "汉", number[6:14], said.get("address", ""), number, "某公安局"]
        if expires := said.get("expires", ""):
            parts.append(f"20150501-{'长期' if expires == 'long' else expires.replace('-', '')}")
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
            if self.stage.screen.question is not None:
                await self._press("2")  # a number was typed where text is wanted: it is the text
            wanting = self._wanting(step)
            if self.step != step or not wanting:
                return
            if self.how != "typed" and self._quiet_left(wanting):
                await self._press("ctrl+y")
                continue
            keys = [field.key for field in self._view(step).fields if field.kind != "fixed"]
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
            for state in self._found().facts
            if state.fact.section == "checks" and state.fact.normal is not None and state.status == "unanswered"
            and state.relevant is not False and self._value(state.fact.key) == state.fact.normal
        ]  # fmt: skip
        return len(quiet) > 1 and wanting[0].key in quiet

    def _way(self, keys: list[str], place: int, goal: str) -> list[str]:
        if place == keys.index(goal):
            return []
        steps = keys.index(goal) - place
        if abs(steps) > 1 and self.how != "typed":
            asked = [question.key for question in self._found().to_ask if question.key != keys[place]]
            if asked[:1] == [goal]:
                return ["f7"]
        return ["down" if steps > 0 else "up"] * abs(steps)

    def _presses(self, field: FieldView) -> list[str]:
        text = self._text(field, self.step) or ""
        if field.kind == "capture":
            return ["enter"]
        if field.kind == "choice":
            return choice_presses(field, text)
        return [*self._typing(field.key, text), "enter"]

    def _typing(self, key: str, text: str) -> str:
        """What is typed so that a text stands in a field: a date is its digits."""
        kind = self.plan.facts[key].kind
        short = "".join(char for char in text if char.isdigit())
        if (
            kind in ("date", "date_or_long")
            and short
            and fields.normalise(self.plan.facts[key].fact.type, short) == text
        ):
            return short
        return text

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


def choice_presses(field: FieldView, wanted: str) -> list[str]:
    """The fewest keys that take a choice: its digit, a beginning of its name, or the arrow, with Enter."""
    editor = FieldEditor(field)
    for place, choice in enumerate(editor.matches):
        if choice.id == wanted:
            if choice.digit:
                return [choice.digit]
            back = len(editor.matches) - place
            ways = [[*(["right"] * (place + 1) if place < back else ["left"] * back), "enter"]]
            for size in range(1, len(choice.label) + 1):
                typing = FieldEditor(field)
                typing.insert(choice.label[:size])
                if typing.highlighted is not None and typing.highlighted.id == wanted:
                    ways.append([*choice.label[:size], "enter"])
                    break
            return min(ways, key=len)
    raise AssertionError(f"{field.key} has no choice {wanted}")


def earlier(index: Index, wanted: Scenario) -> CaseFile:
    """The first case of the visit: the commonest other service of the same queue group, with the same facts."""
    service = index.service(wanted.service)
    others = [s for s in index.catalog.services if s.group == service.group and s.id != service.id]
    first = max(others, key=lambda other: other.daily_demand)
    meanings = {index.meaning(service.id, key): answer for key, answer in wanted.file.answers.items()}
    answers = {
        key: meanings[meaning]
        for key, plan in index.plan(first.id).facts.items()
        if plan.fact.section != "checks" and (meaning := index.meaning(first.id, key)) in meanings
    }
    applicant = wanted.file.answers.get(service.applicant_fact)
    if applicant is not None:
        answers[first.applicant_fact] = applicant
    return CaseFile(case="e", service=first.id, answers=answers)


def letters(index: Index, service: Service) -> tuple[str, int]:
    """The shortest beginning of the initials of a name that finds a service, and the keys: letters and arrows down."""
    best = ("", 99)
    for text in (service.short.zh, service.name.zh, *service.aliases):
        chars = [char.lower() for char in text if char.isalnum()]
        initials = "".join((index.catalog.pinyin.get(char) or (char,))[0][0] for char in chars)
        for size in range(1, min(len(initials), MOST_LETTERS) + 1):
            found = [other.id for other in index.find(initials[:size], 30)]
            if service.id in found and size + found.index(service.id) < best[1]:
                best = (initials[:size], size + found.index(service.id))
    return best


def templates(folder: Path = DATA) -> Iterator[Scenario]:
    """The first complete scenario of each service."""
    seen: set[str] = set()
    for scenario in read(folder)[0]:
        if scenario.template and scenario.service not in seen:
            seen.add(scenario.service)
            yield scenario


async def press(wanted: Scenario, how: How) -> int:
    """How many keys a scenario's case takes at the screen. Raises: AssertionError if it is not accepted."""
    index = the_index()
    service = index.service(wanted.service)
    first = earlier(index, wanted)
    ticket = (service.group, first.service if how == "second" else service.id)
    async with at_counter(ticket, now=datetime.combine(wanted.on, time(10), TIMEZONE)) as stage:
        stage.world.station._archives = _NoRegisters() if how == "typed" else _Registers(index, wanted)
        await stage.serve()
        if how == "second":
            await stage.until(lambda: stage.scene.file is not None)
            known = first.answers
            stage.desk.edit_file(stage.screen.case, lambda file: msgspec.structs.replace(file, answers=known))
            await stage.quiet()
            stage.screen.doing._open_case(stage.scene, service.id)
            await stage.quiet()
            stage.screen.focus_middle()
            await stage.quiet()
        return await Officer(stage, wanted, how).complete()


def count(wanted: Scenario) -> Row:
    """One service, in all ways."""
    index = the_index()
    service = index.service(wanted.service)
    typed, aided, second = (asyncio.run(press(wanted, how)) for how in HOW)
    return Row(service.id, service.number, typed, aided, second, *letters(index, service))


def measure() -> list[Row]:
    """All services, in their order; two at a time."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return sorted(pool.map(count, templates()), key=lambda row: row.number)


def median_ratio(rows: list[Row]) -> float:
    """Half of the services take at most this part of the keys."""
    return statistics.median(row.ratio for row in rows)


def table(rows: list[Row]) -> str:
    """The figures as text."""
    lines = [f"{'':>2} {'service':<22}{'typed':>7}{'aided':>7}{'2nd':>6}{'ratio':>7}  {'letters':<8}{'find':>4}"]
    lines += [
        f"{row.number:>2} {row.service:<22}{row.typed:>7}{row.aided:>7}{row.second:>6}{row.ratio:>7.2f}"
        f"  {row.letters:<8}{row.find:>4}"
        for row in rows
    ]
    second = statistics.median(row.second / row.typed for row in rows)
    most = max(row.find for row in rows)
    lines.append(
        f"{len(rows)} services: median ratio {median_ratio(rows):.2f} (≤ 0.50), second case {second:.2f};"
        f" at most {most} keys to find one (≤ {MOST_LETTERS})"
    )
    return "\n".join(lines)
