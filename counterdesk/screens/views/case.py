"""The case panel: the steps of the intake and the fields of the current one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from counterdesk.catalog.assess import FactState, dropped
from counterdesk.catalog.casefile import Answer, JsonValue
from counterdesk.catalog.model import CAPTURED, Fact
from counterdesk.desk.intake import person_behind
from counterdesk.formats import dates, masking, plates, resident_id
from counterdesk.formats.problem import Problem
from counterdesk.screens.views.checklist import needed_materials, prompt_text
from counterdesk.screens.views.materials import material_fields
from counterdesk.screens.views.precheck import precheck_text
from counterdesk.screens.views.queue import what
from counterdesk.screens.views.scene import STEPS, Scene, Step
from counterdesk.screens.views.shift import note_lines
from counterdesk.screens.views.ways import counter_hint
from counterdesk.station.model import Case
from counterdesk.text import wrap
from counterdesk.widgets.values import (
    Cell,
    Choice,
    FieldKind,
    FieldMark,
    FieldView,
    FormView,
    Line,
    PanelView,
    StepView,
)

DIGITS = "123456789"
REVIEW_CELLS = 40
"""A line of the review page that is wrapped fits the narrowest screen."""


class FormId(NamedTuple):
    """Which form this is: what was typed into it belongs to this case and step, whatever is shown by now."""

    case: str
    service: str
    step: Step

    def __str__(self) -> str:
        return "/".join(self)

    @classmethod
    def parse(cls, text: str) -> FormId:
        """The id back from its text."""
        case, service, step = text.split("/")
        return cls(case, service, next(known for known in STEPS if known == step))


def case_title(scene: Scene, case: Case) -> str:
    """Whose case of which service this is."""
    ticket = scene.station.tickets.get(case.ticket)
    number = ticket.number if ticket else (case.number or "")
    return f"{number} {scene.service_name(case.service)}".strip()


def case_note(scene: Scene, case: Case) -> str:
    """Where the case and its file stand."""
    words = scene.words
    status = scene.desk.file_status.get(case.id)
    parts = [words(f"case.status.{case.status}")]
    ticket = scene.current
    if ticket is not None and ticket.id == case.ticket and ticket.started_at is not None:
        parts.append(words("queue.minutes", minutes=int((scene.now - ticket.started_at).total_seconds() // 60)))
    if status is not None:
        parts.append(words(f"file.{status}"))
    return " ".join(parts)


def idle_view(scene: Scene, width: int) -> PanelView:
    """The case panel while there is no case in it: what the last shift left, and what to do next. width: of the panel,
    frame included."""
    words, current, counter = scene.words, scene.current, scene.counter
    lines = note_lines(scene, width)
    if scene.others_counter:
        title = words("idle.title")
        text = words("idle.others", officer=scene.others_counter)
        lines += [Line((Cell(row, "warn", -1),)) for row in wrap(text, max(width - 4, 20))]
    elif current is not None:
        title = f"{current.number} {what(scene, current)}"
        now = words(f"idle.{current.state}")
        lines += [Line((Cell(row, "strong", -1),)) for row in wrap(now, max(width - 4, 20))]
        if current.priority:
            reason = words(f"priority.{current.priority}")
            lines.append(Line((Cell(words("idle.priority", reason=reason), "warn", -1),)))
        if current.precheck is not None:
            seen = precheck_text(scene, current.precheck)
            lines += [Line((Cell(row, "", -1),)) for row in wrap(seen, max(width - 4, 20))]
        if hint := counter_hint(scene):
            lines += [Line((Cell(row, "accent", -1),)) for row in wrap(hint, max(width - 4, 20))]
        if current.state == "called":
            lines.append(Line((Cell(words("idle.calls", calls=current.calls, recalls=current.recalls), "dim", -1),)))
    else:
        title = words("idle.title")
        state = counter.state if counter is not None else "closed"
        key = "idle.free" if state == "open" else f"idle.{state}"
        if not scene.known:
            lines.append(Line((Cell(words("idle.unknown"), "dim", -1),)))
        elif counter is None:
            key = "refused.unknown_counter" if scene.desk.counter else "idle.no_counter"
            text = words(key, counter=scene.desk.counter)
            lines += [Line((Cell(row, "block", -1),)) for row in wrap(text, max(width - 4, 20))]
        else:
            lines += [Line((Cell(row, "", -1),)) for row in wrap(words(key), max(width - 4, 20))]
        if scene.desk.link.status == "offline":
            lines.append(Line((Cell(words("idle.offline"), "warn", -1),)))
    return PanelView(title=title, lines=tuple(lines))


def loading_view(scene: Scene) -> PanelView:
    """The case panel while the file of its case is on its way, or while it cannot come."""
    case, key = scene.open_case, "file.away" if scene.desk.link.status == "offline" else "file.loading"
    title = case_title(scene, case) if case is not None else ""
    return PanelView(title, (Line((Cell(scene.words(key), "warn", -1),)),))


def steps_view(scene: Scene) -> tuple[StepView, ...]:
    """The steps with what is known of each."""
    return tuple(
        StepView(step, scene.words(f"step.{step}"), "current" if step == scene.step else _step_state(scene, step))
        for step in STEPS
    )


def _step_state(scene: Scene, step: Step) -> Literal["done", "open", "problem"]:
    found = scene.assessment
    if found is None:
        return "open"
    if step == "review":
        return "open"
    if step == "service":
        return "done" if not any(problem.kind == "variant_missing" for problem in found.gate) else "open"
    if step == "materials":
        problems = [problem for problem in found.gate if problem.kind.startswith("material")]
        missing = any(problem.kind == "material_missing" for problem in problems)
        return "problem" if missing else "open" if problems else "done"
    facts = [state for state in found.facts if step_of(scene, state.fact) == step]
    if any(state.problem is not None and state.problem.level == "error" for state in facts):
        return "problem"
    keys = {state.fact.key for state in facts}
    asked = any(question.key in keys for question in found.to_ask)
    return "open" if asked or any(problem.id in keys for problem in found.gate) else "done"


def step_of(scene: Scene, fact: Fact) -> Step:
    """On which step a fact stands: who it is about comes first."""
    file = scene.file
    applicant = scene.index.service(file.service).applicant_fact if file else ""
    return "identity" if fact.section == "identity" or fact.key == applicant else "details"


def form_view(scene: Scene, case: Case) -> FormView:
    """The form of the current step."""
    match scene.step:
        case "service":
            fields = _service_fields(scene)
        case "materials":
            fields = material_fields(scene)
        case _:
            fields = _fact_fields(scene, scene.step)
    return FormView(
        id=str(FormId(case.id, case.service, scene.step)),
        title=case_title(scene, case),
        note=case_note(scene, case),
        steps=steps_view(scene),
        fields=tuple(fields),
        at=scene.file.at if scene.file else "",
    )


def _fact_fields(scene: Scene, step: Step) -> list[FieldView]:
    found = scene.assessment
    if found is None:
        return []
    shown = [state for state in found.facts if state.relevant is not False and step_of(scene, state.fact) == step]
    shown.sort(key=lambda state: state.fact.section == "checks")  # stable: the catalogue's order within
    fields: list[FieldView] = []
    heading = scene.words("case.checks")
    for state in shown:
        first_check = state.fact.section == "checks" and heading
        fields.append(fact_field(scene, state, heading if first_check and step == "details" else ""))
        if first_check:
            heading = ""
    return fields


def fact_field(scene: Scene, state: FactState, heading: str = "") -> FieldView:
    """One fact as a field of the form."""
    fact, file = state.fact, scene.file
    answer = file.answers.get(fact.key) if file else None
    entered = file.entered.get(fact.key, "") if file else ""
    choices = _choices(scene, fact)
    kind: FieldKind = "choice" if choices else "text"
    if fact.computed:
        kind = "fixed"
    elif fact.type in CAPTURED:
        kind = "capture"
    text = entered or (entry_text(answer.value) if answer else "")
    shown = shown_value(scene, fact, state, answer, entered)
    masked = kind == "text" and not entered and shown != text and is_personal(fact)
    if masked and scene.revealed == fact.key:
        shown, masked = text, False
    note, style = _note(scene, state, answer)
    return FieldView(
        key=fact.key,
        label=scene.pick(fact.label),
        kind=kind,
        text=text,
        shown=shown,
        mark=_mark(state, entered),
        note=note,
        note_style="block" if style else "dim",
        choices=choices,
        limit=fact.max_length or 120,
        heading=heading,
        masked=masked,
    )


def is_personal(fact: Fact) -> bool:
    """Whether a fact's value says who somebody is, or where to find him: it is masked until somebody asks to see it."""
    return fact.sensitive or fact.type in ("rid", "phone", "name", "addr")


