"""The departments behind the counters: they acknowledge, ask for more, decide, make the document and send it.

Which case meets which luck follows from (seed, service, counter, n) alone, where n counts the cases of that service
which that counter handed over: see `Luck`. A desk's own cases move within minutes of the hall (seconds at --speed 60);
the others take a department's time.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from counterdesk.practice.chance import chance, log_normal
from counterdesk.practice.moves import Plan, Wish
from counterdesk.practice.officers import officer
from counterdesk.station.commands import (
    AcknowledgeCase,
    AnyCommand,
    CloseCase,
    DecideCase,
    DeliverCase,
    DispatchCase,
    HandOverCase,
    MakeReady,
    ProduceCase,
    ReportHandoffFailure,
    RequestSupplement,
    SupplementCase,
)
from counterdesk.station.model import Case, State
from counterdesk.station.roles import Actor

COURIER = Actor(id="courier-1", role="courier")
RETURNED, REFUSED, FAILS, STUCK, MAILED = 0.15, 0.05, 0.1, 0.25, 0.3
LESSONS = frozenset({(7, "hukou.birth", 1)})
"""(seed, service, n) of cases of a staffed counter that are returned and then approved, because lessons rely on it."""
WAIT: dict[str, tuple[float, float]] = {
    "sent": (4, 12),
    "stuck": (6, 15),
    "in_review": (90, 240),
    "supplementing": (60, 180),
    "approved": (45, 120),
    "produced": (30, 90),
    "ready": (120, 360),
    "dispatched": (120, 300),
    "refused": (60, 180),
    "delivered": (5, 20),
}
"""Median and 90th percentile, minutes, until the next step of a case in this status; illustrative."""
WAIT_STAFFED: dict[str, tuple[float, float]] = {
    "sent": (1.5, 2.5),
    "in_review": (5, 7),
    "approved": (3, 5),
    "produced": (3, 5),
    "dispatched": (8, 12),
    "delivered": (3, 5),
}
"""The same for cases of a person's counter, from … to: acknowledged within 3 and returned within 10 minutes of the
hall, approved within 10 of the supplement. What is not named here is that person's to do."""


class Luck(msgspec.Struct, frozen=True, kw_only=True):
    """What is going to happen to a case. failures: deliveries that fail before the department has it.

    The first `hukou.birth` case that a staffed counter hands over is returned for supplement with seed 7 (`LESSONS`),
    delivered at once and approved afterwards; all others are as the chance of (seed, service, counter, n) has it: 15 %
    are returned, once, 5 % are refused, 10 % are not delivered at the first try.
    """

    failures: int
    returned: bool
    refused: bool
    mailed: bool


def luck(seed: int, service: str, counter: str, n: int, *, staffed: bool) -> Luck:
    """The luck of the n-th case (from 1) of a service that a counter handed over."""
    draw = chance(seed, "luck", service, counter, n)
    fails, stuck, returned, refused, mailed = (draw.random() for _ in range(5))
    lesson = staffed and (seed, service, n) in LESSONS
    return Luck(
        failures=0 if lesson or fails >= FAILS else 3 if stuck < STUCK else 1,
        returned=lesson or returned < RETURNED,
        refused=not lesson and refused < REFUSED,
        mailed=mailed < MAILED,
    )


