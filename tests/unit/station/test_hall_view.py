"""What those who choose and plan are shown of a state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station.hall import Hall as Snapshot
from counterdesk.station.hall import HallTicket
from counterdesk.station.hall_view import LEAST_LEFT, hall_of
from counterdesk.station.model import HandlingTime
from counterdesk.station.roles import Actor

from .hall import CONFIGURE, LEADER, MACHINE, SECOND, SETUP, Hall


def seen(at: Hall) -> Snapshot:
    return hall_of(at.state, at.now)


def only(at: Hall) -> HallTicket:
    (ticket,) = seen(at).waiting
    return ticket


def test_who_waits_since_when() -> None:
    at = Hall()
    at.ticket("traffic", priority="elderly")
    at.later(minutes=7.5)
    ticket = only(at)
    assert (ticket.id, ticket.group, ticket.standing) == ("20240603-B001", "traffic", "priority")
    assert (ticket.since, seen(at).now) == (540, 547.5)
    assert ticket.due == pytest.approx(540)
    assert (ticket.minutes, ticket.counter, ticket.overtaken) == (None, "", 0)


def test_only_the_time_in_the_queue_counts() -> None:
    at = Hall()
    at.ticket()
    at.later(minutes=4)
    at.do(c.CallNext(counter="1"))
    at.later(minutes=1)
    at.do(c.MarkNoShow(counter="1"))
    assert seen(at).waiting == (), "the cool-off"
    at.later(minutes=3)
    assert seen(at).now - only(at).due == pytest.approx(4)
    assert only(at).since == 540


BOOKED = {-61: None, -16: "walk_in", -15: "appointment", 0: "appointment", 15: "appointment", 16: "walk_in"}


@pytest.mark.parametrize(("minutes", "standing"), BOOKED.items())
def test_an_appointment_counts_within_its_window(minutes: int, standing: str | None) -> None:
    at = Hall()
    at.do(c.BookAppointment(appointment="a", group="hukou", at=at.now + timedelta(minutes=70)), MACHINE)
    at.later(minutes=70 + minutes)
    if standing is None:
        assert at.no(c.CheckIn(appointment="a"), MACHINE)[0] == "appointment_window"
        return
    at.do(c.CheckIn(appointment="a"), MACHINE)
    assert only(at).standing == standing
    # Who is early waits only from his time on.
    assert only(at).due == pytest.approx(max(610, 610 + minutes))


def test_who_was_there_in_time_keeps_his_appointment_however_long_he_waits() -> None:
    at = Hall()
    at.do(c.BookAppointment(appointment="a", group="hukou", at=at.now + timedelta(minutes=5)), MACHINE)
    at.do(c.CheckIn(appointment="a"), MACHINE)
    at.later(minutes=21)
    assert only(at).standing == "appointment"


def test_counters_say_what_they_do() -> None:
    at = Hall()
    at.serving()
    at.later(minutes=2)
    at.do(c.PauseCounter(counter="2", reason="lunch"), SECOND)
    first, second, third = seen(at).counters
    assert (first.on_duty, first.offers, first.serving, first.busy_since) == (True, ("hukou", "traffic"), "hukou", 540)
    assert (second.on_duty, second.serving, second.busy_since) == (False, "", None)
    assert (third.on_duty, third.pace) == (False, {})


def test_a_ticket_for_a_counter_says_so_while_that_is_staffed() -> None:
    at = Hall()
    at.serving()
    at.later(minutes=3)
    at.do(c.TransferTicket(counter="1", to_counter="2"))
    assert only(at).counter == "2"
    at.do(c.CloseCounter(counter="2"), SECOND)
    assert only(at).counter == ""


def expected(**more: Any) -> Hall:
    """A hall whose catalogue knows a service of 14 minutes in a group of 10."""
    at = Hall()
    groups = (
        msgspec.structs.replace(
            CONFIGURE.groups[0],
            time=HandlingTime(median=10, p90=11),
            services={"hukou.birth": HandlingTime(median=14, p90=15.4)},
        ),
        *CONFIGURE.groups[1:],
    )
    at.do(msgspec.structs.replace(CONFIGURE, groups=groups), SETUP)
    at.ticket(**more)
    return at


def test_the_service_says_more_than_its_group() -> None:
    assert only(expected(service="hukou.birth")).minutes == pytest.approx(14, rel=0.02)
    assert only(expected(service="hukou.other")).minutes is None
    assert seen(expected()).groups[0].minutes == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize(("served", "left"), [(4, 10), (13, 14 * LEAST_LEFT), (50, 14 * LEAST_LEFT)])
def test_what_was_served_already_need_not_be_served_again(served: float, left: float) -> None:
    at = expected(service="hukou.birth")
    at.do(c.CallNext(counter="1"))
    at.do(c.StartService(counter="1"))
    at.later(minutes=served)
    at.do(c.Requeue(counter="1"))
    assert only(at).minutes == pytest.approx(left, rel=0.02)


def test_overtaken_is_who_came_later_and_was_called_before() -> None:
    at = Hall()
    first = at.ticket("hukou")
    at.later(minutes=1)
    second = at.ticket("traffic")
    at.later(minutes=1)
    third = at.ticket("traffic")
    at.do(c.CallTicket(counter="2", ticket=third), Actor(id="p2", role="officer", grants=frozenset({"cherry_pick"})))
    assert [at.t(ticket).overtaken for ticket in (first, second, third)] == [1, 1, 0]
    at.do(c.UndoStep(counter="2"), SECOND)
    assert [at.t(ticket).overtaken for ticket in (first, second, third)] == [0, 0, 0]


def test_a_snapshot_says_nothing_of_anybody() -> None:
    at = expected(service="hukou.birth", priority="disabled")
    at.ticket("traffic")
    at.do(c.CallNext(counter="2"), SECOND)
    at.do(c.StartService(counter="2"), SECOND)
    at.do(c.OpenCase(counter="2", case="secret-case", service="hukou.birth"), SECOND)
    at.later(minutes=5)
    shown = msgspec.json.encode(seen(at)).decode()
    for told in ("p1", "p2", "secret-case", "birth", "disabled", "示例派出所"):
        assert f'"{told}' not in shown
    assert '"20240603-A001"' in shown


def test_a_planned_pause_is_ahead_until_it_was_had() -> None:
    at = Hall()
    at.do(c.PlanBreak(counter="1", at=at.now + timedelta(minutes=10), minutes=45), LEADER)
    assert seen(at).counters[0].breaks == ((550, 595),)
    at.later(minutes=15)
    assert seen(at).counters[0].breaks == ((557, 602),), "whoever still serves will have it"
    at.do(c.PauseCounter(counter="1", reason="lunch"))
    at.later(minutes=20)
    assert seen(at).counters[0].breaks == ((555, 595),)
    at.do(c.OpenCounter(counter="1"))
    assert seen(at).counters[0].breaks == (), "back before its end"


def test_who_came_in_the_same_moment_overtakes_nobody_and_who_was_not_waiting_gets_nothing_back() -> None:
    at = Hall()
    first = at.ticket("hukou")
    at.do(c.CallNext(counter="1"))
    second, third = at.ticket("traffic"), at.ticket("traffic")
    at.do(c.CallTicket(counter="2", ticket=third), Actor(id="p2", role="officer", grants=frozenset({"cherry_pick"})))
    assert at.t(second).overtaken == 0
    at.do(c.Requeue(counter="1"))
    at.do(c.UndoStep(counter="2"), SECOND)
    assert [at.t(ticket).overtaken for ticket in (first, second)] == [0, 0]
