"""A course is carried out on a station: who comes when, what comes back, and the same commands for the same course."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from counterdesk.catalog.index import Index
from counterdesk.practice.course import Course, Return, Stop, make_course
from counterdesk.practice.fill import for_a_department
from counterdesk.practice.memory import MemoryStore
from counterdesk.practice.shift_leader import MINUTES, Says
from counterdesk.practice.staging import CourseHall
from counterdesk.station.commands import (
    AnyCommand,
    CallNext,
    FinishTicket,
    MarkNoShow,
    OpenCase,
    OpenCounter,
    RequestApproval,
    StartService,
    SupplementCase,
    WithdrawRequest,
)
from counterdesk.station.host import Answer, Station
from counterdesk.station.model import Case, Request, Ticket
from counterdesk.station.roles import Actor
from tests.unit.practice.conftest import NOW

from .test_course import ids

TRAINEE = Actor(id="T001", role="officer")
DAY = NOW.date()


class Staged:
    """A course on a station, moved by hand."""

    def __init__(self, index: Index, course: Course, speed: float = 1.0, says: Says | None = None) -> None:
        self.station = Station(MemoryStore(), index)
        self.hall = CourseHall(course, speed, index, "3", says)
        self.given: list[bytes] = []
        self.now = NOW
        station = self.station
        self.hall.warm_up(self._execute, station.write_file, lambda: station.state, NOW)

    def _execute(self, command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        self.given.append(f"{command_id} {actor.id} {now} ".encode() + msgspec.json.encode(command))
        return self.station.execute(command_id, command, actor, now)

    def forward(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        self.hall.play(self._execute, self.station.write_file, lambda: self.station.state, self.now)

    def give(self, *commands: AnyCommand) -> None:
        for command in commands:
            name = f"trainee-{self.station.seq}-{type(command).__name__}"
            self.station.execute(name, command, TRAINEE, self.now)

    @property
    def waiting(self) -> list[Ticket]:
        return [ticket for ticket in self.station.state.tickets.values() if ticket.state == "waiting"]

    def stop(self, ticket: str) -> int | None:
        found = self.hall.stop_of(ticket, self.now, self.station.state)
        return None if found is None else found[0]


def stop(service: str = "idcard.renew", **changes: object) -> Stop:
    made: dict[str, object] = {"scenario": f"{service}:P1", "service": service, "day": DAY, **changes}
    return msgspec.convert(made, Stop)


@pytest.mark.parametrize("level", ["hints", "mixed", "rush", "exam"])
def test_the_same_course_gives_the_same_commands(index: Index, level: str) -> None:
    prints = []
    for seed in (5, 5, 6):
        staged = Staged(index, make_course(index, level, seed, DAY, ids(index)))  # type: ignore[arg-type]
        staged.forward(30)
        prints.append(b"\n".join(staged.given))
    assert prints[0] == prints[1] != prints[2]


def test_everybody_comes_at_his_minute_and_is_known_by_his_ticket(index: Index) -> None:
    course = Course(level="mixed", seed=1, day=DAY, stops=(stop(), stop("hukou.birth", after=2.0), stop(after=5.0)))
    staged = Staged(index, course)
    assert [staged.stop(ticket.id) for ticket in staged.waiting] == [0]
    staged.forward(1.9)
    assert len(staged.waiting) == 1
    staged.forward(0.1)
    assert [(staged.stop(ticket.id), ticket.service) for ticket in staged.waiting][1:] == [(1, "hukou.birth")]
    staged.forward(10)
    assert sorted(filter(None, (staged.stop(ticket.id) for ticket in staged.waiting))) == [1, 2]
    assert [(t.issued_at - NOW).total_seconds() / 60 for t in staged.waiting] == [0, 2, 5]
    assert staged.stop("nobody") is None


def test_speed_brings_them_sooner(index: Index) -> None:
    staged = Staged(index, Course(level="mixed", seed=1, day=DAY, stops=(stop(), stop(after=4.0))), speed=4.0)
    staged.forward(1)
    assert len(staged.waiting) == 2


@pytest.mark.parametrize("gone", ["finished", "no_show"])
def test_where_they_come_one_by_one_the_next_comes_when_the_last_has_gone(index: Index, gone: str) -> None:
    course = Course(level="hints", seed=1, day=DAY, stops=(stop(), stop(after=9.0), stop(after=9.0)))
    staged = Staged(index, course)
    staged.give(OpenCounter(counter="3", groups=tuple(staged.station.state.groups)))
    for at in range(3):
        staged.forward(0.5)  # sooner than a no-show is called again
        assert [staged.stop(ticket.id) for ticket in staged.waiting] == [at]
        staged.give(CallNext(counter="3"))
        staged.forward(0.5)
        assert staged.waiting == []
        if gone == "finished":
            staged.give(StartService(counter="3"), FinishTicket(counter="3", outcome="done"))
        else:
            staged.give(MarkNoShow(counter="3"))
    staged.forward(0.5)
    assert staged.waiting == []


def test_a_case_of_the_officer_before_comes_back_at_its_minute_and_goes_on(index: Index) -> None:
    course = Course(
        level="rush", seed=3, day=DAY, stops=(stop(),), returns=(Return(after=6.0, service="passport.first"),)
    )
    staged = Staged(index, course)
    (case,) = staged.station.state.cases.values()
    assert (case.counter, case.status, case.handoff and case.handoff.state) == ("3", "accepted", "sent")
    assert staged.station.state.counters["3"].state == "closed"
    staged.forward(5.9)
    assert staged.station.state.cases[case.id].status == "accepted"
    staged.forward(0.2)
    back = staged.station.state.cases[case.id]
    assert (back.status, back.returned) == ("supplementing", 1)
    assert set(back.supplement) <= {use.code for use in index.service("passport.first").materials}
    staged.forward(30)
    assert staged.station.state.cases[case.id].status == "supplementing"
    staged.give(OpenCounter(counter="3", groups=tuple(staged.station.state.groups)), SupplementCase(case=case.id))
    staged.forward(30)
    assert staged.station.state.cases[case.id].decision is not None


def test_every_matter_that_a_department_decides_can_come_back(index: Index) -> None:
    services = [
        one.id
        for one in index.catalog.services
        if one.mode != "instant" and for_a_department(index, 3, one.id, DAY) is not None
    ]
    assert len(services) >= 24
    returns = tuple(Return(after=1.0, service=name) for name in services)
    course = Course(level="mixed", seed=3, day=DAY, stops=(stop(),), returns=returns)
    staged = Staged(index, course)
    staged.forward(2)
    back = {case.service for case in staged.station.state.cases.values() if case.status == "supplementing"}
    assert back == set(services)


def asking(index: Index, yes: bool, reason: str) -> tuple[Staged, list[str]]:
    """A trainee with a case for which a leader may let a paper come later; what the leader was asked."""
    heard: list[str] = []

    def says(case: Case, request: Request) -> tuple[bool, str]:
        heard.append(f"{case.ticket} {request.item}")
        return yes, reason

    staged = Staged(index, Course(level="hints", seed=1, day=DAY, stops=(stop("passport.first"),)), says=says)
    counter = {"counter": "3"}
    staged.give(OpenCounter(**counter, groups=tuple(staged.station.state.groups)), CallNext(**counter))
    staged.give(StartService(**counter), OpenCase(**counter, case="c1", service="passport.first"))
    file = for_a_department(index, 1, "passport.first", DAY)
    assert file is not None
    lacking = msgspec.structs.replace(file, case="c1", materials={**file.materials, "PHEE": "missing"})
    staged.station.write_file(lacking, TRAINEE, staged.now)
    staged.give(RequestApproval(case="c1", what="deferral", item="PHEE", reason="on_its_way"))
    return staged, heard


@pytest.mark.parametrize("yes", [True, False])
def test_the_leader_of_a_course_answers_after_a_while(index: Index, yes: bool) -> None:
    staged, heard = asking(index, yes, "" if yes else "must_be_met")
    staged.forward(MINUTES[0] - 0.1)
    assert staged.station.state.cases["c1"].asked
    staged.forward(MINUTES[1])
    case = staged.station.state.cases["c1"]
    assert heard == [f"{case.ticket} PHEE"]
    assert case.deferred == (("PHEE",) if yes else ())
    assert [one.refused for one in case.requests] == ([] if yes else ["must_be_met"])


def test_what_was_taken_back_needs_no_answer(index: Index) -> None:
    staged, heard = asking(index, True, "")
    staged.forward(0.1)
    staged.give(WithdrawRequest(case="c1", what="deferral", item="PHEE"))
    staged.forward(10)
    assert heard == []
    assert staged.station.state.cases["c1"].deferred == ()
