"""The cases that a shift leader has to know of: stuck on their way, overdue or nearly, sent back, papers to come."""

from __future__ import annotations

from counterdesk.formats.calendar import working_days_between
from counterdesk.screens.views.hall import line_id, title_of
from counterdesk.screens.views.handoffs import attention_in_words, clock_in_words, status_in_words
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import ENDED_CASE, Case
from counterdesk.widgets.values import Cell, Line, PanelView, Style

CASE = "case"
SOON_DAYS = 1
"""Days before its last one from which a case is due soon."""
TROUBLES = ("stuck", "overdue", "due", "back", "deferred")
"""What may be the matter with a case, the worst first."""


def trouble(scene: Scene, case: Case) -> str:
    """What is the matter with a case, one of `TROUBLES`; "" if nothing is."""
    if case.status in ENDED_CASE or case.status == "draft":
        return ""
    if case.handoff is not None and case.handoff.state in ("refused", "stuck"):
        return "stuck"
    if case.due is not None and case.clock_stopped_on is None and case.status in ("accepted", "in_review"):
        if case.due < scene.today:
            return "overdue"
        days = working_days_between(scene.today, case.due) if case.due_day_kind == "working" else None
        left = days if days is not None else (case.due - scene.today).days
        if left <= SOON_DAYS:
            return "due"
    if case.status == "supplementing":
        return "back"
    return "deferred" if case.deferred else ""


def troubled(scene: Scene) -> list[tuple[str, Case]]:
    """The cases with which something is the matter, the worst first."""
    found = [(what, case) for case in scene.station.cases.values() if (what := trouble(scene, case))]
    return sorted(found, key=lambda row: (TROUBLES.index(row[0]), row[1].due or scene.today, row[1].number))


def cases_view(scene: Scene, place: int) -> PanelView:
    """What is the matter with which case. Numbers and services, never what a case says."""
    words = scene.words
    found = troubled(scene)
    lines = [_line(scene, what, case) for what, case in found]
    if not lines:
        lines.append(Line((Cell(words("hall.no_trouble"), "dim", -1),)))
    worst = sum(what in ("stuck", "overdue") for what, _ in found)
    note = words("hall.worst", count=worst) if worst else ""
    return PanelView(title_of(scene, place, "cases", count=len(found)), tuple(lines), note)


def _line(scene: Scene, what: str, case: Case) -> Line:
    words = scene.words
    style: Style = "block" if what in ("stuck", "overdue") else "warn" if what == "due" else ""
    clock, clock_style = clock_in_words(scene, case)
    status, _ = status_in_words(scene, case)
    if what == "deferred":
        text, look = words("hall.deferred", count=len(case.deferred)), ""
    elif what == "stuck":
        text, look = attention_in_words(scene, case), style
    elif what == "back":
        days = max(0, (scene.now - case.changed_at).days)
        text, look = words("hall.back", times=case.returned, days=days), style
    else:
        text, look = clock or status, clock_style or style
    return Line(
        (
            Cell(case.number, "strong", 9),
            Cell(words(f"hall.trouble.{what}"), style, 8),
            Cell(f" {scene.service_name(case.service)}", "", 13),
            Cell(f" {scene.department_name(case.department)}" if case.department else "", "dim"),
            Cell(f" {text}", look, -1),  # type: ignore[arg-type]
        ),
        id=line_id(CASE, case.id),
    )
