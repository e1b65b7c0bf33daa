"""The rules of a case: from the draft through the department and back into the applicant's hands."""

from __future__ import annotations

from datetime import date

from counterdesk.formats.calendar import add_calendar_days, add_working_days, working_days_between
from counterdesk.station.act import Act, Evidence
from counterdesk.station.commands import (
    AcceptCase,
    AcknowledgeCase,
    ChangeService,
    CloseCase,
    CompleteCase,
    DecideCase,
    DeclineCase,
    DeliverCase,
    DiscardCase,
    DispatchCase,
    HandOverCase,
    LapseCase,
    MakeReady,
    OpenCase,
    ProduceCase,
    ReceiveCase,
    RefuseHandoff,
    ReportHandoffFailure,
    RequestSupplement,
    ResumeCase,
    SupplementCase,
    SuspendCase,
    ViewValue,
    WithdrawCase,
)
from counterdesk.station.events import (
    AnyEvent,
    CaseAccepted,
    CaseAcknowledged,
    CaseClosed,
    CaseDecided,
    CaseDeclined,
    CaseDelivered,
    CaseDiscarded,
    CaseDispatched,
    CaseHandedOver,
    CaseLapsed,
    CaseOpened,
    CaseProduced,
    CaseReady,
    CaseReceived,
    CaseResumed,
    CaseSupplemented,
    CaseSuspended,
    CaseWithdrawn,
    HandoffFailed,
    HandoffRefused,
    ServiceChanged,
    SupplementRequested,
    ValueViewed,
)
from counterdesk.station.model import Case, Handoff
from counterdesk.station.refused import Refused


def open_case(act: Act, command: OpenCase) -> list[AnyEvent]:
    """A ticket being served may open several cases."""
    ticket = act.current(command.counter)
    if command.case in act.state.cases:
        raise Refused("case_exists")
    return [
        CaseOpened(
            at=act.now,
            by=act.actor.id,
            case=command.case,
            ticket=ticket.id,
            counter=command.counter,
            service=command.service,
        )
    ]


def change_service(act: Act, command: ChangeService) -> list[AnyEvent]:
    """Only a draft may still become another matter."""
    case = act.case(command.case)
    return [ServiceChanged(at=act.now, by=act.actor.id, case=case.id, service=command.service)]


def discard(act: Act, command: DiscardCase) -> list[AnyEvent]:
    """Only a draft may vanish."""
    return [CaseDiscarded(at=act.now, by=act.actor.id, case=act.case(command.case).id)]


def _received(act: Act, case: Case) -> list[AnyEvent]:
    """A draft gets its case number: year and running number of the station, so that it can be said over the phone."""
    if case.status != "draft":
        return []
    year = (act.state.day or act.now).year
    number = f"{year % 100:02d}{act.state.cases_received + 1:06d}"
    return [CaseReceived(at=act.now, by=act.actor.id, case=case.id, number=number)]


def receive(act: Act, command: ReceiveCase) -> list[AnyEvent]:
    """Receipt is possible with papers missing: the one-time notice follows within five days (行政许可法 Art. 32)."""
    return _received(act, act.case(command.case))


def accept(act: Act, command: AcceptCase) -> list[AnyEvent]:
    """Accepted is what has nothing in the way: no blocker true or unknown, all materials settled."""
    case = act.case(command.case)
    found = act.evidence
    if found is None or found.service != case.service or not found.department:
        raise Refused("no_file", case=case.number or case.id)
    if found.gate:
        raise Refused("gate", problems=len(found.gate), first=found.gate[0])
    return [*_received(act, case), _accepted(act, case, found)]


def _accepted(act: Act, case: Case, found: Evidence) -> CaseAccepted:
    return CaseAccepted(
        at=act.now,
        by=act.actor.id,
        case=case.id,
        catalog=found.catalog,
        department=found.department,
        on_the_spot=found.on_the_spot,
        due=found.due,
        due_day_kind=found.due_day_kind,
        fee=found.fee,
        deferred=found.deferred,
    )


def decline(act: Act, command: DeclineCase) -> list[AnyEvent]:
    """A refusal to accept is in writing, with its reason (行政许可法 Art. 32): so the case has a number."""
    case = act.case(command.case)
    if not command.reason:
        raise Refused("reason_missing")
    return [
        *_received(act, case),
        CaseDeclined(at=act.now, by=act.actor.id, case=case.id, reason=command.reason),
    ]


def hand_over(act: Act, command: HandOverCase) -> list[AnyEvent]:
    """A case is on its way once; after a refusal or too many failures a person sends it again."""
    case = act.case(command.case)
    if case.on_the_spot:
        raise Refused("on_the_spot", case=case.number)
    if case.handoff is not None and case.handoff.state == "sent":
        raise Refused("handoff_running", case=case.number)
    return [CaseHandedOver(at=act.now, by=act.actor.id, case=case.id, department=case.department)]


def _under_way(case: Case) -> Handoff:
    if case.handoff is None or case.handoff.state == "refused":
        raise Refused("no_handoff", case=case.number)
    return case.handoff


def report_failure(act: Act, command: ReportHandoffFailure) -> list[AnyEvent]:
    """After the station's number of tries the handoff waits for a person."""
    case = act.case(command.case)
    tries = _under_way(case).tries + 1
    stuck = tries >= act.state.settings.handoff_tries
    return [HandoffFailed(at=act.now, by=act.actor.id, case=case.id, error=command.error, tries=tries, stuck=stuck)]


def refuse_handoff(act: Act, command: RefuseHandoff) -> list[AnyEvent]:
    """The department says why it does not take the case."""
    case = act.case(command.case)
    _under_way(case)
    if not command.reason:
        raise Refused("reason_missing")
    return [HandoffRefused(at=act.now, by=act.actor.id, case=case.id, reason=command.reason)]


