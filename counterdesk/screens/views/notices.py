"""What just happened, in one line."""

from __future__ import annotations

from collections.abc import Mapping

from counterdesk.desk.state import Notice
from counterdesk.locale import Words
from counterdesk.screens.views.handoffs import status_in_words
from counterdesk.screens.views.scene import Scene
from counterdesk.station import events as e
from counterdesk.station.model import Case
from counterdesk.station.refused import Refused
from counterdesk.widgets.values import Style


def notice_text(scene: Scene, notice: Notice) -> tuple[str, Style]:
    """A notice of the desk in words, and how it is shown; ("", "") for what needs no words."""
    words = scene.words
    match notice.kind:
        case "refused":
            assert notice.code is not None
            reason = scene.reason(Refused(notice.code, **notice.params))
            if notice.command is None:
                return reason, "block"
            action = words(f"command.{type(notice.command).__name__}")
            return words("say.blocked", action=action, reason=reason), "block"
        case "lost":
            return words("say.lost", **notice.params), "block"
        case "found":
            return words("say.found", **notice.params), "ok"
        case "conflict":
            return words("file.conflict"), "block"
        case "gone":
            return words("say.gone"), "block"
        case "undelivered":
            assert notice.command is not None
            action = words(f"command.{type(notice.command).__name__}")
            return words("say.blocked", action=action, reason=words(f"dead.code.{notice.params['code']}")), "block"
        case "not_kept":
            return not_kept(scene, str(notice.params["code"])), "block"
        case "note_failed" | "unlock_failed":
            code = f"shift.failed.{notice.params['code']}"
            return words(
                f"say.{notice.kind}", why=words(code if words.has(code) else "shift.failed.unreachable")
            ), "block"
        case "note_taken":
            return words("say.note_taken"), "ok"
        case "unlocked":
            return words("say.unlocked", **notice.params), "ok"
        case "trail_broken":
            return words("say.trail_broken", **notice.params), "block"
        case "sign_in_failed":
            return sign_in_failed(words, notice.params), "block"
        case "done":
            texts = [_event_text(scene, recorded.event) for recorded in notice.events]
            return next((text for text in reversed(texts) if text), ""), "ok"


def not_kept(scene: Scene, code: str) -> str:
    """That the disk does not take what is typed, and what that means."""
    kind = "read_only" if scene.desk.journal.read_only else "failed"
    return scene.words(f"journal.{kind}", code=journal_trouble(scene.words, code))


def journal_trouble(words: Words, code: str) -> str:
    """What is wrong with this terminal's disk or journal; SQLite's own name where there is no better word."""
    key = f"journal.code.{code}"
    return words(key) if words.has(key) else code


def sign_in_failed(words: Words, params: Mapping[str, str | int]) -> str:
    """Why somebody could not sign in."""
    code = params.get("code", "wrong")
    key = f"sign_in.{code}"
    return words(key if words.has(key) else "sign_in.failed", **params)


def _event_text(scene: Scene, event: e.AnyEvent) -> str:
    words = scene.words
    ticket = scene.station.tickets.get(getattr(event, "ticket", ""))
    number = ticket.number if ticket is not None else ""
    match event:
        case e.TicketCalled():
            params = dict(event.because.params)
            reason = words(f"routing.{event.because.code}", **params)
            return words("say.called", number=number, reason=reason)
        case e.CaseReceived():
            return words("say.received", number=event.number)
        case e.CaseAccepted():
            case = scene.station.cases.get(event.case)
            return words("say.accepted", number=case.number if case else "")
        case e.CaseDeclined():
            case = scene.station.cases.get(event.case)
            return words("say.declined", number=case.number if case else "")
        case e.CaseHandedOver():
            return words("say.handed_over", department=scene.department_name(event.department))
        case e.CaseSupplemented():
            case = scene.station.cases.get(event.case)
            return words("say.supplemented", status=words(f"case.status.{case.status}") if case else "")
        case e.MaterialDeferred():
            return words("say.deferred", name=scene.pick(scene.index.material(event.material).name))
        case e.PlanningSwitched():
            return words("say.planning_on" if event.automatic else "say.planning_off")
        case e.CounterOpened():
            return words("say.opened", groups=" ".join(scene.group_name(group) for group in event.groups))
    key = _SIMPLE.get(type(event))
    return words(key, number=number) if key else ""


_SIMPLE: dict[type[e.Event], str] = {
    e.TicketIssued: "say.issued",
    e.TicketRecalled: "say.recalled",
    e.ServiceStarted: "say.started",
    e.NoShowMarked: "say.no_show",
    e.TicketHeld: "say.held",
    e.TicketResumed: "say.resumed",
    e.TicketRequeued: "say.requeued",
    e.TicketReinstated: "say.requeued",
    e.TicketTransferred: "say.transferred",
    e.TicketLeft: "say.left",
    e.TicketFinished: "say.finished",
    e.StepUndone: "say.undone",
    e.SkillsSet: "say.skills_set",
    e.BreakPlanned: "say.break_planned",
    e.BreakCancelled: "say.break_cancelled",
    e.PlanAnnounced: "say.plan_announced",
    e.PlanCancelled: "say.plan_cancelled",
    e.TicketAssigned: "hall.assigned",
    e.HelpCalled: "hall.help_sent",
    e.HelpAnswered: "hall.help_answered",
    e.CounterPaused: "say.paused",
    e.CounterClosed: "say.closed",
    e.PromptOverridden: "say.overridden",
    e.ApprovalRequested: "say.asked",
    e.RequestWithdrawn: "say.request_withdrawn",
    e.RequestRefused: "say.request_refused",
    e.CaseDelivered: "say.delivered",
    e.CaseClosed: "say.completed",
    e.CaseWithdrawn: "say.withdrawn",
    e.CaseDiscarded: "say.discarded",
}


def moved_cases(scene: Scene, before: Mapping[str, Case]) -> list[Case]:
    """Cases of this officer that somebody else moved on since `before`."""
    officer = scene.actor.id if scene.actor is not None else ""
    moved: list[Case] = []
    for case in scene.station.cases.values():
        was = before.get(case.id)
        if was is None or case.officer != officer or was is case or case.status == "draft":
            continue
        if (was.status, was.handoff) != (case.status, case.handoff):
            moved.append(case)
    return moved


def moved_text(scene: Scene, case: Case) -> tuple[str, Style]:
    """Where a case that somebody else moved stands now."""
    status, style = status_in_words(scene, case)
    return scene.words("say.case_moved", number=case.number, status=status), style or "accent"
