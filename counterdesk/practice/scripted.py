"""Officers who need no screen: one who does everything right, one who overlooks one rule, one who does anything.

The perfect officer knows nothing but what the visit tells him: he asks, looks things up, looks at papers, writes down
what he was told and shown, and goes by the prompts. The one who ignores a rule is the same, except that where this rule
decides he writes down what he expected instead of what is there (`Scenario.mistaken`).
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Final

import msgspec

from counterdesk.catalog.assess import Assessment, FactState
from counterdesk.catalog.casefile import Answer, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.practice.chance import chance
from counterdesk.practice.papers import holder_number, in_order
from counterdesk.practice.run import OPEN_CASE, Act, Record, Visit
from counterdesk.practice.scenario import Scenario, Truth, missing_papers

_ASK: Final = 6
_LOOK: Final = 5
_WRITE: Final = 1
"""Seconds that an act takes a scripted officer."""
_LEADER: Final = 150
"""Seconds after which the shift leader has answered (`shift_leader.MINUTES`)."""
_ROUNDS: Final = 400
_MOST: Final = 120
"""Acts of a random officer before he lets the citizen go."""


def play(index: Index, scenario: Scenario, *, ignores: str = "", truth: Truth | None = None) -> Record:
    """Have a scenario played without a mistake, or by somebody who ignores one rule.

    ignores: "prompt:P1", "material:HKB", "deed:keep", or any other rule that the scenario decides on. truth: what
    `truth_of` says of the scenario, if that is known already.
    """
    officer = _Officer(index, scenario, ignores, truth)
    officer.work()
    return officer.visit.record


class _Officer:
    """Works on one visit."""

    def __init__(self, index: Index, scenario: Scenario, ignores: str, truth: Truth | None) -> None:
        self.index = index
        self.visit = Visit(index, scenario, truth)
        self.scenario = scenario
        self.ignores = ignores
        self.overlooks = ignores in scenario.decides and not ignores.startswith(("deed:", "material:"))
        self.at = 0
        self.tried: set[str] = set()
        self.shown: dict[str, dict[str, JsonValue | None]] = {}
        self.known: dict[str, JsonValue | None] = {}

    def work(self) -> None:
        """From the greeting to the end."""
        if not (self.overlooks and OPEN_CASE in self._read_by_rule()):
            self.visit.check(self._after(_ASK), OPEN_CASE)
        if self.scenario.variant:
            named = self.scenario.claims.get("variant", self.scenario.variant)
            self.visit.choose(self._after(_WRITE), str(named))
        for _ in range(_ROUNDS):
            if self.visit.over or not (self._step() or self._look_again()):
                break
        self._deeds()
        self._end()

    def _after(self, seconds: int) -> int:
        self.at += seconds
        return self.at

    def _read_by_rule(self) -> frozenset[str]:
        name = self.ignores.partition(":")[2]
        plans = [plan for plan in self.visit.plan.prompts if plan.prompt.id == name]
        return plans[0].reads if plans else frozenset()

    # --- one thing after the other ---

    def _step(self) -> bool:
        """Do the next thing there is to find out; whether there was one."""
        found = self.visit.found
        if self._choose(found):
            return True
        return any(self._paper(found, certain) or self._fact(found, certain) for certain in (True, None))

    def _choose(self, found: Assessment) -> bool:
        """Take the variant that the facts say, where the chosen one does not fit; or the one that is overlooked to."""
        chosen = self.visit.file.variant
        if self.overlooks and "variant" in self.scenario.mistaken:
            wanted = str(self.scenario.mistaken["variant"])
        else:
            fitting = [state.variant.code for state in found.variants if state.applies]
            wrong = any(state.applies is False for state in found.variants if state.variant.code == chosen)
            wanted = fitting[0] if fitting and wrong else chosen
        if wanted == chosen or f"variant:{wanted}" in self.tried:
            return False
        self.tried.add(f"variant:{wanted}")
        self.visit.choose(self._after(_WRITE), wanted)
        return True

    def _paper(self, found: Assessment, certain: bool | None) -> bool:
        for state in found.materials:
            code = state.use.code
            if code in self.tried or state.needed is not certain:
                continue
            self.tried.add(code)
            overlooked = self.ignores == f"material:{code}" or (self.overlooks and code in self.scenario.mistaken)
            if overlooked:
                self.visit.mark(self._after(_WRITE), code, "verified")
                return True
            act = self.visit.look(self._after(_LOOK), code)
            if act.result == "shown":
                self.shown[code] = act.seen
                self._learn(code, act)
            if act.result in ("shown", "not_carried"):
                # Who overlooks the rule asks for papers that nobody brought for the case as it is; he goes on without.
                unneeded = self.overlooks and self.scenario.paper(code).state == "good"
                there = self._in_order(code) or (unneeded and act.result == "not_carried")
                self.visit.mark(self._after(_WRITE), code, "verified" if there else "missing")
            return True
        return False

    def _learn(self, code: str, act: Act) -> None:
        """What stands on a paper is known, except where it was altered: that he asks for."""
        for key, value in act.seen.items():
            if key in self.visit.plan.facts and key not in self.scenario.paper(code).shows:
                self.known.setdefault(key, value)

    def _in_order(self, code: str) -> bool:
        if code not in self.shown:
            return False
        learned = {key: Answer(value) for key, value in self.known.items() if value is not None}
        whose = holder_number(self.index, msgspec.structs.replace(self.visit.file, answers=learned), code)
        return in_order(
            {key: value for key, value in self.shown[code].items() if value is not None}, whose, self.scenario.day
        )

    def _look_again(self) -> bool:
        """Compare the papers once more with what was learned since; whether a mark was changed."""
        marks = dict(self.visit.file.materials)
        for code in self.shown:
            there = self._in_order(code)
            if marks.get(code) != ("verified" if there else "missing"):
                self.visit.mark(self._after(_WRITE), code, "verified" if there else "missing")
        return self.visit.file.materials != marks

    def _fact(self, found: Assessment, certain: bool | None) -> bool:
        for state in found.facts:
            key = state.fact.key
            open_one = state.status == "unanswered" and state.relevant is certain and key not in self.tried
            if not open_one or (certain and self._waits(state, found)):
                continue
            self.tried.add(key)
            value = self._find_out(state)
            self.known.setdefault(key, value)
            if self.overlooks and key in self.scenario.mistaken:
                value = self.scenario.mistaken[key]
            if value is not None or state.required:
                self.visit.enter(self._after(_WRITE), key, value)
            return True
        return False

    def _waits(self, state: FactState, found: Assessment) -> bool:
        """Whether a paper that nobody has looked at yet may say it."""
        fact = state.fact
        if fact.source != "document" or fact.section == "checks" or fact.key in self.known:
            return False
        return any(row.needed is not False and row.use.code not in self.tried for row in found.materials)

    def _find_out(self, state: FactState) -> JsonValue | None:
        fact = state.fact
        if fact.key in self.known:
            return self.known[fact.key]
        by_asking = fact.source == "applicant" or (fact.source == "document" and fact.section != "checks")
        if by_asking:
            return self.visit.ask(self._after(_ASK), fact.key).seen.get(fact.key)
        return self.visit.check(self._after(_LOOK), fact.key).seen.get(fact.key)

    # --- the end ---

    def _deeds(self) -> None:
        for deed in self.scenario.deeds:
            if deed.due != (self.ignores == f"deed:{deed.id}"):
                self.visit.do(self._after(_WRITE), deed.id)

    def _end(self) -> None:
        visit = self.visit
        found = visit.found
        for state in found.prompts:
            if state.value and state.prompt.level == "WARN" and not state.confirmed:
                visit.confirm(self._after(_WRITE), state.prompt.id)
            if self.overlooks and state.value and f"prompt:{state.prompt.id}" == self.ignores:
                visit.override(self._after(_WRITE), state.prompt.id)
        lacking = missing_papers(visit.found)
        if not lacking or all(row.deferrable for row in lacking):
            self._ask_leader()
        found = visit.found
        blocks = [
            state.prompt.id
            for state in found.prompts
            if state.value and state.prompt.level == "BLOCK" and state.prompt.stage == "intake" and not state.overridden
        ]
        codes = [*(f"material:{row.use.code}" for row in lacking), *(f"prompt:{name}" for name in blocks)]
        codes = [code for code in codes if code != self.ignores]
        if lacking and not blocks and all(row.deferrable for row in lacking):
            visit.notice(self._after(_LOOK), codes)
            for row in lacking:
                visit.request(self._after(_WRITE), "deferral", row.use.code)
            self._after(_LEADER)
            for row in lacking:
                visit.mark(self._after(_WRITE), row.use.code, "deferred")
            self._accept(visit.found)
        elif lacking:
            visit.notice(self._after(_LOOK), codes)
        elif blocks:
            visit.decline(self._after(_LOOK), codes)
        else:
            self._accept(found)
        visit.finish(self._after(_WRITE), cleared=self.ignores != "counter:privacy")

    def _ask_leader(self) -> None:
        """What the shift leader would set aside, he is asked about; where he would not, nobody bothers him."""
        visit, granted = self.visit, self.visit.truth.granted
        blocks = [
            state.prompt.id
            for state in visit.found.prompts
            if state.value and state.prompt.level == "BLOCK" and state.prompt.stage == "intake" and not state.overridden
        ]
        if not blocks or not set(blocks) <= set(granted) or visit.truth.blocks:
            return
        for prompt in blocks:
            visit.request(self._after(_WRITE), "override", prompt)
        self._after(_LEADER)
        for prompt in blocks:
            visit.override(self._after(_WRITE), prompt)

    def _accept(self, found: Assessment) -> None:
        self.visit.accept(
            self._after(_LOOK),
            fee="" if found.fee_due is None else str(found.fee_due),
            due="" if found.due is None or found.due.on is None else found.due.on.isoformat(),
            department=found.department or "",
        )


# --- anything -----------------------------------------------------------------------------------------------------


def play_randomly(index: Index, scenario: Scenario, seed: int, truth: Truth | None = None) -> Record:
    """Have somebody press keys: any act at all in any order, on things that are there and things that are not."""
    draw = chance(seed, "random officer", scenario.id)
    visit = Visit(index, scenario, truth)
    at = 0
    for _ in range(draw.randrange(1, _MOST)):
        at += draw.choice((0, 1, 2, 5, 10, 40))
        _anything(visit, draw, at)
        if visit.over:
            return visit.record
    visit.finish(at + 1, cleared=draw.random() < 0.8)
    return visit.record


def _anything(visit: Visit, draw: Random, at: int) -> Act:
    plan = visit.plan
    other = draw.choice(visit.index.catalog.services)
    fact = draw.choice([*plan.facts, *(one.key for one in other.facts), OPEN_CASE])
    code = draw.choice([*plan.materials, *(use.code for use in other.materials), "NONE"])
    prompt = draw.choice([one.prompt.id for one in plan.prompts])
    codes = [draw.choice((f"prompt:{prompt}", f"material:{code}")) for _ in range(draw.randrange(4))]
    match draw.randrange(16):
        case 0 | 1 | 2:
            return visit.ask(at, fact)
        case 3 | 4:
            return visit.check(at, fact)
        case 5 | 6:
            return visit.look(at, code)
        case 7 | 8:
            return visit.enter(at, fact, _some_value(visit, draw, fact))
        case 9:
            return visit.mark(at, code, draw.choice(("verified", "missing", "waived", "deferred")))
        case 10:
            return visit.choose(at, draw.choice([*(v.code for v, _ in plan.variants), "?"]))
        case 11:
            return visit.settle(at)
        case 12:
            kind = draw.choice(("confirm", "override", "request"))
            if kind == "request":
                return visit.request(at, "override", prompt)
            return visit.confirm(at, prompt) if kind == "confirm" else visit.override(at, prompt)
        case 13:
            return visit.do(at, draw.choice([*(deed.id for deed in visit.scenario.deeds), "?"]))
        case 14:
            return visit.notice(at, codes) if draw.random() < 0.5 else visit.decline(at, codes)
    return visit.accept(at, fee=draw.choice(("", "0", "20", "x")), due=draw.choice(("", "2026-01-01")))


def _some_value(visit: Visit, draw: Random, key: str) -> JsonValue | None:
    """The truth, something of the right kind, or anything."""
    true = visit.citizen.find(key)
    plan = visit.plan.facts.get(key)
    options = list(plan.limits.get("options", ())) if plan is not None else []
    day = visit.scenario.day + timedelta(days=draw.randrange(-4000, 4000))
    anything: list[JsonValue | None] = [*options, True, False, 0, 12, -1, "", "甲", "\u202e[/]\x1b[2J", "long", None]
    return draw.choice([true, true, true, day.isoformat(), draw.choice(anything)])
