"""What an officer does to a case file: answer, check a paper, take note of a prompt. Pure: a file in, a file out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from counterdesk.catalog.assess import Assessment, check_entry, typed
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue, MaterialStatus
from counterdesk.catalog.conditions import UNKNOWN
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Fact, Service
from counterdesk.catalog.records import BEYOND, beyond_simple, completed
from counterdesk.formats import fields, resident_id
from counterdesk.formats.problem import Problem
from counterdesk.formats.wedge import Card
from counterdesk.text import clean

_replace = msgspec.structs.replace
_APPLICANT: Final = "@"
"""What the applicant's own number means, whatever its key."""


def new_file(index: Index, case: str, service: Service) -> CaseFile:
    """An empty file of a service."""
    return CaseFile(case=case, service=service.id, catalog=index.catalog.sha256)


def carry_over(index: Index, file: CaseFile, earlier: CaseFile) -> CaseFile:
    """Answers that the applicant gave for another case of the same ticket, where the new service asks the same.

    What is the same, the catalogue says (`Index.meaning`); the applicant's own number goes to whatever key this service
    has for it. An answer that the new fact would not take stays behind, and so do checks: each case has its own look.
    """
    before, after = index.service(earlier.service).applicant_fact, index.service(file.service).applicant_fact
    known: dict[str, Answer] = {}
    for key, answer in earlier.answers.items():
        fact = index.plan(earlier.service).facts.get(key)
        meaning = index.meaning(earlier.service, key)
        if fact is not None and fact.fact.section != "checks" and meaning:
            known.setdefault(meaning, answer)
    if before in earlier.answers:
        known[_APPLICANT] = earlier.answers[before]
    answers = dict(file.answers)
    for key, plan in index.plan(file.service).facts.items():
        found = known.get(_APPLICANT if key == after else index.meaning(file.service, key))
        if found is None or plan.fact.computed or plan.fact.section == "checks" or found.value is None:
            continue
        if typed(plan, found.value, date.max)[0] is not UNKNOWN:
            answers.setdefault(key, _replace(found, source="carried"))
    return _replace(file, answers=answers)


def leave_out(file: CaseFile, keys: Iterable[str]) -> CaseFile:
    """The file without the answers to these facts, which turned out not to be asked: what is stored with an accepted
    case is what the decision needs, and no more (个人信息保护法 Art. 6)."""
    gone = frozenset(keys)
    return _replace(
        file,
        answers={k: v for k, v in file.answers.items() if k not in gone},
        entered={k: v for k, v in file.entered.items() if k not in gone},
    )


def read_card(index: Index, file: CaseFile, card: Card, today: date, key: str = "") -> tuple[CaseFile, tuple[str, ...]]:
    """What an identity card says goes to its holder's facts: the applicant's, or only to the number `key` of someone
    else. Gives also the keys that were filled; what a fact would not take is left to the officer.
    """
    plan = index.plan(file.service)
    said = {
        "name": card.name,
        "address": card.address,
        "expires": card.expires,
        "birth": (resident_id.birth_date(card.number) or today).isoformat(),
        "sex": "1" if resident_id.sex(card.number) == "male" else "2",
    }
    values = {key or plan.service.applicant_fact: card.number}
    if not key:
        for name in plan.facts:
            if text := said.get(index.on_card(file.service, name), ""):
                values[name] = text
    answers, entered = dict(file.answers), dict(file.entered)
    filled: list[str] = []
    for name, value in values.items():
        fact = plan.facts[name]
        if not fact.fact.computed and typed(fact, value, today)[0] is not UNKNOWN:
            answers[name] = Answer(value=value, source="read")
            entered.pop(name, None)
            filled.append(name)
    return _replace(file, answers=answers, entered=entered), tuple(filled)


