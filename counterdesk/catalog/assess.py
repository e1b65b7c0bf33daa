"""What one case comes to on one day: relevant facts, prompts, materials, money, deadline, next question, gate.

Pure: the case file and the day go in, an `Assessment` comes out; nothing is read or written. Everything is evaluated in
three values (see `conditions.py`), so nothing is denied because it was not asked yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeVar

from counterdesk.formats import calendar, fields, resident_id
from counterdesk.formats.problem import Problem
from counterdesk.quiet import quiet

from .casefile import Answer, CaseFile
from .conditions import IRRELEVANT, LONG, UNKNOWN, Because, Facts, Node, Result, State
from .index import Index
from .model import DayKind, Fact, Fee, Level, Limit, Material, MaterialUse, Prompt, Variant
from .plan import FactPlan, MaterialPlan, Plan, PromptPlan

FactStatus = Literal["answered", "unanswered", "irrelevant", "unobtainable", "computed"]
FoundStatus = Literal["open", "verified", "missing", "waived", "deferred"]
GateKind = Literal[
    "variant_missing",
    "field_missing",
    "field_invalid",
    "prompt_block",
    "prompt_unknown",
    "prompt_unconfirmed",
    "material_missing",
    "material_open",
]
WEIGHTS: Final[dict[Level, int]] = {"BLOCK": 8, "WARN": 4, "INFO": 2, "TIP": 1}
MATERIAL_WEIGHT: Final = 2
"""An undecided required material counts like an INFO: the applicant has to be told of it."""


@quiet
class FactState(NamedTuple):
    """One fact on the screen.

    relevant, required: None while that cannot be told yet.
    value: what conditions see: str, int, bool, date (`LONG` for 长期), Decimal, tuples; None when there is none.
    status: `computed` also while the value is still unknown; `answered` also when the answer has a problem.
    problem: what is wrong with the text being entered, or with the answer.
    offer: the value to offer while there is neither answer nor text.
    """

    fact: Fact
    relevant: bool | None
    required: bool | None
    value: object
    status: FactStatus
    problem: Problem | None = None
    offer: object = None


class VariantState(NamedTuple):
    """A variant, and whether its condition holds; None when unknown or when only the officer can tell."""

    variant: Variant
    applies: bool | None


@quiet
class PromptState(NamedTuple):
    """A prompt in force today. `params`: what stands in the places of its text, filled once the prompt is true."""

    prompt: Prompt
    value: bool | None
    because: Because
    missing: tuple[str, ...]
    confirmed: bool
    params: dict[str, str]
    overridden: bool = False


@quiet
class MaterialState(NamedTuple):
    """A material of the service: whether it is needed, and what was found."""

    use: MaterialUse
    material: Material
    needed: bool | None
    status: FoundStatus
    because: Because
    missing: tuple[str, ...]
    deferrable: bool


class Due(NamedTuple):
    """When the case has to be done. `on` is None when the calendar of that year is not known."""

    days: int
    day_kind: DayKind
    on: date | None
    limit: Limit


class Question(NamedTuple):
    """Something to ask next; `settles` counts the open prompts and materials it bears on."""

    key: str
    settles: int
    kind: Literal["fact", "material", "variant"] = "fact"


class GateProblem(NamedTuple):
    """One reason why the case cannot be accepted yet; `id` is a fact, variant, prompt or material."""

    kind: GateKind
    id: str


@quiet
class Assessment(NamedTuple):
    """Everything that follows from a case file on a day. An empty `gate` means that it may be accepted."""

    facts: tuple[FactState, ...]
    variant: str
    variants: tuple[VariantState, ...]
    prompts: tuple[PromptState, ...]
    materials: tuple[MaterialState, ...]
    fees: tuple[Fee, ...]
    fee_due: Decimal | None
    department: str | None
    on_the_spot: bool | None
    due: Due | None
    to_ask: tuple[Question, ...]
    gate: tuple[GateProblem, ...]


def assess(
    index: Index,
    file: CaseFile,
    *,
    today: date,
    role: str,
    open_case: str = "",
    overridden: Collection[str] = (),
) -> Assessment:
    """Assess a case.

    Args:
        index: the catalogue.
        file: what the officer wrote down and checked; `file.service` must be in the catalogue.
        today: the day of acceptance; it decides which prompts, fees and limits are the law.
        role: of who acts: officer, auxiliary, leader, …
        open_case: the number of another open case of the same service and applicant, or "".
        overridden: ids of prompts that a shift leader has set aside for this case; only those that may be count.

    Raises:
        KeyError: for a service that the catalogue does not have.
    """
    return evaluated(index, file, today=today, role=role, open_case=open_case, overridden=overridden)[0]


def evaluated(
    index: Index,
    file: CaseFile,
    *,
    today: date,
    role: str,
    open_case: str = "",
    overridden: Collection[str] = (),
) -> tuple[Assessment, Facts]:
    """As `assess`, with the facts as the conditions saw them."""
    run = Run(index.plan(file.service), file, today, role, open_case, overridden)
    run.evaluate()
    return run.assessment(), run.facts


def dropped(assessment: Assessment, file: CaseFile) -> tuple[str, ...]:
    """The answered facts that turned out not to be relevant: to be shown, and left out, at acceptance."""
    return tuple(
        state.fact.key
        for state in assessment.facts
        if state.status == "irrelevant" and (state.fact.key in file.answers or state.fact.key in file.entered)
    )


def check_entry(plan: FactPlan, text: str, today: date) -> Problem | None:
    """What is wrong with a normalised text for a fact, by its type and by what the catalogue says about it."""
    limits = plan.limits
    if plan.fact.latest == "today":
        limits = {**limits, "latest": today}
    return fields.check(plan.fact.type, text, today=today, **limits)


def typed(plan: FactPlan, value: object, today: date) -> tuple[object, Problem | None]:
    """Turn a stored answer into the value that conditions see.

    Returns:
        (value, problem). The value is `UNKNOWN` when the problem is an error; a warning leaves it usable.
    """
    kind = plan.kind
    if kind == "bool":
        return (value, None) if isinstance(value, bool) else (UNKNOWN, Problem("bool.form"))
    if kind == "int":
        if not isinstance(value, int) or isinstance(value, bool):
            return UNKNOWN, Problem("int.form")
        problem = check_entry(plan, str(value), today)
        return (UNKNOWN if problem else value), problem
    if kind == "records":
        return (tuple(value), None) if isinstance(value, list) else (UNKNOWN, Problem("records.form"))
    if kind in ("photo", "fp"):
        return value, None
    if not isinstance(value, str):
        return UNKNOWN, Problem("text.form")
    problem = check_entry(plan, value, today)
    if problem and problem.level == "error":
        return UNKNOWN, problem
    return _parsed(kind, value), problem


def _parsed(kind: str, text: str) -> object:
    match kind:
        case "date" | "date_or_long":
            return LONG if text == "long" else date.fromisoformat(text)
        case "datetime":
            return date.fromisoformat(text[:10])  # conditions count in days
        case "money":
            return Decimal(text)
        case "enum_set":
            return tuple(text.split(","))
    return text


def show(value: object) -> str:
    """A value as plain text for a place in a prompt: ISO dates, `long`, `…` while it is unknown."""
    if value is UNKNOWN or value is IRRELEVANT or value is None:
        return "…"
    if isinstance(value, date):
        return "long" if value == LONG else value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value if not isinstance(item, dict)) or str(len(value))
    return str(value)


@lru_cache(maxsize=256)
def _end(start: date, days: int, kind: DayKind) -> date | None:
    if kind == "working":
        return calendar.add_working_days(start, days)
    return calendar.add_calendar_days(start, days, move_to_working_day=True)


_T = TypeVar("_T")


def _first(rows: Iterable[tuple[_T, Node]], facts: Facts) -> tuple[_T | None, tuple[str, ...]]:
    """The first row that holds; (None, missing) when an earlier row is unknown, (None, ()) when none holds."""
    for item, node in rows:
        value, _, missing = node.result(facts)
        if value:
            return item, ()
        if value is None:
            return None, missing
    return None, ()


class Run:
    """One evaluation of one case file."""

    def __init__(
        self, plan: Plan, file: CaseFile, today: date, role: str, open_case: str, overridden: Collection[str]
    ) -> None:
        self.plan = plan
        self.today = today
        self.facts = Facts(
            {
                "today": today,
                "service": plan.service.id,
                "category": plan.service.category,
                "role": role,
                "open_case": open_case,
            },
            today,
        )
        self.relevance: dict[str, bool | None] = {}
        self.status: dict[str, FactStatus] = {}
        self.problems: dict[str, Problem] = {}
        self.needs: dict[str, Result] = {}
        self.undecided: dict[str, set[str]] = {}
        self.variants: tuple[VariantState, ...] = ()
        self.fees: tuple[Fee, ...] = ()
        self.due: Due | None = None
        self.take(file, overridden)

    def evaluate(self) -> None:
        """Give every name of the plan its value, each after those that it depends on."""
        plan = self.plan
        self.facts.values.update(dict.fromkeys(plan.absent, IRRELEVANT))
        for name in plan.order:
            self.evaluate_name(name)

    def evaluate_name(self, name: str) -> None:
        """Give one name its value; those that it depends on have theirs."""
        plan = self.plan
        if (fact := plan.facts.get(name)) is not None:
            self._fact(name, fact)
        elif (material := plan.materials.get(name)) is not None:
            self._material(name, material)
        elif (node := plan.system.get(name)) is not None:
            value, _, missing = node.result(self.facts)
            self._set(name, UNKNOWN if value is None else value, missing)
        else:
            self._system(name)

    def take(self, file: CaseFile, overridden: Collection[str]) -> None:
        """Look at this file and these prompts set aside from now on."""
        self.file = file
        self.overridden = overridden
        materials = self.plan.materials.values()
        self.satisfied_groups = {m.use.one_of for m in materials if m.use.one_of and self._settled(m)}

    def _set(self, name: str, value: object, missing: tuple[str, ...] = ()) -> None:
        self.facts.values[name] = value
        if value is UNKNOWN and missing:
            self.facts.missing[name] = missing
        else:
            self.facts.missing.pop(name, None)

    # --- facts ---

    def _fact(self, key: str, plan: FactPlan) -> None:
        missing: tuple[str, ...] = ()
        relevant: bool | None = True
        self.problems.pop(key, None)
        if plan.relevant is not None:
            relevant, _, missing = plan.relevant.result(self.facts)
        self.relevance[key] = relevant
        if relevant is False:
            self.status[key] = "irrelevant"
            self._set(key, IRRELEVANT)
            return
        if plan.fact.computed:
            self.status[key] = "computed"
            value, open_names = self._computed(plan)
        else:
            value, open_names = self._answered(key, plan), ()
        if relevant is None:  # first tell whether it is asked at all
            value, open_names = UNKNOWN, missing
        self._set(key, value, open_names)

    def _computed(self, plan: FactPlan) -> tuple[object, tuple[str, ...]]:
        if plan.compute is not None:
            value = plan.compute.value(self.facts)
            return value, plan.compute.result(self.facts).missing if value is UNKNOWN else ()
        missing: list[str] = []
        unknown = False
        for node, row in plan.rows:
            holds, _, names = node.result(self.facts)
            if holds:
                return row, ()
            if holds is None:
                unknown = True
                missing.extend(names)
        return (UNKNOWN, tuple(dict.fromkeys(missing))) if unknown else (IRRELEVANT, ())

    def _answered(self, key: str, plan: FactPlan) -> object:
        text = self.file.entered.get(key, "")
        answer: Answer | None = self.file.answers.get(key)
        self.status[key] = "unanswered"
        if text:
            problem = check_entry(plan, text, self.today)
            if plan.kind == "records":  # only a code that no table knows stays as text
                problem = Problem("records.unknown_code", {"code": text[:12]})
            if problem:
                self.problems[key] = problem
            return UNKNOWN
        if answer is None or answer.value in ("", []):
            return UNKNOWN
        if answer.value is None:
            self.status[key] = "unobtainable"
            return UNKNOWN
        self.status[key] = "answered"
        value, found = typed(plan, answer.value, self.today)
        if found:
            self.problems[key] = found
        return value

    # --- system facts and materials ---

    def _system(self, name: str) -> None:
        match name:
            case "applicant_birth" | "applicant_age" | "applicant_sex":
                self._applicant(name)
            case "variant":
                self._variant()
            case "materials_missing":
                self._materials_missing()
            case "fee_due":
                self._fee_due()
            case "due_days":
                self._due()

    def _applicant(self, name: str) -> None:
        key = self.plan.service.applicant_fact
        rid = self.facts.values.get(key, UNKNOWN)
        if isinstance(rid, State):
            self._set(name, rid, self.facts.missing.get(key) or (key,))
            return
        person = isinstance(rid, str) and resident_id.check(rid, self.today) is None
        born = resident_id.birth_date(rid) if isinstance(rid, str) and person else None
        if born is None:  # a unit, or a foreign document: such an applicant has no birth date to compute with
            self._set(name, IRRELEVANT)
        elif name == "applicant_birth":
            self._set(name, born)
        elif name == "applicant_age":
            self._set(name, resident_id.age_on(born, self.today))
        else:
            self._set(name, "1" if resident_id.sex(str(rid)) == "male" else "2")

    def _variant(self) -> None:
        states: list[VariantState] = []
        missing: list[str] = []
        for variant, node in self.plan.variants:
            applies: bool | None = None
            if node is None:
                missing.append("variant")
            else:
                applies, _, names = node.result(self.facts)
                missing.extend(names)
            states.append(VariantState(variant, applies))
        self.variants = tuple(states)
        chosen = self.file.variant
        if not states:
            self._set("variant", IRRELEVANT)
        elif any(state.variant.code == chosen for state in states):
            self._set("variant", chosen)
        else:
            found = [state.variant.code for state in states if state.applies]
            self._set("variant", found[0] if found else UNKNOWN, tuple(dict.fromkeys(missing)) or ("variant",))

    def _settled(self, material: MaterialPlan) -> bool:
        status = self.file.materials.get(material.use.code)
        return status in ("verified", "waived") or (status == "deferred" and material.deferrable)

    def _material(self, code: str, material: MaterialPlan) -> None:
        need = self.needs[code] = material.when.result(self.facts)
        status = self.file.materials.get(code)
        if status is not None:
            self._set(code, status in ("verified", "waived"))
        elif need.value is False:
            self._set(code, IRRELEVANT)
        else:
            self._set(code, UNKNOWN, need.missing or (code,))

    def _materials_missing(self) -> None:
        missing: list[str] = []
        for code, material in self.plan.materials.items():
            if self.file.materials.get(code) != "missing" or material.use.necessity != "required":
                continue
            if material.use.one_of in self.satisfied_groups:
                continue
            need = self.needs[code]
            if need.value:
                self._set("materials_missing", True)
                return
            missing.extend(need.missing)
        self._set("materials_missing", UNKNOWN if missing else False, tuple(dict.fromkeys(missing)))

    def _fee_due(self) -> None:
        due: list[Fee] = []
        missing: list[str] = []
        for fee, node in self.plan.fees:
            if not fee.in_force(self.today):
                continue
            value, _, names = node.result(self.facts)
            if value:
                due.append(fee)
            elif value is None:
                missing.extend(names)
        self.fees = tuple(due)
        total = sum((fee.amount for fee in due), Decimal(0))
        self._set("fee_due", UNKNOWN if missing else total, tuple(dict.fromkeys(missing)))

    def _due(self) -> None:
        self.due = None
        in_force = [row for row in self.plan.limits if row[0].in_force(self.today)]
        for kind in ("promised", "statutory"):
            limit, missing = _first([row for row in in_force if row[0].kind == kind], self.facts)
            if limit or missing:
                break
        if missing:
            for name in ("due_days", "due_kind", "due_on"):
                self._set(name, UNKNOWN, missing)
        elif limit is None or limit.days is None:
            for name in ("due_days", "due_kind", "due_on"):
                self._set(name, IRRELEVANT)
        else:
            end = _end(self.today, limit.days, limit.day_kind)
            self.due = Due(limit.days, limit.day_kind, end, limit)
            self._set("due_days", limit.days)
            self._set("due_kind", limit.day_kind)
            self._set("due_on", UNKNOWN if end is None else end)

    # --- what the screen gets ---

    def assessment(self) -> Assessment:
        """Put together what was evaluated."""
        return self.put_together(
            tuple(self.fact_state(key, plan) for key, plan in self.plan.facts.items()),
            tuple(self.prompt_state(plan) for plan in self.plan.prompts if plan.prompt.in_force(self.today)),
            tuple(self.material_state(code, plan) for code, plan in self.plan.materials.items()),
        )

    def put_together(
        self, facts: tuple[FactState, ...], prompts: tuple[PromptState, ...], materials: tuple[MaterialState, ...]
    ) -> Assessment:
        """The assessment over these rows of facts, prompts in force and materials."""
        decision, _ = _first(self.plan.decisions, self.facts)
        fee_due = self.facts.values.get("fee_due")
        variant = self.facts.values.get("variant")
        return Assessment(
            facts=facts,
            variant=variant if isinstance(variant, str) else "",
            variants=self.variants,
            prompts=prompts,
            materials=materials,
            fees=self.fees,
            fee_due=fee_due if isinstance(fee_due, Decimal) else None,
            department=decision.department if decision else None,
            on_the_spot=decision.on_the_spot if decision else None,
            due=self.due,
            to_ask=self._to_ask(prompts, materials),
            gate=self._gate(facts, prompts, materials),
        )

    def fact_state(self, key: str, plan: FactPlan) -> FactState:
        """One fact as the screen gets it."""
        self.undecided.pop(key, None)
        relevant = self.relevance[key]
        status = self.status[key]
        value = self.facts.values[key]
        required: bool | None = False
        if relevant is not False and not plan.fact.computed:
            required = self._required(key, plan)
        offer: object = None
        if plan.prefill is not None and status == "unanswered" and key not in self.problems and relevant:
            offer = _plain(plan.prefill.value(self.facts))
        if relevant is None and status == "answered":  # keep showing what was answered
            value, _ = typed(plan, self.file.answers[key].value, self.today)
        return FactState(plan.fact, relevant, required, _plain(value), status, self.problems.get(key), offer)

    def _required(self, key: str, plan: FactPlan) -> bool | None:
        """Whether a fact that may be relevant is required; what decides it goes to `undecided` while it is open."""
        required: bool | None
        missing: tuple[str, ...] = ()
        relevance: tuple[str, ...] = ()
        if isinstance(plan.required, bool):
            required = plan.required
        else:
            required, _, missing = plan.required.result(self.facts)
        if self.relevance[key] is None and required is not False:
            required = None
            relevance = plan.relevant.result(self.facts).missing if plan.relevant else ()
        if required is None:
            self.undecided[key] = {*missing, *relevance}
        return required

    def prompt_state(self, plan: PromptPlan) -> PromptState:
        """One prompt as the screen gets it."""
        prompt = plan.prompt
        value, because, missing = plan.when.result(self.facts)
        params = {name: show(node.value(self.facts)) for name, node in plan.params} if value else {}
        overridden = prompt.overridable and prompt.id in self.overridden
        return PromptState(prompt, value, because, missing, prompt.id in self.file.confirmed, params, overridden)

    def material_state(self, code: str, plan: MaterialPlan) -> MaterialState:
        """One material as the screen gets it."""
        need = self.needs[code]
        status: FoundStatus = self.file.materials.get(code) or "open"
        return MaterialState(plan.use, plan.material, need.value, status, need.because, need.missing, plan.deferrable)

    def _to_ask(self, prompts: Sequence[PromptState], materials: Sequence[MaterialState]) -> tuple[Question, ...]:
        scores: dict[str, float] = {}
        settles: dict[str, int] = {}
        undecided: list[tuple[int, tuple[str, ...]]] = [
            (WEIGHTS[p.prompt.level], p.missing) for p in prompts if p.value is None and p.prompt.stage == "intake"
        ]
        undecided += [
            (MATERIAL_WEIGHT, m.missing) for m in materials if m.needed is None and m.use.necessity == "required"
        ]
        for weight, missing in undecided:
            for key in missing:
                scores[key] = scores.get(key, 0.0) + weight / len(missing)
                settles[key] = settles.get(key, 0) + 1
        questions = [
            Question(key, settles[key], kind)
            for key in ("variant", *self.plan.facts, *self.plan.materials)
            if key in scores and (kind := self._askable(key))
        ]
        # stable sort: ties stay in screen order; rounding keeps sums of thirds from breaking a tie
        return tuple(sorted(questions, key=lambda q: -round(scores[q.key], 6)))

    def _askable(self, key: str) -> Literal["fact", "material", "variant"] | None:
        if key == "variant":
            return "variant"
        if key in self.plan.materials:
            return "material"
        return "fact" if self.status.get(key) == "unanswered" else None

    # --- the gate ---

    def _gate(
        self, facts: Sequence[FactState], prompts: Sequence[PromptState], materials: Sequence[MaterialState]
    ) -> tuple[GateProblem, ...]:
        problems: list[GateProblem] = []
        chosen = self.facts.values.get("variant")
        if self.variants and (
            not isinstance(chosen, str) or any(v.applies is False for v in self.variants if v.variant.code == chosen)
        ):
            problems.append(GateProblem("variant_missing", self.file.variant))
        problems += self._field_problems(facts, isinstance(chosen, str))
        for state in prompts:
            if (kind := _prompt_problem(state)) is not None:
                problems.append(GateProblem(kind, state.prompt.id))
        open_names = {problem.id for problem in problems} | ({"variant"} if not isinstance(chosen, str) else set())
        return (*problems, *self._material_problems(materials, open_names))

    def _field_problems(self, facts: Sequence[FactState], variant_known: bool) -> list[GateProblem]:
        """Fields that are wrong, or required and not given.

        That the applicant cannot say it settles a field, except in the identity section. Where it is still open whether
        a field is required, the open question is the problem, not the field; only where none is left is it listed.
        """
        problems: list[GateProblem] = []
        pending: list[str] = []
        for state in facts:
            key, status = state.fact.key, state.status
            if status in ("irrelevant", "computed"):
                continue
            if state.problem is not None and state.problem.level == "error":
                problems.append(GateProblem("field_invalid", key))
            elif status == "answered" or (status == "unobtainable" and state.fact.section != "identity"):
                continue
            elif state.required:
                problems.append(GateProblem("field_missing", key))
            elif state.required is None:
                pending.append(key)
        listed = {problem.id for problem in problems} | (set() if variant_known else {"variant"})
        problems += [GateProblem("field_missing", key) for key in pending if not listed & self.undecided[key]]
        return problems

    def _material_problems(self, materials: Sequence[MaterialState], open_names: set[str]) -> Iterable[GateProblem]:
        groups: dict[str, list[MaterialState]] = {}
        for state in materials:
            if state.use.necessity != "required" or state.needed is False:
                continue
            if state.needed is None and open_names.intersection(state.missing):
                continue  # the open question is listed already
            groups.setdefault(state.use.one_of or state.use.code, []).append(state)
        for group, members in groups.items():
            if group in self.satisfied_groups or any(self._settled_state(m) for m in members):
                continue
            still_open = [m for m in members if m.status == "open"]
            if still_open:
                yield GateProblem("material_open", still_open[0].use.code)
            else:
                yield from (GateProblem("material_missing", m.use.code) for m in members)

    @staticmethod
    def _settled_state(state: MaterialState) -> bool:
        return state.status in ("verified", "waived") or (state.status == "deferred" and state.deferrable)


def _plain(value: object) -> object:
    return None if isinstance(value, State) else value


def _prompt_problem(state: PromptState) -> GateKind | None:
    """BLOCK stops when true or unknown, WARN when true and not confirmed; others, closing and overridden ones never."""
    if state.prompt.stage != "intake" or state.overridden:
        return None
    match state.prompt.level, state.value:
        case "BLOCK", True:
            return "prompt_block"
        case "BLOCK", None:
            return "prompt_unknown"
        case "WARN", True if not state.confirmed:
            return "prompt_unconfirmed"
    return None
