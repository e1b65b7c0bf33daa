"""The one table of legal steps: for every command what it acts on, from which states, and where it leads.

The rules check it, the key bar and the help explain from it, and docs/architecture.md shows it. What a step needs
beyond the state (a right, an idle counter, a clock, a complete checklist) is in the rule of the command.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from counterdesk.station.commands import (
    AcceptCase,
    AcknowledgeCase,
    AnswerHelp,
    ApplyPlan,
    AssignTicket,
    BookAppointment,
    CallForHelp,
    CallNext,
    CallTicket,
    CancelBreak,
    CancelPlan,
    ChangeProfile,
    ChangeService,
    CheckIn,
    CloseCase,
    CloseCounter,
    Command,
    CompleteCase,
    ConfigureStation,
    DecideCase,
    DeclineCase,
    DeferMaterial,
    DeliverCase,
    DiscardCase,
    DispatchCase,
    FinishTicket,
    HandOverCase,
    HoldTicket,
    IssueTicket,
    LapseCase,
    MakeReady,
    MarkNoShow,
    OpenCase,
    OpenCounter,
    OverridePrompt,
    PauseCounter,
    PlanBreak,
    PrecheckTicket,
    ProduceCase,
    RateVisit,
    Recall,
    ReceiveCase,
    RecordOffer,
    RefuseHandoff,
    RefuseRequest,
    Reinstate,
    ReportHandoffFailure,
    RequestApproval,
    RequestSupplement,
    Requeue,
    ResumeCase,
    ResumeTicket,
    SetSkills,
    StartService,
    SupplementCase,
    SuspendCase,
    SwitchPlanning,
    TicketLeaves,
    TransferTicket,
    UndoStep,
    ViewValue,
    WithdrawCase,
    WithdrawRequest,
)
from counterdesk.station.model import CaseStatus

Subject = Literal["station", "appointment", "counter", "current", "ticket", "case"]


class Step(NamedTuple):
    """One legal step.

    subject: what the command acts on ("current" is the ticket called or served at the counter that it names).
    sources: the states from which it is legal; empty where states do not matter. target: the state that it leads to;
    "" leaves it as it is, several stand with a bar between.
    """

    subject: Subject
    sources: frozenset[str]
    target: str


def _step(subject: Subject, sources: str, target: str) -> Step:
    return Step(subject, frozenset(sources.split()), target)


STEPS: dict[type[Command], Step] = {
    ConfigureStation: _step("station", "", ""),
    IssueTicket: _step("station", "", "waiting"),
    BookAppointment: _step("appointment", "", ""),
    CheckIn: _step("appointment", "", "waiting"),
    PrecheckTicket: _step("ticket", "waiting called no_show held", ""),
    RecordOffer: _step("station", "", ""),
    RateVisit: _step("ticket", "finished", ""),
    OpenCounter: _step("counter", "closed paused open", "open"),
    PauseCounter: _step("counter", "open", "paused"),
    CloseCounter: _step("counter", "open paused", "closed"),
    ChangeProfile: _step("counter", "open paused", ""),
    SetSkills: _step("station", "", ""),
    PlanBreak: _step("station", "", ""),
    CancelBreak: _step("station", "", ""),
    ApplyPlan: _step("station", "", ""),
    CancelPlan: _step("station", "", ""),
    SwitchPlanning: _step("station", "", ""),
    CallNext: _step("counter", "open", ""),
    CallTicket: _step("ticket", "waiting held no_show", "called"),
    Recall: _step("current", "called", ""),
    StartService: _step("current", "called", "serving"),
    MarkNoShow: _step("current", "called", "no_show"),
    Reinstate: _step("ticket", "no_show", "waiting"),
    HoldTicket: _step("current", "serving", "held"),
    ResumeTicket: _step("ticket", "held", "serving"),
    Requeue: _step("current", "called serving", "waiting"),
    TransferTicket: _step("current", "called serving", "waiting"),
    AssignTicket: _step("ticket", "waiting", "waiting"),
    CallForHelp: _step("counter", "open paused", ""),
    AnswerHelp: _step("counter", "open paused closed", ""),
    TicketLeaves: _step("ticket", "waiting called serving held no_show", "left"),
    FinishTicket: _step("current", "serving", "finished"),
    UndoStep: _step("counter", "open", ""),
    OpenCase: _step("current", "serving", "draft"),
    ChangeService: _step("case", "draft", ""),
    DiscardCase: _step("case", "draft", ""),
    ReceiveCase: _step("case", "draft", "received"),
    AcceptCase: _step("case", "draft received", "accepted"),
    DeferMaterial: _step("case", "draft received", ""),
    OverridePrompt: _step("case", "draft received", ""),
    RequestApproval: _step("case", "draft received", ""),
    WithdrawRequest: _step("case", "draft received", ""),
    RefuseRequest: _step("case", "draft received", ""),
    DeclineCase: _step("case", "draft received", "not_accepted"),
    HandOverCase: _step("case", "accepted", ""),
    AcknowledgeCase: _step("case", "accepted", "in_review"),
    RefuseHandoff: _step("case", "accepted", ""),
    ReportHandoffFailure: _step("case", "accepted", ""),
    RequestSupplement: _step("case", "received in_review", "supplementing"),
    SupplementCase: _step("case", "supplementing", "received|in_review"),
    SuspendCase: _step("case", "in_review", "suspended"),
    ResumeCase: _step("case", "suspended", "in_review"),
    DecideCase: _step("case", "in_review accepted", "approved|refused"),
    CompleteCase: _step("case", "accepted", "closed"),
    ProduceCase: _step("case", "approved", "produced"),
    MakeReady: _step("case", "produced", "ready"),
    DispatchCase: _step("case", "produced", "dispatched"),
    DeliverCase: _step("case", "refused produced ready dispatched", "delivered"),
    CloseCase: _step("case", "delivered", "closed"),
    WithdrawCase: _step("case", "received supplementing accepted in_review suspended", "withdrawn"),
    LapseCase: _step("case", "supplementing", "lapsed"),
    ViewValue: _step("case", " ".join(get_args(CaseStatus)), ""),
}