def acknowledge(act: Act, command: AcknowledgeCase) -> list[AnyEvent]:
    """Only the department's own reference brings a case into review."""
    case = act.case(command.case)
    _under_way(case)
    if not command.reference:
        raise Refused("reference_missing")
    return [CaseAcknowledged(at=act.now, by=act.actor.id, case=case.id, reference=command.reference)]


def request_supplement(act: Act, command: RequestSupplement) -> list[AnyEvent]:
    """The list is complete and given once; the clock stands still until it is answered. In review the department
    asks, before it the counter."""
    case = act.case(command.case)
    if act.actor.role != "reviewer" and case.status == "in_review":
        raise Refused("case_elsewhere", case=case.number, department=case.department)
    if not command.items:
        raise Refused("items_missing")
    return [SupplementRequested(at=act.now, by=act.actor.id, case=case.id, items=command.items)]


def _resumed_due(act: Act, case: Case) -> date | None:
    """The last day, moved by the days for which the clock stood still."""
    if case.due is None or case.clock_stopped_on is None:
        return case.due
    today = max(act.now.date(), case.clock_stopped_on)
    if case.due_day_kind == "working":
        days = working_days_between(case.clock_stopped_on, today)
        return None if days is None else add_working_days(case.due, days)
    days = (today - case.clock_stopped_on).days
    return add_calendar_days(case.due, days, move_to_working_day=True)


def supplement(act: Act, command: SupplementCase) -> list[AnyEvent]:
    """Back to the stage that asked."""
    case = act.case(command.case)
    return [CaseSupplemented(at=act.now, by=act.actor.id, case=case.id, due=_resumed_due(act, case))]


def suspend(act: Act, command: SuspendCase) -> list[AnyEvent]:
    """The clock stops for a reason."""
    case = act.case(command.case)
    if not command.reason:
        raise Refused("reason_missing")
    return [CaseSuspended(at=act.now, by=act.actor.id, case=case.id, reason=command.reason)]


def resume_case(act: Act, command: ResumeCase) -> list[AnyEvent]:
    """The clock runs again."""
    case = act.case(command.case)
    return [CaseResumed(at=act.now, by=act.actor.id, case=case.id, due=_resumed_due(act, case))]


def decide_case(act: Act, command: DecideCase) -> list[AnyEvent]:
    """In review the department decides; on the spot the officer (受办分离)."""
    case = act.case(command.case)
    at_counter = act.actor.role != "reviewer"
    if at_counter != (case.status == "accepted"):
        raise Refused("case_elsewhere", case=case.number, department=case.department)
    if at_counter and not case.on_the_spot:
        raise Refused("not_on_the_spot", case=case.number, department=case.department)
    if command.decision == "refused" and not command.reason:
        raise Refused("reason_missing")
    return [CaseDecided(at=act.now, by=act.actor.id, case=case.id, decision=command.decision, reason=command.reason)]


def complete(act: Act, command: CompleteCase) -> list[AnyEvent]:
    """An on-the-spot case is decided, its result handed over, and closed, in one act (即办件)."""
    case = act.case(command.case)
    if not case.on_the_spot:
        raise Refused("not_on_the_spot", case=case.number, department=case.department)
    at, by = act.stamp
    return [
        CaseDecided(at=at, by=by, case=case.id, decision="approved"),
        CaseProduced(at=at, by=by, case=case.id),
        CaseDelivered(at=at, by=by, case=case.id),
        CaseClosed(at=at, by=by, case=case.id),
    ]


def produce(act: Act, command: ProduceCase) -> list[AnyEvent]:
    """The document is made after the approval: by the department, or at the counter for what was decided there."""
    case = act.case(command.case)
    if act.actor.role != "reviewer" and not case.on_the_spot:
        raise Refused("not_on_the_spot", case=case.number, department=case.department)
    return [CaseProduced(at=act.now, by=act.actor.id, case=case.id)]


def make_ready(act: Act, command: MakeReady) -> list[AnyEvent]:
    """Ready for collection."""
    return [CaseReady(at=act.now, by=act.actor.id, case=act.case(command.case).id)]


def dispatch(act: Act, command: DispatchCase) -> list[AnyEvent]:
    """Sent by mail."""
    case = act.case(command.case)
    return [CaseDispatched(at=act.now, by=act.actor.id, case=case.id, tracking=command.tracking)]


def deliver(act: Act, command: DeliverCase) -> list[AnyEvent]:
    """In the applicant's hands: the document, or the refusal in writing."""
    return [CaseDelivered(at=act.now, by=act.actor.id, case=act.case(command.case).id)]


def close_case(act: Act, command: CloseCase) -> list[AnyEvent]:
    """Finished."""
    return [CaseClosed(at=act.now, by=act.actor.id, case=act.case(command.case).id)]


def withdraw(act: Act, command: WithdrawCase) -> list[AnyEvent]:
    """The applicant may take an application back until it is decided."""
    return [CaseWithdrawn(at=act.now, by=act.actor.id, case=act.case(command.case).id)]


def lapse(act: Act, command: LapseCase) -> list[AnyEvent]:
    """The supplement was not brought in time."""
    return [CaseLapsed(at=act.now, by=act.actor.id, case=act.case(command.case).id)]


def view_value(act: Act, command: ViewValue) -> list[AnyEvent]:
    """Whoever may read the file may have a masked value shown; that he did is on record."""
    case = act.case(command.case)
    return [ValueViewed(at=act.now, by=act.actor.id, case=case.id, field=command.field)]