def _choices(scene: Scene, fact: Fact) -> tuple[Choice, ...]:
    words = scene.words
    if fact.type == "bool":
        return (Choice("true", words("value.yes"), "1"), Choice("false", words("value.no"), "2"))
    if fact.type != "enum":
        return ()
    options = scene.index.options(fact)
    return tuple(
        Choice(option.code, scene.pick(option.name), DIGITS[place] if place < len(DIGITS) else "")
        for place, option in enumerate(options)
    )


def entry_text(value: JsonValue | None) -> str:
    """An answer as it would be typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(str(row.get("code", "")) for row in value)
    return "" if value is None else str(value)


def shown_value(scene: Scene, fact: Fact, state: FactState, answer: Answer | None, entered: str) -> str:
    """An answer as it is shown while nobody asked to see it: masked where it is personal."""
    if fact.computed and not entered:
        return "" if state.value is None else computed_text(scene, fact, state.value)
    if entered:  # wrong, but mostly by one digit; whole it stands where it is being mended
        return masking.mask(fact.type, entered) if is_personal(fact) else entered
    return answer_text(scene, fact, answer)


def answer_text(scene: Scene, fact: Fact, answer: Answer | None) -> str:
    """An answer as it is shown, masked where it is personal; "" where there is none."""
    if answer is None:
        return ""
    value = answer.value
    if value is None:
        return scene.words("value.unobtainable")
    if isinstance(value, bool):
        return scene.words("value.yes" if value else "value.no")
    if isinstance(value, list):
        return records_text(scene, value)
    text = str(value)
    if fact.type in ("enum", "enum_set"):
        names = {option.code: scene.pick(option.name) for option in scene.index.options(fact)}
        return scene.words.listed(names.get(code, code) for code in text.split(","))
    if fact.type in CAPTURED:
        return scene.words("value.captured")
    if fact.type in ("date", "date_or_long"):
        return _date_text(scene, text)
    if fact.type == "plate":
        return plates.show(text)
    if is_personal(fact):
        return masking.mask(fact.type, text)
    return text


def computed_text(scene: Scene, fact: Fact, value: object) -> str:
    """A computed value in words."""
    if isinstance(value, bool):
        return scene.words("value.yes" if value else "value.no")
    if isinstance(value, str) and fact.type == "enum":
        return next((scene.pick(o.name) for o in scene.index.options(fact) if o.code == value), value)
    if hasattr(value, "isoformat"):
        return _date_text(scene, value.isoformat())
    return str(value) if isinstance(value, str | int) or hasattr(value, "as_tuple") else ""


def _date_text(scene: Scene, text: str) -> str:
    if text == "long":
        return scene.words("value.long_term")
    day = dates.parse_date(text)
    return text if isinstance(day, Problem) else dates.show(day, scene.words.language)


def records_text(scene: Scene, rows: list[dict[str, str | int]]) -> str:
    """Violation records in short: how many, with their codes, the fine and the points."""
    fine = sum(int(row.get("fine", 0)) for row in rows)
    points = sum(int(row.get("points", 0)) for row in rows)
    codes = " ".join(str(row.get("code", "")) for row in rows)
    return scene.words("value.records", count=len(rows), codes=codes, fine=fine, points=points)


def _mark(state: FactState, entered: str) -> FieldMark:
    if state.problem is not None and state.problem.level == "error":
        return "error"
    if state.status == "computed":
        return "computed"
    if state.status in ("answered", "unobtainable") and not entered:
        return "done"
    return "optional" if state.required is False else "open"


def _note(scene: Scene, state: FactState, answer: Answer | None) -> tuple[str, bool]:
    """What stands behind the value: a problem first, then what the value tells, where it came from, what to ask."""
    words, fact = scene.words, state.fact
    if state.problem is not None:
        return problem_text(scene, state.problem), state.problem.level == "error"
    if answer is not None and answer.value is not None:
        if fact.type == "rid" and isinstance(answer.value, str):
            person = person_behind(answer.value)
            if person is not None:  # the age, not the birth date: the mask hides that
                age = resident_id.age_on(person[0], scene.today)
                return words("case.person", age=age, sex=words(f"sex.{person[1]}")), False
        source = "captured" if fact.type in CAPTURED else answer.source
        return (words(f"source.{source}") if source != "typed" else ""), False
    if state.status == "computed":
        return (scene.pick(fact.hint) if fact.hint and state.value is None else ""), False
    if fact.ask is not None:
        return scene.pick(fact.ask), False
    if fact.hint is not None:
        return scene.pick(fact.hint), False
    return "", False


def problem_text(scene: Scene, problem: Problem) -> str:
    """A problem in words."""
    return scene.words(f"problem.{problem.code}", **problem.params)


def _service_fields(scene: Scene) -> list[FieldView]:
    words, found, file = scene.words, scene.assessment, scene.file
    if found is None or file is None:
        return []
    service = scene.index.service(file.service)
    category = next((c for c in scene.index.catalog.categories if c.id == service.category), None)
    fields = [
        FieldView(
            "service",
            words("case.service"),
            "fixed",
            shown=scene.pick(service.name),
            mark="done",
            note=scene.pick(category.name) if category else "",
        )
    ]
    if found.variants:
        choices = tuple(
            Choice(
                state.variant.code,
                f"{state.variant.code} {scene.pick(state.variant.name)}",
                DIGITS[place] if place < len(DIGITS) else "",
                scene.pick(state.variant.note) if state.variant.note else "",
                words("case.variant_excluded") if state.applies is False else "",
            )
            for place, state in enumerate(found.variants)
        )
        by_code = {choice.id: choice for choice in choices}
        chosen = by_code.get(found.variant)
        fields.append(
            FieldView(
                "variant",
                words("case.variant"),
                "choice",
                text=found.variant,
                shown=chosen.label if chosen else "",
                mark="done" if chosen else "open",
                note=(chosen.note if chosen else words("case.choose_variant")),
                choices=choices,
            )
        )
    for name, statements in (("who", service.who), ("result", service.results), ("place", service.place)):
        for place, statement in enumerate(statements):
            fields.append(
                FieldView(
                    f"{name}{place}",
                    words(f"service.{name}") if place == 0 else "",
                    "fixed",
                    shown=scene.pick(statement.text)
                    + (words("service.demonstration") if statement.confidence == "illustrative" else ""),
                )
            )
    return fields


def review_view(scene: Scene, case: Case) -> PanelView:
    """The whole case on one page: what stands in the way first, then every answer; a line leads to its field."""
    words, found = scene.words, scene.assessment
    lines: list[Line] = []
    if found is not None:
        lines.append(
            Line(
                (Cell(words("review.ready" if not found.gate else "review.gate", count=len(found.gate)), "title", -1),)
            )
        )
        for problem in found.gate:
            lines.append(
                Line(
                    (Cell("✗ ", "block"), Cell(gate_text(scene, problem.kind, problem.id), "block", -1)),
                    id=f"gate:{problem.kind}:{problem.id}",
                )
            )
        if scene.file is not None and (gone := dropped(found, scene.file)):
            names = scene.words.listed(scene.pick(scene.index.fact(scene.file.service, key).label) for key in gone)
            lines += [
                Line((Cell(("- " if place == 0 else "  ") + row, "warn", -1),))
                for place, row in enumerate(wrap(words("review.dropped", facts=names), REVIEW_CELLS))
            ]
        for state in found.facts:
            if state.relevant is False:
                continue
            field = fact_field(scene, state)
            if field.shown:
                lines.append(
                    Line((Cell(field.label, "dim", 16), Cell(" " + field.shown, "", -1)), id=f"fact:{state.fact.key}")
                )
        for material in needed_materials(found):
            if material.status != "open":
                text = f"{words(f'material.{material.status}')} {scene.pick(material.material.name)}"
                lines.append(
                    Line(
                        (Cell(words("step.materials"), "dim", 17), Cell(text, "", -1)),
                        id=f"material:{material.use.code}",
                    )
                )
    return PanelView(title=case_title(scene, case), note=words("step.review"), lines=tuple(lines))


def gate_text(scene: Scene, kind: str, identifier: str) -> str:
    """One reason against acceptance, by its name."""
    name = identifier
    file = scene.file
    if file is not None and kind.startswith("field"):
        name = scene.pick(scene.index.fact(file.service, identifier).label)
    elif kind.startswith("material"):
        name = scene.pick(scene.index.material(identifier).name)
    elif kind.startswith("prompt") and scene.assessment is not None:
        state = next((p for p in scene.assessment.prompts if p.prompt.id == identifier), None)
        if state is not None:
            name = prompt_text(scene, state)
    elif kind == "variant_missing":
        name = ""
    return f"{scene.words(f'gate.{kind}')} {name}".strip()
