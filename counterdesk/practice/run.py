"""A trainee with one citizen: what may be done, what comes of it, and the record of every act.

The same acts in the same scenario give the same record, byte for byte. What cannot be done is answered with a code and
changes nothing; whatever happens, the visit can be ended, and it ends by itself when the citizen's patience does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from counterdesk.catalog.assess import Assessment, typed
from counterdesk.catalog.assessor import Assessor
from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue, MaterialStatus
from counterdesk.catalog.conditions import UNKNOWN
from counterdesk.catalog.index import Index
from counterdesk.practice.citizen import Citizen
from counterdesk.practice.scenario import Scenario, Truth, leader_says, truth_of
from counterdesk.quiet import quiet
from counterdesk.station.model import RequestKind

Kind = Literal[
    "variant",
    "ask",
    "check",
    "look",
    "enter",
    "mark",
    "erase",
    "settle",
    "confirm",
    "request",
    "override",
    "do",
    "notice",
    "accept",
    "decline",
    "finish",
    "left",
]
OPEN_CASE: Final = "open_case"
"""What is checked to learn whether the citizen has another case open: it is no fact of a service."""
CASE_FIELDS: Final = ("fee", "due", "department")
"""What is said of a case that is accepted: money, the last day, who decides."""
_replace = msgspec.structs.replace


@quiet
class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act of the trainee.

    at: seconds since the citizen sat down. key: of the fact, paper, prompt, variant or deed. given: what was typed or
    said. codes: what a notice or a refusal names. result: a code of what came of it. seen: what was answered or shown.
    """

    at: int
    kind: Kind
    key: str = ""
    given: dict[str, JsonValue | None] = {}
    codes: tuple[str, ...] = ()
    result: str = ""
    seen: dict[str, JsonValue | None] = {}


