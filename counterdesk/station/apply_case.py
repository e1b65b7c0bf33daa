"""What events about cases make of a station; see `apply.py`."""

from __future__ import annotations

import msgspec

from counterdesk.station import events as e
from counterdesk.station.model import Case, CaseStatus, Handoff, Request, RequestKind, State

_replace = msgspec.structs.replace
_ASKING: frozenset[CaseStatus] = frozenset({"draft", "received"})
"""The statuses in which a shift leader can still be asked for something."""


def case_changed(state: State, event: e.AnyEvent) -> State:
    """The state after an event about a case that is open; one about anything else is an error."""
    case = state.cases[event.case]  # type: ignore[union-attr]
    received = state.cases_received + isinstance(event, e.CaseReceived)
    changed = _replace(_case_after(case, event), changed_at=event.at)
    if changed.requests and (changed.status not in _ASKING or isinstance(event, e.ServiceChanged)):
        changed = _replace(changed, requests=())  # what was asked for is no question any more
    return _replace(state, cases={**state.cases, case.id: changed}, cases_received=received)


def _case_after(case: Case, event: e.AnyEvent) -> Case:
    match event:
        case e.ServiceChanged():
            return _replace(case, service=event.service)
        case e.CaseReceived():
            return _replace(case, status="received", number=event.number, received_at=event.at)
        case e.CaseAccepted():
            return _replace(
                case,
                status="accepted",
                accepted_at=event.at,
                catalog=event.catalog,
                department=event.department,
                on_the_spot=event.on_the_spot,
                due=event.due,
                due_day_kind=event.due_day_kind,
                fee=event.fee,
                deferred=event.deferred,
            )
        case e.MaterialDeferred():
            return _replace(
                case,
                deferred=(*(code for code in case.deferred if code != event.material), event.material),
                requests=_other_requests(case, "deferral", event.material),
            )
        case e.PromptOverridden():
            return _replace(
                case,
                overrides={**case.overrides, event.prompt: event.reason},
                requests=_other_requests(case, "override", event.prompt),
            )
        case e.ApprovalRequested():
            asked = Request(what=event.what, item=event.item, reason=event.reason, by=event.by, at=event.at)
            return _replace(case, requests=(*_other_requests(case, event.what, event.item), asked))
        case e.RequestWithdrawn():
            return _replace(case, requests=_other_requests(case, event.what, event.item))
        case e.RequestRefused():
            return _replace(
                case,
                requests=tuple(
                    _replace(one, refused=event.reason) if (one.what, one.item) == (event.what, event.item) else one
                    for one in case.requests
                ),
            )
        case e.CaseDeclined():
            return _replace(case, status="not_accepted", reason=event.reason)
        case e.CaseHandedOver() | e.HandoffFailed() | e.HandoffRefused() | e.CaseAcknowledged():
            return _handoff_changed(case, event)
        case e.SupplementRequested():
            return _replace(
                case,
                status="supplementing",
                return_to=case.status,
                supplement=event.items,
                returned=case.returned + 1,
                clock_stopped_on=event.at.date(),
            )
        case e.CaseSupplemented():
            return _replace(
                case,
                status=case.return_to or "received",
                return_to=None,
                supplement=(),
                clock_stopped_on=None,
                due=event.due,
            )
        case e.CaseSuspended():
            return _replace(case, status="suspended", reason=event.reason, clock_stopped_on=event.at.date())
        case e.CaseResumed():
            return _replace(case, status="in_review", reason="", clock_stopped_on=None, due=event.due)
        case e.CaseDecided():
            return _replace(case, status=event.decision, decision=event.decision, reason=event.reason)
        case e.CaseProduced():
            return _replace(case, status="produced")
        case e.CaseReady():
            return _replace(case, status="ready")
        case e.CaseDispatched():
            return _replace(case, status="dispatched", tracking=event.tracking)
        case e.CaseDelivered():
            return _replace(case, status="delivered")
        case e.CaseClosed():
            return _replace(case, status="closed")
        case e.CaseWithdrawn():
            return _replace(case, status="withdrawn")
        case e.CaseLapsed():
            return _replace(case, status="lapsed")
        case _:
            raise AssertionError(f"not about a case: {type(event).__name__}")


def _other_requests(case: Case, what: RequestKind, item: str) -> tuple[Request, ...]:
    return tuple(one for one in case.requests if (one.what, one.item) != (what, item))


def _handoff_changed(
    case: Case, event: e.CaseHandedOver | e.HandoffFailed | e.HandoffRefused | e.CaseAcknowledged
) -> Case:
    if isinstance(event, e.CaseHandedOver) or case.handoff is None:
        sent = Handoff(department=case.department, state="sent", sent_at=event.at)
        return _replace(case, handoff=sent)
    match event:
        case e.HandoffFailed():
            state = "stuck" if event.stuck else case.handoff.state
            handoff = _replace(case.handoff, state=state, tries=event.tries, error=event.error)
            return _replace(case, handoff=handoff)
        case e.HandoffRefused():
            return _replace(case, handoff=_replace(case.handoff, state="refused", error=event.reason))
        case e.CaseAcknowledged():
            handoff = _replace(
                case.handoff,
                state="acknowledged",
                reference=event.reference,
                acknowledged_at=event.at,
                error="",
            )
            return _replace(case, status="in_review", handoff=handoff)
