"""What was right and wrong about a run: pure, from the scenario and the record.

The catalogue is asked what the case truly comes to, and what was done is held against that. One oversight is counted
once, at its root: whoever writes one fact down wrongly and therefore misses a rule, takes a wrong fee and promises a
wrong day has made one mistake, that of the gravest rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from counterdesk.catalog.casefile import Answer
from counterdesk.catalog.index import Index
from counterdesk.catalog.plan import Plan, reads
from counterdesk.practice.run import Act, Record
from counterdesk.practice.scenario import Outcome, Scenario, Truth, truth_of
from counterdesk.practice.sources import CUSTOM, LIST, NOTICE, PRIVACY, Sources

MistakeKind = Literal[
    "accepted_blocked",
    "accepted_lacking",
    "warning_missed",
    "refused_wrongly",
    "notice_forgotten",
    "notice_incomplete",
    "told_wrongly",
    "unserved",
    "wrong_fee",
    "wrong_deadline",
    "wrong_department",
    "wrong_entry",
    "not_found_out",
    "never_asked",
    "never_looked",
    "asked_twice",
    "asked_forbidden",
    "asked_needlessly",
    "deed_forgotten",
    "deed_forbidden",
    "left_on_screen",
    "asked_leader",
]
POINTS: Final[dict[MistakeKind, tuple[int, int]]] = {
    "accepted_blocked": (50, 70),
    "accepted_lacking": (40, 70),
    "warning_missed": (25, 50),
    "refused_wrongly": (50, 50),
    "notice_forgotten": (25, 25),
    "notice_incomplete": (15, 45),
    "told_wrongly": (10, 30),
    "unserved": (50, 50),
    "wrong_fee": (15, 15),
    "wrong_deadline": (10, 10),
    "wrong_department": (15, 15),
    "wrong_entry": (8, 32),
    "not_found_out": (10, 30),
    "never_asked": (3, 15),
    "never_looked": (5, 20),
    "asked_twice": (2, 10),
    "asked_forbidden": (10, 30),
    "asked_needlessly": (3, 9),
    "deed_forgotten": (20, 40),
    "deed_forbidden": (30, 60),
    "left_on_screen": (10, 10),
    "asked_leader": (5, 15),
}
"""What one mistake of a kind takes off, and what all of that kind take off at most."""
_SEEN: Final = ("verified", "missing")
"""Marks that say that somebody looked."""
FULL: Final = 100
Ending = Outcome | Literal["left", "none"]


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake: what, when (seconds since the citizen sat down), against which rule, and where that stands.

    subject: the fact, paper, prompt or deed that it is about. points: what it took off; 0 once its kind is at its most.
    """

    kind: MistakeKind
    at: int
    rule: str
    subject: str
    bases: tuple[str, ...]
    passages: tuple[str, ...]
    points: int


