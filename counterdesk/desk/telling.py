"""What an applicant has to be told once: everything that is missing, and whether that was said already. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from counterdesk.catalog.assess import Assessment, MaterialState, PromptState
from counterdesk.catalog.casefile import CaseFile, Told
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Prompt
from counterdesk.catalog.plan import reads

Group = tuple[MaterialState, ...]
"""Papers of which one is enough; nearly always a single one."""

_FOR_THE_OFFICER = frozenset({"G10"})
"""Shared blockers that say what the officer must not do; those that read his role are found by that."""


class Lacking(NamedTuple):
    """What a case lacks.

    missing: was looked for and is not there. unseen: needed, nobody looked yet. perhaps: what it depends on is not
    known yet. blockers: true and not set aside.
    """

    missing: tuple[Group, ...]
    unseen: tuple[Group, ...]
    perhaps: tuple[MaterialState, ...]
    blockers: tuple[PromptState, ...]

    @property
    def found(self) -> tuple[str, ...]:
        """The codes of what is known to be missing: what nobody may leave without having heard."""
        return (*_codes(self.missing), *(f"prompt:{state.prompt.id}" for state in self.blockers))

    @property
    def listed(self) -> tuple[str, ...]:
        """The codes of all that a notice lists as missing."""
        return (*self.found, *_codes(self.unseen))


def _codes(groups: Iterable[Group]) -> tuple[str, ...]:
    return tuple(f"material:{state.use.code}" for group in groups for state in group)


def _settled(state: MaterialState) -> bool:
    return state.status in ("verified", "waived") or (state.status == "deferred" and state.deferrable)


def lacking(found: Assessment) -> Lacking:
    """What stands between the case and its acceptance that the applicant can do something about."""
    asked = [state for state in found.materials if state.use.necessity == "required"]
    settled = {state.use.one_of for state in asked if state.use.one_of and _settled(state)}
    groups: dict[str, list[MaterialState]] = {}
    perhaps: list[MaterialState] = []
    for state in asked:
        if state.needed is False or _settled(state) or state.use.one_of in settled:
            continue
        if state.needed is None:
            perhaps.append(state)
        else:
            groups.setdefault(state.use.one_of or state.use.code, []).append(state)
    missing = [tuple(g) for g in groups.values() if all(state.status == "missing" for state in g)]
    unseen = [tuple(g) for g in groups.values() if any(state.status != "missing" for state in g)]
    blockers = [
        state
        for state in found.prompts
        if state.prompt.level == "BLOCK"
        and state.prompt.stage == "intake"
        and state.value is True
        and not state.overridden
    ]
    perhaps = [state for state in perhaps if state.use.one_of not in groups]
    return Lacking(tuple(missing), tuple(unseen), tuple(perhaps), tuple(blockers))


def untold(found: Assessment, file: CaseFile) -> tuple[str, ...]:
    """The codes of what is missing and was not said yet."""
    told = {code for telling in file.notified for code in telling.codes}
    return tuple(code for code in lacking(found).found if code not in told)


def tell(file: CaseFile, codes: Iterable[str], day: date, how: Literal["paper", "oral"]) -> CaseFile:
    """Keep that these were told."""
    told = Told(on=day, codes=tuple(codes), how=how)
    return file if told in file.notified else msgspec.structs.replace(file, notified=(*file.notified, told))


def for_the_applicant(index: Index, service: str, prompt: Prompt) -> bool:
    """Whether a prompt speaks of the applicant's matter, and not of what the officer may do."""
    return prompt.id not in _FOR_THE_OFFICER and "role" not in _names(index, service, prompt)


def confidential(index: Index, service: str, names: Iterable[str]) -> bool:
    """Whether one of these facts says something about a person that belongs on no paper: a flag, a record.

    Numbers, names and addresses are sensitive too, but that a rule reads them says nothing of what stands in them.
    """
    plan = index.plan(service)
    kinds = ("bool", "enum", "enum_set")
    return any(
        (fact := plan.facts.get(name)) is not None and fact.fact.sensitive and fact.kind in kinds for name in names
    )


def hushed(index: Index, service: str, prompt: Prompt) -> bool:
    """Whether a prompt must not be put on paper: its words would say what a confidential fact says."""
    return confidential(index, service, _names(index, service, prompt))


def _names(index: Index, service: str, prompt: Prompt) -> frozenset[str]:
    """The facts that a prompt rests on, also through computed facts; none for one that is not of this service."""
    plan = index.plan(service)
    own = next((p for p in plan.prompts if p.prompt.id == prompt.id), None)
    return through(index, service, reads(own.when)) if own is not None else frozenset()


def through(index: Index, service: str, names: Iterable[str]) -> frozenset[str]:
    """These facts, and those from which they are computed."""
    plan = index.plan(service)
    seen: set[str] = set()
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        if (fact := plan.facts.get(name)) is not None:
            nodes = [node for node, _ in fact.rows] + ([fact.compute] if fact.compute else [])
            wanted += [inner for node in nodes for inner in reads(node)]
    return frozenset(seen)
