"""What a station is made of: tickets, counters, appointments, cases and the handoffs behind them. All immutable.

Times are aware datetimes in `TIMEZONE`. Nothing here is personal data: people appear as ticket numbers and case ids.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Literal

import msgspec

TIMEZONE = timezone(timedelta(hours=8))
"""China has one time zone and no daylight saving."""

TicketState = Literal["waiting", "called", "serving", "held", "no_show", "left", "finished"]
HoldKind = Literal["papers_out", "papers_kept", "step_wait"]
Outcome = Literal["done", "come_back", "referred", "nothing_done"]
CounterState = Literal["closed", "open", "paused"]
PauseReason = Literal["lunch", "break", "meeting", "equipment"]
PriorityReason = Literal["elderly", "disabled", "infant", "serviceman", "urgent"]
HandoffState = Literal["sent", "acknowledged", "refused", "stuck"]
Decision = Literal["approved", "refused"]
CaseStatus = Literal[
    "draft",
    "received",
    "supplementing",
    "accepted",
    "in_review",
    "suspended",
    "approved",
    "refused",
    "produced",
    "ready",
    "dispatched",
    "delivered",
    "closed",
    "not_accepted",
    "withdrawn",
    "lapsed",
]
RequestKind = Literal["override", "deferral"]
"""What a shift leader is asked for: to set a blocking prompt aside, or to let a paper come later (容缺受理)."""
PrecheckMark = Literal["have", "missing", "unsure"]
PlanStatus = Literal["announced", "in_force", "cancelled", "replaced", "lapsed"]
PlanCode = Literal[
    "by_hand",
    "fixed_time",
    "counter_came",
    "counter_gone",
    "burst",
    "uncovered",
    "promise",
    "worst_group",
    "helps",
    "costs",
]
DayKind = Literal["ordinary", "after_rest", "before_rest", "before_long_rest", "rest"]
"""What a day is to those who plan it: whether public bodies work on it, and on the days beside it."""
ENDED_CASE: frozenset[CaseStatus] = frozenset({"closed", "not_accepted", "withdrawn", "lapsed"})
ENDED_TICKET: frozenset[TicketState] = frozenset({"left", "finished"})


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all values of a station share."""


class HandlingTime(Value, frozen=True, kw_only=True):
    """How long something takes at a counter, as the catalogue gives it: median and 90th percentile, minutes."""

    median: Annotated[float, msgspec.Meta(ge=0.1, le=480)] = 6.0
    p90: Annotated[float, msgspec.Meta(ge=0.1, le=960)] = 12.0


class QueueGroup(Value, frozen=True, kw_only=True):
    """A group of services with one ticket letter and one waiting target (minutes).

    daily: tickets that are expected of it on an ordinary day, where forecasting starts; 0 if nobody knows.
    time: what a visit of the group takes, services: what each of its services takes; where learning starts.
    """

    id: str
    letter: str
    wait_target: int
    daily: Annotated[float, msgspec.Meta(ge=0, le=100_000)] = 0.0
    time: HandlingTime = HandlingTime()
    services: dict[str, HandlingTime] = {}


class Settings(Value, frozen=True, kw_only=True):
    """What a station may set for itself. Seconds unless said.

    cool_off: how long after a no-show the same ticket is not called again.
    max_calls: calls after which a ticket that did not come is missed and is no longer called by itself.
    undo: how long a wrong call, no-show or finish can be undone.
    appointment_window: minutes before the booked time from which an appointment goes first, and after it until which
        its holder has to be here for that.
    priority_run: priority tickets called in a row before one other ticket gets its turn.
    handoff_tries: failed deliveries to a department before the handoff waits for a person.
    lease: how long after its call a ticket is the caller's alone; then a leader may resolve it from another desk.
    opens, closes: minutes of the day between which citizens come.
    plan_notice: how long a plan is announced before a counter's next call follows it.
    plan_rest: how long after a plan the automatic planner leaves the counters as they are.
    policy: who is called next; one of `routing.POLICIES`.
    """

    cool_off: int = 180
    max_calls: int = 3
    undo: int = 20
    appointment_window: int = 15
    priority_run: int = 2
    handoff_tries: int = 3
    lease: int = 120
    opens: int = 510
    closes: int = 1020
    plan_notice: int = 120
    plan_rest: int = 900
    policy: str = "promise"


class Precheck(Value, frozen=True, kw_only=True):
    """What a guide saw of somebody's papers before the wait (预审), by material code. It settles nothing: the officer
    looks himself. variant: the case group that the citizen named, "" where none was. by: who looked."""

    service: str
    variant: str = ""
    materials: dict[str, PrecheckMark]
    by: str = ""