@quiet
class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is kept. file: what the case looked like at the end."""

    scenario: str
    day: str
    seed: int
    catalog: str
    acts: tuple[Act, ...]
    file: CaseFile


def encode(record: Record) -> bytes:
    """A record as bytes; the same run gives the same bytes."""
    return msgspec.json.encode(record, order="deterministic") + b"\n"


def decode(data: bytes) -> Record:
    """A record from bytes. Raises: msgspec.MsgspecError."""
    return msgspec.json.decode(data, type=Record)


class Visit:
    """One citizen at one trainee's counter.

    Each method is an act at a moment, which never lies before that of the act before; it gives the act with its result.
    """

    def __init__(self, index: Index, scenario: Scenario, truth: Truth | None = None) -> None:
        """truth: what `truth_of` says of the scenario, if that is known already.

        Raises:
            KeyError: for a scenario of a service that the catalogue does not have.
        """
        self.index = index
        self.scenario = scenario
        self.truth = truth or truth_of(index, scenario)
        self.citizen = Citizen(index, scenario, self.truth)
        self.plan = index.plan(scenario.service)
        self.file = CaseFile(case="", service=scenario.service)
        self.decided = ""
        self.over = False
        self._acts: list[Act] = []
        self._open_case = ""
        self._overridden: frozenset[str] = frozenset()
        self._assessor = Assessor(index)

    @property
    def found(self) -> Assessment:
        """What the case comes to as it is written down now."""
        return self._assessor.assess(
            self.file,
            today=self.scenario.day,
            role=self.scenario.role,
            open_case=self._open_case,
            overridden=self._overridden,
        )

    @property
    def record(self) -> Record:
        """Everything so far."""
        return Record(
            scenario=self.scenario.id,
            day=self.scenario.day.isoformat(),
            seed=self.scenario.seed,
            catalog=self.index.catalog.sha256,
            acts=tuple(self._acts),
            file=self.file,
        )

    # --- finding out ---

    def ask(self, at: int, key: str) -> Act:
        """Ask the citizen for a fact."""
        problem = self._askable(key)
        if problem:
            return self._note(at, "ask", key, result=problem)
        reply = self.citizen.ask(key)
        return self._note(at, "ask", key, result=reply.code, seen={key: reply.value} if reply.code == "said" else {})

    def check(self, at: int, key: str) -> Act:
        """Look a fact up in a register, or see for oneself."""
        if key == OPEN_CASE:
            if not self.over:
                self._open_case = self.scenario.open_case
            return self._note(at, "check", key, result="found", seen={key: self.scenario.open_case})
        problem = self._askable(key)
        if problem:
            return self._note(at, "check", key, result=problem)
        fact = self.plan.facts[key].fact
        if fact.source == "applicant" or (fact.source == "document" and fact.section != "checks"):
            return self._note(at, "check", key, result="only_by_asking")
        value = self.citizen.find(key)
        return self._note(at, "check", key, result="nothing" if value is None else "found", seen={key: value})

    def look(self, at: int, code: str) -> Act:
        """Ask for a paper and look at it."""
        material = next((state for state in self.found.materials if state.use.code == code), None)
        if material is None:
            return self._note(at, "look", code, result="not_listed")
        if material.needed is False:
            return self._note(at, "look", code, result="not_needed")
        reply = self.citizen.show(code)
        return self._note(at, "look", code, result=reply.code, seen=dict(reply.shown))

    def _askable(self, key: str) -> str:
        """Why a fact may not be asked: the service does not list it, or this case does not need it."""
        fact = self.plan.facts.get(key)
        if fact is None or fact.fact.computed:
            return "not_listed"
        state = next(state for state in self.found.facts if state.fact.key == key)
        return "not_relevant" if state.relevant is False else ""

    # --- writing down ---

    def choose(self, at: int, code: str) -> Act:
        """Say which variant of the service it is."""
        if code not in [variant.code for variant, _ in self.plan.variants] or self._closed:
            return self._note(at, "variant", code, result="not_possible")
        return self._write(at, "variant", code, _replace(self.file, variant=code))

    def enter(self, at: int, key: str, value: JsonValue | None) -> Act:
        """Write down a fact; None says that the citizen cannot tell it."""
        fact = self.plan.facts.get(key)
        given = {key: value}
        if fact is None or fact.fact.computed or self._closed:
            return self._note(at, "enter", key, given=given, result="not_possible")
        if value in ("", []) or (value is not None and typed(fact, value, self.scenario.day)[0] is UNKNOWN):
            return self._note(at, "enter", key, given=given, result="not_valid")
        answer = Answer(value) if value is not None else Answer(None, reason="?")
        file = _replace(self.file, answers={**self.file.answers, key: answer})
        return self._write(at, "enter", key, file, given)

    def mark(self, at: int, code: str, status: MaterialStatus) -> Act:
        """Say what was found for a paper."""
        given: dict[str, JsonValue | None] = {code: status}
        if code not in self.plan.materials or self._closed:
            return self._note(at, "mark", code, given=given, result="not_possible")
        return self._write(
            at, "mark", code, _replace(self.file, materials={**self.file.materials, code: status}), given
        )

    def erase(self, at: int, key: str) -> Act:
        """Take back what was written down of a fact, what was found for a paper, or the note of a warning."""
        file = self.file
        if self._closed or not (key in file.answers or key in file.materials or key in file.confirmed):
            return self._note(at, "erase", key, result="not_possible")
        changed = _replace(
            file,
            answers={k: v for k, v in file.answers.items() if k != key},
            materials={k: v for k, v in file.materials.items() if k != key},
            confirmed={k: v for k, v in file.confirmed.items() if k != key},
        )
        return self._write(at, "erase", key, changed)

    def settle(self, at: int) -> Act:
        """Answer all open checks as uneventful, with one key."""
        answers = dict(self.file.answers)
        for state in self.found.facts:
            normal = state.fact.normal
            quiet_one = state.fact.section == "checks" and normal is not None and state.relevant is not False
            if quiet_one and state.status == "unanswered" and not self._closed:
                answers[state.fact.key] = Answer(normal)
        return self._write(at, "settle", "", _replace(self.file, answers=answers))

    def confirm(self, at: int, prompt: str) -> Act:
        """Take note of a warning."""
        state = next((state for state in self.found.prompts if state.prompt.id == prompt), None)
        if state is None or not state.value or state.prompt.level != "WARN" or self._closed:
            return self._note(at, "confirm", prompt, result="not_shown")
        return self._write(at, "confirm", prompt, _replace(self.file, confirmed={**self.file.confirmed, prompt: ""}))

    def request(self, at: int, what: RequestKind, item: str) -> Act:
        """Ask the shift leader to set a blocker aside or to let a paper come later. The result is what he will say:
        granted, or the reason for his no."""
        if self._closed:
            return self._note(at, "request", item, codes=(what,), result="not_possible")
        yes, reason = leader_says(self.scenario, self.truth, what, item)
        return self._note(at, "request", item, codes=(what,), result="granted" if yes else reason)

    def override(self, at: int, prompt: str) -> Act:
        """Set a blocker aside that is no written law."""
        state = next((state for state in self.found.prompts if state.prompt.id == prompt), None)
        if state is None or not state.value or not state.prompt.overridable or self._closed:
            return self._note(at, "override", prompt, result="not_possible")
        self._overridden |= {prompt}
        return self._note(at, "override", prompt, result="done")

    def do(self, at: int, deed: str) -> Act:
        """One of the scenario's deeds beside the form."""
        known = [one.id for one in self.scenario.deeds]
        return self._note(at, "do", deed, result="done" if deed in known else "not_possible")

    # --- ending ---

    def notice(self, at: int, codes: Sequence[str]) -> Act:
        """Tell the citizen on paper, once, all that is missing."""
        return self._note(at, "notice", codes=tuple(codes), result="given" if codes else "empty")

    def accept(self, at: int, *, fee: str = "", due: str = "", department: str = "") -> Act:
        """Accept the case, with what is said of it; an empty text says nothing."""
        given: dict[str, JsonValue | None] = dict(zip(CASE_FIELDS, (fee, due, department), strict=True))
        if self._closed:
            return self._note(at, "accept", given=given, result="decided")
        gate = self.found.gate
        if gate:
            codes = tuple(f"{problem.kind}:{problem.id}" for problem in gate)
            return self._note(at, "accept", given=given, codes=codes, result="gate")
        return self._decide(self._note(at, "accept", given=given, result="accepted"))

    def decline(self, at: int, codes: Sequence[str]) -> Act:
        """Do not accept the case, for these reasons."""
        if self._closed:
            return self._note(at, "decline", codes=tuple(codes), result="decided")
        return self._decide(self._note(at, "decline", codes=tuple(codes), result="declined"))

    def finish(self, at: int, cleared: bool = True) -> Act:
        """Let the citizen go. cleared: whether his data is off the screen."""
        act = self._note(at, "finish", given={"cleared": cleared}, result="finished")
        self.over = True
        return act

    def wait(self, at: int) -> bool:
        """Nothing is done, and time goes by: whether the citizen has left by now."""
        if not self.over and at > self.citizen.patience:
            self._note(at, "left")
        return self.over

    def come_back(self) -> bool:
        """That he was let go is taken back, within the seconds in which a desk can: whether he sits there again."""
        if not self.over or not self._acts or self._acts[-1].kind != "finish":
            return False
        self._acts.pop()
        self.over = False
        return True

    # --- how it is kept ---

    @property
    def open_case(self) -> str:
        """The citizen's other open case, once that was looked up; "" for none."""
        return self._open_case

    @property
    def _closed(self) -> bool:
        return bool(self.decided) or self.over

    def _decide(self, act: Act) -> Act:
        if act.result in ("accepted", "declined"):
            self.decided = act.kind
        return act

    def _write(
        self, at: int, kind: Kind, key: str, file: CaseFile, given: Mapping[str, JsonValue | None] | None = None
    ) -> Act:
        act = self._note(at, kind, key, given=given, result="done")
        if act.result == "done":
            self.file = file
        return act

    def _note(
        self,
        at: int,
        kind: Kind,
        key: str = "",
        *,
        given: Mapping[str, JsonValue | None] | None = None,
        codes: tuple[str, ...] = (),
        result: str = "",
        seen: Mapping[str, JsonValue | None] | None = None,
    ) -> Act:
        """Keep an act; one after the end is answered and not kept. Patience that has run out ends the visit."""
        if self.over:
            return Act(at=at, kind=kind, key=key, result="over")
        at = max(at, self._acts[-1].at if self._acts else 0)
        if at > self.citizen.patience and kind != "finish":
            self.over = True
            act = Act(at=at, kind="left", key=kind, result="left")
        else:
            act = Act(
                at=at, kind=kind, key=key, given=dict(given or {}), codes=codes, result=result, seen=dict(seen or {})
            )
        self._acts.append(act)
        return act
