"""What happened at a station. at: when; by: the actor's id. No event ever carries personal data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from counterdesk.station.model import (
    DayKind,
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

Param = str | int


class Because(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something was chosen: a code and its values; the screen puts it into words."""

    code: str
    params: dict[str, Param] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """The base of all events."""

    at: datetime
    by: str


class StationConfigured(Event, frozen=True, kw_only=True):
    station: str
    name: str
    counters: tuple[str, ...]
    groups: tuple[QueueGroup, ...]
    settings: Settings


class DayStarted(Event, frozen=True, kw_only=True):
    """The first command of a new day: numbers begin anew, what ended on earlier days leaves the state.

    kind: what the station's calendar made of it then, so that the stream means the same wherever it is read.
    """

    day: date
    kind: DayKind = "ordinary"


class TicketIssued(Event, frozen=True, kw_only=True):
    ticket: str
    number: str
    group: str
    priority: PriorityReason | None = None
    service: str = ""
    appointment: str = ""
    booked_for: datetime | None = None


class AppointmentBooked(Event, frozen=True, kw_only=True):
    appointment: str
    group: str
    booked_for: datetime


class TicketPrechecked(Event, frozen=True, kw_only=True):
    """A guide looked at the papers. The ticket is for `service` from now on."""

    ticket: str
    service: str
    variant: str = ""
    materials: dict[str, PrecheckMark]


class OfferRecorded(Event, frozen=True, kw_only=True):
    """A channel was offered in place of the counter. ticket: "" for somebody without one. counter: at which counter it
    was offered, "" for the entrance."""

    ticket: str
    service: str
    channel: str
    taken: bool
    counter: str = ""


class VisitRated(Event, frozen=True, kw_only=True):
    """mark: 1 to 5."""

    ticket: str
    mark: int


class CounterOpened(Event, frozen=True, kw_only=True):
    counter: str
    groups: tuple[str, ...]


class CounterPaused(Event, frozen=True, kw_only=True):
    counter: str
    reason: PauseReason


class CounterClosed(Event, frozen=True, kw_only=True):
    counter: str


class ProfileChanged(Event, frozen=True, kw_only=True):
    counter: str
    groups: tuple[str, ...]


class SkillsSet(Event, frozen=True, kw_only=True):
    officer: str
    groups: tuple[str, ...]


class BreakPlanned(Event, frozen=True, kw_only=True):
    counter: str
    start: datetime
    until: datetime


class BreakCancelled(Event, frozen=True, kw_only=True):
    counter: str
    start: datetime


class PlanAnnounced(Event, frozen=True, kw_only=True):
    """profiles: of the counters that change, each with its next call after `effective_at`."""

    profiles: dict[str, tuple[str, ...]]
    effective_at: datetime
    because: tuple[PlanReason, ...] = ()


class PlanCancelled(Event, frozen=True, kw_only=True):
    """What was left of the announced plan is given up."""


class PlanningSwitched(Event, frozen=True, kw_only=True):
    automatic: bool


