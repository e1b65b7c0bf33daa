"""A call is its caller's alone for a while; then a leader may settle it, and nobody is ever called again silently."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from counterdesk.station import commands as c
from counterdesk.station.lease import lease_ends, lease_overdue
from counterdesk.station.model import Settings

from .hall import LEADER, SECOND, Hall

SETTLE: tuple[c.AnyCommand, ...] = (
    c.Requeue(counter="1"),
    c.MarkNoShow(counter="1"),
    c.TransferTicket(counter="1", to_counter="2"),
    c.TicketLeaves(ticket="20240603-A001"),
    c.Recall(counter="1"),
    c.StartService(counter="1"),
)
IDS = [type(command).__name__ for command in SETTLE]


def called(**settings: Any) -> Hall:
    hall = Hall(Settings(**settings))
    hall.called()
    return hall


@pytest.mark.parametrize("command", SETTLE, ids=IDS)
def test_a_leader_waits_for_the_end_of_the_lease(command: c.AnyCommand) -> None:
    hall = called(lease=60)
    assert hall.no(command, LEADER) == ("lease_running", {"number": "A001", "seconds": 60})
    hall.now += timedelta(seconds=59.5)
    assert hall.no(command, LEADER) == ("lease_running", {"number": "A001", "seconds": 1})
    hall.now += timedelta(seconds=0.5)
    assert hall.no(command, SECOND)[0] == "counter_not_yours"
    hall.do(command, LEADER)


@pytest.mark.parametrize("command", SETTLE, ids=IDS)
def test_the_counter_itself_is_never_held_up_by_its_lease(command: c.AnyCommand) -> None:
    called().do(command)
    late = called()
    late.now += timedelta(hours=1)
    late.do(command)


def test_overdue_is_computed_and_ends_with_service() -> None:
    hall = called(lease=60)
    ticket = hall.state.tickets["20240603-A001"]
    ends = lease_ends(hall.state, ticket)
    assert ends == hall.now + timedelta(seconds=60)
    assert not lease_overdue(hall.state, ticket, ends - timedelta(seconds=1))
    assert lease_overdue(hall.state, ticket, ends)
    hall.do(c.StartService(counter="1"))
    served = hall.state.tickets[ticket.id]
    assert lease_ends(hall.state, served) is None
    assert not lease_overdue(hall.state, served, ends)


def test_nobody_is_called_again_by_an_overdue_lease() -> None:
    hall = called()
    hall.do(c.ChangeProfile(counter="2", groups=("hukou",)), SECOND)
    hall.now += timedelta(hours=1)
    assert hall.no(c.CallNext(counter="2"), SECOND) == ("nobody_waiting", {"counter": "2"})
    assert hall.no(c.CallTicket(counter="2", ticket="20240603-A001"), LEADER)[0] == "ticket_state"
    assert hall.state.current["1"] == "20240603-A001"


def test_who_called_for_another_counter_may_take_it_back_at_once() -> None:
    hall = Hall()
    hall.do(c.IssueTicket(group="traffic"))
    hall.do(c.CallNext(counter="2"), LEADER)
    hall.do(c.Requeue(counter="2"), LEADER)


@pytest.mark.parametrize(
    "command",
    [
        c.HoldTicket(counter="1", kind="papers_out"),
        c.Requeue(counter="1"),
        c.TransferTicket(counter="1", to_counter="2"),
        c.FinishTicket(counter="1", outcome="come_back"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_leader_settles_who_is_served_at_a_dead_desk(command: c.AnyCommand) -> None:
    hall = called()
    hall.do(c.StartService(counter="1"))
    assert hall.no(command, SECOND)[0] == "counter_not_yours"
    hall.do(command, LEADER)
