"""How many keys a case takes: a scripted officer completes a whole case of every service, over the real form's views.

Once every field is typed by hand. Once the card lies on the reader (which counts as one key), the registers fill what
the practice station's registers know of such a person, and Ctrl+Y answers the quiet checks; once more as the second
case of a visit, which starts with what the first one knew. The registers agree with the scenario: they know the same
facts as in practice, with the scenario's values, since it is the same case that is to come out.

A character is a key (Chinese ones too, though an input method takes more), a date its eight digits; Enter, Tab, a digit
that takes a choice, PgDn, F9 and each warning that is taken note of are one each.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from counterdesk.catalog.assess import Assessment, assess
from counterdesk.catalog.build import DATA
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.catalog.model import Service
from counterdesk.catalog.tools.scenarios import Scenario, read
from counterdesk.desk import intake
from counterdesk.desk.state import DeskState, Link
from counterdesk.formats import fields, resident_id
from counterdesk.formats.wedge import Card
from counterdesk.locale import Words
from counterdesk.practice.archives import SimulatedArchives
from counterdesk.screens.doing import LOOKED_UP
from counterdesk.screens.views.case import CAPTURED, entry_text, form_view
from counterdesk.screens.views.scene import STEPS, Scene, Step
from counterdesk.station.model import TIMEZONE, Case, State
from counterdesk.widgets.field_editor import FieldEditor
from counterdesk.widgets.values import FieldView, FormView

How = Literal["typed", "aided", "second"]
MOST_LETTERS = 4


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


class Officer:
    """Completes one case; `keys` is how many keys that took."""

    def __init__(self, index: Index, words: Words, wanted: Scenario, how: How) -> None:
        self.index = index
        self.words = words
        self.wanted = wanted
        self.how = how
        self.service = index.service(wanted.service)
        self.plan = index.plan(wanted.service)
        self.archives = SimulatedArchives(7, index, lambda: wanted.on)
        self.file = intake.new_file(index, "c", self.service)
        self.step: Step = "identity"
        self.keys = 0
        self._asked: set[str] = set()

    # what is seen

    def assessment(self) -> Assessment:
        """The case as it stands."""
        return assess(self.index, self.file, today=self.wanted.on, role="officer")

    def view(self) -> FormView:
        """The form as the screen would show it."""
        now = datetime.combine(self.wanted.on, time(10), TIMEZONE)
        case = Case(
            id="c", ticket="", counter="3", officer="", service=self.service.id, status="draft",
            opened_at=now, changed_at=now,
        )  # fmt: skip
        desk = DeskState("3", Link("online", now), station=State(cases={"c": case}), files={"c": self.file})
        scene = Scene(desk, self.index, self.words, now, "c", self.step, self.assessment())
        return form_view(scene, case)

    def text(self, field: FieldView) -> str | None:
        """What is to stand in a field in the end; None where it does not matter."""
        if self.step == "materials":
            return self.wanted.file.materials.get(field.key)
        if field.key == "variant":
            return self.wanted.file.variant or None
        answer = self.wanted.file.answers.get(field.key)
        if answer is None or answer.value is None or field.kind == "fixed":
            return None
        if self.plan.facts[field.key].kind in CAPTURED:
            return field.text or "1"  # it is there; which one it is does not matter
        return entry_text(answer.value)

    def open_fields(self, view: FormView) -> list[FieldView]:
        """The fields that still want something."""
        return [f for f in view.fields if f.kind != "fixed" and (text := self.text(f)) is not None and text != f.text]

    # what is done

    def work(self) -> int:
        """The whole case, up to acceptance."""
        if self.how != "typed":
            self._begin()
        for step in STEPS[:-1]:
            self._work_step(step)
        for _ in range(len(STEPS)):  # an answer may have opened a field on a step that was left
            again = [step for step in STEPS[:-1] if self._left(step)]
            if not again:
                break
            self.keys += 1
            self._work_step(again[0])
        found = self.assessment()
        hindered = [problem for problem in found.gate if problem.kind != "prompt_unconfirmed"]
        if hindered:
            raise AssertionError(f"{self.service.id} {self.wanted.name} ({self.how}): {hindered}")
        self.keys += 1 + len(found.gate)
        return self.keys

    def _left(self, step: Step) -> bool:
        self.step = step
        return bool(self.open_fields(self.view()))

    def _begin(self) -> None:
        if self.how == "second":
            self.file = intake.carry_over(self.index, self.file, earlier(self.index, self.wanted))
        applicant = self.service.applicant_fact
        number = self._value(applicant)
        if isinstance(number, str) and resident_id.check(number, self.wanted.on) is None:
            said = {
                self.index.on_card(self.service.id, key): str(answer.value)
                for key, answer in self.wanted.file.answers.items()
            }
            card = Card(number, said.get("name", ""), said.get("address", ""), "", said.get("expires", ""))
            if applicant not in self.file.answers or any(self._open_on_card(key) for key in self.plan.facts):
                self.keys += 1
                self.file, _ = intake.read_card(self.index, self.file, card, self.wanted.on)
            self._look_up(applicant, number)

    def _open_on_card(self, key: str) -> bool:
        """Whether the card says what nobody has told yet."""
        on_card = self.index.on_card(self.service.id, key)
        return bool(on_card) and key in self.wanted.file.answers and key not in self.file.answers

    def _value(self, key: str) -> JsonValue | None:
        answer = self.wanted.file.answers.get(key)
        return answer.value if answer else None

    def _look_up(self, key: str, value: str) -> None:
        known = self.archives.lookup(self.service.id, key, value)
        wanted = self.wanted.file.answers
        fresh = {k: Answer(wanted[k].value, "archive") for k in known if k in wanted and k not in self.file.answers}
        self.file = msgspec.structs.replace(self.file, answers={**self.file.answers, **fresh})

    def _work_step(self, step: Step) -> None:
        if self.step != step:
            self.keys += STEPS.index(step) - STEPS.index(self.step) if step in STEPS else 0  # PgDn
            self.step = step
        view = self.view()
        keys = [field.key for field in view.fields if field.kind != "fixed"]
        wanting = [field.key for field in view.fields if field.kind != "fixed" and field.mark in ("open", "error")]
        at = view.at if view.at in keys else (wanting or keys or [""])[0]
        while fields_left := self.open_fields(view):
            keys = [field.key for field in view.fields if field.kind != "fixed"]
            place = keys.index(at) if at in keys else 0
            field = next((f for f in fields_left if keys.index(f.key) >= place), fields_left[0])
            if self.how != "typed" and self._quiet(field):
                view = self.view()
                continue
            self.keys += self._moved(keys, place, field.key)
            self.keys += self._enter(field)
            place = keys.index(field.key)
            view = self.view()
            if place + 1 == len(keys):
                if self.step != "materials" and not self.open_fields(view):
                    self.step = STEPS[STEPS.index(self.step) + 1]  # Enter on the last field goes on by itself
                    return
                at = field.key
            else:
                at = keys[place + 1]

    def _quiet(self, field: FieldView) -> bool:
        """Ctrl+Y, once two checks in a row are uneventful."""
        found = self.assessment()
        quiet = [
            state
            for state in found.facts
            if state.fact.section == "checks" and state.fact.normal is not None and state.status == "unanswered"
            and state.relevant is not False and self._value(state.fact.key) == state.fact.normal
        ]  # fmt: skip
        if field.key not in {state.fact.key for state in quiet} or len(quiet) < 2:
            return False
        self.keys += 1
        self.file = intake.settle_quiet_checks(self.file, found)
        return True

    def _moved(self, keys: list[str], place: int, goal: str) -> int:
        """Up and Down; an aided officer knows that F7 goes where most is settled."""
        steps = abs(keys.index(goal) - place)
        if steps > 1 and self.how != "typed":
            asked = [question.key for question in self.assessment().to_ask if question.key != keys[place]]
            if asked[:1] == [goal]:
                return 1
        return steps

    def _enter(self, field: FieldView) -> int:
        text = self.text(field) or ""
        self._commit(field.key, text)
        if field.kind == "capture":
            return 1
        if field.kind == "choice":
            return choice_keys(field, text)
        return len(self.typing(field.key, text)) + 1

    def typing(self, key: str, text: str) -> str:
        """What is typed so that a text stands in a field: a date is its digits."""
        kind = self.plan.facts[key].kind
        if kind in ("date", "date_or_long", "datetime"):
            short = "".join(char for char in text if char.isdigit()) if kind != "datetime" else text
            if text and short and fields.normalise(self.plan.facts[key].fact.type, short) == text:
                return short
        return text

    def _commit(self, key: str, text: str) -> None:
        if self.step == "materials":
            self.file = intake.mark_material(self.file, key, text)  # type: ignore[arg-type]
        elif key == "variant":
            self.file = intake.choose_variant(self.file, text)
        elif self.plan.facts[key].kind in CAPTURED:
            self.file = intake.capture(self.file, key, str(self._value(key)))
        else:
            self.file, problem = intake.commit(self.index, self.file, key, text, self.wanted.on)
            if problem is not None and problem.level == "error":
                raise AssertionError(f"{self.service.id} {key}: {problem}")
            if self.how != "typed":
                self.file = self._offers(self.file)
                if self.plan.facts[key].kind in LOOKED_UP:
                    self._look_up(key, text)

    def _offers(self, file: CaseFile) -> CaseFile:
        return intake.settle_offers(file, assess(self.index, file, today=self.wanted.on, role="officer"))


def choice_keys(field: FieldView, wanted: str) -> int:
    """How many keys take a choice."""
    return len(choice_presses(field, wanted))


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


def measure() -> list[Row]:
    """All services, in their order."""
    index, words = Index(load()), Words.load("zh_CN")
    rows = []
    for wanted in templates():
        service = index.service(wanted.service)
        ways: tuple[How, ...] = ("typed", "aided", "second")
        typed, aided, second = (Officer(index, words, wanted, how).work() for how in ways)
        rows.append(Row(service.id, service.number, typed, aided, second, *letters(index, service)))
    return sorted(rows, key=lambda row: row.number)


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
