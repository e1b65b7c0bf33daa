"""Which counter takes what: what is announced, what is proposed and what it brings and costs, and the plans before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil

from counterdesk.quiet import quiet
from counterdesk.screens.views.hall import line_id, title_of
from counterdesk.screens.views.plan import change_in_words, groups_in_words
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import Plan, PlanReason
from counterdesk.station.plan import Proposal
from counterdesk.station.planning import PLANNER
from counterdesk.station.profiles import announced, coming_profile
from counterdesk.text import wrap
from counterdesk.widgets.values import Cell, Line, PanelView, Style

PLAN = "plan"
EDIT = "edit-"
"""What the id of a plan's line begins with that is about one counter."""
HISTORY = 6
"""So many of the last plans are shown."""
PAST_LINES = 3
"""So many lines of the reasons of each."""
_PAST = 19
"""The cells before and behind what a past plan changed: time, status, gaps and frame."""


@quiet
@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the planner proposed and the leader made of it.

    proposal: the newest; None before the first. profiles: what would be applied. at: the moment that it is for.
    searching: a newer one is being looked for. changed: the leader changed it. applied: it was ordered.
    """

    proposal: Proposal | None = None
    profiles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    at: datetime | None = None
    searching: bool = False
    changed: bool = False
    applied: bool = False

    def looking(self) -> Suggestion:
        """The same while a newer one is looked for."""
        return replace(self, searching=True)

    def unless_ordered(self, scene: Scene) -> Suggestion:
        """The same without what counters are to take anyway by now: the planner or another leader was quicker."""
        still = {
            number: groups
            for number, groups in self.profiles.items()
            if set(groups) != set(coming_profile(scene.station, number))
        }
        return self if len(still) == len(self.profiles) else replace(self, profiles=still, applied=not still)

    def edited(self, scene: Scene, counter: str, groups: tuple[str, ...]) -> Suggestion:
        """The same with other groups for one counter; what the counter draws from anyway is no change."""
        others = {number: wanted for number, wanted in self.profiles.items() if number != counter}
        same = set(groups) == set(coming_profile(scene.station, counter))
        profiles = others if same else others | {counter: groups}
        return replace(self, profiles=profiles, changed=True, applied=False)


def reason_in_words(scene: Scene, reason: PlanReason) -> str:
    """Why a plan was made, or what it costs."""
    return scene.words(
        f"plan.because.{reason.code}",
        counter=reason.counter,
        group=scene.group_name(reason.group) if reason.group else "",
        before=reason.before,
        after=reason.after,
    )


def predicted_waits(suggestion: Suggestion) -> dict[str, tuple[float, float | None]]:
    """By group, what is usually waited as things are and under what is proposed, in minutes.

    What was ordered is how things are now; what the leader made of it himself was not played.
    """
    proposal = suggestion.proposal
    if proposal is None:
        return {}
    if suggestion.applied:
        ordered = proposal.proposed if not suggestion.changed else None
        return {group: (found.median, None) for group, found in ordered.groups.items()} if ordered else {}
    shown = proposal.proposed if not suggestion.changed and suggestion.profiles else None
    then = shown.groups if shown is not None else {}
    return {
        group: (found.median, then[group].median if group in then else None)
        for group, found in proposal.current.groups.items()
    }


def plan_view(scene: Scene, place: int, suggestion: Suggestion, width: int) -> PanelView:
    """The announced plan, the proposal, the switch of the planner, the last plans with their reasons."""
    words, station = scene.words, scene.station
    plan = announced(station)
    lines = _announced_lines(scene, plan, width) if plan is not None else []
    lines += _suggestion_lines(scene, suggestion, width)
    switch = words("hall.plan.automatic_on" if station.automatic else "hall.plan.automatic_off")
    lines.append(Line((Cell(switch, "ok" if station.automatic else "", -1),), id=line_id(PLAN, "automatic")))
    past = [old for old in reversed(station.plans) if old is not plan][:HISTORY]
    if past:
        lines.append(Line((Cell(words("hall.plan.history"), "title", -1),)))
    for old in past:
        lines += _past_lines(scene, old, width)
    note = words("hall.plan.looking") if suggestion.searching else ""
    return PanelView(title_of(scene, place, "plan"), tuple(lines), note)


def _announced_lines(scene: Scene, plan: Plan, width: int) -> list[Line]:
    words = scene.words
    minutes = ceil((plan.effective_at - scene.now).total_seconds() / 60)
    when = words("hall.plan.soon", minutes=minutes) if minutes > 0 else words("hall.plan.next_call")
    lines = [Line((Cell(words("hall.plan.announced", when=when), "warn", -1),), id=line_id(PLAN, "cancel"))]
    for number in plan.left:
        groups = groups_in_words(scene, plan.profiles[number])
        lines.append(Line((_counter_cell(scene, number), Cell(groups, "warn", -1))))
    because = sorted(plan.because, key=_is_cost)
    return lines + [line for reason in because for line in _reason_lines(scene, reason, width)]


def _counter_cell(scene: Scene, number: str) -> Cell:
    return Cell("  " + scene.words("hall.counter", counter=number), "strong", 9)


def _suggestion_lines(scene: Scene, suggestion: Suggestion, width: int) -> list[Line]:
    """What is proposed: its headline, the counters that change, why, and what it costs whom."""
    words, proposal = scene.words, suggestion.proposal
    if proposal is None or suggestion.at is None:
        text = words("hall.plan.looking_first" if suggestion.searching else "hall.plan.none")
        return [Line((Cell(text, "dim", -1),), id=line_id(PLAN, "look"))]
    now, then, time = proposal.current, proposal.proposed, f"{suggestion.at:%H:%M}"
    kept = {"before": round(100 * now.kept), "after": round(100 * then.kept) if then is not None else 0}
    lines: list[Line] = []
    if suggestion.profiles:
        gain = kept["after"] - kept["before"]
        better = "better" if gain > 0 else "shorter" if gain == 0 else "fairer"
        key = "edited" if suggestion.changed or then is None else better
        head = words(f"hall.plan.{key}", time=time, **kept)
        lines.append(Line((Cell(head, "accent", -1),), id=line_id(PLAN, "apply")))
    else:
        key = "ordered" if suggestion.applied else proposal.verdict
        worst = scene.group_name(now.worst) if now.worst else ""
        text = words(f"hall.plan.{key}", time=time, group=worst, minutes=round(now.worst_p95), **kept)
        first, *rest = wrap(text, max(width - 4, 20))
        lines.append(Line((Cell(first, "dim", -1),), id=line_id(PLAN, "look")))
        lines += [Line((Cell(row, "dim", -1),)) for row in rest]
    for number, groups in sorted(suggestion.profiles.items()):
        change = change_in_words(scene, coming_profile(scene.station, number), groups)
        lines.append(Line((_counter_cell(scene, number), Cell(change, "", -1)), id=line_id(PLAN, EDIT + number)))
    if suggestion.profiles and not suggestion.changed:
        told = sorted((reason for reason in proposal.because if reason.code != "promise"), key=_is_cost)
        lines += [line for reason in told for line in _reason_lines(scene, reason, width)]
    return lines


def by_whom(scene: Scene, plan: Plan) -> str:
    """Who ordered a plan."""
    return scene.words("hall.plan.planner") if plan.by == PLANNER.id else scene.words("hall.plan.by", officer=plan.by)


def _in_brief(scene: Scene, groups: tuple[str, ...]) -> str:
    """Queue groups by their names, or by those that are missing where that is less to read."""
    missing = tuple(group for group in scene.station.groups if group not in groups)
    if 0 < 2 * len(missing) < len(groups):
        return scene.words("hall.all_but", groups=groups_in_words(scene, missing))
    return groups_in_words(scene, groups)


def _is_cost(reason: PlanReason) -> bool:
    return reason.code == "costs"


def _reason_lines(scene: Scene, reason: PlanReason, width: int) -> list[Line]:
    style: Style = "warn" if reason.code == "costs" else "dim"
    return [Line((Cell("  " + row, style, -1),)) for row in wrap(reason_in_words(scene, reason), max(width - 6, 20))]


def _past_lines(scene: Scene, plan: Plan, width: int) -> list[Line]:
    words = scene.words
    alike: dict[str, list[str]] = {}
    for number, groups in plan.profiles.items():
        alike.setdefault(_in_brief(scene, groups), []).append(number)
    changes = "; ".join(
        f"{words('hall.counter', counter=','.join(numbers))} {groups}" for groups, numbers in alike.items()
    )
    first, *rest = wrap(changes, max(width - _PAST, 20))
    head = Line(
        (
            Cell(f"{plan.announced_at:%H:%M} ", "strong"),
            Cell(words(f"plan.status.{plan.status}"), "", 9),
            Cell(" " + first, "", -1),
        )
    )
    why = ", ".join(reason_in_words(scene, reason) for reason in sorted(plan.because, key=_is_cost))
    told = wrap(f"{by_whom(scene, plan)} {why}", max(width - 10, 20))
    if len(told) > PAST_LINES:
        told = [*told[: PAST_LINES - 1], told[PAST_LINES - 1] + "…"]
    return [
        head,
        *(Line((Cell(" " * 16 + row, "", -1),)) for row in rest),
        *(Line((Cell("      " + row, "dim", -1),)) for row in told),
    ]
