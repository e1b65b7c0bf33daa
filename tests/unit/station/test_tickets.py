"""A ticket between its call and its end: happy paths and every refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import Settings
from counterdesk.station.roles import Actor
from counterdesk.station.waiting import waited_seconds

from .hall import AUXILIARY, GUIDE, LEADER, MORNING, SECOND, THIRD, Hall

AT_COUNTER: tuple[c.AnyCommand, ...] = (
    c.Recall(counter="1"),
    c.StartService(counter="1"),
    c.MarkNoShow(counter="1"),
    c.HoldTicket(counter="1", kind="papers_out"),
    c.Requeue(counter="1"),
    c.TransferTicket(counter="1", to_counter="2"),
    c.FinishTicket(counter="1"),
)


def test_a_visit_and_its_clocks() -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.later(minutes=5)
    (event,) = hall.do(c.CallNext(counter="1"))
    assert isinstance(event, e.TicketCalled)
    assert event.because.code == "fits_few"
    assert event.because.params == {"number": "A001", "minutes": 5, "takes": 7, "counters": 1}
    hall.later(minutes=1)
    hall.do(c.Recall(counter="1"))
    hall.later(minutes=1)
    hall.do(c.StartService(counter="1"))
    hall.later(minutes=4)
    hall.do(c.HoldTicket(counter="1", kind="papers_out"))
    hall.later(minutes=8)
    hall.do(c.ResumeTicket(counter="1", ticket=ticket))
    hall.later(minutes=2)
    hall.do(c.FinishTicket(counter="1", outcome="referred"))
    done = hall.t(ticket)
    assert (done.state, done.outcome, done.ended_at) == ("finished", "referred", hall.now)
    assert (done.waited, done.served, done.held) == (300, 360, 480)
    assert (done.calls, done.recalls) == (1, 1)
    assert hall.state.current == {}


@pytest.mark.parametrize("command", AT_COUNTER, ids=lambda command: type(command).__name__)
def test_what_needs_a_ticket_at_the_own_counter(command: c.AnyCommand) -> None:
    hall = Hall()
    assert hall.no(command) == ("counter_idle", {"counter": "1"})
    assert hall.no(command, SECOND) == ("counter_not_yours", {"counter": "1"})
    hall.do(c.CloseCounter(counter="1"))
    assert hall.no(command) == ("counter_not_open", {"counter": "1", "state": "closed"})
    hall.state.counters.clear()
    assert hall.no(command) == ("unknown_counter", {"counter": "1"})


def test_one_ticket_a_counter_and_one_counter_a_ticket() -> None:
    hall = Hall()
    ticket = hall.called("traffic")
    other = hall.ticket()
    for command in (c.CallNext(counter="1"), c.CallTicket(counter="1", ticket=other)):
        assert hall.no(command, LEADER) == ("counter_busy", {"number": "B001", "state": "called"})
    assert hall.no(c.CallNext(counter="2"), SECOND) == ("nobody_waiting", {"counter": "2"})
    for state in ("called", "serving"):
        assert hall.no(c.CallTicket(counter="2", ticket=ticket), LEADER) == (
            "ticket_state",
            {"number": "B001", "state": state},
        )
        if state == "called":
            hall.do(c.StartService(counter="1"))


def test_a_waiting_ticket_is_picked_only_by_right() -> None:
    hall = Hall()
    hall.ticket()
    second = hall.ticket()
    pick = c.CallTicket(counter="1", ticket=second)
    assert hall.no(pick) == ("cherry_pick", {"number": "A002"})
    assert hall.no(c.CallTicket(counter="1", ticket="x")) == ("unknown_ticket", {})
    (event,) = hall.do(pick, Actor(id="p1", role="officer", grants=frozenset({"cherry_pick"})))
    assert isinstance(event, e.TicketCalled)
    assert event.because == e.Because(code="given", params={"number": "A002"})


def test_a_no_show_cools_off_and_is_missed_after_the_last_call() -> None:
    hall = Hall(Settings(cool_off=180, max_calls=2))
    ticket = hall.called()
    (marked,) = hall.do(c.MarkNoShow(counter="1"))
    assert isinstance(marked, e.NoShowMarked)
    assert (marked.missed, marked.callable_after) == (False, hall.now + timedelta(seconds=180))
    assert hall.no(c.CallNext(counter="1")) == ("nobody_waiting", {"counter": "1"})
    hall.later(seconds=179.5)
    assert hall.no(c.CallTicket(counter="1", ticket=ticket)) == ("cool_off", {"number": "A001", "seconds": 1})
    hall.later(seconds=0.5)
    (event,) = hall.do(c.CallNext(counter="1"))
    assert isinstance(event, e.TicketCalled)
    assert event.because.params["minutes"] == 0, "what it waited before; not the cool-off"
    (marked,) = hall.do(c.MarkNoShow(counter="1"))
    assert isinstance(marked, e.NoShowMarked)
    assert marked.missed
    hall.later(hours=1)
    assert hall.no(c.CallNext(counter="1")) == ("nobody_waiting", {"counter": "1"})
    hall.do(c.CallTicket(counter="1", ticket=ticket))
    assert (hall.t(ticket).state, hall.t(ticket).missed, hall.t(ticket).calls) == ("called", False, 3)


def test_a_no_show_who_stands_there_after_all_waits_again_at_once() -> None:
    hall = Hall()
    hall.later(minutes=1)
    ticket = hall.called()
    hall.later(minutes=10)
    hall.do(c.MarkNoShow(counter="1"))
    hall.later(minutes=1)
    assert hall.no(c.Reinstate(ticket="x"), GUIDE) == ("unknown_ticket", {})
    hall.do(c.Reinstate(ticket=ticket), GUIDE)
    assert hall.no(c.Reinstate(ticket=ticket), GUIDE) == ("ticket_state", {"number": "A001", "state": "waiting"})
    hall.do(c.CallNext(counter="1"))
    assert hall.t(ticket).waited == 0
    assert hall.state.current == {"1": ticket}


def test_the_time_away_is_not_waiting() -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.later(minutes=3)
    hall.do(c.CallNext(counter="1"))
    hall.do(c.MarkNoShow(counter="1"))
    hall.later(minutes=30)
    assert waited_seconds(hall.t(ticket), hall.now) == 180
    hall.do(c.CallNext(counter="1"))
    assert hall.t(ticket).waited == 180


KINDS = ("papers_out", "papers_kept", "step_wait")


@pytest.mark.parametrize(
    ("kind", "holder", "at_the_other"),
    [
        ("papers_out", "open", True),
        ("papers_out", "paused", True),
        ("papers_out", "closed", True),
        ("papers_kept", "open", False),
        ("papers_kept", "paused", False),
        ("papers_kept", "closed", False),
        ("step_wait", "open", False),
        ("step_wait", "paused", True),
        ("step_wait", "closed", True),
    ],
)
@pytest.mark.parametrize("command", [c.ResumeTicket, c.CallTicket])
def test_who_may_take_a_held_ticket_up_again(command: Any, kind: str, holder: str, at_the_other: bool) -> None:
    hall = Hall()
    ticket = hall.held(kind)
    if holder == "paused":
        hall.do(c.PauseCounter(counter="1", reason="break"))
    elif holder == "closed":
        hall.do(c.CloseCounter(counter="1"))
    else:
        hall.called("traffic")
        hall.do(c.Requeue(counter="1"))
    if at_the_other:
        hall.do(command(counter="2", ticket=ticket), SECOND)
        assert hall.state.current == {"2": ticket}
        assert hall.t(ticket).counter == "2"
        assert hall.t(ticket).hold is None
    else:
        assert hall.no(command(counter="2", ticket=ticket), SECOND) == (
            "held_elsewhere",
            {"number": "A001", "counter": "1"},
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", [c.ResumeTicket, c.CallTicket])
def test_the_holding_counter_takes_it_up_again(command: Any, kind: str) -> None:
    hall = Hall()
    ticket = hall.held(kind)
    assert (hall.t(ticket).hold, hall.state.current) == (kind, {})
    hall.do(c.CloseCounter(counter="1"))
    hall.do(c.OpenCounter(counter="1"), AUXILIARY)
    hall.do(command(counter="1", ticket=ticket), AUXILIARY)
    assert hall.t(ticket).state == ("called" if command is c.CallTicket else "serving")


def test_a_held_ticket_called_by_number_may_be_a_no_show_too() -> None:
    hall = Hall()
    ticket = hall.held("papers_out")
    hall.later(minutes=2)
    before = hall.t(ticket)
    hall.do(c.CallTicket(counter="2", ticket=ticket), SECOND)
    assert (hall.t(ticket).held, hall.t(ticket).calls) == (120, 2)
    hall.do(c.UndoStep(counter="2"), SECOND)
    assert hall.t(ticket) == before
    hall.do(c.CallTicket(counter="2", ticket=ticket), SECOND)
    hall.do(c.MarkNoShow(counter="2"), SECOND)
    assert hall.t(ticket).state == "no_show"


def test_resume_needs_an_idle_counter_and_a_held_ticket() -> None:
    hall = Hall()
    ticket = hall.held("papers_out")
    hall.called()
    assert hall.no(c.ResumeTicket(counter="1", ticket=ticket)) == (
        "counter_busy",
        {"number": "A002", "state": "called"},
    )
    hall.do(c.Requeue(counter="1"))
    waiting = next(t for t in hall.state.tickets.values() if t.state == "waiting")
    assert hall.no(c.ResumeTicket(counter="1", ticket=waiting.id)) == (
        "ticket_state",
        {"number": "A002", "state": "waiting"},
    )
    assert hall.no(c.ResumeTicket(counter="1", ticket="x")) == ("unknown_ticket", {})


@pytest.mark.parametrize(("state", "calls"), [("called", 0), ("serving", 1)])
def test_back_into_the_queue_with_the_time_waited(state: str, calls: int) -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.later(minutes=6)
    hall.do(c.CallNext(counter="1"))
    if state == "serving":
        hall.do(c.StartService(counter="1"))
    hall.later(minutes=2)
    hall.do(c.Requeue(counter="1"))
    hall.later(minutes=1)
    back = hall.t(ticket)
    assert (back.state, back.counter, back.calls) == ("waiting", "", calls)
    assert back.served == (120 if state == "serving" else 0)
    assert waited_seconds(back, hall.now) == 7 * 60


def test_a_transfer_to_a_counter_keeps_the_place_and_goes_first_there() -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.later(minutes=6)
    hall.do(c.CallNext(counter="1"))
    hall.ticket("traffic", priority="disabled")
    hall.do(c.TransferTicket(counter="1", to_counter="2"))
    assert hall.t(ticket).for_counter == "2"
    assert waited_seconds(hall.t(ticket), hall.now) == 360
    (event,) = hall.do(c.CallNext(counter="2"), SECOND)
    assert isinstance(event, e.TicketCalled)
    assert (event.ticket, event.because.code, event.because.params["minutes"]) == (ticket, "sent_here", 6)
    assert hall.t(ticket).for_counter == ""


def test_a_transfer_to_a_group() -> None:
    hall = Hall()
    ticket = hall.serving()
    hall.do(c.TransferTicket(counter="1", to_group="traffic"))
    assert (hall.t(ticket).group, hall.t(ticket).for_counter, hall.t(ticket).number) == ("traffic", "", "A001")
    hall.do(c.CallNext(counter="2"), SECOND)
    assert hall.state.current == {"2": ticket}


@pytest.mark.parametrize(
    ("target", "code", "params"),
    [
        ({}, "transfer_target", {}),
        ({"to_counter": "2", "to_group": "hukou"}, "transfer_target", {}),
        ({"to_counter": "1"}, "transfer_target", {}),
        ({"to_counter": "9"}, "unknown_counter", {"counter": "9"}),
        ({"to_counter": "3"}, "counter_not_open", {"counter": "3", "state": "closed"}),
        ({"to_group": "x"}, "unknown_group", {"group": "x"}),
    ],
)
def test_a_transfer_needs_one_target(target: dict[str, str], code: str, params: dict[str, str]) -> None:
    hall = Hall()
    hall.called()
    assert hall.no(c.TransferTicket(counter="1", **target)) == (code, params)


def test_who_was_sent_to_a_counter_waits_through_its_break_but_not_for_an_empty_chair() -> None:
    hall = Hall()
    ticket = hall.called()
    hall.do(c.PauseCounter(counter="2", reason="break"), SECOND)
    hall.do(c.TransferTicket(counter="1", to_counter="2"))
    assert hall.no(c.CallNext(counter="1")) == ("nobody_waiting", {"counter": "1"})
    hall.do(c.CloseCounter(counter="2"), SECOND)
    (event,) = hall.do(c.CallNext(counter="1"))
    assert isinstance(event, e.TicketCalled)
    assert (event.ticket, event.because.code) == (ticket, "fits")


@pytest.mark.parametrize("state", ["waiting", "called", "serving", "held", "no_show"])
def test_whoever_is_at_a_counter_is_let_go_there_everybody_else_just_leaves(state: str) -> None:
    hall = Hall()
    if state == "waiting":
        ticket = hall.ticket()
    elif state == "held":
        ticket = hall.held("papers_out")
    elif state == "no_show":
        ticket = hall.called()
        hall.do(c.MarkNoShow(counter="1"))
    else:
        ticket = getattr(hall, state)()
    hall.later(minutes=1)
    leave = c.TicketLeaves(ticket=ticket)
    if state in ("called", "serving"):
        assert hall.no(leave, GUIDE) == ("counter_not_yours", {"counter": "1"})
        hall.do(leave)
    else:
        hall.do(leave, GUIDE)
    gone = hall.t(ticket)
    assert (gone.state, gone.ended_at, hall.state.current) == ("left", hall.now, {})
    assert (gone.waited, gone.served, gone.held) == (
        60 * (state == "waiting"),
        60 * (state == "serving"),
        60 * (state == "held"),
    )
    assert hall.no(leave, GUIDE) == ("ticket_state", {"number": "A001", "state": "left"})


def test_a_held_one_leaves_whoever_is_served_now_in_peace() -> None:
    hall = Hall()
    held = hall.held("papers_out")
    ticket = hall.serving()
    hall.do(c.TicketLeaves(ticket=held), GUIDE)
    assert hall.state.current == {"1": ticket}


def test_leaving_with_an_open_draft_leaves_the_draft_to_its_officer() -> None:
    hall = Hall().case_at("draft")
    hall.do(c.TicketLeaves(ticket=hall.case.ticket))
    assert hall.no(c.ReceiveCase(case="c1"), SECOND) == ("case_not_yours", {"case": "c1"})
    hall.do(c.DiscardCase(case="c1"))
    assert hall.state.cases == {}


@pytest.mark.parametrize("status", ["draft", "received"])
def test_a_visit_is_not_done_with_a_case_left_open(status: str) -> None:
    hall = Hall().case_at(status)
    assert hall.no(c.FinishTicket(counter="1")) == ("open_cases", {"number": "A001", "cases": 1})
    hall.do(c.FinishTicket(counter="1", outcome="come_back"))
    assert hall.case.status == status


def test_a_visit_is_done_once_its_accepted_case_is_with_its_department() -> None:
    hall = Hall().case_at("accepted")
    assert hall.no(c.FinishTicket(counter="1")) == ("open_cases", {"number": "A001", "cases": 1})
    hall.do(c.HandOverCase(case="c1"))
    hall.do(c.FinishTicket(counter="1"))


@pytest.mark.parametrize("step", ["call", "no_show", "finish"])
def test_a_step_is_undone_within_the_time(step: str) -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.later(minutes=1)
    if step != "call":
        hall.do(c.CallNext(counter="1"))
    if step == "finish":
        hall.do(c.StartService(counter="1"))
    hall.later(minutes=1)
    before, current = hall.t(ticket), hall.state.current
    steps: dict[str, c.AnyCommand] = {
        "call": c.CallNext(counter="1"),
        "no_show": c.MarkNoShow(counter="1"),
        "finish": c.FinishTicket(counter="1"),
    }
    wrong = steps[step]
    hall.do(wrong)
    hall.later(seconds=20)
    (event,) = hall.do(c.UndoStep(counter="1"))
    assert isinstance(event, e.StepUndone)
    assert event.step == step
    assert hall.t(ticket) == before
    assert hall.state.current == current
    assert hall.no(c.UndoStep(counter="1")) == ("undo_nothing", {"counter": "1"})
    hall.do(wrong)
    hall.later(seconds=20.1)
    assert hall.no(c.UndoStep(counter="1")) == ("undo_late", {"number": "A001", "seconds": 20})


def test_undo_by_whom() -> None:
    hall = Hall()
    hall.called()
    assert hall.no(c.UndoStep(counter="1"), SECOND) == ("counter_not_yours", {"counter": "1"})
    assert hall.no(c.UndoStep(counter="3")) == ("counter_not_open", {"counter": "3", "state": "closed"})
    assert hall.no(c.UndoStep(counter="9")) == ("unknown_counter", {"counter": "9"})
    hall.do(c.Recall(counter="1"))
    assert hall.no(c.UndoStep(counter="1"), LEADER) == ("lease_running", {"number": "A001", "seconds": 120})
    hall.do(c.UndoStep(counter="1"))


@pytest.mark.parametrize(
    "then",
    [
        c.StartService(counter="1"),
        c.Requeue(counter="1"),
        c.TransferTicket(counter="1", to_group="traffic"),
        c.TicketLeaves(ticket="20240603-A001"),
        c.ChangeProfile(counter="1", groups=("hukou",)),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_call_is_not_undone_after_something_else(then: c.AnyCommand) -> None:
    hall = Hall()
    hall.called()
    hall.do(then)
    assert hall.no(c.UndoStep(counter="1")) == ("undo_nothing", {"counter": "1"})


def test_an_undone_no_show_never_takes_the_person_from_another_counter() -> None:
    hall = Hall()
    ticket = hall.called("traffic")
    hall.do(c.MarkNoShow(counter="1"))
    hall.do(c.Reinstate(ticket=ticket), GUIDE)
    hall.do(c.CallNext(counter="2"), SECOND)
    assert hall.no(c.UndoStep(counter="1")) == ("undo_nothing", {"counter": "1"})
    assert hall.state.current == {"2": ticket}


def test_what_happens_elsewhere_leaves_the_own_undo_alone() -> None:
    hall = Hall()
    held = hall.held("papers_out")
    ticket = hall.called()
    hall.do(c.MarkNoShow(counter="1"))
    hall.do(c.ResumeTicket(counter="2", ticket=held), SECOND)
    hall.do(c.UndoStep(counter="1"))
    assert hall.state.current == {"1": ticket, "2": held}


def test_no_step_is_undone_onto_a_busy_counter() -> None:
    hall = Hall()
    held = hall.held("papers_out")
    hall.serving()
    hall.do(c.FinishTicket(counter="1"))
    hall.do(c.ResumeTicket(counter="1", ticket=held))
    assert hall.no(c.UndoStep(counter="1")) == ("undo_nothing", {"counter": "1"})


def test_an_undone_call_of_a_no_show_is_a_no_show_again() -> None:
    hall = Hall()
    ticket = hall.called()
    hall.do(c.MarkNoShow(counter="1"))
    hall.later(seconds=180)
    before = hall.t(ticket)
    hall.do(c.CallNext(counter="1"))
    hall.do(c.UndoStep(counter="1"))
    assert hall.t(ticket) == before
    assert before.state == "no_show"


def test_two_priority_calls_then_one_other() -> None:
    hall = Hall()
    for _ in range(2):
        hall.ticket("hukou")
    for reason in ("elderly", "disabled", "infant", "urgent"):
        hall.ticket("hukou", priority=reason)
    hall.later(minutes=10)
    numbers = []
    for _ in range(6):
        hall.do(c.CallNext(counter="1"))
        hall.do(c.StartService(counter="1"))
        numbers.append(hall.t(hall.state.current["1"]).number)
        hall.do(c.FinishTicket(counter="1"))
    assert numbers == ["A003", "A004", "A001", "A005", "A006", "A002"]


@pytest.mark.parametrize("undone", range(6))
def test_an_undone_call_does_not_cost_anybody_his_turn(undone: int) -> None:
    hall = Hall()
    for _ in range(2):
        hall.ticket("hukou")
    for reason in ("elderly", "disabled", "infant", "urgent"):
        hall.ticket("hukou", priority=reason)
    hall.later(minutes=10)
    for place in range(6):
        hall.do(c.CallNext(counter="1"))
        if place == undone:
            ticket, run = hall.state.current["1"], hall.state.priority_run
            hall.do(c.UndoStep(counter="1"))
            hall.do(c.CallNext(counter="1"))
            assert (hall.state.current["1"], hall.state.priority_run) == (ticket, run)
        hall.do(c.StartService(counter="1"))
        hall.do(c.FinishTicket(counter="1"))
    assert hall.state.priority_run == 0


def test_an_undone_call_gives_back_nothing_once_the_row_ended_elsewhere() -> None:
    hall = Hall()
    for reason in ("elderly", "disabled"):
        hall.ticket("traffic", priority=reason)
        hall.do(c.CallNext(counter="2"), SECOND)
        hall.do(c.Requeue(counter="2"), SECOND)
    assert hall.state.priority_run == 2
    for _ in range(2):
        hall.ticket("traffic")
    hall.do(c.CallNext(counter="1"))
    hall.do(c.CallTicket(counter="2", ticket="20240603-B004"), LEADER)
    hall.do(c.UndoStep(counter="1"))
    assert hall.state.priority_run == 0


def test_a_called_person_is_not_called_twice_by_two_officers_at_once() -> None:
    hall = Hall()
    hall.do(c.OpenCounter(counter="3", groups=("traffic",)), THIRD)
    ticket = hall.ticket("traffic")
    hall.do(c.CallNext(counter="2"), SECOND)
    assert hall.no(c.CallNext(counter="3"), THIRD) == ("nobody_waiting", {"counter": "3"})
    assert hall.t(ticket).called_at == MORNING