class Debrief(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it. median, p90: minutes that the service takes; seconds: what it took."""

    scenario: str
    service: str
    ending: Ending
    right: tuple[Outcome, ...]
    mistakes: tuple[Mistake, ...]
    score: int
    seconds: int
    median: float
    p90: float


def debrief(index: Index, scenario: Scenario, record: Record, truth: Truth | None = None) -> Debrief:
    """Judge a run.

    truth: what `truth_of` says of the scenario, if that is known already.

    Raises:
        KeyError: for a scenario of a service that the catalogue does not have.
    """
    judge = _Judge(index, scenario, record, truth or truth_of(index, scenario))
    judge.judge()
    minutes = index.service(scenario.service).minutes
    mistakes = tuple(_with_points(sorted(judge.found, key=lambda m: (m.at, m.kind, m.rule, m.subject))))
    return Debrief(
        scenario=scenario.id,
        service=scenario.service,
        ending=judge.ending,
        right=judge.truth.outcomes,
        mistakes=mistakes,
        score=max(0, FULL - sum(mistake.points for mistake in mistakes)),
        seconds=record.acts[-1].at if record.acts else 0,
        median=minutes.median,
        p90=minutes.p90,
    )


def _with_points(mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    taken: dict[str, int] = {}
    for mistake in mistakes:
        each, most = POINTS[mistake.kind]
        points = min(each, most - taken.get(mistake.kind, 0))
        taken[mistake.kind] = taken.get(mistake.kind, 0) + points
        yield msgspec.structs.replace(mistake, points=points)


class _Judge:
    """Holds one record against the truth."""

    def __init__(self, index: Index, scenario: Scenario, record: Record, truth: Truth) -> None:
        self.truth = truth
        self.scenario = scenario
        self.record = record
        self.plan: Plan = index.plan(scenario.service)
        self.sources = Sources(index, scenario.service)
        self.found: list[Mistake] = []
        self.explained: set[str] = set()
        """Facts and papers whose wrong entry is the root of a mistake that was counted."""
        self.wrong = self._wrong()
        self.decision = next((a for a in record.acts if a.result in ("accepted", "declined")), None)
        self.notices = [act for act in record.acts if act.kind == "notice" and act.result == "given"]
        self.end = record.acts[-1].at if record.acts else 0
        self.ending = self._ending()

    def judge(self) -> None:
        """Find all mistakes."""
        self._outcome()
        self._asking()
        self._deeds()
        self._leaving()

    def add(self, kind: MistakeKind, at: int, rule: str, subject: str, said_by: str = "") -> None:
        """Keep a mistake. said_by: the rule of the catalogue behind a rule of the scenario's own."""
        source = self.sources.of(said_by or rule)
        self.found.append(
            Mistake(
                kind=kind,
                at=at,
                rule=rule,
                subject=subject,
                bases=source.bases,
                passages=source.passages,
                points=0,
            )
        )

    # --- what came of it ---

    def _ending(self) -> Ending:
        if self.decision is not None:
            if self.decision.kind == "decline":
                return "refuse"
            return "defer" if "deferred" in self.record.file.materials.values() else "accept"
        if self.notices:
            return "notice"
        return "left" if any(act.kind == "left" for act in self.record.acts) else "none"

    def _wrong(self) -> frozenset[str]:
        """What stands in the file otherwise than it is: facts, the variant, papers taken for there."""
        file, true = self.record.file, self.truth.file
        found = {
            key
            for key in {*file.answers, *true.answers}
            if _value(file.answers.get(key)) != _value(true.answers.get(key))
        }
        if file.variant != true.variant:
            found.add("variant")
        found |= {code for code in self.truth.lacking if file.materials.get(code) in ("verified", "waived")}
        return frozenset(found)

    def _outcome(self) -> None:
        if self.ending in ("accept", "defer"):
            assert self.decision is not None
            self._accepted(self.decision)
        elif self.ending in ("refuse", "notice"):
            self._sent_away()
        else:
            told_of = "notice" in self.truth.outcomes and self.ending == "none" and self._found_out()
            self.add("notice_forgotten" if told_of else "unserved", self.end, NOTICE, "")
            self._not_found_out()

    def _found_out(self) -> bool:
        """Whether something was found that he had to be told of: a paper that is missing, or what blocks the case."""
        marks = self.record.file.materials
        if any(marks.get(code) == "missing" for code in self.truth.lacking):
            return True
        behind = [self._behind(f"prompt:{name}") for name in self.truth.blocks]
        return bool(self._known()) and any(not names & self.wrong for names in behind)

    def _known(self) -> set[str]:
        """The facts and papers that were asked for, looked up or looked at, and what stood on those papers."""
        known: set[str] = set()
        for act in self.record.acts:
            if act.kind in ("ask", "check", "look"):
                known |= {act.key, *act.seen}
        return known

    def _not_found_out(self) -> None:
        """What the case turns on and nobody asked for, the gravest first; then what every such case begins with.

        The visit came to nothing, so what stands in the form was not relied upon and is no mistake of its own.
        """
        known, facts = self._known(), self.plan.facts
        each, most = POINTS["not_found_out"]
        named = [*self.truth.codes, *(f"prompt:{name}" for name in self.truth.warnings)]
        named = [rule for rule in named if self._behind(rule) & {*facts, *self.plan.materials}]
        named.sort(key=lambda rule: rule not in self.scenario.decides)
        covered = frozenset[str]().union(*map(self._behind, named))
        asked = {state.fact.key for state in self.truth.found.facts if state.relevant is True and state.required}
        named += [
            f"fact:{key}"
            for key, row in facts.items()
            if key in asked - covered and not row.fact.computed and not row.fact.prefill
        ]
        for rule in [rule for rule in named if not self._behind(rule) & known][: most // each]:
            self.add("not_found_out", self.end, rule, rule.partition(":")[2])

    def _accepted(self, act: Act) -> None:
        file = self.record.file
        missed: list[tuple[MistakeKind, str, str]] = [
            ("accepted_blocked", f"prompt:{name}", name)
            for name in (*self.truth.blocks, *self.truth.granted)
            if name not in self._allowed()
        ]
        missed += [
            ("accepted_lacking", f"material:{code}", code)
            for code in self._lacking()
            if not (file.materials.get(code) == "deferred" and self.truth.deferrable)
        ]
        missed += [
            ("warning_missed", f"prompt:{name}", name) for name in self.truth.warnings if name not in file.confirmed
        ]
        missed.sort(key=lambda row: row[1] not in self.scenario.decides)
        for kind, rule, subject in missed:
            if self._root(rule):
                self.add(kind, act.at, rule, subject)
        if self.ending == "defer" and not self.notices and not missed:
            self.add("notice_forgotten", act.at, NOTICE, "")
        if not any(kind != "warning_missed" for kind, _, _ in missed):
            self._stated(act)
        self._entries()
        self._never_asked()
        self._never_looked()

    def _allowed(self) -> set[str]:
        """The blockers that the shift leader was asked about and set aside."""
        return {act.key for act in self.record.acts if act.kind == "request" and act.result == "granted"}

    def _lacking(self) -> list[str]:
        """Papers that are lacking; of a group of which one would do only one, that which the scenario is about."""
        one_of = {state.use.code: state.use.one_of for state in self.truth.found.materials}
        chosen: dict[str, str] = {}
        for code in sorted(self.truth.lacking, key=lambda code: f"material:{code}" not in self.scenario.decides):
            chosen.setdefault(one_of[code] or code, code)
        return list(chosen.values())

    def _stated(self, act: Act) -> None:
        """What was said of fee, day and department; nothing said is nothing wrong."""
        found = self.truth.found
        fee = "" if found.fee_due is None else str(found.fee_due)
        due = found.due.on.isoformat() if found.due is not None and found.due.on is not None else ""
        limit = found.due.limit.kind if found.due is not None else "promised"
        fees = [f"fee:{one.id}" for one in found.fees]
        fee_rule = next((rule for rule in fees if rule in self.scenario.decides), [*fees, "fee:none"][0])
        rows: tuple[tuple[MistakeKind, str, str, str, str], ...] = (
            ("wrong_fee", "fee", fee, fee_rule, "fee_due"),
            ("wrong_deadline", "due", due, f"limit:{limit}", "due_days"),
            ("wrong_department", "department", found.department or "", f"department:{found.department}", ""),
        )
        for kind, field, true, rule, name in rows:
            said = str(act.given.get(field) or "")
            if not said or not true or said == true:
                continue
            names = [name] if name else [n for _, node in self.plan.decisions for n in reads(node)]
            if self._root(rule, self._through(names)):
                self.add(kind, act.at, rule, field)

    def _entries(self) -> None:
        """Facts that were written down otherwise than they are, and explain nothing that was counted.

        What is only asked because of something else that is wrong is no mistake of its own.
        """
        asked = {state.fact.key for state in self.truth.found.facts if state.relevant is not False}
        for key in sorted(self.wrong - self.explained):
            if key == "variant" or (key in self.record.file.answers and key in asked):
                at = next((a.at for a in self.record.acts if a.kind in ("enter", "variant") and a.key == key), self.end)
                self.add("wrong_entry", at, f"fact:{key}" if key != "variant" else "variant", key)

    def _never_asked(self) -> None:
        """Facts that were written down though nobody said or showed them."""
        known: set[str] = set()
        for act in self.record.acts:
            known |= {act.key, *act.seen} if act.kind in ("ask", "check", "look") else set()
            at = act.at
            key = act.key
            if act.kind != "enter" or act.result != "done" or key in known or key in self.explained:
                continue
            if not self.plan.facts[key].fact.prefill and key in self.record.file.answers:
                known.add(key)
                self.add("never_asked", at, f"fact:{key}", key)

    def _never_looked(self) -> None:
        """Papers that were said to be in order or not there though nobody asked for them."""
        known: set[str] = set()
        for act in self.record.acts:
            if act.kind == "look":
                known.add(act.key)
            elif act.kind == "mark" and act.key not in known | self.explained and act.given.get(act.key) in _SEEN:
                known.add(act.key)
                self.add("never_looked", act.at, f"material:{act.key}", act.key)

    def _sent_away(self) -> None:
        truth = self.truth
        told = {code for act in self.record.acts if act.kind in ("notice", "decline") for code in act.codes}
        act = self.decision or self.notices[-1]
        needless = sorted(told - set(truth.codes))
        if not {"refuse", "notice"} & set(truth.outcomes):
            decisive = [rule for rule in self.scenario.decides if self._behind(rule) & self.wrong]
            self.add("refused_wrongly", act.at, (*decisive, *needless, CUSTOM)[0], "")
            return
        if self.ending not in truth.outcomes and not self.notices:  # turned away, where he had to be told
            self.add("notice_forgotten", act.at, NOTICE, "")
        left_out = [code for code in truth.codes if code not in told]
        for code in sorted(left_out, key=lambda code: code not in self.scenario.decides):
            if self._root(code):
                self.add("notice_incomplete", act.at, code, code.partition(":")[2])
        for code in needless:
            if self._root(code):
                self.add("told_wrongly", act.at, code, code.partition(":")[2])

    # --- roots ---

    def _root(self, rule: str, behind: frozenset[str] | None = None) -> bool:
        """Whether a mistake against a rule is one of its own; it then explains what is wrong among what it rests on.

        What the scenario says of who overlooks the rule (`mistaken`) belongs to the same oversight.
        """
        roots = (self._behind(rule) if behind is None else behind) & self.wrong
        if roots and roots <= self.explained:
            return False
        self.explained |= roots
        if rule in self.scenario.decides:
            self.explained |= self.wrong & set(self.scenario.mistaken)
        return True

    def _behind(self, rule: str) -> frozenset[str]:
        """The facts and papers that a rule rests on."""
        kind, _, name = rule.partition(":")
        prompts = {plan.prompt.id: plan for plan in self.plan.prompts}
        if kind == "prompt" and name in prompts:
            return self._through(prompts[name].reads)
        return self._through((name,))

    def _through(self, names: Iterable[str]) -> frozenset[str]:
        """These names and all that they follow from."""
        seen: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += self.plan.needs.get(name, ())
        return frozenset(seen)

    # --- how it was done ---

    def _asking(self) -> None:
        asked: set[str] = set()
        for act in self.record.acts:
            if act.kind == "request" and act.result not in ("granted", "not_possible"):
                what = "prompt" if "override" in act.codes else "material"
                self.add("asked_leader", act.at, f"{what}:{act.key}", act.key)
            if act.kind not in ("ask", "check", "look"):
                continue
            if act.result == "not_listed":
                self.add("asked_forbidden", act.at, LIST, act.key)
            elif act.result in ("not_relevant", "not_needed"):
                self.add("asked_needlessly", act.at, LIST, act.key)
            elif act.kind == "ask":
                if act.key in asked:
                    self.add("asked_twice", act.at, CUSTOM, act.key)
                asked.add(act.key)

    def _deeds(self) -> None:
        done = {act.key: act.at for act in self.record.acts if act.kind == "do" and act.result == "done"}
        for deed in self.scenario.deeds:
            if deed.due and deed.id not in done and self.ending in self.truth.outcomes:
                self.add("deed_forgotten", self.end, f"deed:{deed.id}", deed.id, deed.rule)
            elif not deed.due and deed.id in done:
                self.add("deed_forbidden", done[deed.id], f"deed:{deed.id}", deed.id, deed.rule)

    def _leaving(self) -> None:
        last = self.record.acts[-1] if self.record.acts else None
        if last is not None and last.kind == "left":
            if self.ending != "left":
                self.add("left_on_screen", last.at, PRIVACY, "")
        elif last is None or last.kind != "finish" or last.given.get("cleared") is not True:
            self.add("left_on_screen", self.end, PRIVACY, "")


def _value(answer: Answer | None) -> object:
    return None if answer is None else answer.value