class Offer(Value, frozen=True, kw_only=True):
    """That somebody was told where he need not wait (分流), and whether he went there."""

    service: str
    channel: str
    taken: bool


class Ticket(Value, frozen=True, kw_only=True):
    """One person's place in the queue. waited, served, held: seconds of the stretches that are over. overtaken: how
    many younger tickets were called while it waited.

    precheck: of his papers, if a guide looked. offers: what he was offered in place of the counter, one a channel.
    rating: 1 to 5, how content its holder was, 0 if he did not say.
    """

    id: str
    number: str
    group: str
    state: TicketState
    issued_at: datetime
    queued_since: datetime
    priority: PriorityReason | None = None
    appointment: str = ""
    booked_for: datetime | None = None
    service: str = ""
    for_counter: str = ""
    counter: str = ""
    calls: int = 0
    recalls: int = 0
    called_at: datetime | None = None
    called_by: str = ""
    started_at: datetime | None = None
    held_at: datetime | None = None
    ended_at: datetime | None = None
    callable_after: datetime | None = None
    missed: bool = False
    hold: HoldKind | None = None
    outcome: Outcome | None = None
    waited: float = 0.0
    served: float = 0.0
    held: float = 0.0
    overtaken: int = 0
    precheck: Precheck | None = None
    offers: tuple[Offer, ...] = ()
    rating: int = 0


class Appointment(Value, frozen=True, kw_only=True):
    """A place in the queue booked for a time; ticket is set once its holder checked in."""

    id: str
    group: str
    at: datetime
    ticket: str = ""


class Counter(Value, frozen=True, kw_only=True):
    """A numbered place of service. groups is its work profile: the queue groups that it draws from now."""

    number: str
    state: CounterState = "closed"
    officer: str = ""
    groups: tuple[str, ...] = ()
    pause: PauseReason | None = None
    since: datetime | None = None


class Break(Value, frozen=True, kw_only=True):
    """A pause that is planned for a counter. It binds nobody: those who plan reckon with it."""

    start: datetime
    until: datetime


class PlanReason(Value, frozen=True, kw_only=True):
    """One reason for a plan, or what it costs. group, counter: of the station, or "" (`plan_rules.py` lets no other
    name in, which might be a person's). before, after: minutes that `group` waits; of "promise" the percent of visits
    for which it is kept."""

    code: PlanCode
    group: str = ""
    counter: str = ""
    before: int = 0
    after: int = 0


class Plan(Value, frozen=True, kw_only=True):
    """Which counter takes what, as somebody ordered it.

    profiles: the queue groups of each counter that changes. left: the counters whose next call has not followed it yet.
    effective_at: from when a counter's next call follows it. ended_at: when it was in force everywhere or was given up.
    """

    status: PlanStatus
    profiles: dict[str, tuple[str, ...]]
    left: tuple[str, ...]
    announced_at: datetime
    effective_at: datetime
    by: str
    because: tuple[PlanReason, ...] = ()
    ended_at: datetime | None = None


class Handoff(Value, frozen=True, kw_only=True):
    """The journey of a case to its department: in review only when the department gave a reference of its own."""

    department: str
    state: HandoffState
    sent_at: datetime
    tries: int = 0
    error: str = ""
    reference: str = ""
    acknowledged_at: datetime | None = None


class Request(Value, frozen=True, kw_only=True):
    """What the officer of a case asked a shift leader for (请示). item: the prompt or the material. reason: a code, by
    whom and since when.

    refused: the leader's reason for a no, "" while nobody answered. A yes leaves no request behind: it is an override
    or a deferral of the case.
    """

    what: RequestKind
    item: str
    reason: str
    by: str
    at: datetime
    refused: str = ""


