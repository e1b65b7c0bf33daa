"""What each counter draws from, could draw from, and will draw from once an announced plan is followed.

Computed, never stored: that an announced plan is due comes with time, and time passes without an event.
"""

from __future__ import annotations

from datetime import datetime

from counterdesk.station.model import Plan, State


def announced(state: State) -> Plan | None:
    """The plan that is not yet followed by all its counters, if there is one."""
    last = state.plans[-1] if state.plans else None
    return last if last is not None and last.status == "announced" else None


def due_profile(state: State, counter: str, now: datetime) -> tuple[str, ...] | None:
    """What `counter` draws from with its next call, where an announced plan is due and says so.

    None also where its officer meanwhile may do nothing of it.
    """
    plan = announced(state)
    return None if plan is None or now < plan.effective_at else _may_follow(state, plan, counter)


def _may_follow(state: State, plan: Plan, counter: str) -> tuple[str, ...] | None:
    """What of a plan is still to come at `counter` and its officer may do; None if there is nothing."""
    if counter not in plan.left:
        return None
    may = certified(state, state.counters[counter].officer)
    return tuple(group for group in plan.profiles[counter] if group in may) or None


def profile(state: State, counter: str, now: datetime) -> tuple[str, ...]:
    """The queue groups from which the next call of `counter` is chosen."""
    due = due_profile(state, counter, now)
    return state.counters[counter].groups if due is None else due


def coming_profile(state: State, counter: str) -> tuple[str, ...]:
    """The queue groups that `counter` draws from once the announced plan is followed; those of now without one, and
    where its officer meanwhile may do nothing of it."""
    plan = announced(state)
    planned = _may_follow(state, plan, counter) if plan is not None else None
    return state.counters[counter].groups if planned is None else planned


def certified(state: State, officer: str) -> tuple[str, ...]:
    """The queue groups that an officer may serve, in the order of the station; all where nothing else is said."""
    only = state.skills.get(officer)
    return tuple(group for group in state.groups if only is None or group in only)


def uncovered(state: State, profiles: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The queue groups that an officer on duty could serve and none would, were the profiles `profiles`.

    profiles: by counter; a counter that is missing keeps what it draws from or is about to.
    """
    could: set[str] = set()
    taken: set[str] = set()
    for counter in state.counters.values():
        if counter.state == "closed":
            continue
        could |= set(certified(state, counter.officer))
        taken |= set(profiles.get(counter.number, coming_profile(state, counter.number)))
    return tuple(group for group in state.groups if group in could - taken)