class TicketCalled(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str
    because: Because


class TicketRecalled(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str


class ServiceStarted(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str


class NoShowMarked(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str
    missed: bool
    callable_after: datetime


class TicketReinstated(Event, frozen=True, kw_only=True):
    ticket: str


class TicketHeld(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str
    kind: HoldKind


class TicketResumed(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str


class TicketRequeued(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str


class TicketTransferred(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str
    to_counter: str = ""
    to_group: str = ""


class TicketAssigned(Event, frozen=True, kw_only=True):
    """to_counter: the counter that calls it next; empty for any counter of its group again."""

    ticket: str
    to_counter: str = ""


class HelpCalled(Event, frozen=True, kw_only=True):
    counter: str


class HelpAnswered(Event, frozen=True, kw_only=True):
    counter: str


class TicketLeft(Event, frozen=True, kw_only=True):
    ticket: str


class TicketFinished(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str
    outcome: Outcome


class StepUndone(Event, frozen=True, kw_only=True):
    ticket: str
    counter: str
    step: Literal["call", "no_show", "finish"]


class CaseOpened(Event, frozen=True, kw_only=True):
    case: str
    ticket: str
    counter: str
    service: str


class ServiceChanged(Event, frozen=True, kw_only=True):
    case: str
    service: str


class CaseDiscarded(Event, frozen=True, kw_only=True):
    case: str


class CaseReceived(Event, frozen=True, kw_only=True):
    case: str
    number: str


class CaseAccepted(Event, frozen=True, kw_only=True):
    case: str
    catalog: str
    department: str
    on_the_spot: bool
    due: date | None
    due_day_kind: Literal["working", "calendar"]
    fee: str
    deferred: tuple[str, ...] = ()


class MaterialDeferred(Event, frozen=True, kw_only=True):
    case: str
    material: str


class PromptOverridden(Event, frozen=True, kw_only=True):
    case: str
    prompt: str
    reason: str


class ApprovalRequested(Event, frozen=True, kw_only=True):
    """A yes closes it as PromptOverridden or MaterialDeferred."""

    case: str
    what: RequestKind
    item: str
    reason: str


class RequestWithdrawn(Event, frozen=True, kw_only=True):
    """needless: by itself, since the case file no longer needs what was asked for."""

    case: str
    what: RequestKind
    item: str
    needless: bool = False


class RequestRefused(Event, frozen=True, kw_only=True):
    case: str
    what: RequestKind
    item: str
    reason: str


class CaseDeclined(Event, frozen=True, kw_only=True):
    case: str
    reason: str


class CaseHandedOver(Event, frozen=True, kw_only=True):
    case: str
    department: str


class HandoffFailed(Event, frozen=True, kw_only=True):
    case: str
    error: str
    tries: int
    stuck: bool


class HandoffRefused(Event, frozen=True, kw_only=True):
    case: str
    reason: str


class CaseAcknowledged(Event, frozen=True, kw_only=True):
    case: str
    reference: str


class SupplementRequested(Event, frozen=True, kw_only=True):
    case: str
    items: tuple[str, ...]


class CaseSupplemented(Event, frozen=True, kw_only=True):
    """due: the new last day, moved by as long as the clock stood still."""

    case: str
    due: date | None


class CaseSuspended(Event, frozen=True, kw_only=True):
    case: str
    reason: str


class CaseResumed(Event, frozen=True, kw_only=True):
    case: str
    due: date | None


class CaseDecided(Event, frozen=True, kw_only=True):
    case: str
    decision: Decision
    reason: str = ""


class CaseProduced(Event, frozen=True, kw_only=True):
    case: str


class CaseReady(Event, frozen=True, kw_only=True):
    case: str


class CaseDispatched(Event, frozen=True, kw_only=True):
    case: str
    tracking: str


class CaseDelivered(Event, frozen=True, kw_only=True):
    case: str


class CaseClosed(Event, frozen=True, kw_only=True):
    case: str


class CaseWithdrawn(Event, frozen=True, kw_only=True):
    case: str


class CaseLapsed(Event, frozen=True, kw_only=True):
    case: str


class ValueViewed(Event, frozen=True, kw_only=True):
    """Somebody had a masked value shown in full. It changes nothing; that it happened is what is kept."""

    case: str
    field: str


AnyEvent = (
    StationConfigured
    | DayStarted
    | TicketIssued
    | AppointmentBooked
    | TicketPrechecked
    | OfferRecorded
    | VisitRated
    | CounterOpened
    | CounterPaused
    | CounterClosed
    | ProfileChanged
    | SkillsSet
    | BreakPlanned
    | BreakCancelled
    | PlanAnnounced
    | PlanCancelled
    | PlanningSwitched
    | TicketCalled
    | TicketRecalled
    | ServiceStarted
    | NoShowMarked
    | TicketReinstated
    | TicketHeld
    | TicketResumed
    | TicketRequeued
    | TicketTransferred
    | TicketAssigned
    | HelpCalled
    | HelpAnswered
    | TicketLeft
    | TicketFinished
    | StepUndone
    | CaseOpened
    | ServiceChanged
    | CaseDiscarded
    | CaseReceived
    | CaseAccepted
    | MaterialDeferred
    | PromptOverridden
    | ApprovalRequested
    | RequestWithdrawn
    | RequestRefused
    | CaseDeclined
    | CaseHandedOver
    | HandoffFailed
    | HandoffRefused
    | CaseAcknowledged
    | SupplementRequested
    | CaseSupplemented
    | CaseSuspended
    | CaseResumed
    | CaseDecided
    | CaseProduced
    | CaseReady
    | CaseDispatched
    | CaseDelivered
    | CaseClosed
    | CaseWithdrawn
    | CaseLapsed
    | ValueViewed
)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the station numbered it: seq counts from 1 without gaps; command: the id of the command behind it."""

    seq: int
    command: str
    event: AnyEvent
