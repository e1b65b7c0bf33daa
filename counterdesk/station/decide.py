"""decide(state, command, actor, now) -> events, or Refused: every rule of the station behind one function.

Pure: time and identity are arguments, the same arguments give the same events.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from counterdesk.station import case_rules, guide_rules, hall_rules, plan_rules, request_rules, ticket_rules
from counterdesk.station import commands as c
from counterdesk.station.act import Act, Evidence
from counterdesk.station.apply import apply
from counterdesk.station.authority import Target, authorize
from counterdesk.station.day_kinds import day_kind
from counterdesk.station.events import AnyEvent, DayStarted
from counterdesk.station.model import TIMEZONE, State
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

__all__ = ["Evidence", "decide", "refusal"]

# A rule takes its own command type; the table pairs them, which the type system cannot say.
RULES: dict[type[c.Command], Callable[[Act, Any], list[AnyEvent]]] = {
    c.ConfigureStation: hall_rules.configure,
    c.IssueTicket: hall_rules.issue,
    c.BookAppointment: hall_rules.book,
    c.CheckIn: hall_rules.check_in,
    c.PrecheckTicket: guide_rules.precheck,
    c.RecordOffer: guide_rules.record_offer,
    c.OpenCounter: hall_rules.open_counter,
    c.PauseCounter: hall_rules.pause,
    c.CloseCounter: hall_rules.close,
    c.ChangeProfile: hall_rules.change_profile,
    c.SetSkills: plan_rules.set_skills,
    c.PlanBreak: plan_rules.plan_break,
    c.CancelBreak: plan_rules.cancel_break,
    c.ApplyPlan: plan_rules.apply_plan,
    c.CancelPlan: plan_rules.cancel_plan,
    c.SwitchPlanning: plan_rules.switch_planning,
    c.CallNext: ticket_rules.call_next,
    c.CallTicket: ticket_rules.call_ticket,
    c.Recall: ticket_rules.recall,
    c.StartService: ticket_rules.start,
    c.MarkNoShow: ticket_rules.no_show,
    c.Reinstate: ticket_rules.reinstate,
    c.HoldTicket: ticket_rules.hold,
    c.ResumeTicket: ticket_rules.resume,
    c.Requeue: ticket_rules.requeue,
    c.TransferTicket: ticket_rules.transfer,
    c.AssignTicket: ticket_rules.assign,
    c.CallForHelp: hall_rules.call_for_help,
    c.AnswerHelp: hall_rules.answer_help,
    c.TicketLeaves: ticket_rules.leave,
    c.FinishTicket: ticket_rules.finish,
    c.RateVisit: ticket_rules.rate,
    c.UndoStep: ticket_rules.undo,
    c.OpenCase: case_rules.open_case,
    c.ChangeService: case_rules.change_service,
    c.DiscardCase: case_rules.discard,
    c.ReceiveCase: case_rules.receive,
    c.AcceptCase: case_rules.accept,
    c.DeferMaterial: request_rules.defer_material,
    c.OverridePrompt: request_rules.override_prompt,
    c.RequestApproval: request_rules.request,
    c.WithdrawRequest: request_rules.withdraw,
    c.RefuseRequest: request_rules.refuse,
    c.DeclineCase: case_rules.decline,
    c.HandOverCase: case_rules.hand_over,
    c.AcknowledgeCase: case_rules.acknowledge,
    c.RefuseHandoff: case_rules.refuse_handoff,
    c.ReportHandoffFailure: case_rules.report_failure,
    c.RequestSupplement: case_rules.request_supplement,
    c.SupplementCase: case_rules.supplement,
    c.SuspendCase: case_rules.suspend,
    c.ResumeCase: case_rules.resume_case,
    c.DecideCase: case_rules.decide_case,
    c.CompleteCase: case_rules.complete,
    c.ProduceCase: case_rules.produce,
    c.MakeReady: case_rules.make_ready,
    c.DispatchCase: case_rules.dispatch,
    c.DeliverCase: case_rules.deliver,
    c.CloseCase: case_rules.close_case,
    c.WithdrawCase: case_rules.withdraw,
    c.LapseCase: case_rules.lapse,
    c.ViewValue: case_rules.view_value,
}


def decide(
    state: State, command: c.AnyCommand, actor: Actor, now: datetime, evidence: Evidence | None = None
) -> tuple[AnyEvent, ...]:
    """What a command makes happen.

    Args:
        state: the station as it is.
        command: what is asked.
        actor: who asks; the role must cover the command.
        now: an aware datetime.
        evidence: what the case file says, for AcceptCase, RequestApproval, DeferMaterial and OverridePrompt.

    Returns: the events in order; empty if everything is already as asked.
    Raises: Refused.
    """
    permission = type(command).__name__
    if authorize(actor, permission, Target()) is not None:
        raise Refused("not_permitted", action=permission)
    now = now.astimezone(TIMEZONE)
    began: list[AnyEvent] = []
    if state.day is None or now.date() > state.day:
        began.append(DayStarted(at=now, by=actor.id, day=now.date(), kind=day_kind(now.date())))
        state = apply(state, began[0])
    return (*began, *RULES[type(command)](Act(state, command, actor, now, evidence), command))


def refusal(
    state: State, command: c.AnyCommand, actor: Actor, now: datetime, evidence: Evidence | None = None
) -> Refused | None:
    """Why a command would be refused now, or None: what the key bar and the help show."""
    try:
        decide(state, command, actor, now, evidence)
    except Refused as refused:
        return refused
    return None
