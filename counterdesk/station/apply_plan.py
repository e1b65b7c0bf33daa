"""What events about skills, planned pauses and plans make of a station; see `apply.py`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from counterdesk.station import events as e
from counterdesk.station.model import Break, Plan, PlanStatus, State
from counterdesk.station.profiles import announced

_replace = msgspec.structs.replace

PLANS_KEPT = 20
"""The last plans stay in the state; the stream has them all."""

PlanEvent = e.SkillsSet | e.BreakPlanned | e.BreakCancelled | e.PlanAnnounced | e.PlanCancelled | e.PlanningSwitched


def planned(state: State, event: PlanEvent) -> State:
    """The state after an event about who may do what, pauses and plans."""
    match event:
        case e.SkillsSet():
            others = {officer: groups for officer, groups in state.skills.items() if officer != event.officer}
            return _replace(state, skills=others | ({event.officer: event.groups} if event.groups else {}))
        case e.BreakPlanned():
            new = Break(start=event.start, until=event.until)
            kept = [old for old in _breaks(state, event.counter) if old.until <= new.start or new.until <= old.start]
            return _with_breaks(state, event.counter, (*kept, new))
        case e.BreakCancelled():
            kept = [old for old in _breaks(state, event.counter) if old.start != event.start]
            return _with_breaks(state, event.counter, tuple(kept))
        case e.PlanAnnounced():
            state = end_plan(state, "replaced", event.at)
            plan = Plan(
                status="announced",
                profiles=event.profiles,
                left=tuple(event.profiles),
                announced_at=event.at,
                effective_at=event.effective_at,
                by=event.by,
                because=event.because,
            )
            return _replace(state, plans=(*state.plans, plan)[-PLANS_KEPT:])
        case e.PlanCancelled():
            return end_plan(state, "cancelled", event.at)
        case e.PlanningSwitched():
            return _replace(state, automatic=event.automatic)


def _breaks(state: State, counter: str) -> tuple[Break, ...]:
    return state.breaks.get(counter, ())


def _with_breaks(state: State, counter: str, breaks: tuple[Break, ...]) -> State:
    others = {number: known for number, known in state.breaks.items() if number != counter}
    ordered = tuple(sorted(breaks, key=lambda planned: planned.start))
    return _replace(state, breaks=others | ({counter: ordered} if ordered else {}))


def end_plan(state: State, status: PlanStatus, at: datetime) -> State:
    """The announced plan, if there is one, is over."""
    plan = announced(state)
    if plan is None:
        return state
    return _replace(state, plans=(*state.plans[:-1], _replace(plan, status=status, left=(), ended_at=at)))


def without_counter(state: State, counter: str, at: datetime) -> State:
    """The announced plan has nothing more to change at `counter`: it followed, chose otherwise, or closed."""
    plan = announced(state)
    if plan is None or counter not in plan.left:
        return state
    left = tuple(number for number in plan.left if number != counter)
    if not left:
        return end_plan(state, "in_force", at)
    return _replace(state, plans=(*state.plans[:-1], _replace(plan, left=left)))


def configured(state: State, event: e.StationConfigured) -> State:
    """Another set of counters or queue groups: a plan for the old ones is over, so are pauses of counters that went."""
    breaks = {number: planned for number, planned in state.breaks.items() if number in event.counters}
    same = set(event.counters) == set(state.counters) and {group.id for group in event.groups} == set(state.groups)
    return _replace(state if same else end_plan(state, "cancelled", event.at), breaks=breaks)


def new_day(state: State, event: e.DayStarted) -> State:
    """Yesterday's pauses are over, and a plan that nobody followed is not followed today."""
    breaks = {
        number: kept
        for number, planned in state.breaks.items()
        if (kept := tuple(pause for pause in planned if pause.until > event.at))
    }
    return end_plan(_replace(state, breaks=breaks), "lapsed", event.at)
