"""The handoff board: where the cases that left the counter are, what comes back, and how much time is left."""

from __future__ import annotations

from counterdesk.desk.state import Dead
from counterdesk.formats.calendar import working_days_between
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import ENDED_CASE, Case
from counterdesk.widgets.values import Cell, Line, PanelView, Style

ATTENTION = frozenset({"supplementing", "ready", "refused", "received"})
"""Statuses in which a case waits for something that happens at a counter."""


DEAD, LOCAL = "dead", "local"
"""What the ids of lines begin with that are no case of the station."""


def board_cases(scene: Scene) -> list[Case]:
    """The cases on the board: those that wait for a counter first, then by their last day."""
    cases = [case for case in scene.station.cases.values() if case.status not in ENDED_CASE and case.status != "draft"]
    cases.sort(
        key=lambda case: (
            not needs_counter(case),
            case.officer != (scene.actor.id if scene.actor else ""),
            case.due.toordinal() if case.due else 10**7,
            case.number,
        )
    )
    return cases


def needs_counter(case: Case) -> bool:
    """Whether somebody at a counter has to act."""
    lost = case.handoff is not None and case.handoff.state in ("refused", "stuck")
    return case.status in ATTENTION or lost or (case.status == "accepted" and case.handoff is None)


def handoff_view(scene: Scene, *, narrow: bool) -> PanelView:
    """The board; `narrow` gives each case two lines for a side panel."""
    words = scene.words
    cases = board_cases(scene)
    lines = _waiting_lines(scene)
    for case in cases:
        lines += _narrow_lines(scene, case) if narrow else [_wide_line(scene, case)]
    if not lines:
        lines.append(Line((Cell(words("board.empty" if scene.known else "idle.unknown"), "dim", -1),)))
    back = sum(needs_counter(case) for case in cases)
    return PanelView(
        title=words("board.title", count=len(cases)),
        note=words("board.note", back=back) if back else "",
        lines=tuple(lines),
    )


def _waiting_lines(scene: Scene) -> list[Line]:
    """What waits on this terminal for its officer: what was not carried out, and cases that the station has not."""
    words, desk = scene.words, scene.desk
    lines: list[Line] = []
    for dead in desk.dead:
        what, why = dead_in_words(scene, dead)
        lines.append(Line((Cell(what + "  ", "block"), Cell(why, "warn", -1)), id=f"{DEAD}:{dead.id}"))
    for case, since in desk.local.items():
        name = scene.service_name(desk.files[case].service)
        text = words("local.line", name=name, time=f"{since:%H:%M}")
        lines.append(Line((Cell(text, "warn", -1),), id=f"{LOCAL}:{case}"))
    return lines


def dead_in_words(scene: Scene, dead: Dead) -> tuple[str, str]:
    """A command that was not carried out, and why."""
    words = scene.words
    name = f"command.{dead.kind}"
    what = words("dead.line", action=words(name) if words.has(name) else dead.kind, time=f"{dead.since:%H:%M}")
    own = f"dead.code.{dead.code}"
    if words.has(own):
        return what, words(own)
    return what, scene.reason_for(dead.code, dead.params)


def status_in_words(scene: Scene, case: Case) -> tuple[str, Style]:
    """A case's status with what its handoff adds."""
    words = scene.words
    handoff = case.handoff
    if case.status == "accepted" and handoff is not None:
        text = words(f"handoff.{handoff.state}")
        if handoff.tries:
            text += words("board.tries", tries=handoff.tries)
        return text, "block" if handoff.state in ("refused", "stuck") else "warn" if handoff.tries else ""
    style: Style = "block" if case.status in ("supplementing", "refused") else "ok" if case.status == "ready" else ""
    return words(f"case.status.{case.status}"), style


def clock_in_words(scene: Scene, case: Case) -> tuple[str, Style]:
    """What is left of the time limit."""
    words = scene.words
    if case.clock_stopped_on is not None:
        return words("board.clock_stopped"), "dim"
    if case.due is None or case.status not in ("accepted", "in_review"):
        return "", ""
    kind = case.due_day_kind
    days = working_days_between(scene.today, case.due) if kind == "working" else (case.due - scene.today).days
    if days is None:
        return words("board.clock_unknown"), "dim"
    if case.due < scene.today:
        return words("board.overdue", days=(scene.today - case.due).days), "block"
    return words(f"board.left.{kind}", days=days), "warn" if days <= 1 else ""


def attention_in_words(scene: Scene, case: Case) -> str:
    """What is to be done with a case that waits for a counter."""
    words = scene.words
    if case.status == "supplementing":
        return words("board.bring", items=words.listed(item_name(scene, case, item) for item in case.supplement))
    if case.handoff is not None and case.handoff.state in ("refused", "stuck"):
        error = f"reason.handoff.{case.handoff.error}"
        return words(error) if words.has(error) else case.handoff.error
    if case.status in ("ready", "refused", "received"):
        return words(f"board.do.{case.status}")
    if case.status == "accepted" and case.handoff is None:
        return words("board.do.on_the_spot" if case.on_the_spot else "board.do.hand_over")
    if case.handoff is not None and case.handoff.reference:
        return case.handoff.reference
    return ""


def item_name(scene: Scene, case: Case, item: str) -> str:
    """What a supplement asks for: a material or a fact by its name."""
    try:
        return scene.pick(scene.index.material(item).name)
    except KeyError:
        try:
            return scene.pick(scene.index.fact(case.service, item).label)
        except KeyError:
            return item


def _wide_line(scene: Scene, case: Case) -> Line:
    status, style = status_in_words(scene, case)
    clock, clock_style = clock_in_words(scene, case)
    returned = f"×{case.returned}" if case.returned else ""
    return Line(
        (
            Cell(case.number, "strong", 9),
            Cell(scene.service_name(case.service), "", 15),
            Cell(" " + scene.department_name(case.department), "", 15),
            Cell(" " + status, style, 13),
            Cell(returned, "warn", 3),
            Cell(clock, clock_style, 14),
            Cell(" " + attention_in_words(scene, case), "warn" if needs_counter(case) else "dim", -1),
        ),
        id=case.id,
    )


def _narrow_lines(scene: Scene, case: Case) -> list[Line]:
    status, style = status_in_words(scene, case)
    clock, clock_style = clock_in_words(scene, case)
    return [
        Line((Cell(case.number, "strong", 9), Cell(scene.service_name(case.service), "", -1)), id=case.id),
        Line(
            (Cell("  " + status + " ", style), Cell(clock or attention_in_words(scene, case), clock_style or "dim", -1))
        ),
    ]
