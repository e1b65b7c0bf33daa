"""What can be asked of a station. A command carries no time and no identity: both come from who executes it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from counterdesk.station.model import (
    Decision,
    HoldKind,
    Outcome,
    PauseReason,
    PlanReason,
    PrecheckMark,
    PriorityReason,
    QueueGroup,
    RequestKind,
    Settings,
)

ReasonCode = Annotated[str, msgspec.Meta(pattern="^[a-z_]*$", max_length=60)]
"""A reason that the words list; never a sentence, which might name a person. Checked wherever a command is decoded."""
ItemCode = Annotated[str, msgspec.Meta(pattern="^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]
"""A material or a fact of the catalogue."""
ServiceCode = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_.-]*$", max_length=60)]
"""A service of the catalogue."""
VariantCode = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_]*$", max_length=20)]
"""A case group of a service, or "" for none."""
Reference = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=40)]
"""A number that another system gave."""


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """The base of all commands; its name on the wire is the class's name in the field `type`."""


class ConfigureStation(Command, frozen=True, kw_only=True):
    """Set the station up or change its counters, queue groups and settings."""

    station: str
    name: str
    counters: tuple[str, ...]
    groups: tuple[QueueGroup, ...]
    settings: Settings = Settings()


class IssueTicket(Command, frozen=True, kw_only=True):
    """Give out the next number of a queue group (取号)."""

    group: str
    priority: PriorityReason | None = None
    service: str = ""


class BookAppointment(Command, frozen=True, kw_only=True):
    """Book a time (预约). appointment: an id made by the booker."""

    appointment: str
    group: str
    at: datetime


class CheckIn(Command, frozen=True, kw_only=True):
    """The holder of an appointment is here and gets a ticket (预约签到)."""

    appointment: str
    priority: PriorityReason | None = None


class PrecheckTicket(Command, frozen=True, kw_only=True):
    """What of a service's papers the holder of a ticket has with him (预审). It replaces an earlier look; the ticket is
    for that service then. variant: a case group of the service, or ""."""

    ticket: str
    service: ServiceCode
    variant: VariantCode = ""
    materials: Annotated[dict[ItemCode, PrecheckMark], msgspec.Meta(max_length=80)]


class RateVisit(Command, frozen=True, kw_only=True):
    """How content the holder of a finished ticket was (好差评): 5 very, 1 not at all. No words, which might name
    somebody."""

    ticket: str
    mark: Annotated[int, msgspec.Meta(ge=1, le=5)]


class RecordOffer(Command, frozen=True, kw_only=True):
    """Somebody was offered a channel in place of the counter and took it or not (分流). ticket: "" if he has none."""

    ticket: str = ""
    service: ServiceCode
    channel: ItemCode
    taken: bool


class OpenCounter(Command, frozen=True, kw_only=True):
    """Start or go on serving at a counter. groups: its work profile; empty keeps the last one."""

    counter: str
    groups: tuple[str, ...] = ()


class PauseCounter(Command, frozen=True, kw_only=True):
    """Stop calling for a while (暂停服务)."""

    counter: str
    reason: PauseReason


class CloseCounter(Command, frozen=True, kw_only=True):
    """End service at a counter."""

    counter: str


class ChangeProfile(Command, frozen=True, kw_only=True):
    """Change the queue groups that a counter draws from (业务种类调整)."""

    counter: str
    groups: tuple[str, ...]


class SetSkills(Command, frozen=True, kw_only=True):
    """Say which queue groups an officer is certified for (业务资格). groups: empty for all of them."""

    officer: Reference
    groups: tuple[str, ...]


class PlanBreak(Command, frozen=True, kw_only=True):
    """Plan a pause of a counter (安排休息), in place of those that it overlaps."""

    counter: str
    at: datetime
    minutes: Annotated[int, msgspec.Meta(ge=1, le=480)]


class CancelBreak(Command, frozen=True, kw_only=True):
    """Give up the planned pause of a counter that begins then."""

    counter: str
    at: datetime


class ApplyPlan(Command, frozen=True, kw_only=True):
    """Order which counter takes what (业务排班). profiles: by counter, those that change; because: why, and at what
    cost. It is announced first, and a counter follows it with its next call after that."""

    profiles: dict[str, tuple[str, ...]]
    because: Annotated[tuple[PlanReason, ...], msgspec.Meta(max_length=64)] = ()


