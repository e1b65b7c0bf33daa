"""A scenario: one citizen with a purpose, true facts and papers, and what a good officer makes of it.

A scenario says little: the facts that matter, what is wrong with which paper, what the citizen claims. `whole` fills in
the rest from the catalogue and the seed, and `truth_of` asks the catalogue what it comes to; nothing of that is written
down twice, except `expect`, which the check holds against it.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

import msgspec

from counterdesk.catalog.assess import Assessment, MaterialState, assess
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Text
from counterdesk.practice.fill import complete, filled, trimmed
from counterdesk.quiet import quiet
from counterdesk.station.model import RequestKind

Outcome = Literal["accept", "refuse", "notice", "defer"]
PaperState = Literal["good", "absent", "expired", "copy", "someone_else", "altered"]
Temper = Literal["polite", "plain", "impatient"]
Value = JsonValue | None
PATIENCE: Final = 3
"""A citizen waits for so many times the 90th percentile of the service, if the scenario does not say otherwise."""
LEAST_PATIENCE: Final = 20


class _Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What all parts of a scenario share."""


@quiet
class Paper(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A paper that is not simply there and in order.

    state: absent, expired, only a copy, somebody else's, or altered: in order to look at, but `shows` differs from the
    truth. shows: what stands on it by fact key, where that is not what is true.
    """

    code: str
    state: PaperState = "good"
    shows: dict[str, Value] = {}


class Deed(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that an officer may do beside the form: keep a page, say a thing, cut a corner off.

    due: True when it has to be done, False when it must not. rule: what says so ("prompt:P6").
    """

    id: str
    text: Text
    due: bool
    rule: str = ""


class Expect(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the author expects of the case; what is left out is not claimed."""

    outcome: Outcome
    fee: str | None = None
    due: date | None = None
    department: str | None = None
    prompts: tuple[str, ...] | None = None
    materials: tuple[str, ...] | None = None


@quiet
class Scenario(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One citizen at the counter.

    variant, facts: what is true; complete: facts holds all that is asked, so nothing is filled in. papers: those that
    are not in order; every other needed paper is. claims: what the citizen says although a paper or a register says
    otherwise. unsure: what he does not know. says: what he begins with. decides: the rules that it is about. mistake:
    the number of the service's known trainee mistake, from 0. mistaken: what somebody writes down who overlooks the
    rule ("variant", fact keys, papers). grants: the blockers that the shift leader sets aside when he is asked, each
    with the reason that he gives (`reason.override` of the words). role, open_case: of the officer and of the station.
    difficulty: 1 slow, 2 mixed, 3 rush. patience: minutes, 0 for the service's own.
    """

    id: str
    service: str
    day: date
    title: Text
    variant: str = ""
    seed: int = 0
    difficulty: int = 1
    hints: tuple[Text, ...] = ()
    role: str = "officer"
    open_case: str = ""
    complete: bool = False
    facts: dict[str, Value] = {}
    papers: tuple[Paper, ...] = ()
    claims: dict[str, Value] = {}
    unsure: tuple[str, ...] = ()
    says: tuple[Text, ...] = ()
    temper: Temper = "plain"
    patience: int = 0
    decides: tuple[str, ...] = ()
    mistake: int | None = None
    mistaken: dict[str, Value] = {}
    deeds: tuple[Deed, ...] = ()
    grants: dict[str, str] = {}
    expect: Expect

    def paper(self, code: str) -> Paper:
        """What the citizen carries of a needed paper."""
        return next((paper for paper in self.papers if paper.code == code), Paper(code=code))


@quiet
class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario comes to when everything about it is known.

    file: the case as a perfect officer would write it, without decision. found: what the catalogue says of it.
    outcomes: the right ways to end it, the best first. blocks, warnings: prompts that are true; granted: the blockers
    that the shift leader would set aside. lacking: needed papers that are not there in order, of alternatives all.
    """

    file: CaseFile
    found: Assessment
    outcomes: tuple[Outcome, ...]
    blocks: tuple[str, ...]
    warnings: tuple[str, ...]
    lacking: tuple[str, ...]
    deferrable: bool
    granted: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """All that the citizen has to be told once: "material:CODE" and "prompt:ID"."""
        return (*(f"material:{code}" for code in self.lacking), *(f"prompt:{name}" for name in self.blocks))


def whole(index: Index, scenario: Scenario) -> CaseFile:
    """The case file of the truth: the scenario's facts, and plausible ones for all that else is asked.

    Raises:
        KeyError: for a service that the catalogue does not have.
    """
    answers: dict[str, Answer] = {} if scenario.complete else _plausible(index, scenario)
    given = {key: Answer(value) for key, value in scenario.facts.items() if value is not None}
    given |= {key: Answer(value=None, reason="?") for key in scenario.unsure}
    gone = {key for key, value in scenario.facts.items() if value is None}
    file = CaseFile(
        case="",
        service=scenario.service,
        variant=scenario.variant,
        answers={key: answer for key, answer in {**answers, **given}.items() if key not in gone},
        materials={paper.code: "missing" for paper in scenario.papers if paper.state not in ("good", "altered")},
    )
    kept = frozenset((*scenario.facts, "variant"))
    file = filled(index, scenario.seed, file, scenario.day, kept)
    return trimmed(file, _assessed(index, scenario, file))


def _plausible(index: Index, scenario: Scenario) -> dict[str, Answer]:
    """The answers of some complete case of the scenario's variant; none where there is no such case."""
    variants = [variant.code for variant in index.service(scenario.service).variants]
    first = variants.index(scenario.variant) if scenario.variant in variants else 0
    base = complete(index, scenario.seed, scenario.service, scenario.day, first)
    return base.answers if base is not None and base.variant == scenario.variant else {}


def truth_of(index: Index, scenario: Scenario) -> Truth:
    """What the scenario comes to. Raises: KeyError as `whole`."""
    file = whole(index, scenario)
    found = _assessed(index, scenario, file)
    file = trimmed(file, found)
    found = _assessed(index, scenario, file)
    fired = [state for state in found.prompts if state.value and state.prompt.stage == "intake"]
    blocking = [state.prompt.id for state in fired if state.prompt.level == "BLOCK"]
    blocks = tuple(name for name in blocking if name not in scenario.grants)
    lacking = missing_papers(found)
    deferrable = bool(lacking) and all(state.deferrable for state in lacking)
    outcomes: tuple[Outcome, ...] = ("accept",)
    if blocks:
        outcomes = ("notice", "refuse") if lacking else ("refuse", "notice")
    elif lacking:
        outcomes = ("defer", "notice") if deferrable else ("notice",)
    return Truth(
        file=file,
        found=found,
        outcomes=outcomes,
        blocks=blocks,
        warnings=tuple(state.prompt.id for state in fired if state.prompt.level == "WARN"),
        lacking=tuple(state.use.code for state in lacking),
        deferrable=deferrable,
        granted=tuple(name for name in blocking if name in scenario.grants),
    )


def leader_says(scenario: Scenario, truth: Truth, what: RequestKind, item: str) -> tuple[bool, str]:
    """What the shift leader answers to who asks him: yes or no, and his reason, as the words list it.

    He agrees where that settles the case. Who asks for what is not so has to look again; where something else stands in
    the way too, that comes first.
    """
    if what == "override":
        if item not in (*truth.blocks, *truth.granted):
            return False, "verify_first"
        if item not in truth.granted:
            return False, "no_ground"
    elif item not in truth.lacking:
        return False, "verify_first"
    if truth.blocks or (truth.lacking and not truth.deferrable):
        return False, "must_be_met"
    return True, scenario.grants.get(item, "")


def missing_papers(found: Assessment) -> list[MaterialState]:
    """Required papers that were looked for and are not there; none of a group of which one is enough and is there."""
    needed = [state for state in found.materials if state.use.necessity == "required" and state.needed]
    there = {state.use.one_of for state in needed if state.use.one_of and state.status in ("verified", "waived")}
    return [state for state in needed if state.status == "missing" and state.use.one_of not in there - {""}]


def _assessed(index: Index, scenario: Scenario, file: CaseFile) -> Assessment:
    return assess(index, file, today=scenario.day, role=scenario.role, open_case=scenario.open_case)
