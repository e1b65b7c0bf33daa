"""The table of legal steps is what the rules do: every command in every state of its subject."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any, get_args

import pytest

from counterdesk.station import commands as c
from counterdesk.station.apply import apply
from counterdesk.station.decide import RULES, decide
from counterdesk.station.model import (
    ENDED_CASE,
    ENDED_TICKET,
    Appointment,
    Case,
    CaseStatus,
    Counter,
    CounterState,
    Handoff,
    HandoffState,
    Request,
    State,
    Ticket,
    TicketState,
    Undoable,
)
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor
from counterdesk.station.steps import STEPS

from .hall import CONFIGURE, FOUND, GROUPS, MORNING

COMMANDS: tuple[type[c.Command], ...] = get_args(c.AnyCommand)
NOW = MORNING + timedelta(seconds=10)
EVERYTHING = frozenset(command.__name__ for command in COMMANDS) | {"cherry_pick", "other_counter"}
OFFICER = Actor(id="p1", role="officer", grants=EVERYTHING)
REVIEWER = Actor(id="r1", role="reviewer", department="household", grants=EVERYTHING)

FIELDS: dict[str, Any] = {
    "counter": "1",
    "ticket": "t1",
    "case": "c1",
    "reason": "lunch",
    "kind": "papers_out",
    "groups": ("hukou",),
    "group": "hukou",
    "appointment": "a1",
    "service": "hukou.birth",
    "reference": "R1",
    "error": "timeout",
    "items": ("m1",),
    "material": "m1",
    "prompt": "P1",
    "what": "override",
    "item": "P1",
    "field": "applicant_id",
    "tracking": "SF1",
    "to_group": "traffic",
    "materials": {"IDC": "have"},
    "channel": "kiosk",
    "taken": True,
    "officer": "p1",
    "at": MORNING + timedelta(hours=3),
    "minutes": 30,
    "profiles": {"1": ("hukou", "traffic")},
    "automatic": True,
    "mark": 4,
}
OF_ANOTHER_TYPE = {"kind", "reason", "groups", "items", "at", "minutes", "profiles", "automatic", "mark", "what"}
"""Fields that are no free text: no command with a text in their place could be decoded."""


def command_of(kind: type[c.Command], **more: Any) -> Any:
    """A command that asks for something sensible about counter 1, ticket t1, case c1."""
    if kind is c.ConfigureStation:
        return CONFIGURE
    fields = {name: FIELDS[name] for name in kind.__struct_fields__ if name in FIELDS}
    if kind is c.BookAppointment:
        fields |= {"at": MORNING, "appointment": "a2"}
    if kind is c.OpenCase:
        fields["case"] = "c2"
    if kind is c.DecideCase:
        fields["decision"] = "approved"
    if kind is c.RequestApproval:
        fields["item"] = "P2"
    if kind is c.RecordOffer:
        fields["ticket"] = ""
    return kind(**{**fields, **more})


def ticket_of(state: TicketState) -> Ticket:
    """Ticket t1 as it is in a state."""
    return Ticket(
        id="t1",
        number="A001",
        group="hukou",
        state=state,
        issued_at=MORNING,
        queued_since=MORNING,
        counter="1" if state in ("called", "serving", "held") else "",
        calls=1,
        hold="papers_out" if state == "held" else None,
        callable_after=MORNING if state == "no_show" else None,
        started_at=MORNING if state == "serving" else None,
        held_at=MORNING if state == "held" else None,
    )


def case_of(status: CaseStatus, handoff: HandoffState | None = None, on_the_spot: bool = False) -> Case:
    """Case c1 as it is in a status."""
    return Case(
        id="c1",
        ticket="t9",
        counter="1",
        officer="p1",
        service="hukou.birth",
        status=status,
        opened_at=MORNING,
        changed_at=MORNING,
        number="24000001",
        department="household",
        on_the_spot=on_the_spot,
        due=date(2024, 6, 28),
        handoff=Handoff(department="household", state=handoff, sent_at=MORNING) if handoff else None,
        requests=(Request(what="override", item="P1", reason="instruction", by="p9", at=MORNING),),
        return_to="in_review" if status == "supplementing" else None,
        clock_stopped_on=MORNING.date() if status in ("supplementing", "suspended") else None,
    )


def station(
    counter: CounterState = "open", ticket: Ticket | None = None, case: Case | None = None, at_counter: bool = False
) -> State:
    """Counter 1 with officer p1, and what stands at it."""
    return State(
        groups={group.id: group for group in GROUPS},
        counters={"1": Counter(number="1", state=counter, officer="" if counter == "closed" else "p1")},
        day=MORNING.date(),
        tickets={"t1": ticket} if ticket else {},
        current={"1": "t1"} if at_counter else {},
        appointments={"a1": Appointment(id="a1", group="hukou", at=MORNING)},
        cases={"c1": case} if case else {},
    )


def outcome(state: State, command: Any, by: Actor) -> Refused | State:
    """The refusal, or the state afterwards; anything else that is raised fails the test."""
    try:
        events = decide(state, command, by, NOW, FOUND)
    except Refused as refused:
        return refused
    for event in events:
        state = apply(state, event)
    return state


def of(subject: str) -> list[type[c.Command]]:
    return [command for command in COMMANDS if STEPS[command].subject == subject]


def test_every_command_has_a_step_and_a_rule() -> None:
    assert set(STEPS) == set(RULES) == set(COMMANDS)
    names: dict[str, set[str]] = {
        "station": set(),
        "appointment": set(),
        "counter": set(get_args(CounterState)),
        "current": set(get_args(TicketState)),
        "ticket": set(get_args(TicketState)),
        "case": set(get_args(CaseStatus)),
    }
    targets = set(get_args(TicketState)) | set(get_args(CaseStatus)) | set(get_args(CounterState))
    for step in STEPS.values():
        assert step.sources <= names[step.subject]
        assert bool(step.sources) == (step.subject not in ("station", "appointment"))
        assert {target for target in step.target.split("|") if target} <= targets


@pytest.mark.parametrize("kind", [*of("station"), *of("appointment")], ids=lambda kind: kind.__name__)
def test_where_states_do_not_matter(kind: type[c.Command]) -> None:
    state = station()
    after = outcome(state, command_of(kind), OFFICER)
    assert isinstance(after, State)
    if STEPS[kind].target:
        assert [ticket.state for ticket in after.tickets.values()] == [STEPS[kind].target]


@pytest.mark.parametrize("kind", of("counter"), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", get_args(CounterState))
def test_a_counter_in_every_state(kind: type[c.Command], state: CounterState) -> None:
    leader = Actor(id="l1", role="leader", grants=EVERYTHING)
    for by in (OFFICER, leader):
        result = outcome(station(state), command_of(kind), by)
        code = result.code if isinstance(result, Refused) else ""
        assert (code == "counter_not_open") == (state not in STEPS[kind].sources)
        if isinstance(result, State) and STEPS[kind].target:
            assert result.counters["1"].state == STEPS[kind].target


@pytest.mark.parametrize("kind", of("current"), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", get_args(TicketState))
def test_the_current_ticket_in_every_state(kind: type[c.Command], state: TicketState) -> None:
    # Only called and served tickets are ever current; the rules do not rely on it.
    result = outcome(station(ticket=ticket_of(state), at_counter=True), command_of(kind), OFFICER)
    if state in STEPS[kind].sources:
        assert isinstance(result, State)
        if kind is c.OpenCase:
            assert result.cases["c2"].status == STEPS[kind].target
        else:
            assert result.tickets["t1"].state == (STEPS[kind].target or state)
    else:
        assert isinstance(result, Refused)
        assert (result.code, result.params) == ("ticket_state", {"number": "A001", "state": state})


@pytest.mark.parametrize("kind", of("ticket"), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", get_args(TicketState))
def test_a_given_ticket_in_every_state(kind: type[c.Command], state: TicketState) -> None:
    result = outcome(station(ticket=ticket_of(state)), command_of(kind), OFFICER)
    if state in STEPS[kind].sources:
        assert isinstance(result, State)
        assert result.tickets["t1"].state == (STEPS[kind].target or state)
    else:
        assert isinstance(result, Refused)
        assert (result.code, result.params) == ("ticket_state", {"number": "A001", "state": state})


@pytest.mark.parametrize("kind", of("case"), ids=lambda kind: kind.__name__)
def test_a_case_in_every_state(kind: type[c.Command]) -> None:
    handoffs: tuple[HandoffState | None, ...] = (None, *get_args(HandoffState))
    done = set()
    for status, handoff, on_the_spot, by in product(get_args(CaseStatus), handoffs, (False, True), (OFFICER, REVIEWER)):
        result = outcome(station(case=case_of(status, handoff, on_the_spot)), command_of(kind), by)
        if status not in STEPS[kind].sources:
            assert isinstance(result, Refused)
            assert (result.code, result.params) == ("case_state", {"case": "24000001", "state": status})
        elif isinstance(result, Refused):
            assert result.code not in ("case_state", "ticket_state", "counter_not_open")
        else:
            done.add(status)
            if kind is c.DiscardCase:
                assert result.cases == {}
            else:
                assert result.cases["c1"].status in (STEPS[kind].target.split("|") if STEPS[kind].target else [status])
    assert done == STEPS[kind].sources


def test_nothing_leads_out_of_an_end() -> None:
    for step in STEPS.values():
        if step.subject == "case" and step.target:
            assert not step.sources & ENDED_CASE
        if step.subject in ("ticket", "current") and step.target:
            assert not step.sources & ENDED_TICKET


@pytest.mark.parametrize(
    ("subjects", "states", "first", "ends"),
    [
        ({"station", "appointment", "current", "ticket"}, get_args(TicketState), "waiting", ENDED_TICKET),
        ({"current", "case"}, get_args(CaseStatus), "draft", ENDED_CASE),
        ({"counter"}, get_args(CounterState), "closed", frozenset()),
    ],
)
def test_every_state_is_reached_and_left(
    subjects: set[str], states: tuple[str, ...], first: str, ends: frozenset[str]
) -> None:
    steps = [step for step in STEPS.values() if step.subject in subjects]
    targets = {target for step in steps for target in step.target.split("|")}
    sources = {source for step in steps for source in step.sources}
    assert set(states) <= targets | {first}
    assert set(states) - ends <= sources


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("by", [OFFICER, REVIEWER], ids=lambda actor: actor.role)
def test_an_empty_or_a_half_known_station_only_refuses(kind: type[c.Command], by: Actor) -> None:
    undoable = Undoable(step="no_show", before=ticket_of("called"), at=MORNING)
    for state in (State(), station(), station("paused"), station("closed", ticket_of("held"))):
        outcome(state, command_of(kind), by)
        for name in FIELDS.keys() & set(kind.__struct_fields__) - OF_ANOTHER_TYPE:
            outcome(state, command_of(kind, **{name: ""}), by)
            outcome(state, command_of(kind, **{name: "nobody knows"}), by)
    known = station(ticket=ticket_of("no_show"))
    known.undo["1"] = undoable
    outcome(known, command_of(kind), by)