class CancelPlan(Command, frozen=True, kw_only=True):
    """Give up what is left of the announced plan."""


class SwitchPlanning(Command, frozen=True, kw_only=True):
    """Let the planner apply plans by itself, or not."""

    automatic: bool


class CallNext(Command, frozen=True, kw_only=True):
    """Call whom the station chooses (叫号)."""

    counter: str


class CallTicket(Command, frozen=True, kw_only=True):
    """Call a given ticket (指呼): a waiting one needs the right to cherry-pick, a held one does not."""

    counter: str
    ticket: str


class Recall(Command, frozen=True, kw_only=True):
    """Announce the called ticket again (重呼)."""

    counter: str


class StartService(Command, frozen=True, kw_only=True):
    """The called person arrived (到窗)."""

    counter: str


class MarkNoShow(Command, frozen=True, kw_only=True):
    """The called person did not come (过号)."""

    counter: str


class Reinstate(Command, frozen=True, kw_only=True):
    """Put a no-show back into the queue."""

    ticket: str


class HoldTicket(Command, frozen=True, kw_only=True):
    """Put the ticket being served aside (挂起)."""

    counter: str
    kind: HoldKind


class ResumeTicket(Command, frozen=True, kw_only=True):
    """Go on serving a held ticket (恢复)."""

    counter: str
    ticket: str


class Requeue(Command, frozen=True, kw_only=True):
    """Send the called or served ticket back into the queue with the time it already waited (退回队列)."""

    counter: str


class TransferTicket(Command, frozen=True, kw_only=True):
    """Send the ticket on to another counter or another queue group (转窗): exactly one of the two."""

    counter: str
    to_counter: str = ""
    to_group: str = ""


class AssignTicket(Command, frozen=True, kw_only=True):
    """Let a counter call a waiting ticket next, whatever its work profile (指派); an empty counter takes that back."""

    ticket: str
    counter: str


class CallForHelp(Command, frozen=True, kw_only=True):
    """Ask the shift leader to this counter at once, without a word (求助)."""

    counter: str


class AnswerHelp(Command, frozen=True, kw_only=True):
    """Somebody is on the way to the counter that asked for help, or it was a mistake (应答求助)."""

    counter: str


class TicketLeaves(Command, frozen=True, kw_only=True):
    """The person gave up (弃号)."""

    ticket: str


class FinishTicket(Command, frozen=True, kw_only=True):
    """The visit at the counter is over (办结)."""

    counter: str
    outcome: Outcome = "done"


class UndoStep(Command, frozen=True, kw_only=True):
    """Take back the counter's last call, no-show or finish."""

    counter: str


class OpenCase(Command, frozen=True, kw_only=True):
    """Open a case on the ticket being served. case: an id made by the desk."""

    counter: str
    case: str
    service: str


class ChangeService(Command, frozen=True, kw_only=True):
    """Another service for a draft."""

    case: str
    service: str


class DiscardCase(Command, frozen=True, kw_only=True):
    """Throw a draft away; its case file is erased with it."""

    case: str


class ReceiveCase(Command, frozen=True, kw_only=True):
    """Take the materials in (收件); the case gets its number."""

    case: str


class AcceptCase(Command, frozen=True, kw_only=True):
    """Accept the case for handling (受理)."""

    case: str


class DeferMaterial(Command, frozen=True, kw_only=True):
    """Let a material be brought later (容缺受理); the shift leader's click for one paper of one case, which by its file
    is needed and not here, and by the catalogue may come later. asked: only if that is still asked for."""

    case: str
    material: ItemCode
    asked: bool = False


class OverridePrompt(Command, frozen=True, kw_only=True):
    """Set a blocking prompt aside for this case, which holds by its file and the catalogue lets a leader decide.
    reason: a code. asked: only if that is still asked for."""

    case: str
    prompt: ItemCode
    reason: ReasonCode
    asked: bool = False


class RequestApproval(Command, frozen=True, kw_only=True):
    """Ask a shift leader to set a blocking prompt aside or to let a material come later (请示). reason: a code."""

    case: str
    what: RequestKind
    item: ItemCode
    reason: ReasonCode


class WithdrawRequest(Command, frozen=True, kw_only=True):
    """Take a request to the shift leader back."""

    case: str
    what: RequestKind
    item: ItemCode


class RefuseRequest(Command, frozen=True, kw_only=True):
    """The shift leader does not grant a request. reason: a code. A yes is OverridePrompt or DeferMaterial."""

    case: str
    what: RequestKind
    item: ItemCode
    reason: ReasonCode