class Departments:
    """All departments and the courier; the key of a look is the case's id."""

    name: ClassVar[str] = "department"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._seen: dict[str, Case] = {}
        self._number: dict[str, int] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._failed: dict[str, int] = {}

    def notice(self, now: datetime, state: State) -> None:
        """See what became of the cases since the last look and plan what comes next."""
        changed = [case for case in state.cases.values() if self._seen.get(case.id) is not case]
        changed.sort(key=lambda case: (case.handoff.sent_at if case.handoff else case.changed_at, case.id))
        for case in changed:
            self._seen[case.id] = case
            if case.handoff is None:
                continue
            if case.id not in self._number:
                line = (case.service, case.counter)
                self._number[case.id] = self._counts[line] = self._counts.get(line, 0) + 1
            minutes = self._wait(case)
            if minutes is not None:
                self._plan.look(self._plan.after(case.changed_at, minutes), self.name, case.id)
        if len(self._seen) > len(state.cases):
            self._seen = {case: seen for case, seen in self._seen.items() if case in state.cases}
            self._number = {case: n for case, n in self._number.items() if case in state.cases}
            self._failed = {case: n for case, n in self._failed.items() if case in state.cases}

    def _stage(self, case: Case) -> str:
        if case.status == "accepted" and case.handoff is not None:
            return "stuck" if case.handoff.state in ("stuck", "refused") else "sent"
        return case.status

    def _wait(self, case: Case) -> float | None:
        """Minutes until somebody here acts on the case; None if that is for somebody else to do."""
        if case.id in self._plan.reserved and not case.returned:
            return None
        stage = self._stage(case)
        tries = case.handoff.tries if case.handoff else 0
        draw = chance(self._plan.seed, "wait", case.service, case.counter, self._number[case.id], stage, tries)
        if case.counter in self._plan.staffed:
            return draw.uniform(*WAIT_STAFFED[stage]) if stage in WAIT_STAFFED else None
        return log_normal(draw, *WAIT[stage]) / self._plan.haste if stage in WAIT else None

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """The next step of a case, if it still stands where it stood when this was planned."""
        case = state.cases.get(key)
        if case is None or case is not self._seen.get(key) or case.handoff is None:
            return None
        staffed = case.counter in self._plan.staffed
        fate = luck(self._plan.seed, case.service, case.counter, self._number[key], staffed=staffed)
        reviewer = Actor(id=f"R-{case.department}", role="reviewer", department=case.department)
        match self._stage(case):
            case "sent" if self._failed.get(key, 0) < fate.failures:
                self._failed[key] = self._failed.get(key, 0) + 1
                return Wish(command=ReportHandoffFailure(case=key, error="timeout"), actor=COURIER)
            case "sent":
                return Wish(command=AcknowledgeCase(case=key, reference=self._reference(case)), actor=reviewer)
            case "in_review":
                return Wish(command=self._review(case, fate), actor=reviewer)
            case "approved":
                return Wish(command=ProduceCase(case=key), actor=reviewer)
            case "produced" if fate.mailed:
                command = DispatchCase(case=key, tracking=f"DEMO{self._digits(case)}")
                return Wish(command=command, actor=COURIER)
            case "produced":
                return Wish(command=MakeReady(case=key), actor=reviewer)
            case "dispatched":
                return Wish(command=DeliverCase(case=key), actor=COURIER)
            case "delivered":
                return Wish(command=CloseCase(case=key), actor=COURIER)
            case stage:
                return None if staffed else self._own(case, stage)

    def _own(self, case: Case, stage: str) -> Wish | None:
        """What the simulated officer of the case's counter does once it is back."""
        commands: dict[str, AnyCommand] = {
            "stuck": HandOverCase(case=case.id),
            "supplementing": SupplementCase(case=case.id),
            "ready": DeliverCase(case=case.id),
            "refused": DeliverCase(case=case.id),
        }
        return Wish(command=commands[stage], actor=officer(case.counter)) if stage in commands else None

    def _review(self, case: Case, fate: Luck) -> AnyCommand:
        if fate.returned and not case.returned:
            return RequestSupplement(case=case.id, items=self._items(case))
        if fate.refused:
            return DecideCase(case=case.id, decision="refused", reason="conditions_not_met")
        return DecideCase(case=case.id, decision="approved")

    def _items(self, case: Case) -> tuple[str, ...]:
        """One or two materials of the service, preferably such as it always asks for."""
        uses = self._plan.index.service(case.service).materials
        always = [use.code for use in uses if not use.when and use.necessity == "required"]
        codes = sorted(set(always or [use.code for use in uses] or ["IDT"]))
        draw = chance(self._plan.seed, "items", case.service, case.counter, self._number[case.id])
        return tuple(sorted(draw.sample(codes, min(len(codes), draw.choice((1, 1, 2))))))

    def _reference(self, case: Case) -> str:
        return f"{case.department}-{case.changed_at:%y%m%d}-{self._digits(case)[:6]}"

    def _digits(self, case: Case) -> str:
        draw = chance(self._plan.seed, "digits", case.service, case.counter, self._number[case.id])
        return f"{draw.randrange(10**10):010}"

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """The case moved meanwhile, or may not go this way: nothing more until it changes again."""
