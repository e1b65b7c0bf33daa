"""The shift leader of a course: whoever asks him gets an answer after a minute or two, with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from counterdesk.practice.chance import chance
from counterdesk.practice.moves import Plan, Wish
from counterdesk.station.commands import AnyCommand, DeferMaterial, OverridePrompt, RefuseRequest
from counterdesk.station.model import Case, Request, State
from counterdesk.station.roles import Actor

LEADER = Actor(id="leader-1", role="leader")
MINUTES = (0.8, 2.0)
"""From … to, until he answers: he is busy with the hall."""
Says = Callable[[Case, Request], tuple[bool, str]]
"""His answer: yes or no, and his reason as the words list it."""


class ShiftLeader:
    """Answers what is asked. The key of a look is the case, what is asked for and since when."""

    name: ClassVar[str] = "leader"

    def __init__(self, plan: Plan, says: Says) -> None:
        self._plan = plan
        self._says = says
        self._heard: set[str] = set()

    def notice(self, state: State) -> None:
        """Hear what is asked, and think about it."""
        for case in state.cases.values():
            for request in case.asked:
                key = f"{case.id} {request.what} {request.item} {request.at.isoformat()}"
                if key not in self._heard:
                    self._heard.add(key)
                    low, high = MINUTES
                    minutes = low + (high - low) * chance(self._plan.seed, "leader", request.item).random()
                    # From when it was asked: the hall may hear of it only after the clock was moved on.
                    self._plan.look(self._plan.after(request.at, minutes), self.name, key)

    def wake(self, key: str, now: datetime, state: State) -> Wish | None:
        """Answer, if it is still asked."""
        case_id, what, item, at = key.split()
        case = state.cases.get(case_id)
        asked = case.asked if case is not None else ()
        request = next((one for one in asked if (one.what, one.item, one.at.isoformat()) == (what, item, at)), None)
        if case is None or request is None:
            return None
        yes, reason = self._says(case, request)
        return Wish(command=_answer(case, request, yes=yes, reason=reason), actor=LEADER)

    def refused(self, key: str, wish: Wish, now: datetime) -> None:
        """It was taken back a moment ago."""


def _answer(case: Case, request: Request, *, yes: bool, reason: str) -> AnyCommand:
    if not yes:
        return RefuseRequest(case=case.id, what=request.what, item=request.item, reason=reason)
    if request.what == "deferral":
        return DeferMaterial(case=case.id, material=request.item, asked=True)
    return OverridePrompt(case=case.id, prompt=request.item, reason=reason or request.reason, asked=True)
