"""The telephone at the counter: it rings while somebody sits there, and is picked up, put on hold and answered.

Moments are seconds of the course. What nobody does in time ends by itself.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from counterdesk.practice.course import Call

Kind = Literal["answer", "hold", "resume", "told", "refused", "missed", "lost"]
State = Literal["ringing", "talking", "held", "over"]
HELD: Final = 120
"""Seconds after which a caller on hold gives up."""
_STEPS: Final[dict[Kind, tuple[State, State]]] = {
    "answer": ("ringing", "talking"),
    "hold": ("talking", "held"),
    "resume": ("held", "talking"),
    "told": ("talking", "over"),
    "refused": ("talking", "over"),
}
"""What somebody at the counter can do: from which state to which."""


class PhoneAct(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a call. call: its number in the course. missed, lost: the caller gave up."""

    at: int
    call: int
    kind: Kind


class Phone:
    """The telephone during one course."""

    def __init__(self, calls: tuple[Call, ...]) -> None:
        self._calls = calls
        self._begins = [round(call.after * 60) for call in calls]
        self._states: list[State] = ["over"] * len(calls)
        self._since = [0] * len(calls)
        self._begun = [False] * len(calls)
        self.acts: list[PhoneAct] = []
        """Everything so far."""

    def lines(self, at: int) -> tuple[tuple[int, State], ...]:
        """The calls that are not over: their numbers and how they stand."""
        self._pass_time(at)
        return tuple((call, state) for call, state in enumerate(self._states) if state != "over")

    def possible(self, at: int) -> tuple[Kind, ...]:
        """What can be done now."""
        states = {state for _, state in self.lines(at)}
        free = "talking" not in states
        return tuple(k for k, (before, after) in _STEPS.items() if before in states and (free or after != "talking"))

    def do(self, at: int, kind: Kind) -> PhoneAct | None:
        """Do something with the call that it can be done with, the oldest one first; None where there is none."""
        if kind not in self.possible(at):
            return None
        before, after = _STEPS[kind]
        call = self._states.index(before)
        self._states[call], self._since[call] = after, at
        return self._note(at, call, kind)

    def _pass_time(self, at: int) -> None:
        for call, begin in enumerate(self._begins):
            if not self._begun[call] and begin <= at:
                self._begun[call], self._states[call], self._since[call] = True, "ringing", begin
            ends: dict[State, tuple[int, Kind]] = {
                "ringing": (self._calls[call].rings, "missed"),
                "held": (HELD, "lost"),
            }
            limit = ends.get(self._states[call])
            if limit is not None and at - self._since[call] >= limit[0]:
                self._states[call] = "over"
                self._note(self._since[call] + limit[0], call, limit[1])

    def _note(self, at: int, call: int, kind: Kind) -> PhoneAct:
        self.acts.append(PhoneAct(at=at, call=call, kind=kind))
        return self.acts[-1]