class Case(Value, frozen=True, kw_only=True):
    """One matter of one applicant. number is given at receipt; until then the case is a draft without one.

    due: the last day for the decision, None where the law sets no limit or the calendar is unknown.
    supplement: codes of the materials and facts that are still to be brought; return_to: the stage that asked.
    deferred: materials that a shift leader lets be brought later. overrides: prompts that he set aside, and why.
    requests: what a shift leader is asked for, or refused, at most one for each prompt and material.
    clock_stopped_on: the day since when the clock stands still (supplement, suspension).
    """

    id: str
    ticket: str
    counter: str
    officer: str
    service: str
    status: CaseStatus
    opened_at: datetime
    changed_at: datetime
    number: str = ""
    received_at: datetime | None = None
    accepted_at: datetime | None = None
    catalog: str = ""
    department: str = ""
    on_the_spot: bool = False
    due: date | None = None
    due_day_kind: Literal["working", "calendar"] = "working"
    clock_stopped_on: date | None = None
    fee: str = ""
    handoff: Handoff | None = None
    supplement: tuple[str, ...] = ()
    return_to: CaseStatus | None = None
    returned: int = 0
    deferred: tuple[str, ...] = ()
    overrides: dict[str, str] = {}
    requests: tuple[Request, ...] = ()
    decision: Decision | None = None
    reason: str = ""
    tracking: str = ""

    def request(self, what: RequestKind, item: str) -> Request | None:
        """What is asked, or was refused, about a prompt or a material, if anything."""
        return next((one for one in self.requests if (one.what, one.item) == (what, item)), None)

    @property
    def asked(self) -> tuple[Request, ...]:
        """The requests that nobody answered yet."""
        return tuple(one for one in self.requests if not one.refused)


class DayShape(Value, frozen=True, kw_only=True):
    """How walk-ins spread over a kind of day. days: how many such days it is worth. groups: tickets in each half hour
    from midnight, by queue group, the mean of those days."""

    days: float
    groups: dict[str, tuple[float, ...]]


class Arrivals(Value, frozen=True, kw_only=True):
    """Walk-ins as they came: today by half hour, and what earlier days were like (`forecast.py`)."""

    today: dict[str, tuple[int, ...]] = {}
    kinds: dict[DayKind, DayShape] = {}


class HelpCall(Value, frozen=True, kw_only=True):
    """An officer at a counter asks for help at once; nobody came yet."""

    counter: str
    by: str
    at: datetime


class Undoable(Value, frozen=True, kw_only=True):
    """The last step of a counter that can still be undone, with the ticket as it was before.

    run: of a call, what undoing it gives back to `State.priority_run`.
    """

    step: Literal["call", "no_show", "finish"]
    before: Ticket
    at: datetime
    run: int = 0


class Estimate(Value, frozen=True, kw_only=True):
    """What is known of a handling time: mean and variance of the logarithm of its minutes, worth `weight` visits."""

    weight: float
    mean: float
    variance: float


class Pace(Value, frozen=True, kw_only=True):
    """How an officer's visits differ from what was expected of them: mean of the logarithm of the ratio, of `weight`
    visits."""

    weight: float = 0.0
    mean: float = 0.0


class Learned(Value, frozen=True, kw_only=True):
    """What a station learned from its own visits (`learning.py`). officers: the paces of each officer by group."""

    groups: dict[str, Estimate] = {}
    services: dict[str, Estimate] = {}
    officers: dict[str, dict[str, Pace]] = {}


class State(Value, frozen=True, kw_only=True):
    """A whole station at one moment.

    current: the called-or-serving ticket of each counter. issued: tickets of the day by group. priority_run: priority
    tickets called in a row. cases_received: receipts of the year, for the case number. skills: the queue groups that
    an officer is certified for; who is not listed may do all. breaks: the planned pauses of each counter. plans: the
    last plans, the newest at the end. automatic: whether the planner may apply plans by itself. day_kind: of `day`.
    arrivals: who came when, for the forecast.
    help: calls for help that nobody answered, by counter.
    """

    station: str = ""
    name: str = ""
    settings: Settings = Settings()
    groups: dict[str, QueueGroup] = {}
    counters: dict[str, Counter] = {}
    day: date | None = None
    issued: dict[str, int] = {}
    tickets: dict[str, Ticket] = {}
    appointments: dict[str, Appointment] = {}
    current: dict[str, str] = {}
    undo: dict[str, Undoable] = {}
    priority_run: int = 0
    cases: dict[str, Case] = {}
    cases_received: int = 0
    skills: dict[str, tuple[str, ...]] = {}
    breaks: dict[str, tuple[Break, ...]] = {}
    plans: tuple[Plan, ...] = ()
    automatic: bool = False
    day_kind: DayKind = "ordinary"
    arrivals: Arrivals = Arrivals()
    help: dict[str, HelpCall] = {}
    learned: Learned = Learned()

    def current_ticket(self, counter: str) -> Ticket | None:
        """The ticket called to or served at `counter`, if any."""
        return self.tickets.get(self.current.get(counter, ""))

    def cases_of(self, ticket: str) -> tuple[Case, ...]:
        """The cases that `ticket` opened, oldest first."""
        return tuple(case for case in self.cases.values() if case.ticket == ticket)
