"""A complete case of any service, found by asking the catalogue itself what is still missing.

What a simulated officer would write: the uneventful answer wherever the catalogue has one, a plausible synthetic value
elsewhere, every needed material verified. Where that meets a blocking prompt, the facts behind it are changed one by
one. So it stays acceptable on any day and with any edition of the catalogue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

import msgspec

from counterdesk.catalog.assess import Assessment, FactState, assess
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.practice.agreement import agreed
from counterdesk.practice.values import plausible

_ROUNDS = 12
"""Answers open further questions; no service of the catalogue needs half as many rounds."""
_TRIES = 25
"""Changed facts that are tried against blocking prompts."""


def complete(index: Index, seed: int, service: str, today: date, first: int = 0) -> CaseFile | None:
    """A case file of the service that may be accepted on `today`, with case ""; None if none was found.

    first: the variant to try first; the others follow.
    """
    variants = tuple(variant.code for variant in index.service(service).variants) or ("",)
    first %= len(variants)
    for variant in (*variants[first:], *variants[:first]):
        file = filled(index, seed, CaseFile(case="", service=service, variant=variant), today)
        found = _assess(index, file, today)
        if found.gate:
            file, found = _unblocked(index, seed, file, found, today)
        if not found.gate:
            return file
    return None


def for_a_department(index: Index, seed: int, service: str, today: date) -> CaseFile | None:
    """A complete case of a service that is not decided at the counter; None where none was found.

    Raises:
        KeyError: for a service that the catalogue does not have.
    """
    for first in range(max(1, len(index.service(service).variants))):
        file = complete(index, seed, service, today, first)
        if file is not None and not _assess(index, file, today).on_the_spot:
            return file
    return None


def _assess(index: Index, file: CaseFile, today: date) -> Assessment:
    return assess(index, file, today=today, role="officer")


def filled(index: Index, seed: int, file: CaseFile, today: date, kept: Collection[str] = ()) -> CaseFile:
    """Answer what is asked until nothing more is: every needed paper that has no mark verified, every warning noted.

    What hangs on other facts is made to agree with them, but for those that are `kept`.
    """
    for _ in range(_ROUNDS):
        found = _assess(index, file, today)
        answers = dict(file.answers)
        for state in found.facts:
            if state.status == "unanswered" and state.relevant is not False and _wanted(state):
                value: JsonValue | None = state.fact.normal
                if value is None:
                    value = plausible(index, seed, file.service, state.fact, today)
                if value is not None:
                    answers[state.fact.key] = Answer(value=value)
        materials = {state.use.code: "verified" for state in found.materials if state.needed is not False}
        confirmed = {state.prompt.id: "" for state in found.prompts if state.value and state.prompt.level == "WARN"}
        new = msgspec.structs.replace(
            file, answers=answers, materials={**materials, **file.materials}, confirmed={**file.confirmed, **confirmed}
        )
        new = agreed(index, seed, new, today, kept)
        if new == file:
            break
        file = new
    return file


def _wanted(state: FactState) -> bool:
    return state.required is not False or state.fact.normal is not None


def _unblocked(index: Index, seed: int, file: CaseFile, found: Assessment, today: date) -> tuple[CaseFile, Assessment]:
    """Change facts behind the problems, keeping each change that leaves fewer of them."""
    tries = 0
    improved = True
    while improved and found.gate and tries < _TRIES:
        improved = False
        for other in changed(index, file, found, today):
            tries += 1
            candidate = filled(index, seed, other, today)
            result = _assess(index, candidate, today)
            if len(result.gate) < len(found.gate):
                file, found, improved = candidate, result, True
                break
            if tries >= _TRIES:
                break
    return file, found


def changed(index: Index, file: CaseFile, found: Assessment, today: date) -> Iterator[CaseFile]:
    """The file with one of the facts behind its problems changed."""
    problems = {problem.id for problem in found.gate}
    keys = [problem.id for problem in found.gate]
    for prompt in found.prompts:
        if prompt.prompt.id in problems:
            keys += [*prompt.missing, *(key for key, _ in prompt.because)]
    states = {state.fact.key: state for state in found.facts}
    needs = index.plan(file.service).needs
    for key in keys:  # what a computed fact follows from is behind it, and stands after it in the list
        if (state := states.get(key)) is not None and state.status == "computed":
            keys += [name for name in sorted(needs.get(key, ())) if name not in keys]
    for key in dict.fromkeys(keys):
        state = states.get(key)
        if state is None or state.status in ("computed", "irrelevant"):
            continue
        for value in _others(index, state, today):
            yield msgspec.structs.replace(file, answers={**file.answers, key: Answer(value=value)})


def _others(index: Index, state: FactState, today: date) -> list[JsonValue]:
    kind = state.fact.type.partition("(")[0]
    if kind == "bool":
        return [not state.value]
    if kind == "int":
        return [number for number in (0, 1, 2, 5, 12, 60, 100) if number != state.value]
    if kind in ("enum", "enum_set"):
        return [option.code for option in index.options(state.fact) if option.code != state.value]
    if kind in ("date", "date_or_long"):
        far = (-20, -200, -800, -3000, -6000, 20, 60, 400, 3000)
        return [(today + timedelta(days=days)).isoformat() for days in far]
    if kind == "datetime":
        return [f"{today - timedelta(days=days)} 09:00" for days in (0, 2, 20, 400)]
    return []


def trimmed(file: CaseFile, found: Assessment) -> CaseFile:
    """The file without what is not asked, and with only the marks of papers and warnings that the case has."""
    asked = {state.fact.key for state in found.facts if state.status not in ("irrelevant", "computed")}
    needed = {state.use.code for state in found.materials if state.needed is not False}
    noted = {state.prompt.id for state in found.prompts if state.value and state.prompt.level == "WARN"}
    return msgspec.structs.replace(
        file,
        variant=file.variant or found.variant,
        answers={key: answer for key, answer in file.answers.items() if key in asked},
        materials={code: status for code, status in file.materials.items() if code in needed},
        confirmed=dict.fromkeys(sorted(noted), ""),
    )