class DeclineCase(Command, frozen=True, kw_only=True):
    """Do not accept (不予受理). reason: a code."""

    case: str
    reason: ReasonCode


class HandOverCase(Command, frozen=True, kw_only=True):
    """Send the accepted case to its department (流转), or send it again."""

    case: str


class AcknowledgeCase(Command, frozen=True, kw_only=True):
    """The department has the case, under a reference of its own."""

    case: str
    reference: Reference


class RefuseHandoff(Command, frozen=True, kw_only=True):
    """The department does not take the case over. reason: a code."""

    case: str
    reason: ReasonCode


class ReportHandoffFailure(Command, frozen=True, kw_only=True):
    """The case could not be delivered to the department. error: a code."""

    case: str
    error: ReasonCode


class RequestSupplement(Command, frozen=True, kw_only=True):
    """Ask for more (补正). items: codes of materials and facts; the list is complete and is given once."""

    case: str
    items: tuple[ItemCode, ...]


class SupplementCase(Command, frozen=True, kw_only=True):
    """What was asked for is here: the case goes back to the stage that asked."""

    case: str


class SuspendCase(Command, frozen=True, kw_only=True):
    """Stop the clock (中止). reason: a code."""

    case: str
    reason: ReasonCode


class ResumeCase(Command, frozen=True, kw_only=True):
    """Let the clock run again."""

    case: str


class DecideCase(Command, frozen=True, kw_only=True):
    """Approve or refuse (决定). reason: a code, needed for a refusal."""

    case: str
    decision: Decision
    reason: ReasonCode = ""


class CompleteCase(Command, frozen=True, kw_only=True):
    """Decide an on-the-spot case, hand the result over and close it, in one act of the officer (即办)."""

    case: str


class ProduceCase(Command, frozen=True, kw_only=True):
    """The document is made (制证)."""

    case: str


class MakeReady(Command, frozen=True, kw_only=True):
    """The document is ready for collection (待领)."""

    case: str


class DispatchCase(Command, frozen=True, kw_only=True):
    """The document is on its way by mail (寄递). tracking: the carrier's number."""

    case: str
    tracking: Reference


class DeliverCase(Command, frozen=True, kw_only=True):
    """The document or the decision is in the applicant's hands (发证)."""

    case: str


class CloseCase(Command, frozen=True, kw_only=True):
    """Finished, whatever the outcome (办结)."""

    case: str


class WithdrawCase(Command, frozen=True, kw_only=True):
    """The applicant takes the application back (撤回)."""

    case: str


class LapseCase(Command, frozen=True, kw_only=True):
    """The supplement did not come in time (视为撤回)."""

    case: str


class ViewValue(Command, frozen=True, kw_only=True):
    """A masked value of a case file was shown in full to the officer (查看). field: its fact key, never the value."""

    case: str
    field: ItemCode


AnyCommand = (
    ConfigureStation
    | IssueTicket
    | BookAppointment
    | CheckIn
    | PrecheckTicket
    | RecordOffer
    | RateVisit
    | OpenCounter
    | PauseCounter
    | CloseCounter
    | ChangeProfile
    | SetSkills
    | PlanBreak
    | CancelBreak
    | ApplyPlan
    | CancelPlan
    | SwitchPlanning
    | CallNext
    | CallTicket
    | Recall
    | StartService
    | MarkNoShow
    | Reinstate
    | HoldTicket
    | ResumeTicket
    | Requeue
    | TransferTicket
    | AssignTicket
    | CallForHelp
    | AnswerHelp
    | TicketLeaves
    | FinishTicket
    | UndoStep
    | OpenCase
    | ChangeService
    | DiscardCase
    | ReceiveCase
    | AcceptCase
    | DeferMaterial
    | OverridePrompt
    | RequestApproval
    | WithdrawRequest
    | RefuseRequest
    | DeclineCase
    | HandOverCase
    | AcknowledgeCase
    | RefuseHandoff
    | ReportHandoffFailure
    | RequestSupplement
    | SupplementCase
    | SuspendCase
    | ResumeCase
    | DecideCase
    | CompleteCase
    | ProduceCase
    | MakeReady
    | DispatchCase
    | DeliverCase
    | CloseCase
    | WithdrawCase
    | LapseCase
    | ViewValue
)
