"""Calls for help, and tickets that a leader gives to a counter."""

from __future__ import annotations

import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import HelpCall

from .hall import CONFIGURE, GUIDE, LEADER, MACHINE, MORNING, OFFICER, SECOND, SETUP, Hall, replay


def test_a_call_stands_until_somebody_answers() -> None:
    hall = Hall()
    assert hall.do(c.CallForHelp(counter="1")) == (e.HelpCalled(at=hall.now, by="p1", counter="1"),)
    hall.later(minutes=3)
    assert hall.do(c.CallForHelp(counter="1")) == (), "whoever presses twice is not there twice"
    assert hall.state.help == {"1": HelpCall(counter="1", by="p1", at=MORNING)}
    assert hall.no(c.AnswerHelp(counter="1"), SECOND) == ("counter_not_yours", {"counter": "1"})
    assert hall.do(c.AnswerHelp(counter="1"), LEADER) == (e.HelpAnswered(at=hall.now, by="l1", counter="1"),)
    assert hall.do(c.AnswerHelp(counter="1"), LEADER) == ()
    assert hall.state.help == {}
    assert replay(hall.events) == hall.state


def test_who_called_by_mistake_takes_it_back() -> None:
    hall = Hall()
    hall.do(c.CallForHelp(counter="1"))
    hall.do(c.AnswerHelp(counter="1"))
    assert hall.state.help == {}


def test_closing_the_counter_answers_nothing() -> None:
    hall = Hall()
    hall.do(c.CallForHelp(counter="1"))
    hall.do(c.CloseCounter(counter="1"))
    assert list(hall.state.help) == ["1"]
    hall.do(c.AnswerHelp(counter="1"), LEADER)
    assert hall.state.help == {}


def test_a_call_does_not_outlive_its_day_or_its_counter() -> None:
    hall = Hall()
    hall.do(c.CallForHelp(counter="1"))
    hall.do(c.CallForHelp(counter="2"), SECOND)
    hall.do(c.CloseCounter(counter="2"), SECOND)
    hall.do(msgspec.structs.replace(CONFIGURE, counters=("1", "3")), SETUP)
    assert list(hall.state.help) == ["1"]
    hall.later(days=1)
    hall.ticket()
    assert hall.state.help == {}


@pytest.mark.parametrize(
    ("command", "by", "refused"),
    [
        (c.CallForHelp(counter="2"), OFFICER, ("counter_not_yours", {"counter": "2"})),
        (c.CallForHelp(counter="3"), OFFICER, ("counter_not_open", {"counter": "3", "state": "closed"})),
        (c.CallForHelp(counter="9"), OFFICER, ("unknown_counter", {"counter": "9"})),
        (c.AnswerHelp(counter="9"), LEADER, ("unknown_counter", {"counter": "9"})),
        (c.CallForHelp(counter="1"), GUIDE, ("not_permitted", {"action": "CallForHelp"})),
        (c.AssignTicket(ticket="?", counter="1"), OFFICER, ("not_permitted", {"action": "AssignTicket"})),
        (c.AssignTicket(ticket="?", counter="1"), LEADER, ("unknown_ticket", {})),
    ],
)
def test_refused(command: c.AnyCommand, by: object, refused: object) -> None:
    assert Hall().no(command, by) == refused  # type: ignore[arg-type]


def test_an_assigned_ticket_is_the_next_of_its_counter_whatever_that_draws_from() -> None:
    hall = Hall()
    hall.ticket("traffic")
    given = hall.ticket("hukou")
    hall.do(c.AssignTicket(ticket=given, counter="2"), LEADER)
    assert hall.do(c.AssignTicket(ticket=given, counter="2"), LEADER) == ()
    (event,) = hall.do(c.CallNext(counter="2"), SECOND)
    assert isinstance(event, e.TicketCalled)
    assert (event.ticket, event.because.code) == (given, "sent_here")
    assert hall.no(c.AssignTicket(ticket=given, counter="1"), LEADER)[0] == "ticket_state"


def test_an_assignment_is_taken_back_and_ends_where_nobody_works() -> None:
    hall = Hall()
    given = hall.ticket("hukou")
    for counter, refused in (("3", "counter_not_open"), ("9", "unknown_counter")):
        assert hall.no(c.AssignTicket(ticket=given, counter=counter), LEADER)[0] == refused
    hall.do(c.AssignTicket(ticket=given, counter="2"), LEADER)
    assert hall.no(c.CallNext(counter="1")) == ("nobody_waiting", {"counter": "1"})
    hall.do(c.AssignTicket(ticket=given, counter=""), LEADER)
    assert hall.t(given).for_counter == ""
    (event,) = hall.do(c.CallNext(counter="1"))
    assert isinstance(event, e.TicketCalled)
    assert event.ticket == given


def test_assigning_keeps_the_place_and_the_time_waited() -> None:
    hall = Hall()
    given = hall.ticket("hukou")
    before = hall.t(given)
    hall.later(minutes=4)
    hall.do(c.AssignTicket(ticket=given, counter="2"), LEADER)
    assert hall.t(given) == msgspec.structs.replace(before, for_counter="2")
    hall.do(c.TicketLeaves(ticket=given), MACHINE)
