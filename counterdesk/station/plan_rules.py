"""The rules of who may serve what, of planned pauses, and of plans: which counter takes what."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from counterdesk.station.act import Act
from counterdesk.station.commands import (
    ApplyPlan,
    CancelBreak,
    CancelPlan,
    PlanBreak,
    SetSkills,
    SwitchPlanning,
)
from counterdesk.station.events import (
    AnyEvent,
    BreakCancelled,
    BreakPlanned,
    PlanAnnounced,
    PlanCancelled,
    PlanningSwitched,
    ProfileChanged,
    SkillsSet,
)
from counterdesk.station.model import TIMEZONE
from counterdesk.station.profiles import announced, certified, coming_profile, due_profile, uncovered
from counterdesk.station.refused import Refused


def set_skills(act: Act, command: SetSkills) -> list[AnyEvent]:
    """What an officer is certified for holds at once: the counter he works at no longer draws from the rest."""
    _known(act, command.groups)
    if command.groups and set(command.groups) == set(act.state.skills.get(command.officer, ())):
        return []
    if not command.groups and command.officer not in act.state.skills:
        return []
    events: list[AnyEvent] = [SkillsSet(at=act.now, by=act.actor.id, officer=command.officer, groups=command.groups)]
    for counter in act.state.counters.values():
        if counter.officer == command.officer and command.groups and set(counter.groups) - set(command.groups):
            kept = tuple(group for group in counter.groups if group in command.groups) or command.groups
            events.append(ProfileChanged(at=act.now, by=act.actor.id, counter=counter.number, groups=kept))
    return events


def plan_break(act: Act, command: PlanBreak) -> list[AnyEvent]:
    """A pause is planned for today, and not for a time that is over. A time without a zone is the station's."""
    counter = _counter(act, command.counter)
    start = _today(act, command.at)
    until = start + timedelta(minutes=command.minutes)
    if until <= act.now:
        raise Refused("break_time", time=f"{start:%H:%M}")
    if any((known.start, known.until) == (start, until) for known in act.state.breaks.get(counter, ())):
        return []
    return [BreakPlanned(at=act.now, by=act.actor.id, counter=counter, start=start, until=until)]


def cancel_break(act: Act, command: CancelBreak) -> list[AnyEvent]:
    """A pause that is not planned needs no cancelling."""
    counter = _counter(act, command.counter)
    start = _today(act, command.at)
    if all(known.start != start for known in act.state.breaks.get(counter, ())):
        return []
    return [BreakCancelled(at=act.now, by=act.actor.id, counter=counter, start=start)]


def _counter(act: Act, number: str) -> str:
    if number not in act.state.counters:
        raise Refused("unknown_counter", counter=number)
    return number


def _today(act: Act, at: datetime) -> datetime:
    zoned = at if at.tzinfo is not None else at.replace(tzinfo=TIMEZONE)
    # The first and the last year of the calendar cannot be converted without an overflow.
    if at.year in (datetime.min.year, datetime.max.year) or zoned.astimezone(TIMEZONE).date() != act.now.date():
        raise Refused("break_time", time=f"{at:%m-%d %H:%M}")
    return zoned.astimezone(TIMEZONE)


def _known(act: Act, groups: tuple[str, ...]) -> None:
    for group in groups:
        if group not in act.state.groups:
            raise Refused("unknown_group", group=group)


def certify(act: Act, officer: str, groups: tuple[str, ...]) -> None:
    """That an officer may serve all of `groups`. Raises: Refused."""
    may = certified(act.state, officer)
    for group in groups:
        if group not in may:
            raise Refused("not_certified", group=group)


def apply_plan(act: Act, command: ApplyPlan) -> list[AnyEvent]:
    """A plan gives every counter that it names something that its officer may do, and leaves no queue group without a
    counter that somebody on duty could serve. Its reasons name nothing but what the station has. It takes the place of
    a plan that is still announced."""
    changed: dict[str, tuple[str, ...]] = {}
    for number, groups in command.profiles.items():
        counter = act.state.counters.get(number)
        if counter is None:
            raise Refused("unknown_counter", counter=number)
        if counter.state == "closed":
            raise Refused("counter_not_open", counter=number, state=counter.state)
        if not groups:
            raise Refused("profile_empty")
        _known(act, groups)
        certify(act, counter.officer, groups)
        if set(groups) != set(coming_profile(act.state, number)):
            changed[number] = tuple(group for group in act.state.groups if group in groups)
    for reason in command.because:
        _known(act, (reason.group,) if reason.group else ())
        if reason.counter:
            _counter(act, reason.counter)
    left_out = uncovered(act.state, command.profiles)
    if left_out:
        raise Refused("plan_uncovered", group=left_out[0])
    if act.actor.role == "planner":
        _may_plan_itself(act)
    if not changed:
        return []
    # A counter that the older plan would still change and this one does not name goes on to change.
    older = announced(act.state)
    kept = {number: older.profiles[number] for number in older.left} if older else {}
    notice = timedelta(seconds=max(0, act.state.settings.plan_notice))
    return [
        PlanAnnounced(
            at=act.now,
            by=act.actor.id,
            profiles=kept | changed,
            effective_at=act.now + notice,
            because=command.because,
        )
    ]


def _may_plan_itself(act: Act) -> None:
    """The planner plans where a leader let it, and leaves the hall alone for a while after each plan, whoever made it;
    a queue group without a counter does not wait for that."""
    if not act.state.automatic:
        raise Refused("planning_off")
    last = act.state.plans[-1] if act.state.plans else None
    if last is None or uncovered(act.state, {}):
        return
    rest_ends = last.announced_at + timedelta(seconds=act.state.settings.plan_rest)
    if act.now < rest_ends:
        raise Refused("plan_too_soon", minutes=ceil((rest_ends - act.now).total_seconds() / 60))


def cancel_plan(act: Act, command: CancelPlan) -> list[AnyEvent]:
    """What already changed stays as it is; without an announced plan there is nothing to do."""
    return [PlanCancelled(at=act.now, by=act.actor.id)] if announced(act.state) is not None else []


def switch_planning(act: Act, command: SwitchPlanning) -> list[AnyEvent]:
    """On or off; nothing if it already is."""
    if act.state.automatic == command.automatic:
        return []
    return [PlanningSwitched(at=act.now, by=act.actor.id, automatic=command.automatic)]


def follow_plan(act: Act, counter: str) -> list[AnyEvent]:
    """A counter that calls next follows the announced plan, once that is due."""
    groups = due_profile(act.state, counter, act.now)
    return [] if groups is None else [ProfileChanged(at=act.now, by=act.actor.id, counter=counter, groups=groups)]
