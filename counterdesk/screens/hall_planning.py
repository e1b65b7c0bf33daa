"""What a better plan would be, looked for beside the screen at the planner's moments, and what the leader makes of
it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from counterdesk.screens.beside import beside, rest
from counterdesk.screens.views.hall_plan import Suggestion
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.model import PlanReason, State
from counterdesk.station.plan import Proposal, step
from counterdesk.station.planning import Looked, look, moment

if TYPE_CHECKING:
    from counterdesk.screens.hall import HallScreen

BY_HAND = (PlanReason(code="by_hand"),)
UNREAD = 1.5
"""Seconds for which a proposal that took the place of another one is not applied: the key was meant for the other."""


def find(state: State, now: datetime, why: PlanReason, stop: Event) -> Proposal | None:
    """The planner's proposal for this moment, or None once it is told to stop. It takes a second or more: not for the
    screen's own loop."""
    steps = look(state, now, why)
    found = None
    while not stop.is_set() and (found := step(steps)) is None:
        rest(stop)
    return found


class Planning:
    """The proposal of one leader's screen. Nothing of it counts before it is applied."""

    def __init__(self, screen: HallScreen, before: Planning | None = None) -> None:
        """before: of the same leader's screen when he last was there; nothing is looked for twice."""
        self._screen = screen
        self._looked: Looked | None = before._looked if before is not None and before.suggestion.proposal else None
        self._searching = False
        self._why: PlanReason | None = None
        self._stop = Event()
        self._edits = 0
        self._replaced = float("-inf")
        self.suggestion: Suggestion = (
            replace(before.suggestion, searching=False) if before is not None else Suggestion()
        )

    def mind(self, scene: Scene) -> None:
        """Look for a plan when there is a reason to, one search at a time."""
        if scene.desk.link.status != "online" or not scene.station.counters:
            return
        self.suggestion = self.suggestion.unless_ordered(scene)
        why, self._looked = moment(scene.station, scene.now, self._looked)
        self._why = why or self._why
        by_hand = self.suggestion.changed and self.suggestion.profiles
        if self._why is not None and not self._searching and not by_hand:
            self.search(scene, self._why)

    def search(self, scene: Scene, why: PlanReason) -> None:
        """Look now."""
        self._searching, self._why = True, None
        self.suggestion, self._edits = self.suggestion.looking(), 0
        self._screen.run_worker(self._search(scene.station, scene.now, why), group="plan", exit_on_error=False)

    async def _search(self, state: State, now: datetime, why: PlanReason) -> None:
        try:
            found = await beside(find, state, now, why, self._stop)
            if found is not None and not self._edits:  # else what the leader made of the last one stands
                if self.suggestion.profiles and self.suggestion.profiles != found.profiles:
                    self._replaced = monotonic()
                self.suggestion = Suggestion(found, dict(found.profiles), now)
        finally:
            self._searching = False
            self.suggestion = replace(self.suggestion, searching=False)
        self._screen.present()

    def stop(self) -> None:
        """Nobody waits for it any more: the program must not end later for it."""
        self._stop.set()

    def edit(self, counter: str, groups: tuple[str, ...]) -> None:
        """The leader wants it otherwise at one counter; a counter that stays as it is needs no plan."""
        self.suggestion = self.suggestion.edited(self._screen.scene(), counter, groups)
        self._edits += 1

    @property
    def just_replaced(self) -> bool:
        """Whether another proposal took the place of one so shortly ago that nobody can have read it."""
        return monotonic() - self._replaced < UNREAD

    def command(self) -> c.ApplyPlan | None:
        """What is proposed or was edited, as an order; None where nothing would change."""
        suggestion = self.suggestion
        if not suggestion.profiles:
            return None
        because = BY_HAND if suggestion.changed else suggestion.proposal.because if suggestion.proposal else ()
        return c.ApplyPlan(profiles=suggestion.profiles, because=because)

    def applied(self) -> None:
        """It is on its way: what was proposed is over."""
        now = self.suggestion
        self.suggestion = Suggestion(now.proposal, {}, now.at, changed=now.changed, applied=True)

    def given_up(self) -> None:
        """What was ordered is taken back: what was proposed is a proposal again."""
        now, proposal = self.suggestion, self.suggestion.proposal
        if now.applied and proposal is not None and not now.changed:
            self.suggestion = Suggestion(proposal, dict(proposal.profiles), now.at)
        elif now.applied:
            self.suggestion = Suggestion()
