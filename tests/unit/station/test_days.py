"""Midnight and New Year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import TIMEZONE
from counterdesk.station.roles import Actor

from .hall import CONFIGURE, GUIDE, LEADER, MACHINE, MORNING, OFFICER, SETUP, Hall

EVENING = MORNING.replace(hour=22)
MIDNIGHT = datetime(2024, 6, 4, 0, 0, tzinfo=TIMEZONE)


def test_the_first_command_after_midnight_starts_the_day() -> None:
    hall = Hall()
    hall.now = MIDNIGHT - timedelta(microseconds=1)
    assert [type(event) for event in hall.do(c.IssueTicket(group="hukou"), MACHINE)] == [e.TicketIssued]
    hall.now = MIDNIGHT
    first = hall.do(c.IssueTicket(group="traffic"), MACHINE)
    assert [type(event) for event in first] == [e.DayStarted, e.TicketIssued]
    assert (hall.state.day, hall.state.issued) == (date(2024, 6, 4), {"traffic": 1})
    assert [type(event) for event in hall.do(c.IssueTicket(group="traffic"), MACHINE)] == [e.TicketIssued]
    assert list(hall.state.tickets) == ["20240603-A001", "20240604-B001", "20240604-B002"]


def test_midnight_is_the_station_s() -> None:
    hall = Hall()
    utc = (MIDNIGHT - timedelta(minutes=1)).astimezone(UTC)
    hall.now = utc
    assert [type(event) for event in hall.do(c.IssueTicket(group="hukou"), MACHINE)] == [e.TicketIssued]
    hall.now = utc + timedelta(minutes=1)
    assert [type(event) for event in hall.do(c.IssueTicket(group="hukou"), MACHINE)] == [e.DayStarted, e.TicketIssued]


def test_a_number_still_in_the_hall_is_not_given_out_again() -> None:
    hall = Hall()
    hall.now = EVENING
    old = hall.ticket()
    hall.now = MIDNIGHT
    new = hall.ticket()
    assert (hall.t(old).number, hall.t(new).number) == ("A001", "A002")
    assert hall.t(hall.ticket()).number == "A003"
    hall.now = MIDNIGHT + timedelta(days=1)
    assert hall.t(hall.ticket()).number == "A001"


@pytest.mark.parametrize(("hours", "stays"), [(11.99, True), (12, False), (30, False)])
def test_who_waited_less_than_half_a_day_still_waits(hours: float, stays: bool) -> None:
    hall = Hall()
    hall.now = MIDNIGHT + timedelta(hours=3) - timedelta(hours=hours)
    ticket = hall.ticket()
    hall.now = MIDNIGHT + timedelta(hours=3)
    hall.do(c.IssueTicket(group="hukou"), MACHINE)
    assert (ticket in hall.state.tickets) == stays


def test_what_ended_leaves_and_what_goes_on_stays() -> None:
    hall = Hall()
    hall.now = EVENING
    waiting = hall.ticket("traffic")
    left = hall.ticket()
    hall.do(c.TicketLeaves(ticket=left), GUIDE)
    hall.do(c.BookAppointment(appointment="today", group="hukou", at=EVENING), GUIDE)
    hall.do(c.BookAppointment(appointment="tomorrow", group="hukou", at=MIDNIGHT), GUIDE)
    hall.do(c.ChangeProfile(counter="1", groups=("hukou",)))
    hall.case_at("closed")
    for number, step in enumerate((c.DiscardCase, c.DeclineCase, c.WithdrawCase, c.ReceiveCase), start=2):
        hall.do(c.OpenCase(counter="1", case=f"c{number}", service="hukou.birth"))
        if step is c.WithdrawCase:
            hall.do(c.ReceiveCase(case=f"c{number}"))
        more: dict[str, Any] = {"reason": "r"} if step is c.DeclineCase else {}
        hall.do(step(case=f"c{number}", **more))
    serving = hall.state.current["1"]
    hall.now = MIDNIGHT
    hall.do(c.IssueTicket(group="hukou"), MACHINE)
    assert set(hall.state.tickets) == {waiting, serving, "20240604-A001"}
    assert hall.state.current == {"1": serving}
    assert set(hall.state.appointments) == {"tomorrow"}
    assert set(hall.state.cases) == {"c5"}
    assert (hall.state.undo, hall.state.priority_run) == ({}, 0)
    assert (hall.state.counters["1"].state, hall.state.counters["1"].officer) == ("open", "p1")
    hall.do(c.FinishTicket(counter="1", outcome="come_back"))


def test_a_counter_is_free_when_its_visitor_of_yesterday_went() -> None:
    hall = Hall()
    hall.serving()
    hall.now += timedelta(days=1)
    hall.do(c.PauseCounter(counter="1", reason="break"))
    assert hall.state.current == {}


def test_yesterday_s_step_is_not_undone() -> None:
    hall = Hall()
    hall.now = MIDNIGHT - timedelta(seconds=5)
    hall.called()
    hall.now = MIDNIGHT + timedelta(seconds=5)
    assert hall.no(c.UndoStep(counter="1")) == ("undo_nothing", {"counter": "1"})


def test_a_refused_command_starts_no_day() -> None:
    hall = Hall()
    hall.now = MIDNIGHT
    before = hall.state
    hall.no(c.CallNext(counter="1"))
    assert hall.state == before


def test_case_numbers_begin_anew_with_the_year() -> None:
    hall = Hall()
    numbers: list[str] = []
    for at in (
        datetime(2024, 12, 31, 23, 0, tzinfo=TIMEZONE),
        datetime(2024, 12, 31, 23, 59, tzinfo=TIMEZONE),
        datetime(2025, 1, 1, 0, 0, tzinfo=TIMEZONE),
        datetime(2024, 12, 31, 23, 59, tzinfo=TIMEZONE),
        datetime(2025, 1, 2, 9, 0, tzinfo=TIMEZONE),
    ):
        hall.now = at
        name = f"c{len(numbers)}"
        hall.serving()
        hall.do(c.OpenCase(counter="1", case=name, service="hukou.birth"))
        hall.do(c.ReceiveCase(case=name))
        hall.do(c.FinishTicket(counter="1", outcome="come_back"))
        numbers.append(hall.state.cases[name].number)
    # The clock that went back (the fourth) neither reopens the old year nor gives a number twice.
    assert numbers == ["24000001", "24000002", "25000001", "25000002", "25000003"]


def test_a_day_does_not_end_by_a_clock_that_goes_back() -> None:
    hall = Hall()
    hall.now = MIDNIGHT
    hall.ticket()
    hall.now = EVENING
    assert [type(event) for event in hall.do(c.IssueTicket(group="hukou"), MACHINE)] == [e.TicketIssued]
    assert list(hall.state.tickets) == ["20240604-A001", "20240604-A002"]


def test_any_command_starts_the_day() -> None:
    hall = Hall()
    firsts: tuple[tuple[Actor, c.AnyCommand], ...] = (
        (OFFICER, c.ChangeProfile(counter="1", groups=("hukou",))),
        (LEADER, c.OpenCounter(counter="3", groups=("hukou",))),
        (SETUP, CONFIGURE),
    )
    for by, command in firsts:
        hall.now += timedelta(days=1)
        assert isinstance(hall.do(command, by)[0], e.DayStarted)
