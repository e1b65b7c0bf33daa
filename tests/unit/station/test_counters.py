"""Setting up, giving numbers, staffing counters: happy paths and every refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import TIMEZONE, QueueGroup, Settings, State
from counterdesk.station.routing import POLICIES

from .hall import (
    AUXILIARY,
    CONFIGURE,
    GROUPS,
    GUIDE,
    LEADER,
    MACHINE,
    MORNING,
    OFFICER,
    SECOND,
    SETUP,
    THIRD,
    Hall,
)


def configured(**changes: Any) -> c.ConfigureStation:
    return msgspec.structs.replace(CONFIGURE, **changes)


@pytest.mark.parametrize("changes", [{"counters": ()}, {"groups": ()}])
def test_a_station_needs_counters_and_groups(changes: dict[str, Any]) -> None:
    assert Hall().no(configured(**changes), SETUP) == ("nothing_to_configure", {})


def test_a_station_has_only_policies_that_there_are() -> None:
    settings = Settings(policy="by_looks")
    assert Hall().no(configured(settings=settings), SETUP) == ("unknown_policy", {"policy": "by_looks"})
    for policy in POLICIES:
        Hall().do(configured(settings=Settings(policy=policy)), SETUP)


def test_configured_again_counters_keep_who_works_there() -> None:
    hall = Hall()
    hall.do(configured(name="新名", counters=("1", "2", "7"), settings=Settings(undo=5)), SETUP)
    assert list(hall.state.counters) == ["1", "2", "7"]
    assert (hall.state.counters["1"].officer, hall.state.counters["1"].state) == ("p1", "open")
    assert hall.state.counters["7"].state == "closed"
    assert (hall.state.name, hall.state.settings.undo) == ("新名", 5)


def test_no_counter_or_group_goes_while_somebody_is_there() -> None:
    hall = Hall()
    assert hall.no(configured(counters=("1", "3")), SETUP) == ("counter_taken", {"counter": "2"})
    ticket = hall.held("papers_kept")
    hall.do(c.CloseCounter(counter="1"))
    assert hall.no(configured(counters=("2", "3")), SETUP) == ("counter_busy", {"number": "A001", "state": "held"})
    assert hall.no(configured(groups=GROUPS[1:]), SETUP) == ("unknown_group", {"group": "hukou"})
    hall.do(c.TicketLeaves(ticket=ticket), GUIDE)
    hall.do(configured(counters=("2", "3"), groups=GROUPS[1:]), SETUP)
    assert list(hall.state.counters) == ["2", "3"]


def test_a_group_that_went_is_in_no_profile_and_nothing_brings_it_back() -> None:
    hall = Hall()
    hall.serving()
    hall.do(c.FinishTicket(counter="1"))
    hall.do(configured(groups=GROUPS[1:]), SETUP)
    assert (set(hall.state.groups), hall.state.counters["1"].groups) == ({"traffic"}, ("traffic",))
    assert hall.no(c.UndoStep(counter="1")) == ("undo_nothing", {"counter": "1"})


def test_numbers_run_by_group() -> None:
    hall = Hall()
    tickets = [hall.t(hall.ticket(group)) for group in ("hukou", "hukou", "traffic", "hukou")]
    assert [t.number for t in tickets] == ["A001", "A002", "B001", "A003"]
    assert tickets[0].id == "20240603-A001"
    assert hall.no(c.IssueTicket(group="passport"), MACHINE) == ("unknown_group", {"group": "passport"})


def test_two_groups_with_one_letter_share_its_numbers() -> None:
    hall = Hall()
    hall.ticket("hukou")
    hall.do(configured(groups=(*GROUPS, QueueGroup(id="moves", letter="A", wait_target=20))), SETUP)
    assert [hall.t(hall.ticket(g)).number for g in ("moves", "hukou", "moves")] == ["A002", "A003", "A004"]
    assert len(hall.state.tickets) == 4


def test_a_ticket_keeps_what_the_machine_knew() -> None:
    hall = Hall()
    ticket = hall.t(hall.ticket("hukou", priority="elderly", service="hukou.birth"))
    assert (ticket.priority, ticket.service, ticket.state, ticket.queued_since) == (
        "elderly",
        "hukou.birth",
        "waiting",
        hall.now,
    )


def test_appointment_is_booked_and_checked_in_once() -> None:
    hall = Hall()
    book = c.BookAppointment(appointment="a1", group="hukou", at=MORNING + timedelta(hours=2))
    hall.do(book, GUIDE)
    assert hall.no(book, GUIDE) == ("appointment_exists", {})
    assert hall.no(msgspec.structs.replace(book, appointment="a2", group="x"), GUIDE) == (
        "unknown_group",
        {"group": "x"},
    )
    assert hall.no(c.CheckIn(appointment="a9"), MACHINE) == ("unknown_appointment", {})
    hall.later(minutes=59, seconds=59)
    assert hall.no(c.CheckIn(appointment="a1"), MACHINE) == ("appointment_window", {"time": "06-03 11:00"})
    hall.later(seconds=1)
    (event,) = hall.do(c.CheckIn(appointment="a1", priority="infant"), MACHINE)
    assert isinstance(event, e.TicketIssued)
    ticket = hall.t(event.ticket)
    assert (ticket.appointment, ticket.booked_for, ticket.priority) == ("a1", MORNING + timedelta(hours=2), "infant")
    assert hall.no(c.CheckIn(appointment="a1"), MACHINE) == ("appointment_used", {})


def test_check_in_ends_with_the_day() -> None:
    hall = Hall()
    late = c.BookAppointment(appointment="a1", group="hukou", at=MORNING.replace(hour=16))
    hall.do(late, GUIDE)
    hall.later(hours=14, minutes=59)
    hall.do(c.CheckIn(appointment="a1"), MACHINE)
    hall.do(msgspec.structs.replace(late, appointment="a2"), GUIDE)
    hall.later(minutes=1)
    assert hall.no(c.CheckIn(appointment="a2"), MACHINE) == ("unknown_appointment", {})


def test_a_booking_of_tomorrow_is_not_checked_in_today() -> None:
    hall = Hall()
    hall.later(hours=14, minutes=30)
    hall.do(c.BookAppointment(appointment="a1", group="hukou", at=datetime(2024, 6, 4, 0, 10, tzinfo=TIMEZONE)), GUIDE)
    assert hall.no(c.CheckIn(appointment="a1"), MACHINE) == ("appointment_window", {"time": "06-04 00:10"})


@pytest.mark.parametrize(
    "at", [datetime(2024, 6, 3, 10, 0), datetime(2024, 6, 3, 2, 0, tzinfo=UTC), MORNING.replace(hour=10)]
)
def test_a_booked_time_is_kept_in_the_station_s_zone(at: datetime) -> None:
    hall = Hall()
    hall.do(c.BookAppointment(appointment="a1", group="hukou", at=at), GUIDE)
    booked = hall.state.appointments["a1"].at
    assert booked == MORNING.replace(hour=10)
    assert booked.tzinfo == TIMEZONE
    hall.do(c.CheckIn(appointment="a1"), MACHINE)
    hall.do(c.CallNext(counter="1"))


@pytest.mark.parametrize(
    "at",
    [
        MORNING - timedelta(days=1),
        datetime.min,
        datetime.max,
        datetime.min.replace(tzinfo=TIMEZONE),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_no_booking_for_another_age(at: datetime) -> None:
    assert Hall().no(c.BookAppointment(appointment="a1", group="hukou", at=at), GUIDE)[0] == "appointment_window"


def test_opening_closing_and_opening_again() -> None:
    hall = Hall()
    counter = hall.state.counters["1"]
    assert (counter.state, counter.officer, counter.groups, counter.since) == (
        "open",
        "p1",
        ("hukou", "traffic"),
        MORNING,
    )
    assert hall.do(c.OpenCounter(counter="1")) == ()
    hall.do(c.CloseCounter(counter="1"))
    assert (hall.state.counters["1"].state, hall.state.counters["1"].officer) == ("closed", "")
    hall.do(c.OpenCounter(counter="1"), THIRD)
    assert (hall.state.counters["1"].officer, hall.state.counters["1"].groups) == ("p3", ("hukou", "traffic"))


@pytest.mark.parametrize(
    ("command", "by", "code", "params"),
    [
        (c.OpenCounter(counter="9"), THIRD, "unknown_counter", {"counter": "9"}),
        (c.OpenCounter(counter="1"), THIRD, "counter_taken", {"counter": "1"}),
        (c.OpenCounter(counter="1"), LEADER, "counter_taken", {"counter": "1"}),
        (c.OpenCounter(counter="3", groups=("hukou",)), OFFICER, "officer_elsewhere", {"counter": "1"}),
        (c.OpenCounter(counter="3"), THIRD, "profile_empty", {}),
        (c.OpenCounter(counter="3", groups=("hukou", "x")), THIRD, "unknown_group", {"group": "x"}),
        (c.PauseCounter(counter="9", reason="lunch"), OFFICER, "unknown_counter", {"counter": "9"}),
        (c.PauseCounter(counter="2", reason="lunch"), OFFICER, "counter_not_yours", {"counter": "2"}),
        (c.CloseCounter(counter="2"), AUXILIARY, "counter_not_yours", {"counter": "2"}),
        (c.PauseCounter(counter="3", reason="lunch"), OFFICER, "counter_not_open", {"counter": "3", "state": "closed"}),
        (c.CloseCounter(counter="3"), LEADER, "counter_not_open", {"counter": "3", "state": "closed"}),
        (
            c.ChangeProfile(counter="3", groups=("hukou",)),
            LEADER,
            "counter_not_open",
            {"counter": "3", "state": "closed"},
        ),
        (c.ChangeProfile(counter="2", groups=("hukou",)), OFFICER, "counter_not_yours", {"counter": "2"}),
        (c.ChangeProfile(counter="1", groups=()), OFFICER, "profile_empty", {}),
        (c.ChangeProfile(counter="1", groups=("x",)), OFFICER, "unknown_group", {"group": "x"}),
        (c.CallNext(counter="9"), OFFICER, "unknown_counter", {"counter": "9"}),
        (c.CallNext(counter="2"), OFFICER, "counter_not_yours", {"counter": "2"}),
        (c.CallNext(counter="3"), OFFICER, "counter_not_open", {"counter": "3", "state": "closed"}),
        (c.CallNext(counter="1"), OFFICER, "nobody_waiting", {"counter": "1"}),
    ],
)
def test_a_counter_says_no(command: c.AnyCommand, by: Any, code: str, params: dict[str, str | int]) -> None:
    assert Hall().no(command, by) == (code, params)


@pytest.mark.parametrize("state", ["called", "serving"])
@pytest.mark.parametrize("command", [c.PauseCounter(counter="1", reason="break"), c.CloseCounter(counter="1")])
def test_nobody_is_left_standing(state: str, command: c.AnyCommand) -> None:
    hall = Hall()
    getattr(hall, state)()
    for by in (OFFICER, LEADER):
        assert hall.no(command, by) == ("counter_busy", {"number": "A001", "state": state})


def test_a_pause_stops_the_calls_and_ends_by_opening() -> None:
    hall = Hall()
    ticket = hall.ticket()
    hall.do(c.PauseCounter(counter="1", reason="lunch"))
    pause: str | None = hall.state.counters["1"].pause
    assert pause == "lunch"
    assert hall.no(c.CallNext(counter="1")) == ("counter_not_open", {"counter": "1", "state": "paused"})
    assert hall.no(c.UndoStep(counter="1")) == ("counter_not_open", {"counter": "1", "state": "paused"})
    assert hall.no(c.PauseCounter(counter="1", reason="lunch")) == (
        "counter_not_open",
        {"counter": "1", "state": "paused"},
    )
    assert hall.no(c.OpenCounter(counter="1"), THIRD) == ("counter_taken", {"counter": "1"})
    hall.do(c.ChangeProfile(counter="1", groups=("hukou",)))
    hall.do(c.OpenCounter(counter="1"))
    again = hall.state.counters["1"]
    assert (again.state, again.groups) == ("open", ("hukou",))
    assert again.pause is None
    hall.do(c.CallNext(counter="1"))
    assert hall.state.current == {"1": ticket}


def test_a_leader_closes_the_counter_of_who_went_home_and_may_call_there() -> None:
    hall = Hall()
    hall.ticket("traffic")
    hall.do(c.CallNext(counter="2"), LEADER)
    hall.do(c.Requeue(counter="2"), LEADER)
    hall.do(c.PauseCounter(counter="2", reason="lunch"), SECOND)
    hall.do(c.CloseCounter(counter="2"), LEADER)
    hall.do(c.OpenCounter(counter="2"), THIRD)
    assert hall.state.counters["2"].officer == "p3"


def test_a_profile_changes_while_somebody_is_served_and_steers_the_next_call() -> None:
    hall = Hall()
    hall.serving()
    hall.ticket("hukou")
    traffic = hall.ticket("traffic")
    hall.do(c.ChangeProfile(counter="1", groups=("traffic",)))
    assert hall.no(c.CallNext(counter="1")) == ("counter_busy", {"number": "A001", "state": "serving"})
    hall.do(c.FinishTicket(counter="1"))
    hall.do(c.CallNext(counter="1"))
    assert hall.state.current == {"1": traffic}


def test_a_fresh_station_refuses_and_does_not_break() -> None:
    hall = Hall()
    hall.state = State()
    assert hall.no(c.IssueTicket(group="hukou"), MACHINE) == ("unknown_group", {"group": "hukou"})
    assert hall.no(c.CallNext(counter="1"), OFFICER) == ("unknown_counter", {"counter": "1"})