def commit(index: Index, file: CaseFile, key: str, text: str, today: date) -> tuple[CaseFile, Problem | None]:
    """Take what was typed into a field. What is wrong is kept as text beside the answers, with the problem found."""
    fact = index.fact(file.service, key)
    text = fields.normalise(fact.type, clean(text))
    answers = {k: v for k, v in file.answers.items() if k != key}
    entered = {k: v for k, v in file.entered.items() if k != key}
    problem: Problem | None = None
    if text:
        value, problem = _value(index, file, fact, text, today)
        if value is None:
            entered[key] = text
        else:
            answers[key] = Answer(value=value)
        if isinstance(value, list) and BEYOND in index.plan(file.service).facts and beyond_simple(index, value):
            answers[BEYOND] = Answer(True, "archive")  # the table is a register too
    return _replace(file, answers=answers, entered=entered, at=key), problem


def _value(index: Index, file: CaseFile, fact: Fact, text: str, today: date) -> tuple[JsonValue | None, Problem | None]:
    if fact.type == "records":
        return _records(index, file, text, today)
    problem = check_entry(index.plan(file.service).facts[fact.key], text, today)
    if problem is not None and problem.level == "error":
        return None, problem
    match fact.type:
        case "bool":
            return text == "true", problem
        case "int":
            return int(text), problem
    return text, problem


def _records(index: Index, file: CaseFile, text: str, today: date) -> tuple[JsonValue | None, Problem | None]:
    """Violation records typed by their codes, with spaces or commas between: fine and points come from the table, the
    vehicle is the one that the case is about."""
    rows: list[dict[str, str | int]] = []
    vehicle = file.answers.get("plate")
    plate = vehicle.value if vehicle is not None and isinstance(vehicle.value, str) else ""
    for code in text.replace(",", " ").replace("，", " ").split():
        try:
            rows.append(completed(index, {"code": code.upper()}, today, plate))
        except KeyError:
            return None, Problem("records.unknown_code", {"code": clean(code, limit=12)})
    return rows, None


def capture(file: CaseFile, key: str, device_reference: str) -> CaseFile:
    """A photo or fingerprint was taken: the file keeps the device's reference, never the template itself. An empty
    reference takes it back."""
    answers = {k: v for k, v in file.answers.items() if k != key}
    if device_reference:
        answers[key] = Answer(value=device_reference, source="read")
    return _replace(file, answers=answers, at=key)


def choose_variant(file: CaseFile, code: str) -> CaseFile:
    """The variant of the service that this case is."""
    return _replace(file, variant=code)


def mark_material(file: CaseFile, code: str, status: MaterialStatus | None) -> CaseFile:
    """What was found for a material; None takes the mark away."""
    materials = {k: v for k, v in file.materials.items() if k != code}
    if status is not None:
        materials[code] = status
    return _replace(file, materials=materials)


def confirm(file: CaseFile, prompt: str, confirmed: bool) -> CaseFile:
    """The officer took note of a WARN prompt, or takes that back."""
    marks = {k: v for k, v in file.confirmed.items() if k != prompt}
    if confirmed:
        marks[prompt] = ""
    return _replace(file, confirmed=marks)


def settle_quiet_checks(file: CaseFile, assessment: Assessment) -> CaseFile:
    """Answer every open check that is relevant with its uneventful value: one deliberate key of the officer."""
    answers = dict(file.answers)
    for state in assessment.facts:
        fact = state.fact
        if (
            fact.section == "checks"
            and fact.normal is not None
            and state.relevant is not False
            and state.status == "unanswered"
            and not file.entered.get(fact.key)
        ):
            answers[fact.key] = Answer(value=fact.normal)
    return _replace(file, answers=answers)


def settle_offers(file: CaseFile, assessment: Assessment) -> CaseFile:
    """Take the offered values of facts that nobody has touched yet."""
    answers = dict(file.answers)
    for state in assessment.facts:
        offer = state.offer
        if offer is None or state.status != "unanswered" or file.entered.get(state.fact.key):
            continue
        if isinstance(offer, str | int | bool):
            answers[state.fact.key] = Answer(value=offer, source="carried")
        elif isinstance(offer, date):
            answers[state.fact.key] = Answer(value=offer.isoformat(), source="carried")
    return _replace(file, answers=answers) if len(answers) != len(file.answers) else file


def person_behind(rid: str) -> tuple[date, str] | None:
    """Birth date and sex ("male", "female") that an 18-digit ID says; None where it does not say them."""
    born, sex = resident_id.birth_date(rid), resident_id.sex(rid)
    return None if born is None or sex is None else (born, sex)
