"""`counterdesk catalog try`: what a case comes to, from a JSON file of facts, without a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from counterdesk.catalog.assess import Assessment, assess, typed
from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.catalog.check import close
from counterdesk.catalog.index import Index
from counterdesk.catalog.plan import FactPlan, Plan
from counterdesk.catalog.records import BEYOND, Record, beyond_simple, completed
from counterdesk.catalog.sentences import Labels, Language, reasons, told
from counterdesk.formats import fields
from counterdesk.formats.problem import Problem
from counterdesk.locale import Words

from .law import KNOWN_ROLES
from .words import Speech

KEYS: Final = ("service", "variant", "answers", "materials", "confirmed", "on", "role", "open_case")
_CASE_FILE: Final = ("case", "version", "catalog", "entered", "at")
_MATERIALS: Final = ("verified", "missing", "waived", "deferred")


class FactsError(ValueError):
    """A file of facts that cannot be used; each line says what is wrong."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Trial(NamedTuple):
    """A case to try: the file, the day, who acts."""

    file: CaseFile
    on: date
    role: str
    open_case: str

    def run(self, index: Index) -> Assessment:
        """Assess it."""
        return assess(index, self.file, today=self.on, role=self.role, open_case=self.open_case)


def read_facts(
    index: Index, service: str, data: bytes, language: Language, *, on: date | None = None, role: str = ""
) -> Trial:
    """Read a case from JSON: `{"variant": …, "answers": {…}, "materials": {…}}`, or a whole case file.

    Raises:
        FactsError: for unknown keys, values of the wrong type and values that fail their format.
    """
    try:
        table = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise FactsError([f"JSON: {error}"]) from None
    if not isinstance(table, dict):
        raise FactsError(["JSON: {…}"])
    reader = _Reader(index, service, language)
    day = on or reader.day(table.get("on"))
    trial = Trial(
        reader.file(table, day), day, role or str(table.get("role") or "officer"), str(table.get("open_case", ""))
    )
    if trial.role not in KNOWN_ROLES:
        reader.unknown("role", trial.role, KNOWN_ROLES)
    if reader.lines:
        raise FactsError(reader.lines)
    return trial


