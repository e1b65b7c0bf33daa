"""What a simulated officer does with one ticket: how long it takes, and the case that may come of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from counterdesk.catalog.casefile import MaterialStatus
from counterdesk.practice.arrivals import Demand
from counterdesk.practice.chance import chance, log_normal
from counterdesk.practice.moves import Plan, Wish
from counterdesk.practice.templates import Templates
from counterdesk.quiet import quiet
from counterdesk.station.commands import (
    AcceptCase,
    CompleteCase,
    DeclineCase,
    DiscardCase,
    HandOverCase,
    OpenCase,
    ReceiveCase,
    RequestApproval,
)
from counterdesk.station.model import Case, Outcome, Ticket
from counterdesk.station.roles import Actor

Step = Literal["open", "receive", "ask", "accept", "onward", "hold", "finish"]
HELD = 0.02
INSTANT_WITH_CASE = 0.3
"""The share of on-the-spot matters that the simulation writes a case for: the hall needs its time, not its paper."""
_CASE: tuple[tuple[float, Step], ...] = ((0.1, "open"), (0.5, "receive"), (0.75, "accept"), (0.9, "onward"))
"""The steps of a case, and after which part of the handling time they come."""


ASKS = 0.7
"""The share of cases with a paper that may come later in which it does, and a shift leader is asked; illustrative."""
_ASK: tuple[float, Step] = (0.51, "ask")


@quiet
class Visit(msgspec.Struct, kw_only=True):
    """One ticket at a simulated counter.

    steps: what is still to do, each after so many minutes from the step before. due: when the first of them is, None
    while the ticket is not being served. papers: minutes until somebody who fetches papers is back. late: the paper
    that is not here yet, so that a shift leader is asked; he who says nothing in time is not waited for: it is found.
    """

    service: str
    steps: list[tuple[float, Step]]
    case: str = ""
    outcome: Outcome = "done"
    due: datetime | None = None
    papers: float = 15.0
    late: str = ""


def make_visit(plan: Plan, demand: Demand, templates: Templates, ticket: Ticket) -> Visit:
    """What a ticket is about, how long it takes and whether a case comes of it; the same for the same ticket."""
    draw = chance(plan.seed, "visit", ticket.id)
    named = ticket.service if ticket.service in demand.known else ""
    drawn = None if named else demand.draw(plan.seed, "visit", ticket.id, groups=frozenset({ticket.group}))
    service = drawn or (plan.index.service(named) if named else plan.index.catalog.services[0])
    minutes = log_normal(draw, service.minutes.median, service.minutes.p90)
    visit = Visit(service=service.id, steps=[(minutes, "finish")])
    wanted = service.mode != "instant" or draw.random() < INSTANT_WITH_CASE
    if wanted and templates.has(service.id):
        visit.case = f"{draw.getrandbits(128):032x}"
        asks = chance(plan.seed, "asks", ticket.id).random() < ASKS
        parts = sorted((*_CASE, _ASK)) if asks else list(_CASE)
        times = [0.0, *(part * minutes for part, _ in parts), minutes]
        names: list[Step] = [*(name for _, name in parts), "finish"]
        visit.steps = [(after - before, name) for before, after, name in zip(times, times[1:], names, strict=False)]
    elif draw.random() < HELD:
        visit.papers = log_normal(draw, 15, 25)
        visit.steps = [(minutes / 2, "hold"), (minutes / 2, "finish")]
    elif draw.random() < 0.1:
        visit.outcome = "come_back"
    return visit


def case_wish(
    visit: Visit, step: Step, case: Case | None, counter: str, templates: Templates, who: Actor, today: date
) -> Wish | None:
    """A step of the visit's case; None where the case is not there for it."""
    if step == "open":
        return Wish(command=OpenCase(counter=counter, case=visit.case, service=visit.service), actor=who)
    if case is None:
        return None
    if step in ("receive", "accept", "ask"):
        return _intake(visit, step, case, templates, who, today)
    if case.status != "accepted":
        return None
    if case.on_the_spot:
        return Wish(command=CompleteCase(case=visit.case), actor=who)
    return Wish(command=HandOverCase(case=visit.case), actor=who)


def _intake(visit: Visit, step: Step, case: Case, templates: Templates, who: Actor, today: date) -> Wish | None:
    """Up to the acceptance. Where a paper is late, the leader is asked; who had no answer until the acceptance found it
    after all, which ends the question."""
    if step == "ask":
        if not visit.late:
            return None
        asked = RequestApproval(case=case.id, what="deferral", item=visit.late, reason="on_its_way")
        return Wish(command=asked, actor=who)
    if step == "accept" and not visit.late:
        return Wish(command=AcceptCase(case=case.id), actor=who)
    file = templates.case_file(visit.service, visit.case, today)
    if step == "accept":
        assert file is not None
        mark: MaterialStatus = "deferred" if visit.late in case.deferred else "verified"
        file = msgspec.structs.replace(file, version=1, materials={**file.materials, visit.late: mark})
        return Wish(command=AcceptCase(case=case.id), actor=who, file=file)
    if file is not None and any(name == "ask" for _, name in visit.steps):
        visit.late = templates.late_paper(file)
        if visit.late:
            file = msgspec.structs.replace(file, materials={**file.materials, visit.late: "missing"})
    return Wish(command=ReceiveCase(case=visit.case), actor=who, file=file)


def given_up(case: Case, who: Actor) -> Wish | None:
    """How a case that was refused a step is put away, so that its ticket can be finished."""
    if case.status == "draft":
        return Wish(command=DiscardCase(case=case.id), actor=who)
    if case.status == "received":
        return Wish(command=DeclineCase(case=case.id, reason="incomplete"), actor=who)
    return None
