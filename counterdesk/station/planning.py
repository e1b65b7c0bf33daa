"""When to plan, from what, and the planner that applies plans by itself where a leader let it.

A plan is looked for every half hour, when a counter comes or goes, and when many come at once for one queue group. The
rules hold the planner to it that plans are announced and that it rests after each (`plan_rules.py`).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Generator
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from counterdesk.station.arrivals import half_hour
from counterdesk.station.commands import AnyCommand, ApplyPlan
from counterdesk.station.forecast import day_shape, forecast
from counterdesk.station.hall_view import hall_of
from counterdesk.station.host import Answer
from counterdesk.station.model import PlanReason, State
from counterdesk.station.plan import Proposal, search, step
from counterdesk.station.profiles import announced, coming_profile, uncovered
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

PLANNER = Actor(id="planner", role="planner")
HOURS = 2.5
"""How far ahead a plan looks: the tickets by which it is judged, and those that come behind them."""
BURST = timedelta(minutes=10)
BURST_FEWEST, BURST_TIMES = 5, 2.5
"""A burst: at least so many tickets of a group within `BURST`, and so many times what is expected."""
BREATH = 0.002
"""Seconds that a search leaves to others after each roll-out: a key or a request must not wait for a plan."""
POLL = 5.0
"""Seconds between two looks of the automatic planner."""

Execute = Callable[[str, AnyCommand, Actor, datetime], Answer | Awaitable[Answer]]


class Looked(NamedTuple):
    """What was seen when a plan was last looked for: the half hour, who was on duty, which bursts were known in it."""

    half_hour: int
    on_duty: frozenset[str]
    bursts: frozenset[str]


def moment(state: State, now: datetime, looked: Looked | None) -> tuple[PlanReason | None, Looked]:
    """Whether a plan should be looked for now, and why. Returns the reason, and what is to be given back next time."""
    on_duty = frozenset(number for number, counter in state.counters.items() if counter.state == "open")
    slot = half_hour(now.hour * 60 + now.minute)
    if looked is None or looked.half_hour != slot:
        return PlanReason(code="fixed_time"), Looked(slot, on_duty, frozenset())
    seen = looked._replace(on_duty=on_duty)
    if gone := sorted(looked.on_duty - on_duty):
        return PlanReason(code="counter_gone", counter=gone[0]), seen
    if came := sorted(on_duty - looked.on_duty):
        return PlanReason(code="counter_came", counter=came[0]), seen
    for group in bursts(state, now):
        if group not in looked.bursts:
            return PlanReason(code="burst", group=group), seen._replace(bursts=looked.bursts | {group})
    return None, seen


def bursts(state: State, now: datetime) -> tuple[str, ...]:
    """The queue groups for which far more came just now than at this time of such a day."""
    lately: dict[str, int] = {}
    for ticket in state.tickets.values():
        # Of a group that went meanwhile nothing is expected.
        if ticket.group in state.groups and now - BURST <= ticket.issued_at <= now:
            lately[ticket.group] = lately.get(ticket.group, 0) + 1
    many = {group: count for group, count in lately.items() if count >= BURST_FEWEST}
    if not many:
        return ()
    # Not the forecast of now: the burst is in it already.
    slot, shapes = half_hour(now.hour * 60 + now.minute), day_shape(state, state.day_kind)
    part = BURST / timedelta(minutes=30)
    return tuple(sorted(g for g, count in many.items() if count >= BURST_TIMES * part * shapes[g][slot]))


def look(state: State, now: datetime, why: PlanReason) -> Generator[None, None, Proposal]:
    """Look for a better plan for a station; yields between roll-outs. The same state and time give the same proposal.

    What an announced plan will change counts as changed: nothing is proposed twice.
    """
    if uncovered(state, {}):
        missing = uncovered(state, {})[0]
        why = PlanReason(code="uncovered", group=missing)
    hall = hall_of(_with_coming(state), now)
    notice, policy = state.settings.plan_notice / 60, state.settings.policy
    return search(hall, forecast(state, now, HOURS), why=why, seed=int(hall.now), policy=policy, notice=notice)


def _with_coming(state: State) -> State:
    """The station as if the announced plan were followed already."""
    if announced(state) is None:
        return state
    counters = {
        number: replace(counter, groups=coming_profile(state, number)) for number, counter in state.counters.items()
    }
    return replace(state, counters=counters, plans=())


async def plan_by_itself(
    execute: Execute, state: Callable[[], State], clock: Callable[[], datetime], poll: float = POLL
) -> None:
    """Apply plans at their moments for as long as a leader lets it, until cancelled.

    execute: as `Station.execute`, plain or async. Between two roll-outs others on the event loop get their turn.
    """
    looked: Looked | None = None
    while True:
        if not state().automatic:
            # Switched on again, it looks at once.
            looked = None
            await asyncio.sleep(poll)
            continue
        why, looked = moment(state(), clock(), looked)
        if why is not None and state().counters:
            await _plan(execute, state, clock, why)
        await asyncio.sleep(poll)


async def _plan(execute: Execute, state: Callable[[], State], clock: Callable[[], datetime], why: PlanReason) -> None:
    steps = look(state(), clock(), why)
    while (found := step(steps)) is None:  # noqa: ASYNC110 - nothing is waited for: it is the others' turn
        await asyncio.sleep(BREATH)
    if found.verdict != "better":
        return
    command = ApplyPlan(profiles=found.profiles, because=found.because)
    try:
        answer = execute(f"plan-{uuid.uuid4().hex}", command, PLANNER, clock())
        if not isinstance(answer, Answer):
            await answer
    except Refused:
        # Meanwhile a leader planned, a counter closed, or it is too soon: the next moment comes.
        return
