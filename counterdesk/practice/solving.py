"""Cases in which one rule of the catalogue decides, found by solving its condition.

For every BLOCK and WARN prompt and every conditional material: a case that is complete and clean but for that rule, and
a twin in which the rule is narrowly false and the case may be accepted. The search starts from complete cases
(`fill.py`) and moves the facts behind the condition to both sides of the constants that it compares them with
(`catalog/tools/hints.py`, `space.py`); what it finds counts only when `assess` says the same. So a rule that is new
today has its cases today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

import msgspec

from counterdesk.catalog.assess import Assessment, assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.conditions import Node, materials
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import MaterialUse, Prompt
from counterdesk.catalog.plan import reads
from counterdesk.practice.agreement import disagreements
from counterdesk.practice.domains import Change, apply, changes, distance
from counterdesk.practice.fill import changed, complete, filled, trimmed
from counterdesk.practice.nearness import Probe
from counterdesk.practice.targets import Target, Unsolved, judged, targets
from counterdesk.quiet import quiet

Outcome = Literal["true", "near"]
_WIDTH = 24
"""How many of the nearest cases are gone on from."""
_DEPTH = 4
"""Facts that are changed at most; no rule of the catalogue needs more than three."""
_ENOUGH = 60
"""Cases in which the condition holds that are looked at before the best of them is taken."""


@quiet
class Solved(NamedTuple):
    """A rule with its two cases.

    case: every fact that is asked, every paper, every warning noted; what the rule itself forbids is in it. twin: the
    same where the rule is narrowly false; it may be accepted. others: rules that cannot be kept out of the case.
    """

    target: Target
    day: date
    case: CaseFile
    twin: CaseFile
    role: str = "officer"
    open_case: str = ""
    twin_role: str = "officer"
    twin_open_case: str = ""
    others: tuple[str, ...] = ()


def solve(index: Index, target: Target, today: date, seed: int = 0) -> Solved | Unsolved:
    """Find the two cases of a rule.

    Args:
        index: the catalogue.
        target: the rule. A shared one is tried in its own service first, then in the others.
        today: the day of the cases; where the rule is not the law then, the nearest day on which it is.
        seed: draws the people.

    Raises:
        KeyError: for a rule that the catalogue does not have.
    """
    homes = [target.service]
    if target.shared:
        homes += [one.id for one in index.catalog.services if one.id not in (target.service, *index.catalog.disabled)]
    best: Solved | Unsolved | None = None
    for service in homes:
        found = _Search(index, target._replace(service=service), today, seed).solve()
        if isinstance(found, Solved) and not found.others:
            return found
        if best is None or (isinstance(best, Unsolved) and isinstance(found, Solved)):
            best = found
    assert best is not None
    return best


class _Case(NamedTuple):
    """A case on its way: the file, what the station says of who acts, and what was changed since the start."""

    file: CaseFile
    role: str = "officer"
    open_case: str = ""
    trail: frozenset[tuple[str, str]] = frozenset()


class _Search:
    """The search for the two cases of one rule in one service."""

    def __init__(self, index: Index, target: Target, today: date, seed: int) -> None:
        self.index = index
        self.target = target
        self.seed = seed
        self.plan = index.plan(target.service)
        self.item: Prompt | MaterialUse
        self.when: Node
        if target.kind == "prompt":
            own = next((p for p in self.plan.prompts if p.prompt.id == target.code), None)
            if own is None:
                raise KeyError(target.id)
            self.item, self.when = own.prompt, own.when
        else:
            self.item, self.when = self.plan.materials[target.code].use, self.plan.materials[target.code].when
        self.day = self._day(today)

    def _day(self, today: date) -> date | None:
        """The day, or the nearest one on which the rule is the law."""
        if not isinstance(self.item, Prompt) or self.item.in_force(today):
            return today
        first, last = self.item.effective_from, self.item.effective_to
        day = first if first is not None and today < first else last
        return day if day is not None and self.item.in_force(day) else None

    def solve(self) -> Solved | Unsolved:
        """The two cases, or why there are none."""
        if self.day is None:
            return Unsolved(self.target, "not_in_force")
        if not self._starts:
            return Unsolved(self.target, "no_complete_case")
        reason = "never_true"
        for case, others in self._true_cases(self.day):
            reason = "never_false"
            twin = self._twin(case, self.day)
            if twin is not None:
                return Solved(
                    target=self.target,
                    day=self.day,
                    case=case.file,
                    twin=twin.file,
                    role=case.role,
                    open_case=case.open_case,
                    twin_role=twin.role,
                    twin_open_case=twin.open_case,
                    others=tuple(others),
                )
        if reason == "never_true" and "due_on" in reads(self.when) and self._without_calendar(self.day):
            reason = "no_calendar"
        return Unsolved(self.target, reason)

    def _without_calendar(self, day: date) -> bool:
        found = [self._assess(_Case(file), day).due for file in self._starts]
        return any(due is not None and due.on is None for due in found)

    # --- the case in which the rule holds ---

    def _true_cases(self, day: date) -> Iterator[tuple[_Case, list[str]]]:
        """Cases in which the rule holds, the cleanest first."""
        ranked: list[tuple[int, int, int, int, _Case, list[str]]] = []
        for number, (case, moved) in enumerate(self._holding(day)):
            full = self._finished(case, day)
            if full is None:
                continue
            others = self._others(full, day)
            torn = len(disagreements(self.index, full.file, day))
            ranked.append((len(others), torn, moved, number, full, others))
            if not (others or torn) or number >= _ENOUGH:
                break
        ranked.sort(key=lambda row: row[:4])
        for *_, case, others in ranked[:4]:
            yield case, others

    @cached_property
    def _moves(self) -> tuple[Change, ...]:
        assert self.day is not None
        return changes(self.index, self.plan, self.when, self.day)

    def _holding(self, day: date) -> Iterator[tuple[_Case, int]]:
        """Cases in which the condition holds, those with few facts changed first; and how many were changed."""
        probe = Probe(self.plan, self.when, day)
        seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
        front = [_Case(file) for file in self._starts]
        for depth in range(_DEPTH):
            near: list[tuple[float, int, _Case]] = []
            for case in front:
                value, closeness = probe.look(case.file, case.role, case.open_case)
                if value is True:
                    yield case, depth
                else:
                    near.append((-closeness, len(near), case))
            near.sort(key=lambda row: row[:2])
            front = []
            for _, _, case in near[:_WIDTH]:
                for move in self._moves:
                    other = _moved(case, move)
                    key = (other.file.variant, other.trail)
                    if key not in seen:
                        seen.add(key)
                        front.append(other)
        for case in front:
            if probe.look(case.file, case.role, case.open_case)[0] is True:
                yield case, _DEPTH

    @cached_property
    def _starts(self) -> list[CaseFile]:
        """A complete case of each variant."""
        assert self.day is not None
        found: dict[str, CaseFile] = {}
        for first in range(max(1, len(self.plan.variants))):
            file = complete(self.index, self.seed, self.target.service, self.day, first)
            if file is not None:
                found.setdefault(file.variant, file)
        return list(found.values())

    def _finished(self, case: _Case, day: date, wanted: bool = True) -> _Case | None:
        """The case with what its changed facts ask for, and other facts changed until nothing else is wrong with it.

        None where the rule does not come to what is wanted, or something but a blocker stays wrong.
        """
        case = self._filled(case, day)
        found = self._assess(case, day)
        if self._value(found) is not wanted:
            return None
        improved = True
        while improved and self._problems(found):
            improved = False
            for other in changed(self.index, case.file, found, day):
                candidate = self._filled(case._replace(file=other), day)
                result = self._assess(candidate, day)
                if self._value(result) is wanted and len(self._problems(result)) < len(self._problems(found)):
                    case, found, improved = candidate, result, True
                    break
        if any(kind != "prompt_block" for kind, _ in self._problems(found)):
            return None
        return case._replace(file=trimmed(case.file, found))

    def _filled(self, case: _Case, day: date) -> _Case:
        """The case with everything that it asks for, and every warning noted."""
        kept = {name for name, _ in case.trail}
        file = filled(self.index, self.seed, case.file, day, kept)
        found = self._assess(case._replace(file=file), day)
        fitting = [state.variant.code for state in found.variants if state.applies]
        if fitting and file.variant not in fitting and ("variant_missing", file.variant) in found.gate:
            file = filled(self.index, self.seed, msgspec.structs.replace(file, variant=fitting[0]), day, kept)
            found = self._assess(case._replace(file=file), day)
        noted = {state.prompt.id: "" for state in found.prompts if state.value and state.prompt.level == "WARN"}
        return case._replace(file=msgspec.structs.replace(file, confirmed={**file.confirmed, **noted}))

    def _others(self, case: _Case, day: date) -> list[str]:
        """Other rules that hold too: blockers first, for which the case could not be accepted in any event."""
        found = self._assess(case, day)
        return [
            state.prompt.id
            for state in found.prompts
            if state.value
            and state.prompt.level == "BLOCK"
            and state.prompt.stage == "intake"
            and state.prompt.id != self.target.code
        ]

    def _problems(self, found: Assessment) -> list[tuple[str, str]]:
        """What is wrong with a case but for the rule itself and the papers that it misses."""
        own = {("prompt_block", self.target.code)} if self.target.kind == "prompt" else set[tuple[str, str]]()
        own |= {("material_missing", code) for code in materials(self.when)}
        return [(kind, name) for kind, name in found.gate if (kind, name) not in own]

    # --- the twin ---

    def _twin(self, case: _Case, day: date) -> _Case | None:
        """The nearest case in which the rule is false and that may be accepted."""
        before = self._assess(case, day)
        probe = Probe(self.plan, self.when, day)
        for depth in (1, 2):
            ranked: list[tuple[int, int, int, float, int, _Case]] = []
            for moves in self._combined(depth):
                other = case
                for move in moves:
                    other = _moved(other, move)
                if other == case or probe.look(other.file, other.role, other.open_case)[0] is not False:
                    continue
                full = self._finished(other, day, wanted=False)
                if full is None or (found := self._assess(full, day)).gate:
                    continue
                far = distance(case.file, full.file)
                gone, unlike = self._also_gone(before, found), _unlike(before, found)
                torn = len(disagreements(self.index, full.file, day))
                ranked.append((torn, gone, unlike, far, len(ranked), full))
            if ranked:
                return min(ranked, key=lambda row: row[:5])[5]
        return None

    def _combined(self, depth: int) -> Iterator[tuple[Change, ...]]:
        if depth == 1:
            yield from ((move,) for move in self._moves)
            return
        for number, move in enumerate(self._moves):
            yield from ((move, other) for other in self._moves[number + 1 :] if other.name != move.name)

    def _also_gone(self, before: Assessment, after: Assessment) -> int:
        """How many other rules that are judged went away with this one, or came."""
        return len(_fired(before) ^ _fired(after) - {self.target.code})

    # --- asking the catalogue ---

    def _assess(self, case: _Case, day: date) -> Assessment:
        return assess(self.index, case.file, today=day, role=case.role, open_case=case.open_case)

    def _value(self, found: Assessment) -> bool | None:
        if self.target.kind == "prompt":
            return next((state.value for state in found.prompts if state.prompt.id == self.target.code), False)
        return next(state.needed for state in found.materials if state.use.code == self.target.code)


def _fired(found: Assessment) -> set[str]:
    return {state.prompt.id for state in found.prompts if state.value and judged(state.prompt)}


def _unlike(before: Assessment, after: Assessment) -> int:
    """In how much of what is charged, promised and decided two cases differ."""
    return sum(
        one != other
        for one, other in (
            (before.fee_due, after.fee_due),
            (before.due and before.due.on, after.due and after.due.on),
            (before.department, after.department),
            (before.variant, after.variant),
        )
    )


def _moved(case: _Case, move: Change) -> _Case:
    trail = frozenset((*(step for step in case.trail if step[0] != move.name), (move.name, str(move.value))))
    case = case._replace(trail=trail)
    if move.name == "role":
        return case._replace(role=str(move.value))
    if move.name == "open_case":
        return case._replace(open_case=str(move.value or ""))
    return case._replace(file=apply(case.file, move))


class Coverage(NamedTuple):
    """What became of all the rules."""

    solved: tuple[Solved, ...]
    unsolved: tuple[Unsolved, ...]

    def lines(self) -> Iterator[str]:
        """N of N of each kind, then what could not be solved, with the reason."""
        for kind, name in (("prompt", "BLOCK and WARN prompts"), ("material", "conditional materials")):
            done = sum(one.target.kind == kind for one in self.solved)
            left = sum(one.target.kind == kind for one in self.unsolved)
            yield f"{name}: {done} of {done + left}"
        yield from (f"{one.target.id}: {one.reason}" for one in self.unsolved)


def cover(index: Index, today: date, seed: int = 0, only: Iterable[Target] | None = None) -> Coverage:
    """Solve all rules of the catalogue, or only these."""
    found: Sequence[Solved | Unsolved] = [
        solve(index, target, today, seed) for target in (targets(index) if only is None else only)
    ]
    return Coverage(
        tuple(one for one in found if isinstance(one, Solved)),
        tuple(one for one in found if isinstance(one, Unsolved)),
    )
