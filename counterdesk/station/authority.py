"""May this person do this to that? The one question that every route and every rule asks, and its answers as data.

`MATRIX` says for each action what it acts on, in which states, and whose it must be; `roles.PERMISSIONS` says which
roles may at all. docs/protocol.md shows both as a table that is made from them.

Whose something is: a counter is its officer's; a case is the officer's who took it in, of whoever serves its ticket
now and, once it came back to be acted on, of whoever serves a citizen (无差别受理); behind the counter it is the
department's that it was sent to. context.md §3.6: nobody browses persons freely.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from counterdesk.station import commands as c
from counterdesk.station.model import Case, CaseStatus, Counter, State
from counterdesk.station.refused import RefusalCode
from counterdesk.station.roles import Actor, Mode
from counterdesk.station.steps import STEPS

Kind = Literal[
    "station", "appointment", "counter", "current", "ticket", "case", "file", "figures", "account", "audit", "escrow"
]
Relation = Literal["own", "free", "served", "came_back", "department", "other"]
Denial = RefusalCode | Literal["wrong_mode"]

WRITABLE: frozenset[CaseStatus] = frozenset({"draft", "received", "supplementing"})
"""Statuses in which a case file may still change: what was accepted is what the department decides on."""
BROUGHT_BACK: frozenset[CaseStatus] = frozenset({"supplementing", "ready", "refused", "produced", "dispatched"})
"""Statuses in which an applicant comes back, to whatever counter calls him."""


class Right(NamedTuple):
    """What an action needs beyond the role.

    kind: what it acts on. states: from which states; empty for any. relations: whose it may be; empty for anybody's.
    guarded: the states in which that matters; empty for all. wider: the permission that stands in for the relation.
    lease: another's called ticket only once its lease is over. notmine: what is said if it is not one's own.
    """

    kind: Kind
    states: frozenset[str] = frozenset()
    relations: frozenset[Relation] = frozenset()
    guarded: frozenset[str] = frozenset()
    wider: str = ""
    lease: bool = False
    notmine: RefusalCode = "case_not_yours"


class Target(NamedTuple):
    """What an action is about. A part that is None is not known yet and not judged.

    session, station: the modes of who asks and of what is asked. overdue: the lease of a called ticket is over.
    """

    state: str | None = None
    relation: Relation | None = None
    overdue: bool = False
    session: Mode = "live"
    station: Mode = "live"


_OWN: frozenset[Relation] = frozenset({"own"})
_CASE: frozenset[Relation] = frozenset({"own", "served"})
_FILE: frozenset[Relation] = frozenset({"own", "served", "came_back"})
_WORKING = frozenset({"open", "paused"})
_AT_COUNTER = frozenset({"called", "serving"})
_UNACCEPTED = frozenset({"draft", "received"})
_ANYBODYS: frozenset[type[c.Command]] = frozenset({c.Reinstate, c.AssignTicket, c.PrecheckTicket, c.RateVisit})


def _right(command: type[c.Command]) -> Right:
    step = STEPS[command]
    if command is c.OpenCounter:
        return Right("counter", step.sources, frozenset({"own", "free"}), notmine="counter_taken")
    if command is c.ViewValue:
        return Right("file", step.sources, _FILE, wider="any_file")
    if command is c.RecordOffer:  # whoever stands at a counter is offered something by that counter
        return Right("station", step.sources, _OWN, _AT_COUNTER, "other_counter", notmine="counter_not_yours")
    if step.subject == "case":
        return Right("case", step.sources, _CASE, _UNACCEPTED, "other_counter")
    if step.subject in ("station", "appointment") or command in _ANYBODYS:
        return Right(step.subject, step.sources)
    guarded = _AT_COUNTER if command is c.TicketLeaves else frozenset[str]()
    lease = "called" in step.sources or command is c.UndoStep
    return Right(step.subject, step.sources, _OWN, guarded, "other_counter", lease, "counter_not_yours")


MATRIX: dict[str, Right] = {command.__name__: _right(command) for command in STEPS} | {
    "read_station": Right("station"),
    "lookup": Right("station"),
    "read_file": Right("file", frozenset(), _FILE, wider="any_file"),
    "write_file": Right("file", frozenset(WRITABLE), _FILE, wider="any_file"),
    "write_note": Right("counter", _WORKING, _OWN, wider="other_counter", notmine="counter_not_yours"),
    "read_note": Right("counter", _WORKING, _OWN, wider="other_counter", notmine="counter_not_yours"),
    "drop_note": Right("counter", _WORKING, _OWN, wider="other_counter", notmine="counter_not_yours"),
    "read_board": Right("station"),
    "read_figures": Right("figures", frozenset(), _OWN, wider="all_figures", notmine="figures_not_yours"),
    "read_audit": Right("audit"),
    "unlock": Right("account"),
    "open_escrow": Right("escrow"),
}
"""Every action by name: the commands, and what routes do that no command does."""

_STATE_CODES: dict[Kind, RefusalCode] = {
    "counter": "counter_not_open",
    "current": "ticket_state",
    "ticket": "ticket_state",
    "case": "case_state",
    "file": "case_state",
}


def authorize(actor: Actor, action: str, target: Target) -> Denial | None:
    """Whether `actor` may do `action` to `target`: None if so, else why not.

    In this order: the mode, the role, whose it is, the lease, its state.
    """
    right = MATRIX[action]
    if target.session != target.station:
        return "wrong_mode"
    if not actor.may(action):
        return "not_permitted"
    if target.relation is not None and (code := _stranger(actor, right, target)) is not None:
        return code
    if target.state is not None:
        if right.lease and target.state == "called" and target.relation == "other" and not target.overdue:
            return "lease_running"
        if right.states and target.state not in right.states:
            return _STATE_CODES[right.kind]
    return None


def _stranger(actor: Actor, right: Right, target: Target) -> RefusalCode | None:
    """What to say if it is not the actor's to touch."""
    if not right.relations:
        return None
    if actor.role == "reviewer" and right.kind in ("case", "file"):
        wrong = target.relation != "department"
        return ("other_department" if right.kind == "case" else right.notmine) if wrong else None
    if right.guarded and target.state not in right.guarded:
        return None
    # A counter at which nobody works is judged by its state alone.
    if target.relation == "free" or target.relation in right.relations or (right.wider and actor.may(right.wider)):
        return None
    return right.notmine


def counter_relation(counter: Counter, actor: Actor) -> Relation:
    """Whose a counter is."""
    return "own" if counter.officer == actor.id else "other" if counter.officer else "free"


def case_relation(state: State, case: Case, actor: Actor) -> Relation:
    """Whose a case is, seen from `actor`: the closest relation that holds."""
    if actor.role == "reviewer":
        return "department" if case.department and case.department == actor.department else "other"
    if case.officer == actor.id:
        return "own"
    served = {
        ticket.id
        for counter in state.counters.values()
        if counter.officer == actor.id and (ticket := state.current_ticket(counter.number)) is not None
    }
    if case.ticket in served:
        return "served"
    return "came_back" if served and case.status in BROUGHT_BACK else "other"


def file_relation(state: State, case: Case, actor: Actor) -> Relation:
    """Whose a case file is: a department sees it from the handoff on."""
    relation = case_relation(state, case, actor)
    return "other" if relation == "department" and case.handoff is None else relation
