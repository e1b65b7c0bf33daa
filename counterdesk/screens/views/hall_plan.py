"""Which counter takes what: the plan that is announced, whether plans come by themselves, and the plans before."""

from __future__ import annotations

from math import ceil

from counterdesk.screens.views.hall import groups_in_words, line_id, title_of
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import Plan, PlanReason
from counterdesk.station.profiles import announced
from counterdesk.widgets.values import Cell, Line, PanelView, Style

PLAN = "plan"
HISTORY = 6
"""So many of the last plans are shown."""


def reason_in_words(scene: Scene, reason: PlanReason) -> str:
    """Why a plan was made, or what it costs."""
    return scene.words(
        f"plan.because.{reason.code}",
        counter=reason.counter,
        group=scene.group_name(reason.group) if reason.group else "",
        before=reason.before,
        after=reason.after,
    )


def plan_view(scene: Scene, place: int) -> PanelView:
    """The announced plan, the switch of the planner, the last plans with their reasons."""
    words, station = scene.words, scene.station
    plan = announced(station)
    lines: list[Line] = []
    if plan is not None:
        lines += _announced_lines(scene, plan)
    switch = words("hall.plan.automatic_on" if station.automatic else "hall.plan.automatic_off")
    lines.append(Line((Cell(switch, "ok" if station.automatic else "", -1),), id=line_id(PLAN, "automatic")))
    past = [old for old in reversed(station.plans) if old is not plan][:HISTORY]
    if past:
        lines.append(Line((Cell(words("hall.plan.history"), "title", -1),)))
    for old in past:
        lines += _past_lines(scene, old)
    return PanelView(title_of(scene, place, "plan"), tuple(lines))


def _announced_lines(scene: Scene, plan: Plan) -> list[Line]:
    words = scene.words
    minutes = ceil((plan.effective_at - scene.now).total_seconds() / 60)
    when = words("hall.plan.soon", minutes=minutes) if minutes > 0 else words("hall.plan.next_call")
    lines = [Line((Cell(words("hall.plan.announced", when=when), "warn", -1),), id=line_id(PLAN, "cancel"))]
    lines += [_profile_line(scene, number, plan.profiles[number], "warn") for number in plan.left]
    return lines + [_reason_line(scene, reason) for reason in plan.because]


def _profile_line(scene: Scene, number: str, groups: tuple[str, ...], style: Style = "") -> Line:
    return Line(
        (
            Cell("  " + scene.words("hall.counter", counter=number), "strong", 9),
            Cell(groups_in_words(scene, groups), style, -1),
        )
    )


def _reason_line(scene: Scene, reason: PlanReason) -> Line:
    style: Style = "warn" if reason.code == "costs" else "dim"
    return Line((Cell("  " + reason_in_words(scene, reason), style, -1),))


def _past_lines(scene: Scene, plan: Plan) -> list[Line]:
    words = scene.words
    changes = "; ".join(
        f"{words('hall.counter', counter=number)} {groups_in_words(scene, groups)}"
        for number, groups in plan.profiles.items()
    )
    head = Line(
        (
            Cell(f"{plan.announced_at:%H:%M} ", "strong"),
            Cell(words(f"plan.status.{plan.status}"), "", 9),
            Cell(" " + changes, "", -1),
        )
    )
    why = ", ".join(reason_in_words(scene, reason) for reason in plan.because)
    return [head, Line((Cell(f"      {words('hall.plan.by', officer=plan.by)} {why}", "dim", -1),))]