class _Reader:
    """Turns the JSON into a case file and notes what is wrong with it."""

    def __init__(self, index: Index, service: str, language: Language) -> None:
        self.index = index
        self.plan: Plan = index.plan(service)
        self.service = service
        self.lines: list[str] = []
        self.language = language
        self.words = Words.load("zh_CN" if language == "zh" else "en")

    def say(self, zh: str, en: str) -> None:
        """Note a mistake."""
        self.lines.append(zh if self.language == "zh" else en)

    def unknown(self, where: str, name: str, known: Any) -> None:
        """Note a name that nobody knows, with the one that may have been meant."""
        guess = close(name, known)
        hint = (f",是否指 {guess}", f", did you mean {guess}?") if guess else ("", "")
        self.say(f"{where}: 没有 {name}{hint[0]}", f"{where}: unknown {name}{hint[1]}")

    def day(self, value: object) -> date:
        """The day of the case; today when the file gives none."""
        try:
            return date.today() if value is None else date.fromisoformat(str(value))
        except ValueError:
            self.say(f"on: 不是日期 {value}", f"on: no date {value}")
            return date.today()

    def file(self, table: dict[str, Any], today: date) -> CaseFile:
        """The case file of the table."""
        for key in table:
            if key not in (*KEYS, *_CASE_FILE):
                self.unknown("facts", key, KEYS)
        if (given := table.get("service", self.service)) != self.service:
            self.say(f"service: 文件是 {given}", f"service: the file is of {given}")
        variant = str(table.get("variant") or "")
        codes = [found.code for found, _ in self.plan.variants]
        if variant and variant not in codes:
            self.unknown("variant", variant, codes)
        answers = {
            key: answer
            for key, value in self._table(table, "answers").items()
            if (answer := self._answer(key, value, today)) is not None
        }
        answers |= self._violations(answers, today)
        confirmed = table.get("confirmed", {})
        return CaseFile(
            case=str(table.get("case", "")),
            service=self.service,
            variant=variant,
            answers=answers,
            entered={key: str(value) for key, value in self._table(table, "entered").items()},
            materials=self._materials(self._table(table, "materials")),
            confirmed=confirmed if isinstance(confirmed, dict) else dict.fromkeys(map(str, confirmed), ""),
        )

    def _table(self, table: dict[str, Any], key: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.say(f"{key}: 应为 {{…}}", f"{key}: {{…}} wanted")
        return {}

    def _materials(self, table: Mapping[str, Any]) -> dict[str, Any]:
        for code, status in table.items():
            if code not in self.plan.materials:
                self.unknown("materials", code, self.plan.materials)
            if status not in _MATERIALS:
                self.unknown(f"materials.{code}", str(status), _MATERIALS)
        return dict(table)

    def _violations(self, answers: Mapping[str, Answer], today: date) -> dict[str, Answer]:
        """The violation records with what the table knows of their codes, and what follows from their codes."""
        vehicle = answers.get("plate")
        plate = vehicle.value if vehicle is not None and isinstance(vehicle.value, str) else ""
        found: dict[str, Answer] = {}
        for key, answer in answers.items():
            if self.plan.facts[key].kind != "records" or not isinstance(answer.value, list):
                continue
            rows: list[Record] = []
            for row in answer.value:
                try:
                    rows.append(completed(self.index, row, today, plate) if "code" in row else row)
                except KeyError:
                    known = [violation.code for violation in self.index.catalog.violations]
                    self.unknown(f"answers.{key}", str(row["code"])[:12], known)
            found[key] = msgspec.structs.replace(answer, value=rows)
            if BEYOND in self.plan.facts and beyond_simple(self.index, rows):
                found[BEYOND] = Answer(True, "archive")
        return found

    def _answer(self, key: str, value: Any, today: date) -> Answer | None:
        fact = self.plan.facts.get(key)
        if fact is None:
            self.unknown("answers", key, [k for k, f in self.plan.facts.items() if not f.fact.computed])
            return None
        if fact.fact.computed:
            self.say(f"answers.{key}: 由系统计算,不能填写", f"answers.{key}: computed, not answered")
            return None
        reason, source = "", "typed"
        if isinstance(value, dict):
            reason, source, value = str(value.get("reason", "")), str(value.get("source", "typed")), value.get("value")
        given = "…" if fact.fact.sensitive else str(value)[:30]  # no identity number in a message
        if isinstance(value, str):
            value = fields.normalise(fact.fact.type, value)
        if value is not None and (problem := self._problem(fact, value, today)) is not None:
            self.lines.append(f"answers.{key} = {given}: {self._words(fact, problem)}")
            return None
        return Answer(value, source if source in ("read", "archive", "carried") else "typed", reason)  # type: ignore[arg-type]

    def _problem(self, fact: FactPlan, value: Any, today: date) -> Problem | None:
        if isinstance(value, float):
            return Problem("text.form")
        if fact.kind == "records" and isinstance(value, list) and not all(isinstance(row, dict) for row in value):
            return Problem("records.form")
        _, problem = typed(fact, value, today)
        return problem if problem is not None and problem.level == "error" else None

    def _words(self, fact: FactPlan, problem: Problem) -> str:
        wanted = {
            "text.form": ("应为文字", "text wanted"),
            "int.form": ("应为整数", "a whole number wanted"),
            "bool.form": ("应为 true 或 false", "true or false wanted"),
            "records.form": ("应为 [{…}]", "[{…}] wanted"),
        }
        at = 0 if self.language == "zh" else 1
        if problem.code in wanted:
            return wanted[problem.code][at]
        options = ", ".join(map(str, fact.limits.get("options", ())[:12])) if problem.code.startswith("enum") else ""  # type: ignore[index]
        return self.words(f"problem.{problem.code}", **problem.params) + (f" ({options})" if options else "")


# --- the answer -----------------------------------------------------------------------------------------------------


def as_json(index: Index, trial: Trial, result: Assessment, language: Language) -> dict[str, Any]:
    """Everything that a case comes to, for programs."""
    labels = Labels(index, trial.file.service, language)
    catalog = index.catalog
    return {
        "catalog": {"version": catalog.version, "sha256": catalog.sha256, "station": catalog.station},
        "service": trial.file.service,
        "on": trial.on.isoformat(),
        "role": trial.role,
        "variant": result.variant,
        "prompts": [
            {
                "id": state.prompt.id,
                "level": state.prompt.level,
                "stage": state.prompt.stage,
                "value": {True: "true", False: "false", None: "unknown"}[state.value],
                "text": told(state.prompt.text, state.params, labels) if state.value else None,
                "because": {name: plain(value) for name, value in state.because},
                "missing": list(state.missing),
                "basis": list(state.prompt.basis),
                "confidence": state.prompt.confidence,
            }
            for state in result.prompts
        ],
        "materials": [
            {
                "code": state.use.code,
                "needed": {True: "true", False: "false", None: "unknown"}[state.needed],
                "necessity": state.use.necessity,
                "status": state.status,
                "missing": list(state.missing),
            }
            for state in result.materials
        ],
        "facts": {s.fact.key: plain(s.value) for s in result.facts if s.status in ("answered", "computed")},
        "irrelevant": [s.fact.key for s in result.facts if s.status == "irrelevant"],
        "fees": [{"id": fee.id, "amount": str(fee.amount)} for fee in result.fees],
        "fee_due": None if result.fee_due is None else str(result.fee_due),
        "due": None
        if result.due is None
        else {"days": result.due.days, "day_kind": result.due.day_kind, "on": plain(result.due.on)},
        "department": result.department,
        "on_the_spot": result.on_the_spot,
        "ask_next": [{"key": q.key, "kind": q.kind, "settles": q.settles} for q in result.to_ask],
        "gate": [{"kind": problem.kind, "id": problem.id} for problem in result.gate],
        "acceptable": not result.gate,
    }


def plain(value: object) -> Any:
    """A value as JSON has it."""
    if isinstance(value, date):
        return "long" if value == date.max else value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def as_text(index: Index, trial: Trial, result: Assessment, language: Language) -> Iterator[str]:
    """The same for people, a line a thing."""
    say = Speech(index, trial.file.service, language)
    labels, pick = say.labels, say.pick
    catalog = index.catalog
    yield f"{say.text(index.service(trial.file.service).name)} {trial.on} {labels.value('role', trial.role)}"
    yield f"{pick('目录', 'catalogue')} {catalog.version} {catalog.sha256[:12]}"
    variant = labels.value("variant", result.variant) if result.variant else "—"
    yield (
        f"{pick('情形', 'variant')}: {result.variant} {variant}" if result.variant else f"{pick('情形', 'variant')}: —"
    )
    yield ""
    for state in result.prompts:
        if state.value:
            yield f"{state.prompt.level:5} {state.prompt.id:4} {told(state.prompt.text, state.params, labels)}"
            if state.because:
                yield f"           {pick('因为', 'because')} {reasons(state.because, labels)}"
    for state in result.prompts:
        if state.value is None:
            missing = pick("、", ", ").join(labels.name(name) for name in state.missing)
            yield f"{state.prompt.level:5} {state.prompt.id:4} ? {pick('还需', 'still to ask')}: {missing}"
    yield ""
    for row in result.materials:
        mark = {True: "●", False: "–", None: "?"}[row.needed]
        status = row.status if row.needed is not False else ""
        yield f"{mark} {row.use.code:6} {say.text(row.material.name)} {status}".rstrip()
    yield ""
    due = result.due
    fee = "?" if result.fee_due is None else f"{result.fee_due}"
    yield f"{pick('费用', 'fee')}: {fee}"
    yield f"{pick('期限', 'due')}: " + ("?" if due is None else f"{say.limit(due.limit)} → {due.on or '?'}")
    where = "?" if result.department is None else say.text(index.department(result.department).name)
    spot = (
        ""
        if result.on_the_spot is None
        else pick(" 当场", " on the spot")
        if result.on_the_spot
        else pick(" 移交", " handed over")
    )
    yield f"{pick('决定', 'decided by')}: {where}{spot}"
    asked = [f"{labels.name(q.key)} ({q.settles})" for q in result.to_ask[:5]]
    yield f"{pick('下一问', 'ask next')}: {pick('、', ', ').join(asked) or '—'}"
    gate = [f"{problem.kind} {problem.id}" for problem in result.gate]
    yield f"{pick('可否受理', 'acceptable')}: " + (pick("可以", "yes") if not gate else ", ".join(gate))
