"""What is said to the applicant in writing: the receipt, and the one-time notice of everything that is missing."""

from __future__ import annotations

from counterdesk.screens.views.case import gate_text
from counterdesk.screens.views.checklist import prompt_text
from counterdesk.screens.views.handoffs import item_name
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import Case
from counterdesk.widgets.values import Cell, Line, PanelView


def receipt_view(scene: Scene, case: Case) -> PanelView:
    """The receipt of a case, with its date (行政许可法 Art. 32), and what happens next."""
    words = scene.words
    rows: list[tuple[str, str]] = [
        (words("receipt.number"), case.number),
        (words("case.service"), scene.service_name(case.service)),
        (words("receipt.status"), words(f"case.status.{case.status}")),
    ]
    if case.accepted_at is not None:
        rows.append((words("receipt.accepted"), f"{case.accepted_at:%Y-%m-%d %H:%M}"))
    if case.department:
        rows.append((words("receipt.department"), scene.department_name(case.department)))
    if case.handoff is not None:
        text = words(f"handoff.{case.handoff.state}")
        rows.append((words("receipt.handoff"), f"{text} {case.handoff.reference}".strip()))
    if case.due is not None and not case.on_the_spot:
        kind = words(f"checklist.day_kind.{case.due_day_kind}")
        rows.append((words("receipt.due"), f"{case.due.isoformat()} ({kind})"))
    if case.fee and case.fee != "0":
        rows.append((words("receipt.fee"), words("receipt.yuan", amount=case.fee)))
    if case.supplement:
        rows.append((words("receipt.bring"), "、".join(item_name(scene, case, item) for item in case.supplement)))
    lines = [Line((Cell(f"{name}", "dim", 14), Cell(value, "strong", -1))) for name, value in rows]
    found = scene.assessment
    if found is not None:
        told = [p for p in found.prompts if p.prompt.level == "INFO" and p.value is True]
        if told:
            lines.append(Line((Cell("", "", -1),)))
            lines.append(Line((Cell(words("receipt.told"), "title", -1),)))
            lines += [Line((Cell("· " + prompt_text(scene, p), "", -1),)) for p in told]
    lines.append(Line((Cell("", "", -1),)))
    lines.append(Line((Cell(words(_next_key(case)), "accent", -1),)))
    return PanelView(title=words("receipt.title", number=case.number), lines=tuple(lines))


def _next_key(case: Case) -> str:
    if case.status == "accepted" and case.on_the_spot:
        return "receipt.next.on_the_spot"
    if case.status == "supplementing":
        return "receipt.next.supplementing"
    if case.status in ("ready", "produced", "dispatched", "refused"):
        return "receipt.next.deliver"
    return "receipt.next.done"


def notice_view(scene: Scene, case: Case) -> PanelView:
    """Everything that is missing, said once (行政许可法 Art. 32: on the spot or within five working days)."""
    words, found = scene.words, scene.assessment
    lines = [
        Line(
            (
                Cell(
                    words("notice.date", date=scene.today.isoformat(), service=scene.service_name(case.service)), "", -1
                ),
            )
        ),
        Line((Cell("", "", -1),)),
    ]
    missing = found.gate if found is not None else ()
    papers = [problem for problem in missing if problem.kind.startswith("material")]
    others = [problem for problem in missing if problem.kind in ("prompt_block", "field_missing", "field_invalid")]
    for title, problems in (("notice.materials", papers), ("notice.others", others)):
        if problems:
            lines.append(Line((Cell(words(title), "title", -1),)))
            lines += [
                Line((Cell(f"{place}. {gate_text(scene, problem.kind, problem.id)}", "", -1),))
                for place, problem in enumerate(problems, start=1)
            ]
    if not papers and not others:
        lines.append(Line((Cell(words("notice.nothing"), "ok", -1),)))
    else:
        lines += [Line((Cell("", "", -1),)), Line((Cell(words("notice.law"), "dim", -1),))]
    return PanelView(title=words("notice.title"), lines=tuple(lines))
